#pragma once
// The naive evaluator of the typed model: one future at a time, straight from the definitions, without MIR. It is the oracle
// that both engines are held to (1e-10 relative), and it says where a run went wrong, by name.
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/model/model.hpp"
#include "runtime/rng/sobol.hpp"

namespace horizon::eval {

/// Values of one quantity in one future: [row][period][cell][component]; one period if it does not vary with time is still stored
/// for all periods.
struct Values {
  std::size_t periods = 0, width = 0;   ///< width: cells * components
  std::vector<double> numbers;
  double at(std::size_t row, std::size_t period, std::size_t k) const { return numbers[(row * periods + period) * width + k]; }
};

/// By id: the draws whose bits are Sobol points (runtime/rng/sobol.hpp); all others are keyed.
using SobolDraws = std::unordered_map<std::uint64_t, HzSobolDraw>;

/// One future. Result: per forecast, per report cell in the order of lower's ReportSpec, the value in printed units.
struct FutureResult {
  std::vector<std::vector<double>> forecasts;
};
FutureResult evaluate(const model::Model& model, std::uint64_t seed, std::uint64_t future, const SobolDraws& sobol = {});

/// What went wrong in a future: the first value, by period then by dependency, that is not a number or infinite where it
/// should not be, or the requirement that fails.
struct Fault {
  std::string path;
  std::string period;
  std::string what;                     ///< "is not a number", or the requirement's text
  source::Span span;
  bool confidential = false;            ///< then the value itself is not shown
  double value = 0;
};
std::optional<Fault> find_fault(const model::Model& model, std::uint64_t seed, std::uint64_t future, const SobolDraws& sobol = {});

}  // namespace horizon::eval
