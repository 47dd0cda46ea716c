#pragma once
// Lowers a model, runs it through the interpreter of MIR, and holds it against the naive evaluator, future by future.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "compiler/eval/eval.hpp"
#include "compiler/interp/interp.hpp"
#include "compiler/lower/lower.hpp"
#include "compiler/mir/layout.hpp"
#include "runtime/exec/exec.hpp"
#include "runtime/plan/plan.hpp"
#include "tests/unit/model_builder.hpp"

namespace horizon::test {

inline lower::Lowered lowered(const model::Model& model) {
  const auto broken = model::verify(model);
  EXPECT_TRUE(broken.empty()) << (broken.empty() ? "" : broken[0]);
  schedule::Schedule schedule;
  schedule.live.assign(model.quantities.size(), true);
  schedule.live_groups.assign(model.groups.size(), true);
  auto result = lower::lower(model, schedule);
  EXPECT_TRUE(result.diagnostics.items().empty());
  const auto faults = mir::verify(result.value.module);
  EXPECT_TRUE(faults.empty()) << (faults.empty() ? "" : faults[0]) << "\n" << mir::print(result.value.module);
  return std::move(result.value);
}

inline plan::Plan plan_of(const mir::Module& module) {
  plan::Plan plan;
  plan.periods = module.periods;
  plan.slots = module.slots;
  plan.outputs = module.outputs;
  std::vector<bool> by_period(module.kernels.size());
  for (const mir::Stage& stage : module.stages) {
    plan.stages.push_back({{}, stage.period_by_period});
    for (const mir::KernelId k : stage.kernels) {
      plan.stages.back().kernels.push_back(k.value);
      by_period[k.index()] = stage.period_by_period;
    }
  }
  plan.kernels.resize(module.kernels.size());
  for (std::size_t k = 0; k < module.kernels.size(); ++k) {
    const mir::KernelId id(k);
    plan::Kernel& kernel = plan.kernels[k];
    interp::Prologue prologue = interp::prologue(module, id);
    EXPECT_TRUE(prologue.errors.empty()) << prologue.errors[0];
    kernel.name = module.kernels[id].name;
    kernel.rows = module.kernels[id].rows;
    kernel.periods_per_step = module.kernels[id].step;
    kernel.state_slots = mir::state_layout(module.kernels[id], by_period[k]).slots;
    kernel.constants = std::move(prologue.constants);
    kernel.row_values = std::move(prologue.row_values);
    kernel.time_values = std::move(prologue.time_values);
    kernel.both_values = std::move(prologue.both_values);
    const auto tables = std::make_shared<const rng::Tables>(std::move(prologue.tables));
    for (const std::size_t t : prologue.row_tables) kernel.row_tables.push_back((*tables)[t].data());
    kernel.tables = tables;
    kernel.setup = interp::setup_kernel(module, id);
    kernel.run = interp::run_kernel(module, id);
  }
  return plan;
}

struct Results {
  std::vector<std::vector<double>> outputs;   ///< [output][future]
  std::vector<std::uint8_t> faults;
};

inline Results run(const lower::Lowered& l, std::uint32_t futures = 16, std::uint64_t seed = 7) {
  const plan::Plan plan = plan_of(l.module);
  exec::Workspace workspace(plan);
  exec::run_block(plan, seed, 0, futures, workspace);
  Results result;
  for (std::uint32_t o = 0; o < plan.outputs.size(); ++o)
    result.outputs.emplace_back(workspace.output(o), workspace.output(o) + futures);
  result.faults.assign(workspace.faults(), workspace.faults() + futures);
  return result;
}

/// Every output of every future, to 1e-10 relative.
inline lower::Lowered agrees(const model::Model& model, double tolerance = 1e-10) {
  lower::Lowered l = lowered(model);
  const Results mine = run(l);
  for (std::uint32_t future = 0; future < 16; ++future) {
    const eval::FutureResult truth = eval::evaluate(model, 7, future);
    for (std::size_t f = 0; f < l.report.forecasts.size(); ++f) {
      const auto& cells = l.report.forecasts[f].cells;
      EXPECT_EQ(cells.size(), truth.forecasts[f].size());
      for (std::size_t c = 0; c < cells.size() && c < truth.forecasts[f].size(); ++c) {
        const double x = mine.outputs[cells[c].output][future], y = truth.forecasts[f][c];
        if (std::isnan(x) && std::isnan(y)) continue;
        EXPECT_NEAR(x, y, tolerance * (1 + std::fabs(y)))
            << l.report.forecasts[f].name << " " << cells[c].period << ", future " << future;
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << mir::print(l.module).substr(0, 20000);
          return l;
        }
      }
    }
  }
  return l;
}

}  // namespace horizon::test
