#include "tests/property/pipeline.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "compiler/depend/depend.hpp"
#include "compiler/driver/load.hpp"
#include "compiler/driver/plan.hpp"
#include "compiler/eval/eval.hpp"
#include "compiler/lower/lower.hpp"
#include "compiler/sema/sema.hpp"
#include "runtime/exec/exec.hpp"

namespace horizon::property {
namespace {

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += sentence + "\n";
  return text;
}

/// The messages that stop a scenario; empty without an error.
std::string errors(const diag::Diagnostics& diagnostics, const source::SourceMap& sources) {
  return diagnostics.has_errors() ? diag::render_text(diagnostics, sources, false) : "";
}

}  // namespace

Built build(const Scenario& scenario, const opt::Options& passes) {
  Built built;
  driver::Compiled compiled;
  compiled.sources = std::make_shared<source::SourceMap>();
  const driver::ReadFile read = [&](const std::string& path) -> Expected<std::string, std::string> {
    if (path == "random.hzn") return scenario.text;
    const auto file = scenario.files.find(path);
    if (file == scenario.files.end()) return Unexpected{std::string("there is no such file")};
    return file->second;
  };
  const driver::Loaded loaded = driver::load("random.hzn", {}, read, compiled);
  if (compiled.failure) built.error = compiled.failure->text;
  if (!built.error.empty()) return built;
  auto analysed = sema::analyse(loaded.program, *compiled.sources);
  analysed.diagnostics.append(std::move(compiled.diagnostics));
  built.error = errors(analysed.diagnostics, *compiled.sources);
  if (!built.error.empty()) return built;
  built.error = joined(model::verify(analysed.value));
  if (!built.error.empty()) return built;
  built.model = std::make_shared<const model::Model>(std::move(analysed.value));

  const auto ordered = depend::order(*built.model);
  built.error = errors(ordered.diagnostics, *compiled.sources);
  if (!built.error.empty()) return built;
  auto lowered = lower::lower(*built.model, ordered.value);
  built.error = errors(lowered.diagnostics, *compiled.sources);
  if (!built.error.empty()) return built;
  built.error = joined(mir::verify(lowered.value.module));
  if (!built.error.empty()) return built;
  opt::optimise(lowered.value.module, passes);
  built.error = joined(mir::verify(lowered.value.module));
  built.module = std::make_shared<mir::Module>(std::move(lowered.value.module));
  built.report = std::move(lowered.value.report);
  built.places = std::move(lowered.value.numbers);
  return built;
}

Outcome run(const Built& built, std::shared_ptr<mir::Module> module, driver::Engine engine,
            std::optional<codegen::Cpu> cpu, std::uint64_t seed, std::uint32_t futures) {
  Outcome outcome;
  driver::Compiled compiled;
  driver::Options options;
  options.engine = engine;
  options.cpu = cpu;
  const auto plan = driver::make_plan(std::move(module), built.report, options, nullptr, compiled);
  if (!plan) {
    outcome.error = plan.error().text;
    for (const diag::Diagnostic& d : compiled.diagnostics.items()) outcome.error += "\n" + diag::message(d);
    return outcome;
  }
  exec::Workspace workspace(*plan);
  for (std::uint32_t first = 0; first < futures; first += exec::block_lanes) {
    const std::uint32_t count = std::min(futures - first, exec::block_lanes);
    exec::run_block(*plan, seed, first, (count + exec::lane_multiple - 1) / exec::lane_multiple * exec::lane_multiple, workspace);
    for (std::uint32_t lane = 0; lane < count; ++lane) {
      std::vector<double> values;
      for (std::uint32_t i = 0; i < plan->outputs.size(); ++i) values.push_back(workspace.output(i)[lane]);
      const bool finite = std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
      outcome.futures.push_back(std::move(values));
      outcome.faults.push_back(workspace.faults()[lane] != 0 || !finite);
    }
  }
  return outcome;
}

Outcome evaluate(const Built& built, std::uint64_t seed) {
  Outcome outcome;
  for (std::uint64_t future = 0; future < kFutures; ++future) {
    const eval::FutureResult result = eval::evaluate(*built.model, seed, future);
    std::vector<double> columns;
    for (std::size_t f = 0; f < built.report.forecasts.size(); ++f) {
      const auto& cells = built.report.forecasts[f].cells;
      if (cells.size() != result.forecasts[f].size()) {
        outcome.error = "forecast " + built.report.forecasts[f].name + " has another number of cells";
        return outcome;
      }
      for (std::size_t c = 0; c < cells.size(); ++c) {
        if (columns.size() <= cells[c].output) columns.resize(cells[c].output + 1);
        columns[cells[c].output] = result.forecasts[f][c];
      }
    }
    outcome.futures.push_back(std::move(columns));
    outcome.faults.push_back(eval::find_fault(*built.model, seed, future).has_value());
  }
  return outcome;
}

std::string difference(const Outcome& a, const Outcome& b, bool exactly, double tolerance) {
  if (!a.error.empty() || !b.error.empty()) return a.error + b.error;
  for (std::size_t future = 0; future < std::min(a.futures.size(), b.futures.size()); ++future) {
    const auto &x = a.futures[future], &y = b.futures[future];
    const std::string where = "future " + std::to_string(future);
    if (a.faults[future] != b.faults[future]) return where + ": only one of the two finds a fault";
    if (x.size() != y.size()) return where + ": not as many columns";
    double largest = 1;
    for (const double value : x)
      if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
    for (std::size_t i = 0; i < x.size(); ++i) {
      bool same = std::bit_cast<std::uint64_t>(x[i]) == std::bit_cast<std::uint64_t>(y[i]);
      if (!exactly && !same) {
        const double scale = std::max({std::fabs(x[i]), std::fabs(y[i]), 1e-3 * largest});
        same = (std::isnan(x[i]) && std::isnan(y[i])) || x[i] == y[i] || std::fabs(x[i] - y[i]) <= tolerance * scale;
      }
      if (!same) {
        char text[160];
        std::snprintf(text, sizeof text, ": column %zu is %.17g and %.17g (%.2g apart)", i, x[i], y[i],
                      std::fabs(x[i] - y[i]) / std::fabs(y[i]));
        return where + text;
      }
    }
  }
  return "";
}

}  // namespace horizon::property
