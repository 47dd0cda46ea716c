#include "runtime/aggregate/aggregate.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "runtime/aggregate/moments.hpp"

namespace horizon::aggregate {

store::Statistics summarise(std::span<const double> values) {
  HZ_CHECK(!values.empty());
  const std::vector<std::uint64_t> ranks = ranks_of(values.size());
  // A constant column has exactly its value as mean and no spread, whatever rounding would say.
  const bool constant = std::all_of(values.begin(), values.end(), [&](double x) { return x == values[0]; });
  const double shift = constant ? values[0] : shift_of(values);
  return statistics_of(values.size(), ranks, order_statistics(values, ranks), shift,
                       sum_deviations(values, shift));
}

double share_over(std::span<const double> values, double budget) {
  HZ_CHECK(!values.empty());
  std::uint64_t over = 0;
  for (double value : values) over += value > budget ? 1u : 0u;
  return static_cast<double>(over) / static_cast<double>(values.size());
}

}  // namespace horizon::aggregate
