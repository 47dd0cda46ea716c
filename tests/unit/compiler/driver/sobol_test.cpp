// Sampling::Sobol from the text to the statistics: that it is more precise, that the errors it states are
// true, which draws get what.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "compiler/driver/compile.hpp"
#include "compiler/eval/eval.hpp"
#include "runtime/report/forecast_csv.hpp"
#include "runtime/session/importance.hpp"
#include "runtime/session/run.hpp"

namespace horizon {
namespace {

/// Means 0.8 and 1; u + v is triangular on 0 to 2: P50 = 1, P90 = 2 - sqrt(0.2). `u` moves the forecasts
/// most, `idle` none of them.
const char* const closed_form = R"(horizon 2026..2027 by year
currency DKK
x ~ uniform(0.5, 1.5)
y ~ uniform(0, 2)
w ~ uniform(0, 1)
yes ~ chance 30 %
u ~ uniform(0, 1)
v ~ uniform(0, 1)
idle ~ uniform(0, 1)
forecast product { measure = (x * y * (if yes then 1 else 0) + w) * 1 DKK per year; by = [year] }
forecast total { measure = (u + v + 0 * idle) * 1 DKK per year; by = [year] }
)";

driver::Compiled compile(const std::string& text, driver::Engine engine = driver::Engine::Jit) {
  driver::Options options;
  options.sampling = driver::Sampling::Sobol;
  options.engine = engine;
  return driver::compile("s.hzn", options,
                         [&](const std::string& path) -> Expected<std::string, std::string> {
                           if (path == "s.hzn") return text;
                           return Unexpected{std::string("there is no such file")};
                         });
}

std::vector<driver::Dimension> spread(driver::Compiled& compiled) {
  std::vector<std::uint64_t> ids;
  for (const driver::Draw& draw : compiled.draws) ids.push_back(draw.id);
  const auto importance = session::importance(*compiled.plan, ids, {});
  return driver::give_dimensions(compiled, importance.value());
}

store::Statistics statistics(const plan::Plan& plan, std::size_t forecast, std::uint64_t seed,
                             std::uint64_t futures) {
  session::RunOptions options;
  options.futures = futures;
  options.seed = seed;
  options.threads = 1;
  return session::run(plan, options).value().forecasts[forecast][0].statistics;
}

struct Judged {
  double covered = 0;  ///< share of the seeds whose interval of 2.365 errors (t, 7 degrees of freedom: 95 %)
                       ///< holds the truth
  double squares = 0;  ///< mean square of the true error
  double stated = 0;   ///< mean square of the stated one
};

constexpr int seeds = 400;
constexpr std::uint64_t futures = 512;

/// Binomial sd of the coverage: sqrt(0.95 * 0.05 / 400) = 0.011. Relative sd of `squares`: sqrt((k - 1) /
/// 400) with kurtosis k, 0.07 for normal errors, 0.1 with k = 5; of `stated`, of seven degrees of freedom
/// each, 0.03 to 0.05.
template <class Value, class Error>
Judged judge(const plan::Plan& plan, std::size_t forecast, double truth, Value value, Error error) {
  Judged result;
  for (int seed = 1; seed <= seeds; ++seed) {
    const store::Statistics s = statistics(plan, forecast, static_cast<std::uint64_t>(seed), futures);
    const double off = value(s) - truth, own = error(s);
    result.covered += (std::fabs(off) <= 2.365 * own ? 1.0 : 0.0) / seeds;
    result.squares += off * off / seeds;
    result.stated += own * own / seeds;
  }
  return result;
}

class Sobol : public testing::Test {
 protected:
  driver::Compiled compiled = compile(closed_form);
  std::vector<driver::Dimension> dimensions = spread(compiled);
};

TEST_F(Sobol, TheErrorOfAMeanIsTrue) {
  const auto mean = [](const store::Statistics& s) { return s.mean; };
  const auto error = [](const store::Statistics& s) { return *s.mc_error; };
  for (const auto& [forecast, truth, variance] : {std::tuple{0, 0.8, 0.0}, std::tuple{1, 1.0, 1.0 / 6}}) {
    const Judged judged = judge(*compiled.plan, static_cast<std::size_t>(forecast), truth, mean, error);
    EXPECT_GT(judged.covered, 0.95 - 5 * 0.011) << forecast;
    EXPECT_NEAR(judged.stated / judged.squares, 1, 0.5) << forecast;
    if (variance > 0) {
      EXPECT_LT(judged.squares, variance / futures / 100);  // of plain Monte Carlo
    }
  }
}

/// Quantiles of 64 values have a bias of a rank or so in each randomisation, and none to speak of in the
/// whole; the spread counts it not.
TEST_F(Sobol, TheErrorsOfQuantilesAreTrue) {
  const Judged p50 = judge(
      *compiled.plan, 1, 1, [](const store::Statistics& s) { return s.quantiles[store::p50_index]; },
      [](const store::Statistics& s) { return *s.mc_error_p50; });
  const Judged p90 = judge(
      *compiled.plan, 1, 2 - std::sqrt(0.2),
      [](const store::Statistics& s) { return s.quantiles[store::p90_index]; },
      [](const store::Statistics& s) { return *s.mc_error_p90; });
  for (const Judged& judged : {p50, p90}) {
    EXPECT_GT(judged.covered, 0.95 - 5 * 0.011);
    EXPECT_GT(judged.stated / judged.squares, 0.5);
    EXPECT_LT(judged.stated / judged.squares, 3);
  }
  EXPECT_LT(p50.squares, 0.25 / futures / 3);  // p (1 - p) / (n f^2), f = 1
  EXPECT_LT(p90.squares, 0.09 / 0.2 / futures / 2);
}

TEST_F(Sobol, DrawsThatMatterComeFirst) {
  ASSERT_EQ(dimensions.size(), 7u);
  std::set<std::uint32_t> used;
  for (const driver::Dimension& d : dimensions) {
    EXPECT_TRUE(d.leading);
    EXPECT_TRUE(used.insert(d.dimension).second);
  }
  const auto key = [&](std::size_t i) { return compiled.draws[dimensions[i].draw].key; };
  EXPECT_EQ((std::set<std::string>{key(0), key(1)}),
            (std::set<std::string>{"u", "v"}));  // each explains half of a forecast
  const auto last = std::set<std::string>{key(5), key(6)};
  EXPECT_TRUE(last.contains("idle"));
}

TEST_F(Sobol, PlanWithoutDimensionsIsThatOfRandomSampling) {
  driver::Compiled plain = compile(closed_form);
  driver::Options options;
  const driver::Compiled random = driver::compile(
      "s.hzn", options,
      [](const std::string&) -> Expected<std::string, std::string> { return std::string(closed_form); });
  const auto text = [](const plan::Plan& plan) {
    session::RunOptions run;
    run.futures = 1000;
    return report::forecast_csv(session::run(plan, run).value());
  };
  EXPECT_EQ(text(*plain.plan), text(*random.plan));
  EXPECT_NE(text(*plain.plan), text(*compiled.plan));
}

/// No number of futures is special but for its precision. Six errors of seven degrees of freedom: once in 2,000 seeds.
TEST_F(Sobol, AnyNumberOfFuturesWillDo) {
  for (const std::uint64_t n : {17u, 1001u, 10000u}) {
    const store::Statistics s = statistics(*compiled.plan, 1, 1, n);
    EXPECT_NEAR(s.mean, 1, 6 * *s.mc_error) << n;
    EXPECT_LT(*s.mc_error, 2.0 / static_cast<double>(n)) << n;  // plain: 0.41 / sqrt(n)
  }
}

/// The naive evaluator has the same points: its futures have the mean of the run.
TEST_F(Sobol, TheEvaluatorAgrees) {
  eval::SobolDraws sobol;
  for (const HzSobolDraw& draw : compiled.plan->sobol->draws) sobol.emplace(draw.id, draw);
  double sum = 0;
  for (std::uint64_t future = 0; future < 56; ++future)   // too few for a control
    sum += eval::evaluate(*compiled.model, 3, future, sobol).forecasts[0][0];
  EXPECT_NEAR(sum / 56, statistics(*compiled.plan, 0, 3, 56).mean, 1e-10);
}

std::vector<std::string> controls_of(const driver::Compiled& compiled) {
  std::vector<std::string> result;
  const auto text = [&](const plan::ControlFactor& factor) {
    for (const driver::Draw& draw : compiled.draws)
      if (draw.id == compiled.plan->sobol->draws[factor.draw].id) return draw.key;
    return std::string("?");
  };
  for (const plan::Control& control : compiled.plan->sobol->controls)
    result.push_back(text(control.first) + (control.second ? " * " + text(*control.second) : ""));
  std::sort(result.begin(), result.end());
  return result;
}

TEST_F(Sobol, AChanceIsAControlAloneAndWithEachOtherDraw) {
  EXPECT_EQ(controls_of(compiled), (std::vector<std::string>{"yes", "yes * idle", "yes * u", "yes * v", "yes * w", "yes * x", "yes * y"}));
  for (const plan::Control& control : compiled.plan->sobol->controls) EXPECT_EQ(control.first.chance, 0.3);
}

/// A chance that another draw decides about, or one that moves with others, has no mean of its own to know; 0 % and 100 % never vary.
TEST(SobolControls, OnlyWhereTheChanceIsKnown) {
  driver::Compiled compiled = compile(R"(horizon 2026..2027 by year
currency DKK
p ~ uniform(0.2, 0.4)
drawn ~ chance p
share : Share = 1 - 60 %
known ~ chance (share / 2)
never ~ chance 0 %
sure ~ chance 100 %
a ~ chance 50 %
b ~ chance 50 %
correlate together { members = [a, b]; rank = 0.5 }
forecast f { measure = (if drawn or known or never or not sure or a or b then 1 else 0) * 1 DKK per year; by = [year] }
)");
  ASSERT_TRUE(compiled.plan);
  spread(compiled);
  for (const std::string& control : controls_of(compiled)) EXPECT_TRUE(control.starts_with("known")) << control;
  ASSERT_FALSE(compiled.plan->sobol->controls.empty());
  for (const plan::Control& control : compiled.plan->sobol->controls) EXPECT_DOUBLE_EQ(*control.first.chance, 0.2);
}

/// The mean of an indicator by itself is then exact: 0.3, with an error of 0, whatever the seed.
TEST(SobolControls, MakeTheMeanOfAChanceExact) {
  driver::Compiled compiled = compile(R"(horizon 2026..2027 by year
currency DKK
yes ~ chance 30 %
forecast f { measure = (if yes then 10 else 2) * 1 DKK per year; by = [year] }
)");
  spread(compiled);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const store::Statistics s = statistics(*compiled.plan, 0, seed, 1001);
    EXPECT_NEAR(s.mean, 4.4, 1e-12);
    EXPECT_NEAR(*s.mc_error, 0, 1e-12);
    EXPECT_EQ(s.quantiles[store::p50_index], 2);
  }
}

