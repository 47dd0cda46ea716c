#pragma once
// The results of a run: for every cell of every forecast what its values were like over the futures.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plan/report_spec.hpp"

namespace horizon::store {

/// The percentages of the quantiles that are kept, in order.
inline constexpr std::array<std::uint32_t, 7> quantile_percents = {5, 10, 25, 50, 75, 90, 95};
inline constexpr std::size_t p5_index = 0, p10_index = 1, p50_index = 3, p90_index = 5, p95_index = 6;

/// One output column over all futures, in its printed unit. With one future there is no spread to estimate:
/// what needs at least two futures is then absent.
struct Statistics {
  double mean = 0;
  std::optional<double> sd;                          ///< with N - 1
  std::optional<double> mc_error;                    ///< standard error of the mean, sd / sqrt(N)
  std::array<double, 7> quantiles{};                 ///< exact, type 7, at quantile_percents
  std::optional<double> mc_error_p50, mc_error_p90;  ///< standard errors of the two quantiles
};

struct CellResult {
  Statistics statistics;
  std::optional<double> p_over;  ///< share of futures strictly above the budget; absent without a budget
};

struct ResultSet {
  plan::ReportSpec report;
  std::vector<std::vector<CellResult>> forecasts;  ///< [forecast][cell], in the order of `report`
  std::uint64_t futures = 0, seed = 0;
  std::uint32_t threads = 0;  ///< that ran; results do not depend on them
  std::string engine;
  double simulate_seconds = 0, summarise_seconds = 0;  ///< wall clock
  std::uint32_t controls = 0;  ///< of plan::SobolDraws::controls, how many the means were adjusted by
  std::uint64_t cells_of_pairs = 0;  ///< cells whose quantiles are those of pairs of halves (docs/language/draws.md)
  std::uint32_t passes = 1;  ///< how often the futures were run (more than once only to save memory)
};

}  // namespace horizon::store
