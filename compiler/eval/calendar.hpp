#pragma once
// Private to this folder: dates by the calendar of the standard library (rules E1 to E5; model.hpp, "ticks").
#include "compiler/model/model.hpp"

namespace horizon::eval {

inline constexpr double kTicksPerMonth = 31;
inline constexpr double kDaysPerMonth = 30.436875;

/// One period of the grid, in ticks.
struct Period {
  double start = 0, middle = 0, end = 0;
  double months = 1;
};
Period period_at(const model::Grid& grid, std::size_t index);

/// Days since 1970-01-01 of a date; infinite for infinite dates.
double day_of(double ticks);
/// The date of a day.
double ticks_of(double day);

/// A Duration as months.
double months_of(double ticks, double days);
double add_duration(double date, double ticks, double days);
double since(const Period& period, double date);
double after(const Period& period, double date);

}  // namespace horizon::eval
