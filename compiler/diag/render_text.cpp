#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "compiler/diag/rendering.hpp"

namespace horizon::diag {
namespace {

constexpr std::size_t most_shown = 200;   ///< messages: a screen that nobody reads to its end helps nobody

/// Terminal styles, or nothing.
struct Palette {
  std::string_view error, warning, note, help, plain;
};
constexpr Palette coloured{"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m"};
constexpr Palette colourless{};

class TextRenderer {
 public:
  TextRenderer(const source::SourceMap& sources, const Secrets& secrets, const Palette& palette)
      : sources_(sources), secrets_(secrets), palette_(palette) {}

  void add(const Diagnostic& diagnostic) {
    const CodeInfo& code = info(diagnostic.code);
    const ShownTexts texts = shown_texts(diagnostic, secrets_);
    const bool error = code.severity == Severity::Error;
    const std::string_view style = error ? palette_.error : palette_.warning;
    gutter_ = gutter_for(diagnostic);
    heading(diagnostic.span, style, fmt::format("{} {}", error ? "error" : "warning", code.code),
            texts.message);
    lines(diagnostic.span, style, '^', nullptr);
    for (std::size_t i = 0; i < diagnostic.notes.size(); ++i) {
      heading(diagnostic.notes[i].span, palette_.note, "note", texts.notes[i]);
      lines(diagnostic.notes[i].span, palette_.note, '-', nullptr);
    }
    if (diagnostic.mend) add_mend(*diagnostic.mend, texts);
    out_ += '\n';
  }

  std::string take() { return std::move(out_); }

 private:
  /// As many digits as the largest line number of the message needs, so that its excerpts line up.
  std::size_t gutter_for(const Diagnostic& diagnostic) const {
    std::uint32_t line = 1;
    const auto see = [&](source::Span span) {
      if (span.file.has_value()) line = std::max(line, sources_.position(span.file, span.begin).line);
    };
    see(diagnostic.span);
    for (const Note& note : diagnostic.notes) see(note.span);
    if (diagnostic.mend && diagnostic.mend->span) see(*diagnostic.mend->span);
    return std::max<std::size_t>(4, fmt::formatted_size("{}", line));
  }

  void heading(source::Span span, std::string_view style, std::string_view label, const std::string& text) {
    if (span.file.has_value()) {
      const source::Position at = sources_.position(span.file, span.begin);
      out_ += fmt::format("{}:{}:{}: ", printable(sources_.name(span.file)), at.line, at.column);
    }
    out_ += fmt::format("{}{}{}: {}\n", style, label, palette_.plain, text);
  }

  void lines(source::Span span, std::string_view style, char mark, const std::string* insertion) {
    if (!span.file.has_value() || !shows_lines(span.file, sources_)) return;
    const Excerpt shown = excerpt(span, sources_, secrets_, mark, insertion);
    const std::uint32_t line = sources_.position(span.file, span.begin).line;
    out_ += shown.line.empty() ? fmt::format("{:>{}} |\n", line, gutter_)
                               : fmt::format("{:>{}} | {}\n", line, gutter_, shown.line);
    if (shown.marks.empty()) return;
    const std::size_t blanks = shown.marks.find(mark);
    out_ += fmt::format("{:>{}} | {}{}{}{}\n", "", gutter_, shown.marks.substr(0, blanks), style,
                        shown.marks.substr(blanks), palette_.plain);
  }

  void add_mend(const Mend& mend, const ShownTexts& texts) {
    out_ += fmt::format("{}help{}: {}\n", palette_.help, palette_.plain, texts.mend);
    if (!texts.mend_applies) return;
    const std::string_view replaced = sources_.text(*mend.span);
    const bool one_line =
        mend.replacement.find('\n') == std::string::npos && replaced.find('\n') == std::string_view::npos;
    if (one_line) lines(*mend.span, palette_.help, '+', &mend.replacement);
  }

  const source::SourceMap& sources_;
  const Secrets& secrets_;
  const Palette& palette_;
  std::size_t gutter_ = 4;
  std::string out_;
};

}  // namespace

std::string render_text(const Diagnostics& diagnostics, const source::SourceMap& sources, bool colour) {
  if (diagnostics.items().empty()) return {};
  const Secrets secrets(sources);
  TextRenderer renderer(sources, secrets, colour ? coloured : colourless);
  std::vector<const Diagnostic*> all = in_order(diagnostics);
  const std::size_t shown = std::min(all.size(), most_shown);
  if (shown < all.size()) {   // what stops the run before what does not
    std::stable_partition(all.begin(), all.end(),
                          [](const Diagnostic* d) { return info(d->code).severity == Severity::Error; });
  }
  for (std::size_t i = 0; i < shown; ++i) renderer.add(*all[i]);
  std::string text = renderer.take();
  if (shown < all.size())
    text += fmt::format("{} more messages are not shown; mend some of these first\n", all.size() - shown);
  return text;
}

}  // namespace horizon::diag
