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

}  // namespace
}  // namespace horizon
