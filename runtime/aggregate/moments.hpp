#pragma once
// Sums over the futures in their one fixed order (rules N6), and what they and order statistics give; private
// to the folder.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/store/result_set.hpp"

namespace horizon::aggregate {

inline constexpr std::size_t sum_lanes = 8;     ///< value i goes to lane i mod 8
inline constexpr std::size_t sum_block = 4096;  ///< values after which lanes are folded

using Lanes = std::array<double, sum_lanes>;

/// Sums of deviations and of their squares.
struct Sums {
  double first = 0, second = 0;
};

inline double fold(const Lanes& s) {
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

/// Sum of (x - shift) and of its square.
Sums sum_deviations(std::span<const double> values, double shift);

/// What deviations are taken from, unless all values are the same: the mean of the first block. `values` hold
/// that block at least, or are all there is.
double shift_of(std::span<const double> values);

/// The ranks (0-based) that one quantile and its standard error read.
struct Target {
  std::uint64_t low = 0, high = 0;  ///< the first and the last of them
};
std::array<Target, store::quantile_percents.size()> targets_of(std::uint64_t futures);

/// All ranks that the statistics of so many values read, ascending, each once.
std::vector<std::uint64_t> ranks_of(std::uint64_t futures);

/// Statistics of `futures` values from their sums about `shift` and from the order statistics at
/// ranks_of(futures).
store::Statistics statistics_of(std::uint64_t futures, std::span<const std::uint64_t> ranks,
                                std::span<const double> order, double shift, Sums sums);

}  // namespace horizon::aggregate
