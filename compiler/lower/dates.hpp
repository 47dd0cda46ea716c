#pragma once
// Calendar arithmetic (rules.md E1 to E7, N1), generic over the arithmetic of runtime/rng/arith.hpp: the compiler emits it as
// MIR, tests run it on plain doubles. Dates are ticks of 1/31 month since 1970-01: 31 * month + (day - 1) + fraction of the day.
// +infinity is `never` and flows through everything. A NaN flows through too (min and max pass their second operand).
#include <array>

namespace horizon::lower::dates {

inline constexpr int kFirstMonth = -840;    ///< 1900-01, in months since 1970-01
inline constexpr int kMonths = 3600;        ///< 1900-01..2199-12
inline constexpr int kTableSize = 4096;     ///< the months after 2199 only fill the table up
inline constexpr double kTicksPerMonth = 31;
inline constexpr double kDaysPerMonth = 30.436875;
inline constexpr double kFirstTick = kTicksPerMonth * kFirstMonth;
inline constexpr double kEndTick = kTicksPerMonth * (kFirstMonth + kMonths);

/// [i]: days from 1970-01-01 to the first day of month kFirstMonth + i (Gregorian calendar).
const std::array<double, kTableSize>& month_starts();

/// What is known of a period, ticks and day numbers. `mid` is the mean of its first instant and its end in ticks.
template <class A>
struct Period {
  typename A::F start, end, mid, day_start, day_end;
};

/// Index into month_starts() of a whole month number; any value gives an index in range.
template <class A>
typename A::I month_index(A& a, typename A::F month) {
  const auto lifted = a.f2bits(a.add(a.sub(month, a.c(kFirstMonth)), a.c(0x1.8p52)));
  return a.iand(a.isub(lifted, a.ci(0x4338000000000000)), a.ci(kTableSize - 1));
}

template <class A>
typename A::F month_start(A& a, typename A::I index) {
  return a.table(month_starts().data(), kTableSize, index);
}

/// Days since 1970-01-01 00:00. A day beyond the month's length reads as its last. Clamped to 1900-01-01..2200-01-01.
template <class A>
typename A::F day_number(A& a, typename A::F ticks) {
  const auto t = a.min(a.c(kEndTick), a.max(a.c(kFirstTick), ticks));
  const auto month = a.floor(a.div(t, a.c(kTicksPerMonth)));
  const auto day = a.sub(t, a.mul(month, a.c(kTicksPerMonth)));
  const auto index = month_index(a, month);
  const auto start = month_start(a, index);
  const auto length = a.sub(month_start(a, a.iand(a.iadd(index, a.ci(1)), a.ci(kTableSize - 1))), start);
  const auto last = a.add(a.sub(length, a.c(1)), a.sub(day, a.floor(day)));
  return a.add(start, a.select(a.lt(day, length), day, last));
}

/// The date of a day number inside the table's years.
template <class A>
typename A::F date_of_day(A& a, typename A::F day) {
  // At most one month off.
  const auto guess = a.max(a.c(kFirstMonth), a.floor(a.div(day, a.c(kDaysPerMonth))));
  const auto index = month_index(a, guess);
  const auto next = a.iand(a.iadd(index, a.ci(1)), a.ci(kTableSize - 1));
  const auto before = a.lt(day, month_start(a, index)), behind = a.le(month_start(a, next), day);
  const auto month =
      a.select(before, a.sub(guess, a.c(1)), a.select(behind, a.add(guess, a.c(1)), guess));
  const auto within = a.sub(day, month_start(a, month_index(a, month)));
  return a.add(a.mul(month, a.c(kTicksPerMonth)), within);
}

/// date + ticks, then + days through the day number. Outside 1900..2199 days count 31 / 30.436875 ticks, so that `never` stays.
template <class A>
typename A::F add_duration(A& a, typename A::F date, typename A::F ticks, typename A::F days) {
  const auto moved = a.add(date, ticks);
  const auto day = a.add(day_number(a, moved), days);
  const auto first = a.c(month_starts()[0]), end = a.c(month_starts()[kMonths]);
  const auto inside = a.mand(a.mand(a.le(a.c(kFirstTick), moved), a.lt(moved, a.c(kEndTick))),
                             a.mand(a.le(first, day), a.lt(day, end)));
  const auto far = a.add(moved, a.mul(days, a.c(kTicksPerMonth / kDaysPerMonth)));
  return a.select(a.eq(days, a.c(0)), moved, a.select(inside, date_of_day(a, day), far));
}

/// The share of the period after `day` = day_number(date): 1 before it, 0 from its end on, by true days in between.
template <class A>
typename A::F after(A& a, const Period<A>& p, typename A::F day) {
  const auto inside = a.min(p.day_end, a.max(p.day_start, day));
  return a.div(a.sub(p.day_end, inside), a.sub(p.day_end, p.day_start));
}

/// True where the period holds the date.
template <class A>
typename A::M holds(A& a, const Period<A>& p, typename A::F date) {
  return a.mand(a.le(p.start, date), a.lt(date, p.end));
}

/// Ticks since the date: from the period's midpoint; in the period that holds it, the middle of the part after it.
template <class A>
typename A::F since(A& a, const Period<A>& p, typename A::F date) {
  const auto middle = a.mul(a.sub(p.end, date), a.c(0.5));
  return a.select(holds(a, p, date), middle, a.sub(p.mid, date));
}

/// A Duration as months: how it is compared, divided and used as an age.
template <class A>
typename A::F months(A& a, typename A::F ticks, typename A::F days) {
  return a.add(a.div(ticks, a.c(kTicksPerMonth)), a.div(days, a.c(kDaysPerMonth)));
}

}  // namespace horizon::lower::dates
