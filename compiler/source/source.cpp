#include "compiler/source/source.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace horizon::source {

Span join(Span a, Span b) { return {a.file, std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

FileId SourceMap::add(std::string name, std::string text) {
  File file{std::move(name), std::move(text), {0}};
  for (std::size_t i = 0; i < file.text.size(); ++i) {
    if (file.text[i] == '\n') file.line_starts.push_back(static_cast<std::uint32_t>(i + 1));
  }
  files_.push_back(std::move(file));
  return FileId(files_.size() - 1);
}

const std::string& SourceMap::name(FileId file) const {
  HZ_CHECK(file.index() < files_.size());
  return files_[file.index()].name;
}

std::string_view SourceMap::text(FileId file) const {
  HZ_CHECK(file.index() < files_.size());
  return files_[file.index()].text;
}

std::string_view SourceMap::text(Span span) const {
  const std::string_view all = text(span.file);
  const std::size_t begin = std::min<std::size_t>(span.begin, all.size());
  return all.substr(begin, std::max<std::size_t>(span.end, begin) - begin);
}

Position SourceMap::position(FileId file, std::uint32_t offset) const {
  HZ_CHECK(file.index() < files_.size());
  const File& f = files_[file.index()];
  offset = std::min<std::uint32_t>(offset, static_cast<std::uint32_t>(f.text.size()));
  const auto next = std::upper_bound(f.line_starts.begin(), f.line_starts.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - f.line_starts.begin());
  std::uint32_t column = 1;
  for (std::uint32_t i = f.line_starts[line - 1]; i < offset; ++i) {
    if ((static_cast<unsigned char>(f.text[i]) & 0xc0u) != 0x80u) ++column;
  }
  return {line, column};
}

std::string_view SourceMap::line(FileId file, std::uint32_t line_number) const {
  HZ_CHECK(file.index() < files_.size());
  const File& f = files_[file.index()];
  if (line_number == 0 || line_number > f.line_starts.size()) return {};
  const std::uint32_t begin = f.line_starts[line_number - 1];
  std::uint32_t end = line_number < f.line_starts.size() ? f.line_starts[line_number] - 1
                                                         : static_cast<std::uint32_t>(f.text.size());
  if (end > begin && f.text[end - 1] == '\r') --end;
  return std::string_view(f.text).substr(begin, end - begin);
}

}  // namespace horizon::source
