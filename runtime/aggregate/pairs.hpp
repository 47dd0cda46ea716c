#pragma once
// Order statistics of the sum of two independent numbers, from all pairs of their values. Pure and single threaded.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/store/result_set.hpp"

namespace horizon::aggregate {

/// All sums x_i + y_j of n values of one number and n of another, as if they stood there: n^2 of them. Quantiles are those of the
/// distribution that has the two empirical ones as its parts, convolved. As an estimate of the quantile of a sum of independent numbers it is a
/// V-statistic of degree two: beside terms of order 1/n^2 its variance is that of the mean of P(x_i + y <= q) and P(x + y_i <= q) (W. Hoeffding,
/// "A class of statistics with asymptotically normal distribution", Annals of Mathematical Statistics 19 (1948)), and these are smooth functions of
/// x_i and y_i alone.
class Pairs {
 public:
  /// `part` and `sums` of the same futures: x_i = part[i], y_i = sums[i] - part[i]. Every `stride`-th future from `begin` on, one at least.
  Pairs(std::span<const double> part, std::span<const double> sums, std::size_t begin = 0, std::size_t stride = 1);
  /// Where x or y is the same in all futures, pairs say no more than the futures' own sums do. False, too, where a sum is infinite.
  bool say_more() const;
  /// Exact, type 7. `near`: where it may lie, to find it sooner; any number will do.
  double quantile(std::uint32_t percent, double near) const;
  /// Share of sums strictly above `budget`.
  double share_over(double budget) const;

 private:
  struct Guess {
    double at, step;   ///< about how far it is off
  };
  struct Found {
    double value, share_width;   ///< so far apart are quantiles there, a share of all sums
  };
  /// The last sum that is not above some limit, and the first that is; infinite where there is none.
  struct Neighbours {
    double last, next;
  };
  struct Bracket;
  explicit Pairs(const Pairs* all);
  std::uint64_t size() const { return std::uint64_t{x_.size()} * x_.size(); }
  std::uint64_t count_up_to(double limit) const;
  Neighbours neighbours(double limit) const;
  Guess guess(std::uint32_t percent, double near) const;
  Found find(std::uint32_t percent, Guess guess) const;
  Bracket bracket_of(std::uint64_t rank, Guess guess) const;
  std::optional<Bracket> at_once(std::uint64_t rank, Guess guess) const;
  std::uint64_t sums_within(double low, double high, std::size_t most, std::vector<double>& sums) const;

  std::vector<double> x_, y_;   // ascending
  std::unique_ptr<const Pairs> some_;   // an eighth of both: tells where to look; none of few
};

/// Puts the quantiles of all pairs into `statistics`, which are those of the futures' own `sums`, and their errors: as in
/// set_replicate_errors(), from the pairs of each randomisation by itself. At least two futures a randomisation.
void set_pair_quantiles(const Pairs& pairs, std::span<const double> part, std::span<const double> sums, std::size_t replicates,
                        store::Statistics& statistics);

}  // namespace horizon::aggregate
