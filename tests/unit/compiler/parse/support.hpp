#pragma once
// What the tests of the parser share.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/parse/parse.hpp"

namespace horizon::parse::test {

/// A text, its tree and its messages.
struct Parsed {
  source::SourceMap sources;
  diag::WithDiags<ast::File> result;
  const ast::File& file() const { return result.value; }
  const std::vector<diag::Diagnostic>& messages() const { return result.diagnostics.items(); }
  std::string code(std::size_t i) const { return std::string(diag::info(messages().at(i).code).code); }
  /// "E0203 E0205", in order of place.
  std::string codes() const {
    std::string out;
    for (std::size_t i = 0; i < messages().size(); ++i) out += (i == 0 ? "" : " ") + code(i);
    return out;
  }
  std::string rendered() const { return diag::render_text(result.diagnostics, sources, false); }
};

inline Parsed parse_text(std::string text, std::string name = "test.hzn") {
  Parsed parsed;
  const source::FileId id = parsed.sources.add(std::move(name), std::move(text));
  parsed.result = parse(parsed.sources, id);
  return parsed;
}

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// All .hzn files below a folder of the source tree, in order of name.
inline std::vector<std::filesystem::path> scenarios_in(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(HORIZON_SOURCE_DIR) / folder)) {
    if (entry.path().extension() == ".hzn") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline bool is_expectation(const std::string& line) {
  const std::size_t at = line.find_first_not_of(" \t");
  return at != std::string::npos && line.compare(at, 3, "//!") == 0;
}

/// Place of a span as `//!` lines write it: columns from 1, both inclusive, at least one wide, on its first
/// line.
inline std::string columns(const source::SourceMap& sources, source::Span span) {
  const source::Position from = sources.position(span.file, span.begin);
  source::Position to = sources.position(span.file, span.end);
  if (to.line != from.line) {
    const std::string_view line = sources.line(span.file, from.line);
    const auto offset =
        static_cast<std::uint32_t>(line.data() + line.size() - sources.text(span.file).data());
    to = sources.position(span.file, offset);
  }
  return '@' + std::to_string(from.column) + '-' + std::to_string(std::max(from.column, to.column - 1));
}

/// The text with a `//!` comment for each message above the line it is about, as in tests/diag, of the parser alone; old ones are
/// replaced.
inline std::string annotate(const std::string& text, const std::string& name) {
  std::vector<std::string> lines;
  std::string clean;
  for (const std::string& line : lines_of(text)) {
    if (is_expectation(line)) continue;
    lines.push_back(line);
    clean += line + '\n';
  }
  std::map<std::uint32_t, std::vector<std::string>> above;
  const Parsed parsed = parse_text(clean, name);
  for (const diag::Diagnostic& d : parsed.messages()) {
    const std::uint32_t line = parsed.sources.position(d.span.file, d.span.begin).line;
    above[line].push_back("//! " + std::string(diag::info(d.code).code) + columns(parsed.sources, d.span) +
                          ": " + diag::message(d));
    if (!d.mend) continue;
    if (!d.mend->span) {
      above[line].push_back("//! help: " + d.mend->text);
      continue;
    }
    const std::uint32_t mend_line = parsed.sources.position(d.span.file, d.mend->span->begin).line;
    const int away = static_cast<int>(mend_line) - static_cast<int>(line);
    above[line].push_back("//! help" + (away == 0 ? "" : (away > 0 ? " +" : " ") + std::to_string(away)) +
                          columns(parsed.sources, *d.mend->span) + ": " + d.mend->text + " => `" +
                          d.mend->replacement + '`');
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t indent = std::min(lines[i].find_first_not_of(" \t"), lines[i].size());
    for (const std::string& message : above[static_cast<std::uint32_t>(i + 1)]) {
      out += lines[i].substr(0, indent) + message + '\n';
    }
    out += lines[i] + '\n';
  }
  return out;
}

}  // namespace horizon::parse::test
