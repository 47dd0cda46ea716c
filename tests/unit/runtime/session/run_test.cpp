#include "runtime/session/run.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/session/running.hpp"
#include "tests/unit/runtime/session/sample_plan.hpp"

namespace horizon::session {
namespace {

TEST(Run, AgreesWithTheClosedForm) {
  const plan::Plan plan = sample_plan(4, 9);
  const auto results = run(plan, options(20'000, 2));
  ASSERT_TRUE(results);
  const boost::math::normal total(10.0 * 4 * 9, 2 * std::sqrt(4.0 * 9));
  const store::CellResult& cell = results->forecasts[1][0];
  const store::Statistics& s = cell.statistics;
  EXPECT_NEAR(s.mean, mean(total), 4 * *s.mc_error);
  EXPECT_NEAR(*s.sd, standard_deviation(total), 4 * standard_deviation(total) / std::sqrt(2 * 20'000.0));
  EXPECT_NEAR(s.quantiles[store::p50_index], quantile(total, 0.5), 4 * *s.mc_error_p50);
  EXPECT_NEAR(s.quantiles[store::p90_index], quantile(total, 0.9), 4 * *s.mc_error_p90);
  EXPECT_NEAR(*cell.p_over, 0.5, 4 * 0.5 / std::sqrt(20'000.0));
  EXPECT_FALSE(results->forecasts[0][0].p_over);
  EXPECT_EQ(results->futures, 20'000u);
}

TEST(Run, SameBitsForAnyNumberOfThreads) {
  const plan::Plan plan = sample_plan(3, 5);
  for (std::uint64_t futures : {1u, 7u, 271u, 272u, 273u, 5000u}) {
    const auto one = run(plan, options(futures, 1));
    ASSERT_TRUE(one);
    for (std::uint32_t threads : {2u, 3u, 16u}) {
      const auto many = run(plan, options(futures, threads));
      ASSERT_TRUE(many);
      EXPECT_EQ(bits(*one), bits(*many)) << futures << " futures, " << threads << " threads";
    }
  }
}

TEST(Run, SameBitsWhenTheValuesDoNotFitInMemory) {
  const plan::Plan plan = sample_plan(6, 3);
  const auto roomy = run(plan, options(3000, 2));
  ASSERT_TRUE(roomy);
  EXPECT_EQ(roomy->passes, 1u);
  for (const auto& [columns, passes] : {std::pair{3u, 3u}, {2u, 4u}, {0u, 7u}}) {
    RunOptions tight = options(3000, 2);
    tight.memory_limit = columns * 3000 * sizeof(double);
    const auto results = run(plan, tight);
    ASSERT_TRUE(results);
    EXPECT_EQ(results->passes, passes);
    EXPECT_EQ(bits(*roomy), bits(*results));
  }
}

TEST(Run, AnotherSeedGivesOtherFutures) {
  const plan::Plan plan = sample_plan(2, 2);
  RunOptions other = options(100, 1);
  other.seed = 2;
  EXPECT_NE(bits(*run(plan, options(100, 1))), bits(*run(plan, other)));
}

TEST(Run, NamesTheLowestFutureAtFault) {
  for (bool by_flag : {false, true}) {
    for (std::uint32_t threads : {1u, 2u, 5u}) {
      plan::Plan plan = sample_plan(3, 2);
      break_at(plan, {4001, 777, 778, 2100}, by_flag);
      const auto results = run(plan, options(5000, threads));
      ASSERT_FALSE(results);
      EXPECT_EQ(results.error().kind, RunError::Kind::Fault);
      EXPECT_EQ(results.error().future, 777u);
    }
  }
}

TEST(Run, IgnoresFuturesPastTheEnd) {
  plan::Plan plan = sample_plan(3, 2);
  break_at(plan, {1001}, false);
  EXPECT_TRUE(run(plan, options(1001, 2)));
  EXPECT_FALSE(run(plan, options(1002, 2)));
}

TEST(Run, StopsWhenCancelled) {
  plan::Plan plan = sample_plan(3, 2);
  std::atomic<bool> cancel{false};
  plan.kernels[1].run = [inner = plan.kernels[1].run](const HzKernelArgs& a) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    inner(a);
  };
  RunOptions o = options(10'000'000, 2);  // minutes, if it were not stopped
  o.cancel = &cancel;
  int calls = 0;
  o.progress = [&](const Progress&) {
    cancel = ++calls == 2;
  };  // even a wish taken back leaves no half result
  const auto results = run(plan, o);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().kind, RunError::Kind::Cancelled);
}

TEST(Run, ReportsProgressFromStartToEnd) {
  std::vector<Progress> seen;
  RunOptions o = options(3000, 2);
  o.progress = [&](const Progress& p) { seen.push_back(p); };
  ASSERT_TRUE(run(sample_plan(3, 2), o));
  ASSERT_GE(seen.size(), 3u);
  EXPECT_EQ(seen.front().phase, Progress::Phase::Simulating);
  EXPECT_EQ(seen.back().phase, Progress::Phase::Summarising);
  EXPECT_EQ(seen.back().done, 3000u);
  EXPECT_EQ(seen.back().total, 3000u);
}

TEST(Blocks, HoldEachFutureOnceAndAreSharedEvenly) {
  for (const std::uint64_t futures : {1u, 16u, 80u, 271u, 272u, 273u, 1087u, 1088u, 10'000u, 65'535u}) {
    for (const std::uint32_t threads : {1u, 2u, 3u, 64u, 1024u}) {
      for (const bool alike : {false, true}) {
        const Blocks blocks(futures, threads, alike);
        std::uint64_t next = 0;
        std::uint32_t last = exec::block_lanes;
        for (std::uint64_t number = 0; number < blocks.count(); ++number) {
          const Block block = blocks[number];
          EXPECT_EQ(block.first, next);
          EXPECT_EQ(block.first % exec::lane_multiple, 0u);
          EXPECT_GE(block.count, 1u);
          EXPECT_LE(block.count, last);
          EXPECT_TRUE(!alike || block.first == number * exec::block_lanes);
          next += last = block.count;
        }
        EXPECT_EQ(next, futures);
        // No thread has more than a lane_multiple beyond its share.
        std::uint64_t most = 0;
        for (std::uint64_t number = 0; number < blocks.count(); number += threads) most += blocks[number].count;
        EXPECT_TRUE(alike || most <= futures / threads + exec::lane_multiple);
      }
    }
  }
}

}  // namespace
}  // namespace horizon::session
