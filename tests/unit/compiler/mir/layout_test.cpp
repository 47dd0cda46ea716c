#include "compiler/mir/layout.hpp"

#include <gtest/gtest.h>

namespace horizon {
namespace {

constexpr const char* text = R"(module periods 3 slots 9 output 0 1
period_column f64 "a" 1 2 3
kernel "k" rows 1
  column f64 "b" 10.5
  state %7
  %0 f64/ = const 2
  %1 f64/ = sqrt %0
  %2 f64/r = column #0
  %3 f64/r = mul %2 %1
  %4 f64/p = period #0
  %5 f64/rp = mul %4 %3
  %6 f64/rpf = prev #0
  %7 f64/rpf = add %6 %5
  %8 i64/f = future
  %9 f64/f = frombits %8
  %10 f64/f = add %9 %1
  %11 f64/f = add %10 %3
  %12 none/rpf = store [0 stride 1] %11
  %13 none/f = store [0] %0
  %14 none/pf = store [0] %4
  %15 none/f = store [5] %10
end
stage by_period 0
)";

const mir::Kernel& kernel() {
  static const mir::Module module = mir::parse(text).module;
  return module.kernels[mir::KernelId(0)];
}

TEST(UniformLayout, PlacesWhatFutureCodeUses) {
  const mir::UniformLayout layout = mir::uniform_layout(kernel());
  const std::vector<std::int32_t> place = {-1, 0, -1, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  EXPECT_EQ(layout.place, place);
  EXPECT_EQ(layout.constants, 1u);
  EXPECT_EQ(layout.row_values, 1u);
  EXPECT_EQ(layout.time_values, 1u);
  EXPECT_EQ(layout.both_values, 1u);
}

TEST(StateLayout, SpillsWhatPeriodCodeUses) {
  const mir::StateLayout layout = mir::state_layout(kernel(), true);
  EXPECT_EQ(layout.slots, 2u);
  EXPECT_EQ(layout.spill[11], 1);
  EXPECT_EQ(layout.spill[10], -1);
  EXPECT_EQ(mir::state_layout(kernel(), false).slots, 0u);
}

}  // namespace
}  // namespace horizon
