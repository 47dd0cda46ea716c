// Scenarios of many rows with parameters of their own: their quantile tables and numbers by row and period are left to the run.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "compiler/driver/session.hpp"
#include "runtime/report/forecast_csv.hpp"
#include "runtime/session/run.hpp"

namespace horizon {
namespace {

constexpr const char* scenario = R"(horizon 2026-01..2026-02 by month
currency DKK
table drugs from "drugs.csv" key id {
  id   : Text
  mean : Share
}
kind drug {
  share : Share
  spend = 10 DKK per year * share * (1 + row_growth) ^ ((now - 2026-01-01) / 1 year)
  row_growth : Change
}
drug D for row in drugs { share ~ beta(mean = row.mean, sd = 5%)
 row_growth = row.mean / 10 }
forecast cost { measure = sum(spend of all drug) }
)";

driver::ReadFile rows(int count) {
  std::string table = "id,mean\n";
  for (int i = 0; i < count; ++i) table += "d" + std::to_string(i) + "," + std::to_string(0.1 + 0.8 * i / count) + "\n";
  return [table](const std::string& path) -> Expected<std::string, std::string> {
    if (path == "s.hzn") return std::string(scenario);
    if (path == "drugs.csv") return table;
    return Unexpected{std::string("there is no such file")};
  };
}

std::string csv(const driver::Compiled& compiled) {
  session::RunOptions options;
  options.futures = 40;
  const auto results = session::run(*compiled.plan, options);
  return results ? report::forecast_csv(*results) : results.error().text;
}

int numbers_left(const plan::Plan& plan) {
  int found = 0;
  for (const plan::Kernel& kernel : plan.kernels) found += static_cast<bool>(kernel.make_both);
  return found;
}

/// Kernels that hold tables, and those that leave them to the run.
std::pair<int, int> tables_of(const plan::Plan& plan) {
  std::pair<int, int> found;
  for (const plan::Kernel& kernel : plan.kernels) {
    found.first += !kernel.row_tables.empty();
    found.second += !kernel.starts.empty();
  }
  return found;
}

TEST(ManyRows, LeaveTheirTablesToTheRun) {
  driver::Options options;
  options.engine = driver::Engine::Interpreter;
  const driver::Compiled few = driver::compile("s.hzn", options, rows(100));
  ASSERT_TRUE(few.plan);
  const auto most = static_cast<int>(plan::most_row_bytes(few.plan->slots) / (HZ_TABLE_DOUBLES * sizeof(double)));
  const driver::Compiled many = driver::compile("s.hzn", options, rows(most + 1));
  ASSERT_TRUE(many.plan);
  EXPECT_EQ(tables_of(*few.plan), std::pair(1, 0));
  EXPECT_EQ(tables_of(*many.plan), std::pair(0, 1));
  EXPECT_EQ(numbers_left(*few.plan), 0);
  EXPECT_EQ(numbers_left(*many.plan), 1);
  // A Session keeps its tables from edition to edition.
  driver::Session session(options, rows(most + 1));
  const driver::Compiled& kept = session.open("s.hzn");
  ASSERT_TRUE(kept.plan);
  EXPECT_EQ(tables_of(*kept.plan), std::pair(1, 0));
  EXPECT_EQ(csv(many), csv(kept));
}

/// Where draws get Sobol dimensions, kernels get other numbers: those that leave them to the run go on doing so.
TEST(ManyRows, LeaveTheirNumbersToTheRunWithSobolPoints) {
  driver::Options options;
  options.engine = driver::Engine::Interpreter;
  options.sampling = driver::Sampling::Sobol;
  driver::Compiled now = driver::compile("s.hzn", options, rows(100)), later = driver::compile("s.hzn", options, rows(100));
  ASSERT_TRUE(now.plan && later.plan);
  ASSERT_EQ(tables_of(*later.plan), std::pair(1, 0));
  for (plan::Kernel& kernel : later.plan->kernels) {
    if (kernel.both_values.empty()) continue;
    kernel.both_values.clear();
    kernel.make_both = [](std::uint32_t, std::uint32_t, double*) {};
  }
  ASSERT_EQ(numbers_left(*later.plan), 1);
  const std::vector<double> importance(now.draws.size(), 1.0);
  EXPECT_FALSE(driver::give_dimensions(now, importance).empty());
  driver::give_dimensions(later, importance);
  EXPECT_EQ(numbers_left(*now.plan), 0);
  EXPECT_EQ(numbers_left(*later.plan), 1);
  for (std::size_t k = 0; k < now.plan->kernels.size(); ++k) {
    const plan::Kernel &whole = now.plan->kernels[k], &left = later.plan->kernels[k];
    EXPECT_EQ(left.row_values, whole.row_values);
    std::vector<double> numbers(left.rows * left.both_of_row);
    if (left.make_both) left.make_both(0, left.rows, numbers.data());
    EXPECT_EQ(numbers, whole.both_values);
  }
}

}  // namespace
}  // namespace horizon
