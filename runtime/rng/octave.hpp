#pragma once
// One octave of a quantile table: the side of a row that it belongs to, a point to begin from, and the way from the series there to the
// octave's polynomial (internal to runtime/rng).
#include <algorithm>
#include <bit>

#include "runtime/rng/quantile_table.hpp"
#include "runtime/rng/solve.hpp"
#include "runtime/rng/special.hpp"
#include "runtime/rng/taylor.hpp"
#include "runtime/rng/vecmath_constants.hpp"

namespace horizon::rng {

inline constexpr int kCoefficients = HZ_TABLE_COEFFICIENTS;

/// Shapes below 1 make x a high power of w: more terms of the series.
inline int order_class(const TableRow& row) {
  const double smallest = row.kind == TableRow::Kind::gamma ? row.a : std::min(row.a, row.b);
  return smallest < 0.4 ? 2 : smallest < 1 ? 1 : 0;
}

/// The recurrence of one side of a row. The upper side of a beta is the lower side of its mirror image 1 - X.
struct Side {
  double first, sum;      // a - 1 or k - 1; a + b - 2 or 1
  double factor, anchor;  // value = anchor + factor * x
};
inline Side side_of(const TableRow& row, bool upper) {
  if (row.kind == TableRow::Kind::gamma) return {row.a - 1, 1, row.scale, row.offset};
  const double sum = row.a + row.b - 2;
  if (upper) return {row.b - 1, sum, -row.scale, row.offset + row.scale};
  return {row.a - 1, sum, row.scale, row.offset};
}

/// A point near the tail probability w of one side. The upper side of a beta is the lower side of its mirror image.
inline TailPoint point_near(const TableRow& row, bool upper, double log_c, double w) {
  if (row.kind == TableRow::Kind::beta)
    return upper ? solve_beta_lower(row.b, row.a, log_c, w, kNearForSeries) : solve_beta_lower(row.a, row.b, log_c, w, kNearForSeries);
  return upper ? solve_gamma_upper(row.a, log_c, w, kNearForSeries) : solve_gamma_lower(row.a, log_c, w, kNearForSeries);
}

/// ln of the beta or gamma function.
inline double log_constant(const TableRow& row) {
  return row.kind == TableRow::Kind::beta ? log_beta_function(row.a, row.b) : log_gamma(row.a);
}

/// The middle, in ln w, of an octave.
inline double middle_of(int depth) { return vecmath::kSqrt2 * std::bit_cast<double>(std::uint64_t(1023 - 2 - depth) << 52); }

/// To the point `distance` away in ln w. `xs` and `slopes`: `terms` terms of the series about the present one.
template <class Lanes, class Distance>
[[gnu::always_inline]] inline void move(Lanes& x, Lanes& slope, const Lanes* xs, const Lanes* slopes, int terms, const Distance& distance) {
  Lanes ratio = xs[terms - 1];
  slope = slopes[terms - 1];
  for (int j = terms - 2; j >= 0; --j) {
    ratio = ratio * distance + xs[j];
    slope = slope * distance + slopes[j];
  }
  x = x * ratio;
  slope = slope / ratio;
}

/// The coefficients of an octave from the series about its middle; put(c, coefficient) for each.
template <class Lanes, class Put>
[[gnu::always_inline]] inline void polynomial_of(const Lanes* xs, int terms, const Lanes& scale, Put&& put) {
  constexpr int at_once = 4;  // sums that do not wait for each other
  static_assert(kCoefficients % at_once == 0);
  for (int c = 0; c < kCoefficients; c += at_once) {
    Lanes sums[at_once];
#pragma GCC unroll 4
    for (int k = 0; k < at_once; ++k) sums[k] = xs[terms - 1] * kSeriesToPolynomial[c + k][terms - 1];
    for (int j = terms - 2; j >= 0; --j) {
#pragma GCC unroll 4
      for (int k = 0; k < at_once; ++k) sums[k] = sums[k] + xs[j] * kSeriesToPolynomial[c + k][j];
    }
    for (int k = 0; k < at_once; ++k) put(c + k, sums[k] * scale);
  }
}

}  // namespace horizon::rng
