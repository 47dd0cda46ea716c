#include "runtime/aggregate/moments.hpp"

#include <algorithm>
#include <cmath>

namespace horizon::aggregate {
namespace {

constexpr double z95 = 1.96;

/// A place between two order statistics, as type 7 has it.
struct Position {
  std::uint64_t low = 0;
  double fraction = 0;
};

Position position(double h) {
  const double low = std::floor(h);
  return {static_cast<std::uint64_t>(low), h - low};
}

Position quantile_position(std::uint64_t n, std::uint32_t percent) {
  return position(static_cast<double>((n - 1) * percent) / 100.0);
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

std::uint64_t above(std::uint64_t n, Position at) { return std::min<std::uint64_t>(at.low + 1, n - 1); }

/// Order statistics by rank.
struct Order {
  std::span<const std::uint64_t> ranks;
  std::span<const double> values;

  /// A zero is +0 here, whichever of its signs stood at that rank: they are equal, so their order is
  /// nobody's.
  double rank(std::uint64_t wanted) const {
    return values[static_cast<std::size_t>(std::lower_bound(ranks.begin(), ranks.end(), wanted) -
                                           ranks.begin())] +
           0.0;
  }
  double at(std::uint64_t n, Position where) const {
    const double low = rank(where.low);
    return where.fraction == 0 ? low : low + where.fraction * (rank(above(n, where)) - low);
  }
};

double quantile_error(std::uint64_t n, const Order& order, const Interval& i) {
  const double width = order.at(n, position(i.end)) - order.at(n, position(i.begin));
  return i.rank_sd * width / (i.end - i.begin);
}

}  // namespace

[[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]] Sums sum_deviations(std::span<const double> values, double shift) {
  using Vector = double __attribute__((vector_size(sizeof(double) * sum_lanes)));
  Sums total;
  for (std::size_t begin = 0; begin < values.size(); begin += sum_block) {
    const std::size_t size = std::min(sum_block, values.size() - begin);
    const double* x = values.data() + begin;
    Vector firsts{}, seconds{};
    std::size_t i = 0;
    for (; i + sum_lanes <= size; i += sum_lanes) {
      Vector d;
      __builtin_memcpy(&d, x + i, sizeof d);
      d -= shift;
      firsts += d;
      seconds += d * d;
    }
    Lanes first, second;
    __builtin_memcpy(first.data(), &firsts, sizeof firsts);
    __builtin_memcpy(second.data(), &seconds, sizeof seconds);
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

double shift_of(std::span<const double> values) {
  const std::span<const double> head = values.first(std::min(values.size(), sum_block));
  return sum_deviations(head, 0).first / static_cast<double>(head.size());
}

std::array<Target, store::quantile_percents.size()> targets_of(std::uint64_t n) {
  std::array<Target, store::quantile_percents.size()> targets;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Position at = quantile_position(n, store::quantile_percents[i]);
    targets[i] = {at.low, above(n, at)};
  }
  for (const auto& [index, p] : {std::pair{store::p50_index, 0.5}, std::pair{store::p90_index, 0.9}}) {
    const Interval i = interval(n, p);
    targets[index].low = std::min(targets[index].low, position(i.begin).low);
    targets[index].high = std::max(targets[index].high, above(n, position(i.end)));
  }
  return targets;
}

std::vector<std::uint64_t> ranks_of(std::uint64_t n) {
  std::vector<std::uint64_t> ranks;
  const auto want = [&](Position at) {
    ranks.push_back(at.low);
    ranks.push_back(above(n, at));
  };
  for (const std::uint32_t percent : store::quantile_percents) want(quantile_position(n, percent));
  for (const double p : {0.5, 0.9}) {
    const Interval i = interval(n, p);
    want(position(i.begin));
    want(position(i.end));
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

store::Statistics statistics_of(std::uint64_t futures, std::span<const std::uint64_t> ranks,
                                std::span<const double> order_statistics, double shift, Sums sums) {
  store::Statistics out;
  const Order order{ranks, order_statistics};
  for (std::size_t i = 0; i < out.quantiles.size(); ++i)
    out.quantiles[i] = order.at(futures, quantile_position(futures, store::quantile_percents[i]));
  const double n = static_cast<double>(futures);
  out.mean = shift + sums.first / n;
  if (futures < 2) return out;
  out.mc_error_p50 = quantile_error(futures, order, interval(futures, 0.5));
  out.mc_error_p90 = quantile_error(futures, order, interval(futures, 0.9));
  const double squares = std::max(0.0, sums.second - sums.first * (sums.first / n));
  out.sd = std::sqrt(squares / (n - 1));
  out.mc_error = *out.sd / std::sqrt(n);
  return out;
}

}  // namespace horizon::aggregate
