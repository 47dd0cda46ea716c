#include "compiler/eval/calendar.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace horizon::eval {
namespace {

using std::chrono::sys_days;

/// The first day of the month `month` (since 1970-01), as a day number.
double first_day(double month) {
  const auto first = std::chrono::year(1970) / std::chrono::January / 1 + std::chrono::months(static_cast<int>(month));
  return static_cast<double>(sys_days(first).time_since_epoch().count());
}

/// std::chrono's years end at 32767; beyond, and for infinite dates, a mean month will do.
bool in_calendar(double ticks) { return std::fabs(ticks) < kTicksPerMonth * 12 * 20'000; }

}  // namespace

Period period_at(const model::Grid& grid, std::size_t index) {
  const double first = grid.start + static_cast<double>(index) * grid.months;
  return {kTicksPerMonth * first, kTicksPerMonth * first + kTicksPerMonth * grid.months / 2,
          kTicksPerMonth * (first + grid.months), static_cast<double>(grid.months)};
}

double day_of(double ticks) {
  if (!in_calendar(ticks)) return ticks / kTicksPerMonth * kDaysPerMonth;
  const double month = std::floor(ticks / kTicksPerMonth);
  const double offset = ticks - kTicksPerMonth * month;
  const double start = first_day(month), length = first_day(month + 1) - start;
  if (offset < length) return start + offset;
  return start + length - 1 + (offset - std::floor(offset));
}

double ticks_of(double day) {
  const std::chrono::year_month_day date{sys_days(std::chrono::days(static_cast<int>(std::floor(day))))};
  const double month = 12.0 * (static_cast<int>(date.year()) - 1970) + static_cast<unsigned>(date.month()) - 1.0;
  return kTicksPerMonth * month + (day - first_day(month));
}

double months_of(double ticks, double days) { return ticks / kTicksPerMonth + days / kDaysPerMonth; }

double add_duration(double date, double ticks, double days) {
  const double moved = date + ticks;
  if (days == 0) return moved;
  const double estimate = moved + days / kDaysPerMonth * kTicksPerMonth;
  if (!in_calendar(moved) || !in_calendar(estimate)) return estimate;
  return ticks_of(day_of(moved) + days);
}

double since(const Period& period, double date) {
  if (period.start <= date && date < period.end) return (period.end - date) / 2;
  return period.middle - date;
}

double after(const Period& period, double date) {
  const double start = day_of(period.start), end = day_of(period.end);
  return (end - std::clamp(day_of(date), start, end)) / (end - start);
}

}  // namespace horizon::eval
