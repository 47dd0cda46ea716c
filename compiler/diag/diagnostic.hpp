#pragma once
// What is wrong with a user's scenario, as data. compiler/diag/catalog.def is the one table of codes and
// texts.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.hpp"

namespace horizon::diag {

enum class Severity { Error, Warning };

enum class Code {
#define DIAG(code, name, severity, text) name,
#include "compiler/diag/catalog.def"
#undef DIAG
};

struct CodeInfo {
  std::string_view code;  ///< "E0412"
  std::string_view name;
  Severity severity;
  std::string_view text;
};
const CodeInfo& info(Code code);
const std::vector<CodeInfo>& catalog();
/// The code written `text` ("E0412"), if the catalogue has it.
std::optional<Code> find_code(std::string_view text);
/// The page docs/diagnostics/<code>.md, for `horizon explain <code>`; empty when there is none.
std::string_view explain(std::string_view code);

/// A second place that explains the first: "the other definition is here".
struct Note {
  source::Span span;
  std::string text;
};

/// What would put it right: replace `span` by `replacement` (which may be empty text when only `text` helps).
struct Mend {
  std::string text;                  ///< "did you mean `discount`?"
  std::optional<source::Span> span;  ///< where, if the replacement is certain enough to apply
  std::string replacement;
};

struct Diagnostic {
  Code code;
  source::Span span;
  std::vector<std::string> args;
  std::vector<Note> notes;
  std::optional<Mend> mend;
};

/// Collects diagnostics of a pass; a pass goes on after an error.
class Diagnostics {
 public:
  Diagnostic& add(Code code, source::Span span, std::vector<std::string> args = {});
  bool has_errors() const;
  const std::vector<Diagnostic>& items() const { return items_; }
  std::vector<Diagnostic>& items() { return items_; }
  void append(Diagnostics other);

 private:
  std::vector<Diagnostic> items_;
};

/// A pass's result: always a value, with whatever was found wrong on the way.
template <class T>
struct WithDiags {
  T value;
  Diagnostics diagnostics;
};

/// The sentence, arguments filled in. As the pass wrote it: only the two renderers below hide what is
/// confidential.
std::string message(const Diagnostic& diagnostic);

/// Terminal form: path:line:column, the line, a caret line, notes, the mend. Sorted by file and position,
/// each once, 200 at most. Numbers of confidential values show as `***`, and lines of data files (all but
/// .hzn) are not shown at all.
std::string render_text(const Diagnostics& diagnostics, const source::SourceMap& sources, bool colour);

/// One JSON object a line, for editors and CI: type, code, severity, path, line, column, end, end_line,
/// end_column, message, notes, mend. `column` to `end` is what the caret line marks, on `line`, in code
/// points from 1, both inclusive; `end` = `column` for an empty span. `end_line` and `end_column` are the
/// last code point of a span of several lines. Hides as render_text does.
std::string render_json_lines(const Diagnostics& diagnostics, const source::SourceMap& sources);

}  // namespace horizon::diag
