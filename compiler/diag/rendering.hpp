#pragma once
// What the renderers share; private to compiler/diag.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diag/diagnostic.hpp"
#include "compiler/diag/secrets.hpp"

namespace horizon::diag {

/// By file, position, severity and code; the same message at the same place only once.
std::vector<const Diagnostic*> in_order(const Diagnostics& diagnostics);

/// A diagnostic's texts as a user may see them: numbers hidden where a confidential value is touched, no
/// control characters.
struct ShownTexts {
  std::string message;
  std::vector<std::string> notes;  ///< as many as the diagnostic has
  std::string mend;
  bool mend_applies = false;  ///< may the replacement be shown and applied
};
ShownTexts shown_texts(const Diagnostic& diagnostic, const Secrets& secrets);

/// Text safe for a terminal and for JSON: control characters, bidirectional overrides and broken UTF-8 become
/// U+FFFD.
std::string printable(std::string_view text);

/// Place of a span: line and columns on its first line (inclusive, at least one wide), and its true end.
struct Place {
  std::uint32_t line = 1, column = 1, end = 1;
  std::uint32_t end_line = 1, end_column = 1;
};
Place place_of(source::Span span, const source::SourceMap& sources);

/// One source line and what to put under it, cut to a readable width around the marked part.
struct Excerpt {
  std::string line;
  std::string marks;  ///< blanks, then `mark`s under the span
};
/// `insertion` replaces the bytes of `span` on that line first (a mend), and is then what is marked.
Excerpt excerpt(source::Span span, const source::SourceMap& sources, const Secrets& secrets, char mark,
                const std::string* insertion);

/// May lines of this file be shown? Data files hold prices that are often confidential.
bool shows_lines(source::FileId file, const source::SourceMap& sources);

}  // namespace horizon::diag
