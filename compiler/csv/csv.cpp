#include "compiler/csv/csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace horizon::csv {
namespace {

constexpr std::size_t max_faults = 20;

/// Windows-1252 0x80..0x9f; the rest is Latin-1. 0: not a character there.
constexpr std::uint16_t cp1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
                                      0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                      0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

/// Position of the first byte that is not part of well-formed UTF-8, or npos.
std::size_t bad_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (std::uint64_t eight; c < 0x80 && i + sizeof eight <= s.size()) {
      std::memcpy(&eight, s.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {   // eight letters of ASCII
        i += sizeof eight;
        continue;
      }
    }
    std::size_t length = c < 0x80 ? 1 : (c >= 0xc2 && c < 0xe0) ? 2 : (c >= 0xe0 && c < 0xf0) ? 3 : (c >= 0xf0 && c < 0xf5) ? 4 : 0;
    if (length == 0 || i + length > s.size()) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(s[i + k]) & 0xc0) != 0x80) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

std::string from_cp1252(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 16);
  for (const char ch : bytes) {
    const auto c = static_cast<unsigned char>(ch);
    append_utf8(out, c >= 0x80 && c < 0xa0 ? (cp1252[c - 0x80] ? cp1252[c - 0x80] : 0xfffdu) : c);
  }
  return out;
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// Reads one record at a time; quotes as in RFC 4180.
class Reader {
 public:
  Reader(std::string_view text, char separator, std::vector<Fault>& faults)
      : text_(text), separator_(separator), faults_(faults) {
    for (const char c : {separator, '\n', '\r'}) ends_cell_[static_cast<unsigned char>(c)] = true;
  }

  bool done() const { return at_ >= text_.size(); }
  /// Was the last record cut short by a quote that is never closed?
  bool broken() const { return broken_; }

  /// `cells`: as many as are expected.
  Row record(std::size_t cells = 0) {
    Row row{line_, {}};
    row.cells.reserve(cells);
    while (true) {
      row.cells.push_back(cell());
      if (done()) return row;
      const char c = text_[at_];
      ++at_;
      if (c == separator_) continue;
      if (c == '\r' && !done() && text_[at_] == '\n') ++at_;
      ++line_;
      return row;
    }
  }

 private:
  bool at_cell_end() const {
    return done() || ends_cell_[static_cast<unsigned char>(text_[at_])];
  }

  Cell cell() {
    Cell result{"", line_};
    std::size_t look = at_;
    while (look < text_.size() && text_[look] == ' ') ++look;
    if (look < text_.size() && text_[look] == '"') {
      at_ = look + 1;
      quoted(result);
      return result;
    }
    const std::size_t begin = at_;
    while (!at_cell_end()) ++at_;
    result.text = trim(text_.substr(begin, at_ - begin));
    return result;
  }

  void quoted(Cell& cell) {
    while (!done()) {
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell.text += c;
      } else if (!done() && text_[at_] == '"') {
        cell.text += '"';
        ++at_;
      } else {
        const std::size_t begin = at_;
        while (!at_cell_end()) ++at_;
        if (!trim(text_.substr(begin, at_ - begin)).empty()) {
          fault(cell.line, "there is text after the closing quote of a cell; write a quote inside a cell twice (\"\")");
        }
        return;
      }
    }
    fault(cell.line, "a quote (\") opens here and is never closed");
    broken_ = true;
  }

  void fault(std::uint32_t line, std::string text) {
    if (faults_.size() < max_faults) faults_.push_back({line, std::move(text)});
  }

  std::string_view text_;
  char separator_;
  std::array<bool, 256> ends_cell_{};
  std::vector<Fault>& faults_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  bool broken_ = false;
};

bool blank(const Row& row) { return row.cells.size() == 1 && row.cells[0].text.empty(); }

std::string plural(std::size_t n, const char* noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::optional<std::string> stands_twice(const std::vector<Cell>& header) {
  for (auto at = header.begin(); at != header.end(); ++at) {
    const auto same = [&](const Cell& cell) { return !cell.text.empty() && cell.text == at->text; };
    if (std::find_if(header.begin(), at, same) != at) return at->text;
  }
  return std::nullopt;
}

/// Does a header that is read as one cell hold the separator of the other dialect?
bool looks_other(const std::string& only, Dialect dialect) {
  return only.find(dialect == Dialect::Danish ? ',' : ';') != std::string::npos;
}

}  // namespace

