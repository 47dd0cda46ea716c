#include <cmath>
#include <vector>

#include "base/check.hpp"
#include "runtime/aggregate/aggregate.hpp"

namespace horizon::aggregate {
namespace {

/// What is taken off the mean of each randomisation. 0 for a constant column.
std::vector<double> corrections(std::span<const double> values, std::size_t replicates, std::span<const double> weights, double mean) {
  std::vector<double> result(replicates);
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t r = 0; r < replicates; ++r) result[r] += weights[i * replicates + r] * (values[i] - mean);
  return result;
}

}  // namespace

double standard_error(std::span<const double> estimates) {
  const double n = static_cast<double>(estimates.size());
  double mean = 0, squares = 0;
  for (const double x : estimates) mean += (x - estimates[0]) / n;
  for (const double x : estimates) squares += (x - estimates[0] - mean) * (x - estimates[0] - mean);
  return std::sqrt(squares / (n - 1) / n);
}

void set_replicate_errors(std::span<const double> values, std::size_t replicates, std::span<const double> weights,
                          store::Statistics& statistics) {
  HZ_CHECK(replicates > 1 && (weights.empty() || weights.size() == values.size() * replicates));
  statistics.mc_error = statistics.mc_error_p50 = statistics.mc_error_p90 = std::nullopt;
  if (values.size() < 2 * replicates) return;
  std::vector<double> means, p50, p90, own;
  for (std::size_t r = 0; r < replicates; ++r) {
    own.clear();
    for (std::size_t i = r; i < values.size(); i += replicates) own.push_back(values[i]);
    const store::Statistics one = summarise(own);
    means.push_back(one.mean);
    p50.push_back(one.quantiles[store::p50_index]);
    p90.push_back(one.quantiles[store::p90_index]);
  }
  if (!weights.empty()) {
    const std::vector<double> off = corrections(values, replicates, weights, statistics.mean);
    const double n = static_cast<double>(values.size());
    for (std::size_t r = 0; r < replicates; ++r) {
      means[r] -= off[r];
      statistics.mean -= off[r] * (static_cast<double>((values.size() + replicates - 1 - r) / replicates) / n);
    }
  }
  statistics.mc_error = standard_error(means);
  statistics.mc_error_p50 = standard_error(p50);
  statistics.mc_error_p90 = standard_error(p90);
}

}  // namespace horizon::aggregate
