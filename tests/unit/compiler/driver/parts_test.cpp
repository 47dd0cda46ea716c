// Scenarios of many rows with parameters of their own: their quantile tables are left to the run.
#include <gtest/gtest.h>

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
  spend = 10 DKK per year * share
}
drug D for row in drugs { share ~ beta(mean = row.mean, sd = 5%) }
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
  const auto most = static_cast<int>(plan::most_table_bytes(few.plan->slots) / (HZ_TABLE_DOUBLES * sizeof(double)));
  const driver::Compiled many = driver::compile("s.hzn", options, rows(most + 1));
  ASSERT_TRUE(many.plan);
  EXPECT_EQ(tables_of(*few.plan), std::pair(1, 0));
  EXPECT_EQ(tables_of(*many.plan), std::pair(0, 1));
  // A Session keeps its tables from edition to edition.
  driver::Session session(options, rows(most + 1));
  const driver::Compiled& kept = session.open("s.hzn");
  ASSERT_TRUE(kept.plan);
  EXPECT_EQ(tables_of(*kept.plan), std::pair(1, 0));
  EXPECT_EQ(csv(many), csv(kept));
}

}  // namespace
}  // namespace horizon