Sheet read(std::string_view bytes, Dialect dialect) {
  Sheet sheet;
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  std::string converted;
  if (const std::size_t bad = bad_utf8(bytes); bad != std::string_view::npos) {
    if (dialect == Dialect::Danish) {
      converted = from_cp1252(bytes);
      bytes = converted;
    } else {
      const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
      sheet.faults.push_back({static_cast<std::uint32_t>(line), "the file is not UTF-8 here (perhaps it was saved by Excel as Windows text)"});
      // Only with `;` in the header: else reading it as Danish would fail, too.
      if (bytes.substr(0, bytes.find('\n')).find(';') != std::string_view::npos) sheet.looks_like = Dialect::Danish;
      return sheet;
    }
  }
  if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) {
    const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    sheet.faults.push_back({static_cast<std::uint32_t>(line), "the file holds a zero byte: it is not a text file (perhaps a workbook, or UTF-16 text)"});
    return sheet;
  }
  Reader reader(bytes, dialect == Dialect::Danish ? ';' : ',', sheet.faults);
  if (!reader.done()) sheet.header = reader.record().cells;
  if (const auto twice = stands_twice(sheet.header)) {
    sheet.faults.push_back({1, "the column `" + *twice + "` stands twice in the header"});
    sheet.header.clear();
    return sheet;
  }
  if (sheet.header.size() == 1 && sheet.header[0].text.find('\t') != std::string::npos) {
    sheet.faults.push_back({1, "there are tabs between the cells of this file; save it as CSV, with commas"});
    sheet.header.clear();
    return sheet;
  }
  std::size_t others = 0, width = 0;  // rows whose number of cells is not the header's; the number that they share
  while (!reader.done()) {
    Row row = reader.record(sheet.header.size());
    if (blank(row) || reader.broken()) continue;
    if (row.cells.size() != sheet.header.size()) {
      width = others++ == 0 || width == row.cells.size() ? row.cells.size() : 0;
      if (sheet.faults.size() < max_faults) {
        sheet.faults.push_back({row.line, "this row has " + plural(row.cells.size(), "cell") + ", the header has " +
                                              std::to_string(sheet.header.size())});
      }
      continue;
    }
    sheet.rows.push_back(std::move(row));
  }
  // When no row fits the header, it is the header that is wrong.
  if (sheet.rows.empty() && others > 1 && sheet.faults.size() >= std::min(others, max_faults)) {
    const bool one_fault_each = sheet.faults.size() == std::min(others, max_faults);
    if (one_fault_each && (width != 0 || sheet.header.size() == 1) && !(sheet.header.size() == 1 && looks_other(sheet.header[0].text, dialect))) {
      sheet.faults = {{1, "the first line has " + plural(sheet.header.size(), "cell") +
                              ", but no row below has as many; the first line must hold the columns' names, and nothing else"}};
      sheet.header.clear();
    }
  }
  if (sheet.header.size() == 1) {
    const std::string& only = sheet.header[0].text;
    if (dialect == Dialect::International && only.find(';') != std::string::npos) sheet.looks_like = Dialect::Danish;
    if (dialect == Dialect::Danish && only.find(',') != std::string::npos) sheet.looks_like = Dialect::International;
  }
  return sheet;
}

std::optional<double> number(std::string_view text, Dialect dialect) {
  std::string plain;
  if (dialect == Dialect::Danish) {
    // 1.234.567,89: a point must stand before exactly three digits.
    const std::size_t comma = text.find(',');
    const std::string_view whole = text.substr(0, comma);
    const std::size_t first_point = whole.find('.');
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (whole[i] != '.') {
        plain += whole[i];
        continue;
      }
      if (i == 0 || (i - first_point) % 4 != 0 || whole.size() < i + 4) return std::nullopt;
    }
    if (first_point != std::string_view::npos && (whole.size() - first_point) % 4 != 0) return std::nullopt;
    if (comma != std::string_view::npos) {
      plain += '.';
      plain += text.substr(comma + 1);
    }
    text = plain;
  }
  if (text.empty() || text.front() == '+') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace horizon::csv
