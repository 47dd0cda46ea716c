#pragma once
// What the columns of a run's results mean. Made by the compiler, read by aggregate, store and report.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace horizon::plan {

/// One result column: a cell of a forecast. Values are printed units (DKK), one a future.
struct Cell {
  std::string period;                ///< "2026", "2026-Q1", "2026-01" or "all"
  std::vector<std::string> labels;   ///< per dimension of the forecast; "all" where summed over
  std::uint32_t output = 0;          ///< index of the output column
  std::optional<double> budget;
};

struct ForecastSpec {
  std::string name, title, unit;
  std::vector<std::string> dimensions;   ///< "region", "atc1"
  std::vector<Cell> cells;               ///< in order of period, then labels in order of declaration, `all` last
  bool confidential_warning = false;
};

struct ReportSpec {
  std::string scenario;                  ///< the file's stem
  std::vector<std::string> dimensions;   ///< of all forecasts, in order of declaration: columns of forecast.csv
  std::vector<ForecastSpec> forecasts;   ///< in order of declaration
};

}  // namespace horizon::plan
