#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "runtime/session/running.hpp"
#include "tests/unit/runtime/session/sample_plan.hpp"

namespace horizon::session {
namespace {

constexpr Way stored{.least_streamed = std::numeric_limits<std::uint64_t>::max()};
/// Streams small runs, too.
constexpr Way streamed{.pilot_futures = 4096, .least_streamed = 1, .least_per_thread = 0};

Expected<store::ResultSet, RunError> run_by(const plan::Plan& plan, const RunOptions& options, Way way) {
  return run(plan, options, nullptr, way);
}

/// Each month's value becomes what `value` says of it and the future.
template <class Value>
plan::Plan changed_plan(std::uint32_t periods, Value value) {
  plan::Plan plan = sample_plan(periods, 1);
  plan.kernels[1].run = [value](const HzKernelArgs& a) {
    for (std::uint32_t t = 0; t <= a.periods; ++t) {
      for (std::uint32_t lane = 0; lane < a.lanes; ++lane)
        a.buffers[(t + 1) * a.lanes + lane] = value(t, a.first_future + lane);
    }
  };
  plan.kernels[0].run = [](const HzKernelArgs&) {};
  return plan;
}

double rising(std::uint32_t t, std::uint64_t future) { return static_cast<double>(future) * (t + 1); }

TEST(Streamed, GivesTheBitsOfAStoredRun) {
  const plan::Plan plan = sample_plan(3, 2);
  for (const std::uint64_t futures : {4097u, 20'000u, 40'960u, 70'001u}) {
    const auto expected = run_by(plan, options(futures, 2), stored);
    ASSERT_TRUE(expected);
    for (const std::uint32_t threads : {1u, 2u, 7u}) {
      const auto results = run_by(plan, options(futures, threads), streamed);
      ASSERT_TRUE(results);
      EXPECT_EQ(results->passes, 1u);
      EXPECT_EQ(bits(*expected), bits(*results)) << futures << " futures, " << threads << " threads";
    }
  }
}

TEST(Streamed, IsUsualForLargeRuns) {
  const plan::Plan plan = changed_plan(2, [](std::uint32_t t, std::uint64_t future) {
    const double u = uniform(3, future, t);
    return u < 0.2 ? 0 : 1 / u;
  });
  for (const std::uint64_t futures :
       {Way{}.least_streamed - 1, Way{}.least_streamed, Way{}.least_streamed + 1, std::uint64_t{600'001}}) {
    const auto expected = run_by(plan, options(futures, 2), stored);
    const auto results = run(plan, options(futures, 2));
    ASSERT_TRUE(expected && results);
    EXPECT_EQ(bits(*expected), bits(*results)) << futures;
  }
}

/// The first column is what `value` says of the future, the others are that times constants; the last has a budget.
template <class Value>
plan::Plan multiples_plan(Value value) {
  std::vector<plan::Multiple> multiples = {{1, 0, {0.31}}, {2, 0, {0.31, 0.15, 0.54}}, {3, 0, {0}}, {4, 0, {1e-300}}, {5, 0, {1, 0.7}}};
  plan::Plan plan = changed_plan(5, [=](std::uint32_t t, std::uint64_t future) {
    const double x = value(future);
    return t == 0 ? x : multiples[t - 1].of(x);
  });
  plan.multiples = multiples;
  plan.report.forecasts[1].cells[0].budget = 1.25;
  return plan;
}

TEST(Streamed, MultiplesHaveTheBitsOfAStoredRun) {
  const auto mixed = [](std::uint64_t future) {
    const double u = uniform(3, future, 1);
    return u < 0.2 ? 0 : u < 0.5 ? -u : 1 / u;
  };
  const auto tiny = [](std::uint64_t future) { return 1e-20 * uniform(4, future, 1); };   // 1e-300 times that is 0
  const auto rare = [](std::uint64_t future) { return future == 12'345 ? 7.0 : 0.0; };
  const auto same = [](std::uint64_t) { return 0.7; };
  const auto misleading = [](std::uint64_t future) { return static_cast<double>(future); };
  const plan::Plan plans[] = {multiples_plan(mixed), multiples_plan(tiny), multiples_plan(rare), multiples_plan(same), multiples_plan(misleading)};
  for (const plan::Plan& plan : plans) {
    const auto expected = run_by(plan, options(50'003, 2), stored);
    for (const std::uint64_t limit : {std::uint64_t{1} << 30, std::uint64_t{50'003} * 3 * sizeof(double), std::uint64_t{0}}) {
      RunOptions o = options(50'003, 3);
      o.memory_limit = limit;
      const auto results = run_by(plan, o, streamed);
      ASSERT_TRUE(expected && results);
      EXPECT_EQ(bits(*expected), bits(*results)) << &plan - plans << ", " << limit;
    }
  }
}

TEST(Streamed, AMultipleThatOverflowsIsAtFault) {
  plan::Plan plan = multiples_plan([](std::uint64_t future) { return future == 20'001 ? 1.7e308 : 1.0; });
  const auto results = run_by(plan, options(30'000, 2), streamed);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().future, 20'001u);   // 1 and 0.7 times that are no longer finite
}

TEST(Streamed, RunsAgainWhereTheFirstFuturesMisled) {
  const plan::Plan plan = changed_plan(3, rising);
  const auto expected = run_by(plan, options(50'000, 2), stored);
  for (const std::uint32_t threads : {1u, 3u}) {
    const auto results = run_by(plan, options(50'000, threads), streamed);
    ASSERT_TRUE(expected && results);
    EXPECT_EQ(results->passes, 2u);
    EXPECT_EQ(bits(*expected), bits(*results));
  }
}

TEST(Streamed, TakesColumnsInGroupsThatFit) {
  const plan::Plan normal = sample_plan(6, 1), misleading = changed_plan(6, rising);
  for (const plan::Plan* plan : {&normal, &misleading}) {
    const auto expected = run_by(*plan, options(50'000, 2), stored);
    for (const std::uint64_t limit : {std::uint64_t{50'000} * sizeof(double), std::uint64_t{0}}) {
      RunOptions tight = options(50'000, 2);
      tight.memory_limit = limit;
      const auto results = run_by(*plan, tight, streamed);
      ASSERT_TRUE(expected && results);
      EXPECT_GT(results->passes, 1u);
      EXPECT_EQ(bits(*expected), bits(*results));
      if (limit != 0) continue;
      EXPECT_EQ(results->passes, plan == &normal ? 7u : 14u);  // one column each
    }
  }
}

TEST(Streamed, NamesTheLowestFutureAtFault) {
  for (const bool by_flag : {false, true}) {
    for (const std::uint32_t threads : {1u, 2u, 5u}) {
      for (const std::uint64_t lowest : {1u, 4095u, 4096u, 9001u, 29'998u}) {
        plan::Plan plan = sample_plan(3, 1);
        break_at(plan, {29'999, lowest, lowest + 1, lowest + 300}, by_flag);
        const auto results = run_by(plan, options(30'000, threads), streamed);
        ASSERT_FALSE(results);
        EXPECT_EQ(results.error().kind, RunError::Kind::Fault);
        EXPECT_EQ(results.error().future, lowest);
      }
    }
  }
}

TEST(Streamed, LooksAtOutputsThatNothingShows) {
  plan::Plan plan = sample_plan(3, 1);
  plan.report.forecasts.erase(plan.report.forecasts.begin());
  plan.kernels[1].run = [inner = plan.kernels[1].run](const HzKernelArgs& a) {
    inner(a);
    const std::uint64_t lane = 12'805 - a.first_future;  // of future 12,805
    if (lane < a.lanes) a.buffers[2 * a.lanes + lane] = std::nan("");
  };
  EXPECT_TRUE(run_by(plan, options(12'805, 2), streamed));
  const auto results = run_by(plan, options(20'000, 2), streamed);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().future, 12'805u);
}

TEST(Streamed, IgnoresFuturesPastTheEnd) {
  plan::Plan plan = sample_plan(3, 1);
  break_at(plan, {10'001}, false);
  EXPECT_TRUE(run_by(plan, options(10'001, 2), streamed));
  EXPECT_FALSE(run_by(plan, options(10'002, 2), streamed));
}

TEST(Streamed, SquaresThatOverflowAreNoFault) {
  const plan::Plan plan =
      changed_plan(2, [](std::uint32_t t, std::uint64_t future) { return 1e200 * uniform(1, future, t); });
  const auto expected = run_by(plan, options(20'000, 2), stored);
  const auto results = run_by(plan, options(20'000, 2), streamed);
  ASSERT_TRUE(expected && results);
  EXPECT_EQ(bits(*expected), bits(*results));
}

TEST(Streamed, AnotherNumberOfOutputsThanCells) {
  plan::Plan plan = sample_plan(3, 1);
  plan.report.forecasts[0].cells.push_back({"again", {}, 1, 10.0});  // a column twice, once with a budget
  plan.report.forecasts[0].cells.push_back({"again", {}, 1, 12.5});
  plan.report.forecasts[0].cells.erase(plan.report.forecasts[0].cells.begin());
  const auto expected = run_by(plan, options(20'000, 2), stored);
  const auto results = run_by(plan, options(20'000, 2), streamed);
  ASSERT_TRUE(expected && results);
  EXPECT_EQ(bits(*expected), bits(*results));
  EXPECT_NEAR(*results->forecasts[0].back().p_over, 0.1056, 0.02);
}

TEST(Streamed, APlanWithoutCellsStillLooksForFaults) {
  plan::Plan plan = sample_plan(2, 1);
  plan.report.forecasts.clear();
  EXPECT_TRUE(run_by(plan, options(20'000, 2), streamed));
  break_at(plan, {15'000}, true);
  const auto results = run_by(plan, options(20'000, 2), streamed);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().future, 15'000u);
}

TEST(Streamed, StopsWhenCancelled) {
  plan::Plan plan = sample_plan(3, 2);
  plan.kernels[1].run = [inner = plan.kernels[1].run](const HzKernelArgs& a) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    inner(a);
  };
  for (const int when : {1, 3, 8}) {  // at once, in the first futures, behind them
    std::atomic<bool> cancel{false};
    RunOptions o = options(10'000'000, 2);  // minutes, if it were not stopped
    o.cancel = &cancel;
    int calls = 0;
    o.progress = [&](const Progress&) { cancel = ++calls >= when; };
    const auto results = run_by(plan, o, streamed);
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().kind, RunError::Kind::Cancelled);
  }
}

TEST(Streamed, ReportsProgressFromStartToEnd) {
  const plan::Plan normal = sample_plan(3, 1), misleading = changed_plan(3, rising);
  for (const plan::Plan* plan : {&normal, &misleading}) {
    std::vector<Progress> seen;
    RunOptions o = options(30'000, 2);
    o.progress = [&](const Progress& p) { seen.push_back(p); };
    const auto results = run_by(*plan, o, streamed);
    ASSERT_TRUE(results);
    EXPECT_EQ(seen.front().phase, Progress::Phase::Simulating);
    EXPECT_EQ(seen.front().total, 30'000u);
    EXPECT_EQ(seen.back().phase, Progress::Phase::Summarising);
    EXPECT_EQ(seen.back().done, 30'000u * results->passes);
    EXPECT_EQ(seen.back().total, seen.back().done);
    for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_GE(seen[i].done, seen[i - 1].done);
  }
}

}  // namespace
}  // namespace horizon::session
