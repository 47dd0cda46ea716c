#include "runtime/session/run.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

namespace horizon::session {
namespace {

/// A uniform in (0, 1) of (seed, future, stream): splitmix64. Good enough for a test; the real draws have
/// tests of their own.
double uniform(std::uint64_t seed, std::uint64_t future, std::uint64_t stream) {
  std::uint64_t x = seed * 0x9e3779b97f4a7c15u + future * 0xbf58476d1ce4e5b9u + stream * 0x94d049bb133111ebu;
  for (int i = 0; i < 2; ++i) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    x ^= x >> 31;
  }
  return (static_cast<double>(x >> 12) + 0.5) / 4503599627370496.0;
}

/// Rows of normals added to slots 1..periods ("months"), then a second stage sums them into slot periods + 1
/// (the total).
plan::Plan sample_plan(std::uint32_t periods, std::uint32_t rows) {
  plan::Plan plan;
  plan.periods = periods;
  plan.slots = periods + 2;
  plan.output_begin = 1;
  plan.outputs = periods + 1;
  plan.engine = "test";
  plan::Kernel months;
  months.name = "months";
  months.rows = rows;
  months.constants = {10, 2};  // mean, sd of a row's value
  months.run = [](const HzKernelArgs& a) {
    const boost::math::normal normal(a.constants[0], a.constants[1]);
    for (std::uint32_t row = a.row_begin; row < a.row_end; ++row) {
      for (std::uint32_t t = a.period_begin; t < a.period_end; ++t) {
        for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
          const double u = uniform(a.seed, a.first_future + lane, row * 1000 + t);
          a.buffers[(t + 1) * a.lanes + lane] += quantile(normal, u);
        }
      }
    }
  };
  plan::Kernel total;
  total.name = "total";
  total.rows = 1;
  total.run = [](const HzKernelArgs& a) {
    for (std::uint32_t t = 0; t < a.periods; ++t) {
      for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
        a.buffers[(a.periods + 1) * a.lanes + lane] += a.buffers[(t + 1) * a.lanes + lane];
      }
    }
  };
  plan.kernels = {months, total};
  plan.stages = {{{0}, false}, {{1}, false}};
  plan.report.scenario = "sample";
  plan::ForecastSpec month{"month", "By month", "DKK", {}, {}, false};
  for (std::uint32_t t = 0; t < periods; ++t)
    month.cells.push_back({"2026-0" + std::to_string(t + 1), {}, t, std::nullopt});
  plan::ForecastSpec all{"all", "In all", "DKK", {}, {{"all", {}, periods, 10.0 * periods * rows}}, false};
  plan.report.forecasts = {month, all};
  return plan;
}

RunOptions options(std::uint64_t futures, std::uint32_t threads) {
  RunOptions o;
  o.futures = futures;
  o.threads = threads;
  return o;
}

void append(std::string& bytes, double value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
/// All numbers of a result, bit for bit.
std::string bits(const store::ResultSet& results) {
  std::string out;
  for (const auto& cells : results.forecasts) {
    for (const auto& cell : cells) {
      const store::Statistics& s = cell.statistics;
      append(out, s.mean);
      for (const auto& x : {s.sd, s.mc_error, s.mc_error_p50, s.mc_error_p90, cell.p_over})
        append(out, x.value_or(-1));
      for (double q : s.quantiles) append(out, q);
    }
  }
  return out;
}

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
  for (std::uint64_t futures : {1u, 7u, 255u, 256u, 257u, 5000u}) {
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

/// Makes the kernel break at some futures: by a NaN or by the fault flag.
void break_at(plan::Plan& plan, std::vector<std::uint64_t> futures, bool by_flag) {
  plan.kernels[1].run = [inner = plan.kernels[1].run, futures, by_flag](const HzKernelArgs& a) {
    inner(a);
    for (std::uint64_t f : futures) {
      if (f < a.first_future || f >= a.first_future + a.lanes) continue;
      const std::size_t lane = f - a.first_future;
      if (by_flag) {
        a.fault[lane] = 1;
      } else {
        a.buffers[2 * a.lanes + lane] = f % 2 ? std::nan("") : -std::numeric_limits<double>::infinity();
      }
    }
  };
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

}  // namespace
}  // namespace horizon::session
