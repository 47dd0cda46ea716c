#pragma once
// Text for a terminal: widths as they are seen, tables, numbers; private to the report.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace horizon::report {

/// Columns of a terminal that a UTF-8 text takes: wide letters two, combining marks none.
std::size_t shown_width(std::string_view text);
/// Without control characters and broken UTF-8 (U+FFFD for them), cut to `width` with a `…`.
std::string cut(std::string_view text, std::size_t width);
/// Broken at blanks into lines of at most `width`.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Rows of cells in columns as wide as they need; the first column stands left, the others right.
class Table {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string to_text(std::string_view indent) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// How the numbers of one table are written: divided by `divisor`, with that many decimals, `12,345.6`.
struct NumberStyle {
  double divisor = 1;
  std::string scale;  ///< "", "m", "bn": before the unit
  int decimals = 0;

  std::string text(double value) const;
  /// An error: one or two digits that count, however small.
  std::string error_text(double value) const;
  /// "bn DKK", "DKK"
  std::string unit(const std::string& of) const;
};
/// For values up to `largest` (absolute) whose Monte Carlo error is about `error` (0: unknown or none). The
/// last decimal is the first power of ten that is at least half of the error; two to five digits count.
NumberStyle number_style(double largest, double error);

/// Shares as percentages: one decimal where the Monte Carlo error allows it.
NumberStyle percent_style(double error);

/// "12 %", "<1 %", ">99 %"
std::string percent_text(double share);
/// "12,345"
std::string count_text(std::uint64_t count);
/// The course of a series as one line of block letters, at most `width` wide (neighbours are averaged).
std::string sparkline(const std::vector<double>& values, std::size_t width);

}  // namespace horizon::report
