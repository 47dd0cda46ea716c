// Correlated draws: the normal's tail, bits from a normal, the rank correlation that comes out.
#include "runtime/rng/correlate.hpp"

#include <algorithm>
#include <numeric>

#include "oracle.hpp"
#include "runtime/rng/draw_key.hpp"

namespace horizon::rng {
namespace {

ScalarArith a;

TEST(Correlate, NormalTailAgreesWithBoost) {
  const boost::math::normal_distribution<long double> d;
  for (double z = 0; z < 37; z += 0.0037) {
    const auto exact = static_cast<double>(cdf(complement(d, static_cast<long double>(z))));
    ASSERT_NEAR(normal_tail(a, z) / exact, 1, 1e-14) << z;
    ASSERT_EQ(normal_tail(a, z), normal_tail(a, -z));
  }
}

TEST(Correlate, ANormalsBitsGiveTheNormalBack) {
  oracle::Random r(31);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double z = normal_inverse(a, bits);
    const auto back = bits_of_normal(a, z);
    ASSERT_EQ(back >> 63, bits >> 63);
    // Within the grid of uniforms, and what the normal's digits leave.
    ASSERT_NEAR(uniform_of(a, back).w, uniform_of(a, bits).w, 0x1p-52 + 1e-9 * uniform_of(a, bits).w);
  }
  EXPECT_EQ(uniform_of(a, bits_of_normal(a, 0.0)).w, 0.5 - 0x1p-53);
  EXPECT_EQ(uniform_of(a, bits_of_normal(a, 40.0)).v, 0x1p-53);
  EXPECT_EQ(uniform_of(a, bits_of_normal(a, -40.0)).u, 0x1p-53);
}

/// Of the uniforms of two members.
double rank_correlation(double rank, double sign) {
  const Loadings l = loadings(rank);
  constexpr int n = 40000;
  double sum = 0;
  for (std::uint64_t future = 0; future < n; ++future) {
    const auto factor = draw_bits(1, draw_id("climate"), future);
    const auto x = correlated_bits(a, draw_bits(1, draw_id("x"), future), factor, l.shared, l.own);
    const auto y = correlated_bits(a, draw_bits(1, draw_id("y"), future), factor, sign * l.shared, l.own);
    sum += (uniform_of(a, x).u - 0.5) * (uniform_of(a, y).u - 0.5);
  }
  return 12 * sum / n;
}

TEST(Correlate, TheRankCorrelationIsTheOneAskedFor) {
  for (const double rank : {0.0, 0.2, 0.4, 0.8, 1.0}) {
    EXPECT_NEAR(rank_correlation(rank, 1), rank, 0.02) << rank;
    EXPECT_NEAR(rank_correlation(rank, -1), -rank, 0.02) << rank;
  }
}

TEST(Correlate, LoadingsAreThoseOfTheFormula) {
  EXPECT_EQ(loadings(0).shared, 0);
  EXPECT_EQ(loadings(0).own, 1);
  EXPECT_NEAR(loadings(1).shared, 1, 1e-15);
  for (double rank = 0.05; rank < 1; rank += 0.05) {
    const Loadings l = loadings(rank);
    EXPECT_NEAR(l.shared * l.shared, 2 * std::sin(M_PI * rank / 6), 1e-15);
    EXPECT_NEAR(l.shared * l.shared + l.own * l.own, 1, 1e-15);
  }
}

}  // namespace
}  // namespace horizon::rng
