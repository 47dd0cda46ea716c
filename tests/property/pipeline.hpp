#pragma once
// A generated scenario through the compiler, and the three computations of it.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/compile.hpp"
#include "compiler/lower/numbers.hpp"
#include "compiler/mir/mir.hpp"
#include "compiler/model/model.hpp"
#include "compiler/opt/opt.hpp"
#include "tests/property/generator.hpp"

namespace horizon::property {

/// A scenario up to MIR. `error` holds the messages where it did not get there.
struct Built {
  std::string error;
  std::shared_ptr<const model::Model> model;
  std::shared_ptr<mir::Module> module;
  plan::ReportSpec report;
  lower::NumberPlaces places;
};
Built build(const Scenario& scenario, const opt::Options& passes = {});

/// Values of all output columns in the first futures: [future][column]; and which futures a requirement stopped.
struct Outcome {
  std::string error;
  std::vector<std::vector<double>> futures;
  std::vector<bool> faults;
};
inline constexpr std::uint64_t kFutures = 8;

Outcome run(const Built& built, std::shared_ptr<mir::Module> module, driver::Engine engine,
            std::optional<codegen::Cpu> cpu, std::uint64_t seed, std::uint32_t futures = kFutures);
Outcome evaluate(const Built& built, std::uint64_t seed);

/// What differs between two outcomes, as a sentence; empty if nothing does. `exactly`: to the last bit; else to 1e-10 of the larger
/// of the two, or of a thousandth of the largest figure of the future (sums that cancel). Futures that only one of them has are not looked at.
std::string difference(const Outcome& a, const Outcome& b, bool exactly, double tolerance = 1e-10);

}  // namespace horizon::property
