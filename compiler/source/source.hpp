#pragma once
// The texts of one compilation and positions in them. No file is opened here: texts come in as strings.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"

namespace horizon::source {

using FileId = Id<struct FileTag>;

/// Bytes [begin, end) of one file.
struct Span {
  FileId file;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

/// The smallest span that holds both; the file of `a`.
Span join(Span a, Span b);

/// 1-based; `column` counts code points, so that a caret stands under the right letter.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// Owns the texts. Names are the paths shown in messages.
class SourceMap {
 public:
  FileId add(std::string name, std::string text);
  const std::string& name(FileId file) const;
  std::string_view text(FileId file) const;
  std::string_view text(Span span) const;
  Position position(FileId file, std::uint32_t offset) const;
  /// The whole line that holds `offset`, without its line end.
  std::string_view line(FileId file, std::uint32_t line_number) const;
  std::size_t size() const { return files_.size(); }

 private:
  struct File {
    std::string name;
    std::string text;
    std::vector<std::uint32_t> line_starts;
  };
  std::vector<File> files_;
};

}  // namespace horizon::source