// ---- halves

/// Columns of the first forecast, 1 where they are sums of two halves; empty: no halves.
std::vector<int> halves_of(const std::string& text, driver::Engine engine = driver::Engine::Jit) {
  driver::Compiled compiled = compile(text, engine);
  if (!compiled.plan) return {-1};
  spread(compiled);
  std::vector<int> result;
  if (!compiled.plan->sobol->halves) return result;
  for (const plan::Cell& cell : compiled.plan->report.forecasts[0].cells) result.push_back(compiled.plan->sobol->halves->columns[cell.output]);
  return result;
}

/// Four drugs whose price is drawn; `more` and the measure differ.
std::string drugs(const std::string& more, const std::string& measure, const std::string& price = "~ uniform(1 DKK per year, 2 DKK per year)") {
  return "horizon 2026-01..2027-12 by month\ncurrency DKK\nkind drug { price : DKK per year }\n" + more + "drug A { price " + price +
         " }\ndrug B { price ~ uniform(1 DKK per year, 2 DKK per year) }\ndrug C { price ~ uniform(1 DKK per year, 2 DKK per year) }\n"
         "drug D { price ~ uniform(1 DKK per year, 3 DKK per year) }\ncost = sum(price of all drug)\n"
         "forecast f { measure = " + measure + "; by = [year] }\n";
}

