#include "runtime/report/forecast_csv.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cstring>
#include <random>

namespace horizon::report {
namespace {

store::ResultSet small_results() {
  store::ResultSet r;
  r.report.scenario = "scen";
  r.report.dimensions = {"region", "atc1"};
  plan::ForecastSpec spec{"year", "By year", "DKK", {"atc1"}, {}, false};
  spec.cells = {{"2026", {"L, \"x\""}, 0, 2.5}, {"2026", {"all"}, 1, std::nullopt}};
  r.report.forecasts = {spec};
  store::CellResult full;
  full.statistics = {0.1, 1.0, 1e-7, {1, 2, 3, 1e22, -0.0, 1.0 / 3, 7}, 0.5, 0.25};
  full.p_over = 0.125;
  store::CellResult single;
  single.statistics.mean = 1e9;
  r.forecasts = {{full, single}};
  r.futures = 8;
  r.seed = 18446744073709551615u;
  r.threads = 3;
  return r;
}

TEST(ForecastCsv, IsAsTheContractSays) {
  EXPECT_EQ(forecast_csv(small_results()),
            "scenario,variant,forecast,unit,period,region,atc1,mean,sd,mc_error,p05,p10,p25,p50,p75,p90,p95,"
            "mc_error_p50,"
            "mc_error_p90,budget,p_over\n"
            "scen,base,year,DKK,2026,,\"L, "
            "\"\"x\"\"\",0.1,1,1e-07,1,2,3,1e+22,0,0.3333333333333333,7,0.5,0.25,2.5,0.125\n"
            "scen,base,year,DKK,2026,,all,1e+09,,,0,0,0,0,0,0,0,,,,\n");
}

TEST(ForecastCsv, NumbersReadBackToTheSameBits) {
  std::mt19937_64 random(5);
  store::ResultSet r = small_results();
  for (int i = 0; i < 2000; ++i) {
    double value;
    do {
      const std::uint64_t bits = random();
      std::memcpy(&value, &bits, sizeof value);
    } while (!(value - value == 0));
    r.forecasts[0][1].statistics.mean = value;
    const std::string csv = forecast_csv(r);
    const std::size_t at = csv.find(",,all,") + 6;
    double back = 0;
    std::from_chars(csv.data() + at, csv.data() + csv.size(), back);
    ASSERT_EQ(back, value);
  }
}

}  // namespace
}  // namespace horizon::report
