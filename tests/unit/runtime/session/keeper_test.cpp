// A Keeper's results against those of session::run: plans of three kernels, where numbers change one at a time.
#include "runtime/session/keeper.hpp"

#include <gtest/gtest.h>

#include <random>

#include "runtime/exec/exec.hpp"

namespace horizon::session {
namespace {

/// Values of a draw of its own, times the row's number, added up over rows: slots [base, base + periods).
void products(const HzKernelArgs* args) {
  for (std::uint32_t lane = 0; lane < args->lanes; ++lane) {
    for (std::uint32_t row = args->row_begin; row < args->row_end; ++row) {
      const double number = args->row_values[row];
      const auto base = static_cast<std::size_t>(args->constants[0]);
      const double draw = static_cast<double>((args->first_future + lane) * 7919 % 1009 + args->seed) / 1009;
      for (std::uint32_t period = 0; period < args->periods; ++period) {
        args->buffers[(base + period) * args->lanes + lane] += number * draw * (1 + period);
      }
      if (number < 0) args->fault[lane] = 1;
    }
  }
}

/// Adds up what the others wrote: outputs 0..periods-1, and all periods of the first kernel in the last output.
void totals(const HzKernelArgs* args) {
  for (std::uint32_t lane = 0; lane < args->lanes; ++lane) {
    for (std::uint32_t period = 0; period < args->periods; ++period) {
      const auto at = [&](std::size_t slot) -> double& { return args->buffers[slot * args->lanes + lane]; };
      const double factor = args->constants[0];
      at(period) += factor * (at(10 + period) + at(20 + period));
      at(args->periods) += at(10 + period);
    }
  }
}

plan::Kernel kernel(void (*code)(const HzKernelArgs*), std::uint32_t rows) {
  plan::Kernel result;
  result.rows = rows;
  result.run = [code](const HzKernelArgs& args) { code(&args); };
  result.footprint.emplace();
  result.footprint->code = reinterpret_cast<const void*>(code);
  return result;
}

struct Numbers {
  std::vector<double> first = {1, 2, 3}, second = {4, 5};
  double factor = 2;
};

plan::Plan plan_of(const Numbers& numbers) {
  plan::Plan plan;
  plan.periods = 4;
  plan.slots = 24;
  plan.outputs = {0, 1, 2, 3, 4};
  plan.kernels = {kernel(products, 3), kernel(products, 2), kernel(totals, 1)};
  plan.kernels[0].constants = {10};
  plan.kernels[0].row_values = numbers.first;
  plan.kernels[0].footprint->writes = {{10, 14}};
  plan.kernels[1].constants = {20};
  plan.kernels[1].row_values = numbers.second;
  plan.kernels[1].footprint->writes = {{20, 24}};
  plan.kernels[2].constants = {numbers.factor};
  plan.kernels[2].footprint->reads = {{10, 14}, {20, 24}};
  plan.kernels[2].footprint->writes = {{0, 5}};
  plan.stages = {{{0}, false}, {{1}, false}, {{2}, false}};
  plan.report.forecasts.emplace_back();
  for (std::uint32_t output = 0; output < plan.outputs.size(); ++output) {
    plan.report.forecasts[0].cells.emplace_back();
    plan.report.forecasts[0].cells.back().output = output;
    plan.report.forecasts[0].cells.back().budget = 10.0;
  }
  return plan;
}

RunOptions options_of(std::uint64_t futures, std::uint64_t seed = 1) {
  RunOptions options;
  options.futures = futures;
  options.seed = seed;
  options.threads = 2;
  return options;
}

void expect_same(const Expected<store::ResultSet, RunError>& kept, const Expected<store::ResultSet, RunError>& alone) {
  ASSERT_EQ(bool(kept), bool(alone));
  if (!kept) {
    EXPECT_EQ(kept.error().future, alone.error().future);
    return;
  }
  for (std::size_t cell = 0; cell < alone->forecasts[0].size(); ++cell) {
    const store::CellResult& a = kept->forecasts[0][cell];
    const store::CellResult& b = alone->forecasts[0][cell];
    EXPECT_EQ(a.statistics.mean, b.statistics.mean);
    EXPECT_EQ(a.statistics.sd, b.statistics.sd);
    EXPECT_EQ(a.statistics.quantiles, b.statistics.quantiles);
    EXPECT_EQ(a.statistics.mc_error_p90, b.statistics.mc_error_p90);
    EXPECT_EQ(a.p_over, b.p_over);
  }
}

TEST(Keeper, RunsOnlyWhatAChangeReaches) {
  Keeper keeper;
  Numbers numbers;
  const RunOptions options = options_of(1'000);   // 4 blocks, the last one smaller
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  EXPECT_EQ(keeper.last().kernels_run, 12u);
  EXPECT_EQ(keeper.last().columns_summarised, 5u);

  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  EXPECT_EQ(keeper.last().kernels_run, 0u);
  EXPECT_EQ(keeper.last().columns_kept, 5u);

  numbers.second[1] = 6;   // not in the last output
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  EXPECT_EQ(keeper.last().kernels_run, 8u);
  EXPECT_EQ(keeper.last().kernels_kept, 4u);
  EXPECT_EQ(keeper.last().columns_kept, 1u);

  numbers.factor = 3;
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  EXPECT_EQ(keeper.last().kernels_run, 4u);
}

TEST(Keeper, OtherFuturesOrSeedOrStructureBeginAnew) {
  Keeper keeper;
  const Numbers numbers;
  for (const RunOptions& options : {options_of(300), options_of(700), options_of(700, 2), options_of(8)}) {
    expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
    EXPECT_EQ(keeper.last().kernels_kept, 0u);
  }
  plan::Plan other = plan_of(numbers);
  other.kernels[0].constants = {14};   // moved by four slots
  other.kernels[0].footprint->writes = {{14, 18}};
  expect_same(keeper.run(other, options_of(8)), run(other, options_of(8)));
  EXPECT_EQ(keeper.last().kernels_kept, 0u);
}

TEST(Keeper, AFaultIsFoundAndNothingOfThatRunIsKept) {
  Keeper keeper;
  Numbers numbers;
  const RunOptions options = options_of(500);
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  numbers.first[1] = -1;
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  numbers.first[1] = 2;
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  EXPECT_EQ(keeper.last().kernels_kept, 0u);
}

TEST(Keeper, BlocksThatDoNotFitAreComputedEachTime) {
  Keeper keeper(2 * 13 * exec::block_lanes * sizeof(double));   // 13 slots are written: two blocks
  Numbers numbers;
  const RunOptions options = options_of(1'000);
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  numbers.second[0] = 7;
  expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
  EXPECT_EQ(keeper.last().kernels_kept, 2u);
  EXPECT_EQ(keeper.last().kernels_run, 10u);
}

TEST(Keeper, PlansThatAreNotKnownRunAsAlways) {
  Keeper keeper;
  plan::Plan unknown = plan_of({}), shared = plan_of({});
  unknown.kernels[1].footprint.reset();
  shared.kernels[1].footprint->writes = {{13, 17}};   // a slot with two writers
  for (const plan::Plan& plan : {unknown, unknown, shared, shared}) {
    expect_same(keeper.run(plan, options_of(300)), run(plan, options_of(300)));
    EXPECT_EQ(keeper.last().kernels_kept, 0u);
  }
}

TEST(Keeper, AnyRowOfChangesGivesTheResultsOfSeparateRuns) {
  Keeper keeper;
  Numbers numbers;
  std::mt19937 random(20261122);
  const RunOptions options = options_of(600);
  for (int i = 0; i < 60; ++i) {
    const double value = static_cast<double>(random() % 90) / 8;
    switch (random() % 4) {
      case 0: numbers.first[random() % 3] = value; break;
      case 1: numbers.second[random() % 2] = random() % 8 == 0 ? -1 : value; break;
      case 2: numbers.factor = value; break;
      default: break;
    }
    expect_same(keeper.run(plan_of(numbers), options), run(plan_of(numbers), options));
    for (double& number : numbers.second) number = number < 0 ? 1 : number;
  }
}

}  // namespace
}  // namespace horizon::session