const std::vector<int> both_years = {1, 1};

TEST(SobolHalves, SumsOverRowsAreSumsOfTwo) {
  EXPECT_EQ(halves_of(drugs("", "cost")), both_years);
  EXPECT_EQ(halves_of(drugs("", "cost"), driver::Engine::Interpreter), both_years);
  EXPECT_EQ(halves_of(drugs("", "cost * 31% - 0.5 DKK per year")), both_years);
  EXPECT_EQ(halves_of(drugs("up : Share = if now < 2027-01-01 then 100% else 50%\n", "cost * up")), both_years);
}

TEST(SobolHalves, WhatIsNoSumHasNone) {
  EXPECT_TRUE(halves_of(drugs("", "min(cost, 5 DKK per year)")).empty());
  EXPECT_TRUE(halves_of(drugs("", "if cost < 5 DKK per year then cost else 0 DKK per year")).empty());
  EXPECT_TRUE(halves_of(drugs("", "cost * (cost / (5 DKK per year))")).empty());
}

/// What all rows share makes them depend on each other: a factor, a draw that they use themselves, a correlation.
TEST(SobolHalves, DrawsInCommonGiveNone) {
  EXPECT_TRUE(halves_of(drugs("shock ~ uniform(90%, 110%)\n", "cost * shock")).empty());
  const std::string text = "horizon 2026-01..2027-12 by month\ncurrency DKK\nshock ~ uniform(90%, 110%)\n"
                           "kind drug { price : DKK per year; cost : DKK per year = price * shock }\n"
                           "drug A { price ~ uniform(1 DKK per year, 2 DKK per year) }\ndrug B { price ~ uniform(1 DKK per year, 2 DKK per year) }\n"
                           "forecast f { measure = sum(cost of all drug); by = [year] }\n";
  EXPECT_TRUE(halves_of(text).empty());
  EXPECT_TRUE(halves_of(drugs("correlate prices { members = [A.price, B.price, C.price, D.price]; rank = 0.5 }\n", "cost")).empty());
}

