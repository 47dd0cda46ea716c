// Control variates by hand: what is linear in them has an exact mean, and a dishonest set of weights is refused.
#include "runtime/session/controls.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "runtime/aggregate/aggregate.hpp"
#include "runtime/rng/philox.hpp"
#include "runtime/rng/sobol.hpp"

namespace horizon::session {
namespace {

plan::SobolDraws draws() {
  plan::SobolDraws sobol;
  for (std::uint32_t k = 0; k < 3; ++k) sobol.draws.push_back({100 + k, 0, k});
  const plan::ControlFactor chance{0, 0.37}, x{1, {}}, y{2, {}};
  sobol.controls = {{chance, {}}, {chance, x}, {chance, y}};
  return sobol;
}

double uniform(const plan::SobolDraws& sobol, std::size_t draw, std::uint64_t seed, std::uint64_t future) {
  rng::ScalarArith a;
  return rng::uniform_of(a, rng::sobol_bits(seed, sobol.draws[draw], future)).u;
}

/// 5 + 2 c + 3 c (x - 1/2), plus `rest` times a function that is none of the controls.
std::vector<double> column(const plan::SobolDraws& sobol, std::uint64_t seed, std::uint64_t futures, double rest) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < futures; ++i) {
    const double c = (uniform(sobol, 0, seed, i) < 0.37 ? 1.0 : 0.0) - 0.37, x = uniform(sobol, 1, seed, i), y = uniform(sobol, 2, seed, i);
    values.push_back(5 + 2 * c + 3 * c * (x - 0.5) + rest * (x - 0.5) * (y - 0.5));
  }
  return values;
}

store::Statistics adjusted(const std::vector<double>& values, const Adjustment& adjustment) {
  store::Statistics s = aggregate::summarise(values);
  aggregate::set_replicate_errors(values, rng::kSobolReplicates, adjustment.weights, s);
  return s;
}

TEST(Controls, WhatIsLinearInThemHasAnExactMean) {
  const plan::SobolDraws sobol = draws();
  for (const std::uint64_t futures : {200u, 512u, 1001u}) {   // randomisations of one length and of two
    const Adjustment a = adjustment(sobol, 7, futures);
    ASSERT_EQ(a.controls, 3u);
    ASSERT_EQ(a.weights.size(), futures * rng::kSobolReplicates);
    const store::Statistics s = adjusted(column(sobol, 7, futures, 0), a);
    EXPECT_NEAR(s.mean, 5, 1e-13) << futures;
    EXPECT_NEAR(*s.mc_error, 0, 1e-13) << futures;
  }
}

/// With a rest, the stated error is that of the rest; over 300 seeds its mean square is the true one within 5 standard errors of 0.1.
TEST(Controls, TheErrorIsThatOfTheRest) {
  const plan::SobolDraws sobol = draws();
  double squares = 0, stated = 0, plain = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const std::vector<double> values = column(sobol, seed, 512, 1);
    const store::Statistics s = adjusted(values, adjustment(sobol, seed, 512));
    squares += (s.mean - 5) * (s.mean - 5);
    stated += *s.mc_error * *s.mc_error;
    const double raw = aggregate::summarise(values).mean;
    plain += (raw - 5) * (raw - 5);
  }
  EXPECT_NEAR(stated / squares, 1, 0.5);
  EXPECT_LT(squares, plain / 10);
}

TEST(Controls, NoMoreThanTheFuturesBear) {
  plan::SobolDraws sobol = draws();
  EXPECT_EQ(adjustment(sobol, 1, 63).controls, 0u);
  EXPECT_EQ(adjustment(sobol, 1, 128).controls, 2u);
  EXPECT_TRUE(adjustment(sobol, 1, 63).weights.empty());
  sobol.controls.clear();
  EXPECT_EQ(adjustment(sobol, 1, 4096).controls, 0u);
}

/// One that is another once more, and a chance so small that it never comes true, say nothing: the rest does its work.
TEST(Controls, WhatSaysNothingIsLeftOut) {
  plan::SobolDraws sobol = draws();
  sobol.draws.push_back({103, 0, 3});
  sobol.controls.push_back(sobol.controls[1]);
  sobol.controls.push_back({{3, 1e-12}, {}});
  const Adjustment a = adjustment(sobol, 7, 512);
  EXPECT_EQ(a.controls, 5u);
  EXPECT_NEAR(adjusted(column(sobol, 7, 512, 0), a).mean, 5, 1e-13);
}

}  // namespace
}  // namespace horizon::session
