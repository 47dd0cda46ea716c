// One source line laid out in terminal cells, so that the carets stand under the right letters.
#include <utf8proc.h>

#include <algorithm>

#include "compiler/diag/rendering.hpp"

namespace horizon::diag {
namespace {

constexpr std::size_t tab_stop = 4;
constexpr std::size_t widest = 100;  // cells of a line that are shown
constexpr std::size_t lead = 30;     // cells kept before the mark when the line is cut
constexpr std::uint32_t window =
    600;  // bytes looked at on each side of the mark: a line may be as long as the file
constexpr std::string_view unknown = "\xef\xbf\xbd";  // U+FFFD

bool may_show(utf8proc_int32_t point) {
  const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
  // Overrides of the writing direction could make a line look like another one.
  const bool direction = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
                         point == 0x200e || point == 0x200f;
  const bool line_end = point == 0x2028 || point == 0x2029;
  return !control && !direction && !line_end;
}

/// Something shown as a whole: a letter, a tab, a hidden number.
struct Cell {
  std::string text;
  std::size_t width = 1;
  std::uint32_t begin = 0;  // bytes in the file; empty for what a mend inserts
  std::uint32_t end = 0;
  bool inserted = false;
};

/// The next code point of `text`, as a cell whose bytes count from `offset`.
Cell letter(std::string_view text, std::uint32_t offset, std::size_t column) {
  utf8proc_int32_t point = -1;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &point);
  const std::size_t size = length > 0 ? static_cast<std::size_t>(length) : 1;
  Cell cell{std::string(text.substr(0, size)), 1, offset, offset + static_cast<std::uint32_t>(size), false};
  if (point == '\t') {
    cell.width = tab_stop - column % tab_stop;
    cell.text.assign(cell.width, ' ');
  } else if (point < 0 || !may_show(point)) {
    cell.text = unknown;
  } else {
    cell.width = static_cast<std::size_t>(std::max(0, utf8proc_charwidth(point)));
  }
  return cell;
}

class Row {
 public:
  void add(Cell cell) {
    column_ += cell.width;
    cells_.push_back(std::move(cell));
  }
  void add_text(std::string_view text, std::uint32_t offset, bool inserted) {
    for (std::size_t i = 0; i < text.size();) {
      Cell cell = letter(text.substr(i), offset + static_cast<std::uint32_t>(i), column_);
      i += cell.end - cell.begin;
      cell.inserted = inserted;
      add(std::move(cell));
    }
  }
  void add_source(source::FileId file, std::uint32_t begin, std::uint32_t end,
                  const source::SourceMap& sources, const Secrets& secrets) {
    std::uint32_t at = begin;
    for (const ByteRange number : secrets.numbers(file, begin, end)) {
      if (number.begin > at) add_text(sources.text({file, at, number.begin}), at, false);
      at = std::min(number.end, end);
      add({std::string(hidden_number), hidden_number.size(), number.begin, at, false});
    }
    add_text(sources.text({file, at, end}), at, false);
  }
  const std::vector<Cell>& cells() const { return cells_; }
  std::size_t width() const { return column_; }

 private:
  std::vector<Cell> cells_;
  std::size_t column_ = 0;
};

/// Lays out `row`, cut to the widest around columns [from, to), which it marks.
/// `cut_before`: the row is not the line's beginning.
Excerpt lay_out(const Row& row, std::size_t from, std::size_t to, char mark, bool cut_before) {
  to = std::max(to, from + 1);
  std::size_t first = 0;
  if ((row.width() > widest && to > widest - 1) || cut_before) first = from > lead ? from - lead : 0;
  const std::size_t last = first + widest;
  Excerpt out;
  std::size_t column = 0;
  std::size_t shown = 0;  // cells of `out.line` so far
  std::size_t mark_from = 0;
  if (first > 0 || cut_before) {
    out.line = "…";
    shown = 1;
  }
  std::size_t mark_to = 0;
  bool marked = false;
  for (const Cell& cell : row.cells()) {
    const std::size_t begin = column;
    column += cell.width;
    if (begin < first) continue;
    if (column > last) {
      out.line += "…";
      break;
    }
    if (begin < to && column > from && cell.width > 0) {
      if (!marked) mark_from = shown;
      marked = true;
      mark_to = shown + cell.width;
    }
    out.line += cell.text;
    shown += cell.width;
  }
  if (!marked) {  // behind the last letter
    mark_from = shown;
    mark_to = shown + 1;
  }
  while (out.line.ends_with(' ')) out.line.pop_back();
  out.marks.assign(mark_from, ' ');
  out.marks.append(mark_to - mark_from, mark);
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Cell cell = letter(text.substr(i), 0, 0);
    out += text[i] == '\t' || text[i] == '\n' ? std::string(" ") : cell.text;
    i += cell.end;
  }
  return out;
}

Excerpt excerpt(source::Span span, const source::SourceMap& sources, const Secrets& secrets, char mark,
                const std::string* insertion) {
  const source::Position position = sources.position(span.file, span.begin);
  const std::string_view line = sources.line(span.file, position.line);
  // Where the line begins in the file: `line` is a view into the file's text.
  const std::string_view text = sources.text(span.file);
  const auto whole_begin = static_cast<std::uint32_t>(line.data() - text.data());
  const auto whole_end = whole_begin + static_cast<std::uint32_t>(line.size());
  const std::uint32_t begin = std::clamp(span.begin, whole_begin, whole_end);
  const std::uint32_t line_end = whole_end - begin > window ? begin + window : whole_end;
  const std::uint32_t end = std::clamp(span.end, begin, line_end);
  std::uint32_t line_begin = begin - whole_begin > window ? begin - window : whole_begin;
  while (line_begin > whole_begin && line_begin < begin &&
         (static_cast<unsigned char>(text[line_begin]) & 0xc0u) == 0x80u) {
    ++line_begin;
  }
  const bool cut_before = line_begin > whole_begin;

  Row row;
  if (insertion != nullptr) {
    row.add_source(span.file, line_begin, begin, sources, secrets);
    const std::size_t from = row.width();
    row.add_text(*insertion, begin, true);
    const std::size_t to = row.width();
    row.add_source(span.file, end, line_end, sources, secrets);
    Excerpt out = lay_out(row, from, to, mark, cut_before);
    if (insertion->empty()) out.marks.clear();  // nothing new to point at
    return out;
  }
  row.add_source(span.file, line_begin, line_end, sources, secrets);
  std::size_t from = row.width();
  std::size_t to = row.width();
  std::size_t column = 0;
  bool found = false;
  for (const Cell& cell : row.cells()) {
    const bool inside =
        begin == end ? cell.begin <= begin && begin < cell.end : cell.begin < end && begin < cell.end;
    if (inside && !found) from = column;
    if (inside) to = column + cell.width;
    found = found || inside;
    column += cell.width;
  }
  return lay_out(row, from, to, mark, cut_before);
}

}  // namespace horizon::diag
