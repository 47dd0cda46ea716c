#include "runtime/exec/exec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/harness/in_a_row.hpp"

namespace horizon::exec {
namespace {

/// A stock that grows by a row's rate each period (kept in the state), summed over rows into one slot a
/// period; a second kernel of the same stage reads the slot of the same period and doubles it. Wrong order or
/// stale state shows at once.
plan::Plan stock_plan(std::uint32_t periods) {
  plan::Plan plan;
  plan.periods = periods;
  plan.slots = 2 * periods;
  plan.outputs = test::in_a_row(periods, periods);
  plan::Kernel stock;
  stock.rows = 2;
  stock.state_slots = 1;
  stock.row_values = {1, 10};
  stock.setup = [](const HzKernelArgs& a) {
    for (std::uint32_t row = 0; row < a.row_end; ++row) {
      for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
        a.state[row * a.lanes + lane] += static_cast<double>(a.first_future + lane);  // += shows stale state
      }
    }
  };
  stock.run = [](const HzKernelArgs& a) {
    for (std::uint32_t row = a.row_begin; row < a.row_end; ++row) {
      for (std::uint32_t t = a.period_begin; t < a.period_end; ++t) {
        for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
          double& level = a.state[row * a.lanes + lane];
          level += a.row_values[row];
          a.buffers[t * a.lanes + lane] += level;
        }
      }
    }
  };
  plan::Kernel doubled;
  doubled.rows = 1;
  doubled.state_slots = 1;
  doubled.run = [](const HzKernelArgs& a) {
    for (std::uint32_t t = a.period_begin; t < a.period_end; ++t) {
      for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
        a.state[lane] += 1;  // its own state: periods seen
        a.buffers[(a.periods + t) * a.lanes + lane] +=
            2 * a.buffers[t * a.lanes + lane] + 1000 * a.state[lane];
      }
    }
  };
  plan.kernels = {stock, doubled};
  plan.stages = {{{0, 1}, true}};
  return plan;
}

TEST(RunBlock, GoesPeriodByPeriodThroughTheKernelsOfAStage) {
  const plan::Plan plan = stock_plan(3);
  Workspace workspace(plan);
  for (std::uint64_t first : {0u, 256u, 0u}) {  // the last again: nothing is left of the block before
    for (std::uint32_t lanes : {block_lanes, lane_multiple}) {
      run_block(plan, 1, first, lanes, workspace);
      for (std::uint32_t t = 0; t < 3; ++t) {
        for (std::uint32_t lane = 0; lane < lanes; ++lane) {
          const double start = static_cast<double>(first + lane);
          const double level = 2 * start + 11 * (t + 1);
          ASSERT_EQ(workspace.output(t)[lane], 2 * level + 1000 * (t + 1))
              << first << " " << t << " " << lane;
        }
      }
    }
  }
}

/// Results are the same whether outputs were let go of or not: some, all, in blocks of different sizes.
TEST(RunBlock, BeginsWithZerosWhatEverWasLetGo) {
  plan::Plan plan = stock_plan(4);
  plan.outputs.push_back(plan.outputs[1]);   // two outputs of one slot
  Workspace kept(plan), let_go(plan);
  std::uint64_t first = 0;
  for (const std::uint32_t lanes : {lane_multiple, block_lanes, 2 * lane_multiple, block_lanes, lane_multiple, 3 * lane_multiple, block_lanes}) {
    run_block(plan, 1, first, lanes, kept);
    run_block(plan, 1, first, lanes, let_go);
    for (std::uint32_t output = 0; output < plan.outputs.size(); ++output) {
      for (std::uint32_t lane = 0; lane < lanes; ++lane) ASSERT_EQ(let_go.output(output)[lane], kept.output(output)[lane]) << first << " " << output;
      if ((first / lane_multiple + output) % 3 != 0) let_go.let_go(output);
    }
    first += lanes;
  }
}

/// Where a block's outputs are copied from its parts, there is nothing to set to zero.
TEST(RunBlock, OfManySlotsLetsGo) {
  plan::Plan plan = stock_plan(4);
  plan.slots = 40'000;
  Workspace kept(plan), let_go(plan);
  for (int round = 0; round < 3; ++round) {
    run_block(plan, 1, 0, block_lanes, kept);
    run_block(plan, 1, 0, block_lanes, let_go);
    for (std::uint32_t output = 0; output < plan.outputs.size(); ++output) {
      for (std::uint32_t lane = 0; lane < block_lanes; ++lane) ASSERT_EQ(let_go.output(output)[lane], kept.output(output)[lane]);
      let_go.let_go(output);
    }
  }
}

