// First halves of the futures, on plans made by hand.
#include "runtime/session/halves.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/aggregate/aggregate.hpp"
#include "runtime/aggregate/pairs.hpp"
#include "runtime/exec/exec.hpp"
#include "tests/unit/runtime/session/sample_plan.hpp"
#include "tests/unit/runtime/tabled_plan.hpp"

namespace horizon::session {
namespace {

TEST(Halves, TakeTheRowsOfEachArray) {
  plan::Plan plan = sample_plan(2, 3);
  plan.kernels[0].row_values = {1, 2, 3, 4, 5, 6};
  plan.kernels[0].both_values = {1, 2, 3};
  plan.kernels[0].row_starts = {7, 8, 9};
  plan.sobol.emplace();
  plan.sobol->halves = plan::Halves{{{1, 0, 1}, {}}, {1, 1, 1}, {}};
  const plan::Plan half = first_half(plan);
  EXPECT_EQ(half.kernels[0].rows, 2u);
  EXPECT_EQ(half.kernels[0].row_values, (std::vector<double>{1, 2, 5, 6}));
  EXPECT_EQ(half.kernels[0].both_values, (std::vector<double>{1, 3}));
  EXPECT_EQ(half.kernels[0].row_starts, (std::vector<std::uint32_t>{7, 9}));
  EXPECT_EQ(half.kernels[1].rows, 1u);
  EXPECT_EQ(half.stages[0].kernels.size(), 1u);

  plan.sobol->halves->first[0] = {0, 0, 0};
  EXPECT_TRUE(first_half(plan).stages[0].kernels.empty());
}

/// The first 150 of 400 rows, whose bits hang on their number; months and total are sums, the number of calls is none.
plan::Plan halved_plan(bool whole) {
  constexpr std::uint32_t rows = 400, first_rows = 150;
  plan::Plan plan = testing::tabled_plan(2, rows, whole);
  std::vector<std::uint8_t> first(rows, 0);
  std::fill_n(first.begin(), first_rows, std::uint8_t{1});
  plan.sobol.emplace();
  plan.sobol->halves = plan::Halves{{first, {}, {}}, {1, 1, 0, 1}, {}};
  return plan;
}

std::vector<double> values(const plan::Plan& plan, std::uint32_t output, std::uint64_t futures) {
  exec::Workspace workspace(plan);
  std::vector<double> result;
  for (std::uint64_t first = 0; first < futures; first += 16) {
    exec::run_block(plan, 1, first, 16, workspace);
    result.insert(result.end(), workspace.output(output), workspace.output(output) + 16);
  }
  return result;
}

TEST(Halves, QuantilesAreThoseOfPairs) {
  const plan::Plan plan = halved_plan(true);
  const auto results = run(plan, options(320, 2));
  ASSERT_TRUE(results);
  EXPECT_EQ(results->cells_of_pairs, 3u);
  for (const std::uint32_t output : {0u, 1u, 3u}) {
    const std::vector<double> all = values(plan, output, 320), part = values(first_half(plan), output, 320);
    store::Statistics expected = aggregate::summarise(all);
    const double own = expected.quantiles[store::p50_index];
    aggregate::set_pair_quantiles(aggregate::Pairs(part, all), part, all, 8, expected);
    const store::Statistics& found = results->forecasts[0][output].statistics;
    EXPECT_EQ(found.quantiles, expected.quantiles);
    EXPECT_EQ(found.mc_error_p50, expected.mc_error_p50);
    EXPECT_EQ(found.mean, expected.mean);
    EXPECT_NE(found.quantiles[store::p50_index], own);
  }
}

TEST(Halves, OfPlansInPartsGiveTheBitsOfTheWhole) {
  const plan::Plan parts = halved_plan(false);
  const auto expected = run(halved_plan(true), options(3000, 1));
  ASSERT_TRUE(expected);
  for (const std::uint32_t threads : {1u, 3u}) {
    const auto results = run(parts, options(3000, threads));
    ASSERT_TRUE(results);
    EXPECT_EQ(bits(*expected), bits(*results));
    EXPECT_EQ(results->cells_of_pairs, 3u);
  }
}

/// Two values a randomisation are the least.
TEST(Halves, TooFewFuturesHaveNoPairs) {
  EXPECT_EQ(run(halved_plan(true), options(15, 1))->cells_of_pairs, 0u);
  EXPECT_EQ(run(halved_plan(true), options(16, 1))->cells_of_pairs, 3u);
}

/// A limit of memory counts both halves; progress counts both runs and ends at its total.
TEST(Halves, MemoryAndProgress) {
  const plan::Plan plan = halved_plan(true);
  const auto expected = run(plan, options(1000, 1));
  RunOptions o = options(1000, 2);
  o.memory_limit = 2 * 2 * 1000 * sizeof(double);   // two columns
  std::uint64_t done = 0, total = 0;
  o.progress = [&](const Progress& progress) {
    EXPECT_GE(progress.done, done);
    done = progress.done;
    total = progress.total;
  };
  const auto results = run(plan, o);
  ASSERT_TRUE(expected && results);
  EXPECT_EQ(bits(*expected), bits(*results));
  EXPECT_EQ(results->passes, 2u);
  EXPECT_EQ(done, 4000u);
  EXPECT_EQ(total, 4000u);
}

}  // namespace
}  // namespace horizon::session