/// Rows that move together are in the same half; the others make the other one.
TEST(SobolHalves, CorrelatedRowsStayTogether) {
  driver::Compiled compiled = compile(drugs("correlate prices { members = [A.price, D.price]; rank = 0.5 }\n", "cost"));
  spread(compiled);
  ASSERT_TRUE(compiled.plan->sobol->halves);
  int rows = 0, first = 0;
  const plan::Halves& halves = *compiled.plan->sobol->halves;
  for (std::size_t k = 0; k < halves.first.size(); ++k)
    for (std::size_t row = 0; row < halves.first[k].size(); ++row) {
      ++rows;
      first += halves.first[k][row];
    }
  EXPECT_EQ(rows, 4);
  EXPECT_EQ(first, 2);
}

/// Twelve uniforms: P50 = 12 by symmetry, and errors that are true. The sum of all is nearly normal with variance 1, so a single future's indicator
/// at P50 leaves (1 - 2 / pi) of plain Monte Carlo's variance, 1/2.75, once single draws are evenly spread. Pairs take off most of the rest.
TEST(SobolHalves, QuantilesOfPairsArePreciseAndTheirErrorsTrue) {
  std::string text = "horizon 2026..2027 by year\ncurrency DKK\nkind drug { price : DKK per year }\n";
  for (int i = 0; i < 12; ++i) text += "drug D" + std::to_string(i) + " { price ~ uniform(0.5 DKK per year, 1.5 DKK per year) }\n";
  text += "forecast f { measure = sum(price of all drug); by = [year] }\n";
  driver::Compiled compiled = compile(text);
  spread(compiled);
  const auto p50 = [](const store::Statistics& s) { return s.quantiles[store::p50_index]; };
  const auto error = [](const store::Statistics& s) { return *s.mc_error_p50; };
  const Judged pairs = judge(*compiled.plan, 0, 12, p50, error);
  EXPECT_GT(pairs.covered, 0.95 - 5 * 0.011);
  EXPECT_NEAR(pairs.stated / pairs.squares, 1, 0.5);
  EXPECT_LT(pairs.squares, 1.571 / futures / 8);   // plain: 1/4 / (n f^2), f^2 = 1 / (2 pi)
  compiled.plan->sobol->halves = std::nullopt;
  EXPECT_GT(judge(*compiled.plan, 0, 12, p50, error).squares, 2 * pairs.squares);
}

/// The same bits for any number of threads and any limit of memory, and the share over a budget goes with the quantiles.
TEST(SobolHalves, NothingButTheFuturesCounts) {
  driver::Compiled compiled = compile(drugs("", "cost"));
  spread(compiled);
  plan::Plan& plan = *compiled.plan;
  session::RunOptions run;
  run.futures = 1001;
  run.threads = 1;
  const double p90 = session::run(plan, run).value().forecasts[0][0].statistics.quantiles[store::p90_index];
  plan.report.forecasts[0].cells[0].budget = p90;
  const store::ResultSet one = session::run(plan, run).value();
  EXPECT_EQ(one.cells_of_pairs, 2u);
  EXPECT_NEAR(*one.forecasts[0][0].p_over, 0.1, 2e-6);   // a million pairs
  run.threads = 2;
  EXPECT_EQ(report::forecast_csv(session::run(plan, run).value()), report::forecast_csv(one));
  run.memory_limit = 1;
  const store::ResultSet column_by_column = session::run(plan, run).value();
  EXPECT_GT(column_by_column.passes, 1u);
  EXPECT_EQ(report::forecast_csv(column_by_column), report::forecast_csv(one));
}

}  // namespace
}  // namespace horizon
