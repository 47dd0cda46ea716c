// The Poisson sampler against Boost.Math.
#include "runtime/rng/poisson.hpp"

#include "oracle.hpp"

namespace horizon::rng {
namespace {

using oracle::Random;
using oracle::Real;

/// P(X <= k) > u, but not P(X <= k - 1): both with the slack that draws promise.
void check(double mean, std::uint64_t bits) {
  ScalarArith a;
  const auto u = uniform_of(a, bits);
  const double k = poisson_quantile(mean, bits);
  ASSERT_EQ(k, std::floor(k));
  ASSERT_GE(k, 0);
  const boost::math::poisson_distribution<Real> d(mean);
  const Real slack = 1e-9L * u.w;
  if (bits >> 63 != 0) {
    ASSERT_LT(cdf(complement(d, k)), u.v + slack) << mean;
    if (k > 0) {
      ASSERT_GE(cdf(complement(d, k - 1)), u.v - slack) << mean;
    }
  } else {
    ASSERT_GT(cdf(d, k), u.u - slack) << mean;
    if (k > 0) {
      ASSERT_LE(cdf(d, k - 1), u.u + slack) << mean;
    }
  }
}

TEST(Poisson, AgreesWithBoost) {
  Random r(21);
  for (int i = 0; i < 20000; ++i) check(r.spread(1e-6, 1e3), r.draw());
  for (int i = 0; i < 300; ++i) check(r.spread(1e3, kLargestPoissonMean), r.draw());
}

TEST(Poisson, RisesWithTheUniform) {
  ScalarArith a;
  Random r(22);
  for (const double mean : {0.3, 7.0, 40.5, 3000.0}) {
    std::vector<std::pair<double, double>> points;
    for (int i = 0; i < 3000; ++i) {
      const auto bits = r.draw();
      const auto u = uniform_of(a, bits);
      points.emplace_back(bits >> 63 != 0 ? -u.v : u.u - 1, poisson_quantile(mean, bits));
    }
    std::sort(points.begin(), points.end());
    for (std::size_t i = 1; i < points.size(); ++i) ASSERT_LE(points[i - 1].second, points[i].second);
  }
}

TEST(Poisson, OfNothingAndOfWhatCannotBe) {
  EXPECT_EQ(poisson_quantile(0, 5), 0);
  EXPECT_TRUE(std::isnan(poisson_quantile(-1, 5)));
  EXPECT_TRUE(std::isnan(poisson_quantile(2 * kLargestPoissonMean, 5)));
  EXPECT_TRUE(std::isnan(poisson_quantile(NAN, 5)));
}

}  // namespace
}  // namespace horizon::rng
