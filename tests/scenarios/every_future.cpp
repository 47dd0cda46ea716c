// scenarios/denmark/hospital, future by future: the regions are the nation, and the four regions of 2027 are the five.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "compiler/driver/compile.hpp"
#include "runtime/exec/exec.hpp"
#include "tests/harness/files.hpp"

namespace horizon {
namespace {

constexpr std::uint32_t blocks = 8;   // of exec::block_lanes futures each
constexpr double rounding = 1e-12;    // of sums of a few parts, relative

const std::string scenario = std::string(HORIZON_SOURCE_DIR) + "/scenarios/denmark/hospital/hospital.hzn";
const std::vector<std::string> untouched = {"Nordjylland", "Midtjylland", "Syddanmark"};
const std::vector<std::string> merged = {"Hovedstaden", "Sjælland"};

driver::Compiled compiled() {
  return driver::compile(scenario, {}, test::read_file);
}

/// Output columns of a forecast by period and the label of its one dimension.
using Columns = std::map<std::string, std::map<std::string, std::uint32_t>>;

Columns columns(const plan::Plan& plan, const std::string& forecast) {
  Columns found;
  for (const plan::ForecastSpec& spec : plan.report.forecasts) {
    if (spec.name != forecast) continue;
    for (const plan::Cell& cell : spec.cells) found[cell.period][cell.labels.at(0)] = cell.output;
  }
  return found;
}

/// Calls `check(year, value)` for every year of every future; `value(forecast, label)` is that cell's.
template <class Check>
void in_every_future(const Check& check) {
  const driver::Compiled built = compiled();
  ASSERT_TRUE(built.plan) << diag::render_text(built.diagnostics, *built.sources, false);
  std::map<std::string, Columns> cells;
  for (const char* forecast : {"hospital", "regions_2027", "parts", "groups"}) {
    cells[forecast] = columns(*built.plan, forecast);
    ASSERT_EQ(cells[forecast].size(), 6u) << forecast << ": a row a year from 2025 to 2030";
  }
  exec::Workspace workspace(*built.plan);
  for (std::uint32_t block = 0; block < blocks; ++block) {
    exec::run_block(*built.plan, 1, std::uint64_t{block} * exec::block_lanes, exec::block_lanes, workspace);
    for (std::uint32_t lane = 0; lane < exec::block_lanes; ++lane) {
      for (const auto& [year, labels] : cells["hospital"]) {
        const std::string period = year;
        check(period, [&](const std::string& forecast, const std::string& label) {
          return workspace.output(cells[forecast].at(period).at(label))[lane];
        });
        if (::testing::Test::HasFailure()) {
          FAIL() << "in future " << block * exec::block_lanes + lane << ", " << period;
        }
      }
    }
  }
}

void expect_near(double value, double wanted, const char* what) {
  EXPECT_NEAR(value, wanted, rounding * std::fabs(wanted)) << what;
}

TEST(HospitalOfDenmark, RegionsAddUpToTheNationInEveryFuture) {
  double least = INFINITY, most = 0;
  in_every_future([&](const std::string&, const auto& value) {
    double five = 0, four = value("regions_2027", "Østdanmark"), parts = 0;
    for (const std::string& region : untouched) {
      five += value("hospital", region);
      four += value("regions_2027", region);
    }
    for (const std::string& region : merged) five += value("hospital", region);
    for (const char* part : {"Named", "New", "Tail", "Gap"}) parts += value("parts", part);
    // Neither the parts nor the groups know of regions.
    const double nation = value("parts", "all");
    expect_near(parts, nation, "the parts");
    expect_near(value("groups", "all"), nation, "the groups of codes");
    expect_near(value("hospital", "all"), nation, "the total of the five regions' forecast");
    expect_near(value("regions_2027", "all"), nation, "the total of the four regions' forecast");
    expect_near(five, nation, "the sum of the five regions");
    expect_near(four, nation, "the sum of the four regions");
    least = std::min(least, nation);
    most = std::max(most, nation);
  });
  EXPECT_GT(most, 1.2 * least) << "futures that hardly differ prove little";
}

TEST(HospitalOfDenmark, FourRegionsAreTheFiveWhereTheyMustBeInEveryFuture) {
  in_every_future([&](const std::string&, const auto& value) {
    for (const std::string& region : untouched) {
      EXPECT_EQ(value("regions_2027", region), value("hospital", region)) << region;
    }
    expect_near(value("regions_2027", "Østdanmark"), value("hospital", merged[0]) + value("hospital", merged[1]), "the east");
  });
}

}  // namespace
}  // namespace horizon
