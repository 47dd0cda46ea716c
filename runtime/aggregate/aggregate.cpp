#include "runtime/aggregate/aggregate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"

namespace horizon::aggregate {
namespace {

constexpr std::size_t lanes = 8;
constexpr std::size_t block = 4096;  // values; a multiple of `lanes`
constexpr double z95 = 1.96;

/// Sums of two functions of the values at once, in the fixed order of rules N6.
struct Sums {
  double first = 0, second = 0;
};

double fold(const std::array<double, lanes>& s) {
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

/// Sum of (x - shift) and of its square.
Sums sum_deviations(std::span<const double> values, double shift) {
  Sums total;
  for (std::size_t begin = 0; begin < values.size(); begin += block) {
    const std::size_t size = std::min(block, values.size() - begin);
    const double* x = values.data() + begin;
    std::array<double, lanes> first{}, second{};
    std::size_t i = 0;
    for (; i + lanes <= size; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const double d = x[i + lane] - shift;
        first[lane] += d;
        second[lane] += d * d;
      }
    }
    for (std::size_t lane = 0; i + lane < size; ++lane) {
      const double d = x[i + lane] - shift;
      first[lane] += d;
      second[lane] += d * d;
    }
    total.first += fold(first);
    total.second += fold(second);
  }
  return total;
}

/// A place between two order statistics, as type 7 has it.
struct Position {
  std::uint64_t low = 0;
  double fraction = 0;
};

Position position(double h) {
  const double low = std::floor(h);
  return {static_cast<std::uint64_t>(low), h - low};
}

/// Positions of one quantile's value and, for its standard error, of the ends of its 95 % interval.
struct Interval {
  double begin = 0, end = 0;  // positions
  double rank_sd = 0;
};

Interval interval(std::uint64_t n, double p) {
  const double last = static_cast<double>(n - 1);
  const double rank_sd = std::sqrt(static_cast<double>(n) * p * (1 - p));
  return {std::max(0.0, last * p - z95 * rank_sd), std::min(last, last * p + z95 * rank_sd), rank_sd};
}

/// Collects the ranks that a set of positions needs, then reads the positions' values.
class OrderStatistics {
 public:
  explicit OrderStatistics(std::span<const double> values) : values_(values) {}

  void want(Position at) {
    ranks_.push_back(at.low);
    ranks_.push_back(high(at));
  }
  void select() {
    std::sort(ranks_.begin(), ranks_.end());
    ranks_.erase(std::unique(ranks_.begin(), ranks_.end()), ranks_.end());
    found_ = order_statistics(values_, ranks_);
  }
  double at(Position where) const {
    const double low = value(where.low);
    return where.fraction == 0 ? low : low + where.fraction * (value(high(where)) - low);
  }
  double at_rank(std::uint64_t rank) const { return value(rank); }

 private:
  std::uint64_t high(Position at) const { return std::min<std::uint64_t>(at.low + 1, values_.size() - 1); }
  double value(std::uint64_t rank) const {
    return found_[static_cast<std::size_t>(std::lower_bound(ranks_.begin(), ranks_.end(), rank) -
                                           ranks_.begin())];
  }

  std::span<const double> values_;
  std::vector<std::uint64_t> ranks_;
  std::vector<double> found_;
};

double quantile_error(const OrderStatistics& order, const Interval& i) {
  const double width = order.at(position(i.end)) - order.at(position(i.begin));
  return i.rank_sd * width / (i.end - i.begin);
}

void add_quantiles(std::span<const double> values, store::Statistics& out, bool& constant) {
  const std::uint64_t n = values.size();
  OrderStatistics order(values);
  std::array<Position, store::quantile_percents.size()> at;
  for (std::size_t i = 0; i < at.size(); ++i) {
    at[i] = position(static_cast<double>((n - 1) * store::quantile_percents[i]) / 100.0);
    order.want(at[i]);
  }
  const Interval p50 = interval(n, 0.5), p90 = interval(n, 0.9);
  for (double h : {p50.begin, p50.end, p90.begin, p90.end}) order.want(position(h));
  order.want({0, 0});
  order.want({n - 1, 0});
  order.select();
  for (std::size_t i = 0; i < at.size(); ++i) out.quantiles[i] = order.at(at[i]);
  constant = order.at_rank(0) == order.at_rank(n - 1);
  if (n < 2) return;
  out.mc_error_p50 = quantile_error(order, p50);
  out.mc_error_p90 = quantile_error(order, p90);
}

}  // namespace

store::Statistics summarise(std::span<const double> values) {
  HZ_CHECK(!values.empty());
  store::Statistics out;
  bool constant = false;
  add_quantiles(values, out, constant);
  const double n = static_cast<double>(values.size());
  // A constant column has exactly its value as mean and no spread, whatever rounding would say.
  const std::span<const double> head = values.first(std::min(values.size(), block));
  const double pilot =
      constant ? values[0] : sum_deviations(head, 0).first / static_cast<double>(head.size());
  const Sums sums = sum_deviations(values, pilot);
  out.mean = pilot + sums.first / n;
  if (values.size() < 2) return out;
  const double squares = std::max(0.0, sums.second - sums.first * (sums.first / n));
  out.sd = std::sqrt(squares / (n - 1));
  out.mc_error = *out.sd / std::sqrt(n);
  return out;
}

double share_over(std::span<const double> values, double budget) {
  HZ_CHECK(!values.empty());
  std::uint64_t over = 0;
  for (double value : values) over += value > budget ? 1u : 0u;
  return static_cast<double>(over) / static_cast<double>(values.size());
}

}  // namespace horizon::aggregate
