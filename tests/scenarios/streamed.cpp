// Real scenarios give the same bytes whether all values are stored or pass by brackets.
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "compiler/driver/compile.hpp"
#include "runtime/report/forecast_csv.hpp"
#include "runtime/session/running.hpp"

namespace horizon {
namespace {

driver::Compiled compiled(const std::string& scenario, const driver::Options& options) {
  const driver::ReadFile read = [](const std::string& path) -> Expected<std::string, std::string> {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Unexpected{std::string("there is no such file")};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  };
  return driver::compile(std::string(HORIZON_SOURCE_DIR) + "/" + scenario, options, read);
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

}  // namespace
}  // namespace horizon
