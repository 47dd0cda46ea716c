#include <gtest/gtest.h>

#include <atomic>

#include "runtime/session/keeper.hpp"
#include "runtime/session/running.hpp"
#include "tests/unit/runtime/session/sample_plan.hpp"
#include "tests/unit/runtime/tabled_plan.hpp"

namespace horizon::session {
namespace {

constexpr std::uint32_t rows = 400;

TEST(InParts, GiveTheBitsOfTheWhole) {
  const plan::Plan parts = testing::tabled_plan(2, rows, false), whole = testing::tabled_plan(2, rows, true);
  for (const std::uint64_t futures : {1u, 271u, 3000u}) {
    const auto expected = run(whole, options(futures, 1));
    ASSERT_TRUE(expected);
    for (const std::uint32_t threads : {1u, 2u, 5u}) {
      const auto results = run(parts, options(futures, threads));
      ASSERT_TRUE(results);
      EXPECT_EQ(bits(*expected), bits(*results)) << futures << " futures, " << threads << " threads";
    }
  }
}

/// Slots enough for batches of 4096 futures.
constexpr std::uint32_t many_slots = 2100;

TEST(InParts, GiveTheBitsOfTheWholeInSeveralBatches) {
  const plan::Plan parts = testing::tabled_plan(1, rows, false, many_slots), whole = testing::tabled_plan(1, rows, true, many_slots);
  ASSERT_EQ(plan::futures_in_parts(parts.slots), 4096u);
  constexpr Way streamed{.pilot_futures = 8192, .least_streamed = 1, .least_per_thread = 0};
  const auto expected = run(whole, options(13'000, 2));
  const auto stored_parts = run(parts, options(13'000, 2));
  const auto streamed_parts = run(parts, options(13'000, 3), nullptr, streamed);
  ASSERT_TRUE(expected && stored_parts && streamed_parts);
  EXPECT_EQ(bits(*expected), bits(*stored_parts));
  EXPECT_EQ(bits(*expected), bits(*streamed_parts));
}

TEST(InParts, NameTheLowestFutureAtFault) {
  plan::Plan plan = testing::tabled_plan(1, rows, false, many_slots);
  plan.kernels[1].run = [](const HzKernelArgs& a) {
    for (const std::uint64_t future : {std::uint64_t{4500}, std::uint64_t{5000}, std::uint64_t{12'000}}) {
      if (future >= a.first_future && future < a.first_future + a.lanes) a.fault[future - a.first_future] = 1;
    }
  };
  const auto results = run(plan, options(13'000, 2));
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().kind, RunError::Kind::Fault);
  EXPECT_EQ(results.error().future, 4500u);
}

TEST(InParts, StopWhenCancelled) {
  plan::Plan plan = testing::tabled_plan(1, rows, false, many_slots);
  std::atomic<bool> cancel{false};
  plan.kernels[0].run = [inner = plan.kernels[0].run, &cancel](const HzKernelArgs& a) {
    inner(a);
    if (a.first_future >= 8192) cancel = true;
  };
  RunOptions o = options(13'000, 2);
  o.cancel = &cancel;
  const auto results = run(plan, o);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().kind, RunError::Kind::Cancelled);
}

/// A Keeper keeps nothing of it.
TEST(InParts, RunInAKeeper) {
  const plan::Plan parts = testing::tabled_plan(2, rows, false), whole = testing::tabled_plan(2, rows, true);
  Keeper keeper;
  for (int again = 0; again < 2; ++again) {
    const auto expected = keeper.run(whole, options(500, 2));
    const auto results = keeper.run(parts, options(500, 2));
    ASSERT_TRUE(expected && results);
    EXPECT_EQ(bits(*expected), bits(*results));
  }
}

TEST(InParts, BatchesGrowWithFewerSlots) {
  EXPECT_EQ(plan::futures_in_parts(0) % 4096, 0u);
  EXPECT_EQ(plan::futures_in_parts(100), 20u * 4096);
  EXPECT_EQ(plan::futures_in_parts(1'000'000), 4096u);
  EXPECT_EQ(plan::most_row_bytes(0), std::uint64_t{28} << 20);
  EXPECT_EQ(plan::most_row_bytes(100), std::uint64_t{20} * 4096 * 100 * 8 / 2);
  EXPECT_EQ(plan::most_row_bytes(1'000'000), std::uint64_t{4096} * 1'000'000 * 8 / 2);   // parts would not save memory
}

}  // namespace
}  // namespace horizon::session
