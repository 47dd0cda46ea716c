#include "compiler/lower/dates.hpp"

namespace horizon::lower::dates {
namespace {

constexpr bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

constexpr int month_length(int year, int month) {
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return lengths[month] + (month == 1 && is_leap(year) ? 1 : 0);
}

std::array<double, kTableSize> make_month_starts() {
  std::array<double, kTableSize> starts{};
  int day = 0;
  for (int year = 1900; year < 1970; ++year) day -= is_leap(year) ? 366 : 365;
  for (int i = 0; i < kTableSize; ++i) {
    starts[static_cast<std::size_t>(i)] = day;
    day += month_length(1900 + i / 12, i % 12);
  }
  return starts;
}

}  // namespace

const std::array<double, kTableSize>& month_starts() {
  static const std::array<double, kTableSize> starts = make_month_starts();
  return starts;
}

}  // namespace horizon::lower::dates