TEST(RunBlock, OfManySlotsGoesAFewLanesAtATime) {
  plan::Plan plan = stock_plan(3);
  plan::Kernel picky;   // future 300 is at fault
  picky.rows = 1;
  picky.run = [](const HzKernelArgs& a) {
    EXPECT_LT(a.lanes, block_lanes);
    for (std::uint32_t lane = 0; lane < a.lanes; ++lane)
      if (a.first_future + lane == 300) a.fault[lane] = 1;
  };
  plan.kernels.push_back(picky);
  plan.stages.push_back({{2}, false});
  plan.slots += 40'000;
  ASSERT_LT(part_lanes(plan.slots), block_lanes);
  ASSERT_EQ(part_lanes(1'000'000), lane_multiple);
  ASSERT_EQ(part_lanes(2'000), block_lanes);
  Workspace workspace(plan);
  for (std::uint32_t lanes : {block_lanes, 48u, block_lanes}) {
    run_block(plan, 1, 256, lanes, workspace);
    for (std::uint32_t t = 0; t < 3; ++t)
      for (std::uint32_t lane = 0; lane < lanes; ++lane)
        ASSERT_EQ(workspace.output(t)[lane], 2 * (2 * (256.0 + lane) + 11 * (t + 1)) + 1000 * (t + 1)) << t << " " << lane;
    EXPECT_EQ(first_fault(plan, workspace, lanes), std::optional(44u));
  }
}

TEST(RunBlock, GivesAKernelAtAStretchAllPeriodsInOneCall) {
  plan::Plan plan;
  plan.periods = 5;
  plan.slots = 1;
  plan.outputs = {0};
  plan::Kernel kernel;
  kernel.rows = 3;
  kernel.run = [](const HzKernelArgs& a) {
    for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
      a.buffers[lane] += a.row_end * 100.0 + a.period_begin * 10.0 + a.period_end + a.row_begin * 1000.0;
    }
  };
  plan.kernels = {kernel};
  plan.stages = {{{0}, false}};
  Workspace workspace(plan);
  run_block(plan, 1, 0, lane_multiple, workspace);
  EXPECT_EQ(workspace.output(0)[7], 305);
}

TEST(RunBlock, OutputsStandAnywhereAmongSlots) {
  for (const std::uint32_t more : {0u, 40'000u}) {   // all lanes at once, and a few at a time
    plan::Plan plan = stock_plan(3);
    plan.outputs = {5, 0, 4};   // twice the third level, the first level, twice the second
    plan.slots += more;
    Workspace workspace(plan);
    run_block(plan, 1, 256, 48, workspace);
    for (std::uint32_t lane = 0; lane < 48; ++lane) {
      const auto level = [&](std::uint32_t t) { return 2 * (256.0 + lane) + 11 * (t + 1); };
      ASSERT_EQ(workspace.output(0)[lane], 2 * level(2) + 3000);
      ASSERT_EQ(workspace.output(1)[lane], level(0));
      ASSERT_EQ(workspace.output(2)[lane], 2 * level(1) + 2000);
    }
  }
}

TEST(FirstFault, FindsFlagsAndValuesThatAreNoNumber) {
  plan::Plan plan;
  plan.periods = 1;
  plan.slots = 3;
  plan.outputs = {0, 1, 2};
  plan::Kernel kernel;
  kernel.rows = 1;
  kernel.run = [](const HzKernelArgs& a) {  // the seed says what breaks where
    const std::size_t lane = a.seed % 100;
    if (a.seed / 100 == 1) a.fault[lane] = 1;
    if (a.seed / 100 == 2) a.buffers[2 * a.lanes + lane] = std::nan("");
    if (a.seed / 100 == 3) a.buffers[lane] = -std::numeric_limits<double>::infinity();
    if (a.seed / 100 == 4) a.buffers[a.lanes + lane] = std::numeric_limits<double>::max();
  };
  plan.kernels = {kernel};
  plan.stages = {{{0}, false}};
  Workspace workspace(plan);
  for (std::uint64_t kind : {1u, 2u, 3u}) {
    for (std::uint64_t lane : {0u, 5u, 15u}) {
      run_block(plan, kind * 100 + lane, 0, 16, workspace);
      EXPECT_EQ(first_fault(plan, workspace, 16), static_cast<std::uint32_t>(lane));
      EXPECT_EQ(first_fault(plan, workspace, static_cast<std::uint32_t>(lane)), std::nullopt);
    }
  }
  run_block(plan, 405, 0, 16, workspace);
  EXPECT_EQ(first_fault(plan, workspace, 16), std::nullopt);
}

}  // namespace
}  // namespace horizon::exec
