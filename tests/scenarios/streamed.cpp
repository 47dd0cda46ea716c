// Real scenarios give the same bytes whether all values are stored or pass by brackets.
#include <gtest/gtest.h>

#include <limits>

#include "compiler/driver/compile.hpp"
#include "runtime/report/forecast_csv.hpp"
#include "runtime/session/running.hpp"
#include "tests/harness/files.hpp"

namespace horizon {
namespace {

driver::Compiled compiled(const std::string& scenario, const driver::Options& options) {
  return driver::compile(std::string(HORIZON_SOURCE_DIR) + "/" + scenario, options, test::read_file);
}

void expect_same(const driver::Compiled& built, std::uint64_t futures) {
  ASSERT_TRUE(built.plan) << diag::render_text(built.diagnostics, *built.sources, false);
  session::RunOptions options;
  options.futures = futures;
  options.threads = 2;
  const session::Way stored{.least_streamed = std::numeric_limits<std::uint64_t>::max()};
  const session::Way streamed{.pilot_futures = 4096, .least_streamed = 1, .least_per_thread = 0};
  const auto expected = session::run(*built.plan, options, nullptr, stored);
  const auto results = session::run(*built.plan, options, nullptr, streamed);
  ASSERT_TRUE(expected && results);
  for (std::size_t f = 0; f < expected->forecasts.size(); ++f) {
    for (std::size_t c = 0; c < expected->forecasts[f].size(); ++c) {
      const store::CellResult &a = expected->forecasts[f][c], &b = results->forecasts[f][c];
      EXPECT_EQ(a.statistics.mean, b.statistics.mean);
      EXPECT_EQ(a.statistics.sd, b.statistics.sd);
      EXPECT_EQ(a.statistics.quantiles, b.statistics.quantiles);
      EXPECT_EQ(a.statistics.mc_error_p50, b.statistics.mc_error_p50);
      EXPECT_EQ(a.statistics.mc_error_p90, b.statistics.mc_error_p90);
      EXPECT_EQ(a.p_over, b.p_over);
    }
  }
  EXPECT_EQ(report::forecast_csv(*expected), report::forecast_csv(*results));
}

TEST(Streamed, Hospital) { expect_same(compiled("scenarios/denmark/hospital/hospital.hzn", {}), 12'345); }

TEST(Streamed, Portfolio) {
  driver::Options options;
  options.data["portfolio"] = std::string(HORIZON_SOURCE_DIR) + "/tests/bench/data/portfolio.csv";
  expect_same(compiled("tests/bench/portfolio.hzn", options), 6'000);
}

TEST(Streamed, OneProduct) {
  driver::Options options;
  options.data["portfolio"] = std::string(HORIZON_SOURCE_DIR) + "/tests/bench/data/p1.csv";
  expect_same(compiled("tests/bench/portfolio_120.hzn", options), 150'001);
}

TEST(Streamed, MultiplesOfAColumn) {
  const std::string text =
      "language 1\nhorizon 2026-01..2026-12 by month\ncurrency DKK\ndimension region { N, S, E, W }\n"
      "kind product { level : DKK per year\n  spend : DKK per year = level * 1.02 ^ ((now - 2026-01-01) / 1 month) }\n"
      "product A { level ~ 2 m DKK per year to 5 m DKK per year }\nproduct B { level ~ 1 m DKK per year to 9 m DKK per year }\n"
      "national = sum(spend of all product)\n"
      "key : Number by region = { N: 0.31, S: 0, E: 1.7, W: -0.4 }\n"
      "forecast month { measure = national; by = [month] }\n"
      "forecast year { measure = national; by = [year] }\nforecast share { measure = national * key; by = [year, region] }\n"
      "forecast part { measure = national * key; by = [month, region]; budget = { 2026-03: 1 m DKK } }\n";
  const driver::Compiled built =
      driver::compile("text.hzn", {}, [&](const std::string&) -> Expected<std::string, std::string> { return text; });
  expect_same(built, 20'001);
  EXPECT_EQ(built.plan->multiples.size(), 3 * 13u);   // not W, and not all together
}

}  // namespace
}  // namespace horizon
