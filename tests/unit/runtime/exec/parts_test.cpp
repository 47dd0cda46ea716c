#include "runtime/exec/parts.hpp"

#include <gtest/gtest.h>

#include "runtime/exec/exec.hpp"
#include "tests/unit/runtime/tabled_plan.hpp"

namespace horizon::exec {
namespace {

TEST(Parts, CutARowsKernelAndNothingElse) {
  const plan::Plan plan = testing::tabled_plan(2, 1200, false);
  ASSERT_TRUE(is_in_parts(plan));
  EXPECT_FALSE(is_in_parts(testing::tabled_plan(2, 1200, true)));
  const Parts parts(plan);
  const std::vector<Part>& all = parts.all();
  ASSERT_GT(all.size(), Parts::places + 2);   // places are used again
  std::uint32_t row = 0;
  for (std::size_t p = 0; p + 2 < all.size(); ++p) {
    ASSERT_EQ(all[p].kernel, &plan.kernels[0]);
    EXPECT_EQ(all[p].row_begin, row);
    EXPECT_LE(all[p].tables.size(), std::size_t{310});
    EXPECT_LT(all[p].tables.size(), 2 * std::size_t{all[p].row_end - all[p].row_begin});   // what rows share is there once
    row = all[p].row_end;
  }
  EXPECT_EQ(row, 1200u);
  EXPECT_EQ(all[all.size() - 2].kernel, &plan.kernels[1]);
  EXPECT_EQ(all[all.size() - 2].row_end, 2u);
  EXPECT_EQ(all.back().kernel, nullptr);
  EXPECT_EQ(all.back().stage, &plan.stages[1]);
}

TEST(Parts, DataAreThoseOfTheRows) {
  const plan::Plan plan = testing::tabled_plan(1, 600, false), whole = testing::tabled_plan(1, 600, true);
  Parts parts(plan);
  for (std::size_t p = 0; p + 2 < parts.all().size(); ++p) {
    parts.build(p);
    const Part& part = parts.all()[p];
    const plan::Kernel& kernel = whole.kernels[0];
    const PartData data = parts.data(p);
    for (std::size_t row = part.row_begin; row < part.row_end; ++row) {
      const std::size_t of_part = row - part.row_begin;
      ASSERT_EQ(data.row_values[of_part], kernel.row_values[row]);
      for (std::size_t i = 0; i < 2; ++i) ASSERT_EQ(data.both_values[of_part * 2 + i], kernel.both_values[row * 2 + i]) << row;
      for (std::size_t i = 0; i < 3; ++i) {
        const double* const table = kernel.row_tables[row * 3 + i];
        ASSERT_TRUE(std::equal(table, table + HZ_TABLE_DOUBLES, data.row_tables[of_part * 3 + i])) << row;
      }
    }
  }
}

TEST(Parts, NumbersByRowAndPeriodCountAsTablesDo) {
  plan::Plan plan = testing::tabled_plan(1200, 300, false);
  const auto bytes = [](const Part& part) {
    return (part.tables.size() * HZ_TABLE_DOUBLES + std::size_t{2 * 1200} * (part.row_end - part.row_begin)) * sizeof(double);
  };
  const auto expect_full = [&](std::size_t least_parts) {
    const Parts parts(plan);
    EXPECT_GE(parts.all().size(), least_parts);
    for (std::size_t p = 0; p + 2 < parts.all().size(); ++p) {
      EXPECT_LE(bytes(parts.all()[p]), std::size_t{1} << 20);
      const bool last = p + 3 == parts.all().size();
      EXPECT_TRUE(last || bytes(parts.all()[p]) > 1'000'000) << p;
    }
  };
  expect_full(9);
  plan.kernels[0].starts.clear();   // a kernel without tables
  plan.kernels[0].row_starts.clear();
  ASSERT_TRUE(is_in_parts(plan));
  expect_full(7);
}

TEST(Parts, AWorkspaceThatGaveItsMemoryBackComputesTheSame) {
  const plan::Plan plan = testing::tabled_plan(400, 5, false);
  Workspace workspace(plan);
  run_block(plan, 5, 0, block_lanes, workspace);
  const std::vector<double> before(workspace.output(100), workspace.output(100) + block_lanes);
  workspace.release();
  EXPECT_EQ(workspace.output(100)[0], 0);   // the memory is gone
  run_block(plan, 5, 0, block_lanes, workspace);
  EXPECT_EQ(std::vector<double>(workspace.output(100), workspace.output(100) + block_lanes), before);
}

/// Blocks of a plan in parts and of the whole, one after the other in the same workspaces.
void expect_same_blocks(std::uint32_t more_slots) {
  const plan::Plan plan = testing::tabled_plan(3, 450, false, more_slots), whole = testing::tabled_plan(3, 450, true, more_slots);
  Workspace in_parts(plan), at_once(whole);
  for (const std::uint64_t first : {0u, 544u}) {
    for (const std::uint32_t lanes : {block_lanes, 2 * lane_multiple}) {
      run_block(plan, 5, first, lanes, in_parts);
      run_block(whole, 5, first, lanes, at_once);
      for (std::uint32_t output = 0; output < plan.outputs.size(); ++output) {
        for (std::uint32_t lane = 0; lane < lanes; ++lane)
          ASSERT_EQ(in_parts.output(output)[lane], at_once.output(output)[lane]) << first << " " << output << " " << lane;
      }
      ASSERT_EQ(at_once.output(3)[0], 2);
      ASSERT_NE(at_once.output(4)[0], at_once.output(4)[1]);
    }
  }
}
TEST(Parts, GiveTheBitsOfTheWhole) { expect_same_blocks(0); }
TEST(Parts, GiveTheBitsOfTheWholeWhereABlockHasManySlots) {
  ASSERT_LT(part_lanes(6000), block_lanes);
  expect_same_blocks(6000);
}

}  // namespace
}  // namespace horizon::exec
