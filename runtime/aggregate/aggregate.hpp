#pragma once
// From the values of one column over all futures to its statistics. Pure and single threaded: the bits depend
// on the values and their order only.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/store/result_set.hpp"

namespace horizon::aggregate {

/// Mean, standard deviation, exact type-7 quantiles and their Monte Carlo errors. At least one value; all are
/// finite.
///
/// Mean and sd (rules N6): 8 virtual lanes, value i goes to lane i mod 8; lanes are folded, as a fixed tree,
/// after every block of 4096 values, and blocks are added in order. Deviations are taken from the mean of the
/// first block, so that a large mean costs no digits.
///
/// Standard error of the quantile p: with s = sqrt(n p (1-p)), the binomial standard deviation of its rank,
/// and position h = (n-1) p, it is s * (x(h + 1.96 s) - x(h - 1.96 s)) / (the two positions' distance),
/// positions cut to [0, n-1] and x interpolated between order statistics as in type 7. Where nothing is cut
/// that is the half width of the distribution-free 95 % interval divided by 1.96 (David and Nagaraja, Order
/// Statistics, 3rd ed., section 7.1).
store::Statistics summarise(std::span<const double> values);

/// Replaces the Monte Carlo errors by those that independent randomisations show: the values at r, r + replicates, r + 2 replicates, ...
/// are randomisation r. With m_r the mean (the quantile) of each, the error of the whole is sd(m_r) / sqrt(replicates): unbiased, as a
/// variance, for the mean. Absent with fewer than two values a randomisation.
///
/// `weights`, [value][replicate], may be empty: control variates (session/controls.hpp). From the mean of randomisation r is taken the sum of
/// weights[i][r] (value i - mean of all values), and from the mean of the whole what that comes to. Quantiles stay as they are.
void set_replicate_errors(std::span<const double> values, std::size_t replicates, std::span<const double> weights,
                          store::Statistics& statistics);

/// sd / sqrt(n) of some independent estimates, two at least: the standard error of their mean.
double standard_error(std::span<const double> estimates);

/// Share of values strictly above `budget`.
double share_over(std::span<const double> values, double budget);

/// The order statistics at `ranks` (0-based, ascending, each below the number of values): what a full sort
/// would have there. Expected time is linear in the number of values; not a full sort.
std::vector<double> order_statistics(std::span<const double> values, std::span<const std::uint64_t> ranks);

}  // namespace horizon::aggregate
