// Samplers of one formula against Boost.Math at random draws, deep tails as often as the middle.
#include "runtime/rng/quantile.hpp"

#include "oracle.hpp"
#include "runtime/rng/fits.hpp"

namespace horizon::rng {
namespace {

using oracle::miss;
using oracle::Random;
using oracle::Real;
using oracle::tail_of;

constexpr double kInf = INFINITY;
constexpr double kPromise = 1e-9;
ScalarArith a;

TEST(Quantile, NormalInverse) {
  Random r(1);
  const boost::math::normal_distribution<Real> d;
  double worst = 0;
  for (int depth = 0; depth < 52; ++depth) {
    for (int i = 0; i < 1000; ++i) {
      const auto bits = r.draw(depth);
      worst = std::max(worst, miss(normal_inverse(a, bits), bits, -kInf, kInf, tail_of(d)));
    }
  }
  EXPECT_LE(worst, kPromise);
  oracle::report("normal", worst);
}

TEST(Quantile, NormalIsSymmetricToTheBit) {
  Random r(2);
  for (int i = 0; i < 10000; ++i) {
    const auto bits = r.draw();
    ASSERT_EQ(normal_inverse(a, bits), -normal_inverse(a, bits ^ (std::uint64_t{1} << 63)));
  }
}

TEST(Quantile, Normal) {
  Random r(3);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double mean = r.between(-1e4, 1e4), sd = r.spread(1e-6, 1e6);
    const boost::math::normal_distribution<Real> d(mean, sd);
    ASSERT_LE(miss(normal_quantile(a, mean, sd, bits), bits, -kInf, kInf, tail_of(d)), kPromise);
  }
}

TEST(Quantile, Lognormal) {
  Random r(4);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double mu = r.between(-25, 25), sigma = r.spread(1e-4, 10);
    const boost::math::lognormal_distribution<Real> d(mu, sigma);
    ASSERT_LE(miss(lognormal_quantile(a, mu, sigma, bits), bits, 0, kInf, tail_of(d)), kPromise)
        << mu << " " << sigma;
  }
}

TEST(Quantile, LogitNormal) {
  Random r(5);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double mu = r.between(-8, 8), sigma = r.spread(1e-3, 4);
    const boost::math::normal_distribution<Real> d(mu, sigma);
    const auto tail = [&](Real x, bool upper) -> Real {
      if (x <= 0) return upper ? 1 : 0;
      if (x >= 1) return upper ? 0 : 1;
      const Real z = std::log(x) - std::log1p(-x);
      return upper ? cdf(complement(d, z)) : cdf(d, z);
    };
    ASSERT_LE(miss(logit_normal_quantile(a, mu, sigma, bits), bits, 0, 1, tail), kPromise)
        << mu << " " << sigma;
  }
}

TEST(Quantile, Uniform) {
  Random r(6);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double low = r.between(-1e3, 1e3), high = low + r.spread(1e-6, 1e6);
    const boost::math::uniform_distribution<Real> d(low, high);
    ASSERT_LE(miss(uniform_quantile(a, low, high, bits), bits, low, high, tail_of(d)), kPromise);
  }
}

TEST(Quantile, Exponential) {
  Random r(7);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double mean = r.spread(1e-6, 1e6);
    const boost::math::exponential_distribution<Real> d(1 / static_cast<Real>(mean));
    ASSERT_LE(miss(exponential_quantile(a, mean, bits), bits, 0, kInf, tail_of(d)), kPromise);
  }
}

TEST(Quantile, Weibull) {
  Random r(8);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double shape = r.spread(0.1, 100), scale = r.spread(1e-6, 1e6);
    const boost::math::weibull_distribution<Real> d(shape, scale);
    ASSERT_LE(miss(weibull_quantile(a, 1 / shape, scale, bits), bits, 0, kInf, tail_of(d)), kPromise);
  }
}

TEST(Quantile, Triangular) {
  Random r(9);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double low = r.between(-1e3, 1e3), high = low + r.spread(1e-2, 1e4);
    const double mode = i % 10 == 0 ? low : i % 10 == 1 ? high : r.between(low, high);
    const boost::math::triangular_distribution<Real> d(low, mode, high);
    ASSERT_LE(miss(triangular_quantile(a, low, mode, high, bits), bits, low, high, tail_of(d)), kPromise);
  }
}

TEST(Quantile, ChanceIsExactAndMonotone) {
  Random r(10);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw();
    const double u = uniform_of(a, bits).u;
    EXPECT_FALSE(chance(a, u, bits));
    EXPECT_TRUE(chance(a, std::nextafter(u, 2.0), bits));
    const double p = r.share(), q = r.between(p, 1);
    ASSERT_TRUE(!chance(a, p, bits) || chance(a, q, bits));
    ASSERT_TRUE(chance(a, 1.0, bits));
    ASSERT_FALSE(chance(a, 0.0, bits));
    ASSERT_FALSE(chance(a, std::nan(""), bits));
  }
}

TEST(Quantile, DiscreteTakesValuesInTheGivenOrder) {
  const double weights[] = {1, 0, 3, 4}, values[] = {10, 20, 30, 5};
  const auto cumulated = discrete_thresholds(weights);
  ASSERT_TRUE(cumulated.has_value());
  EXPECT_EQ(*cumulated, (std::vector<double>{0.125, 0.125, 0.5, 1}));
  Random r(11);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = r.draw(0);
    const double u = uniform_of(a, bits).u;
    const double want = u < 0.125 ? 10 : u < 0.5 ? 30 : 5;
    ASSERT_EQ(
        discrete_quantile(a, std::span<const double>(values), std::span<const double>(*cumulated), bits),
        want);
  }
}

}  // namespace
}  // namespace horizon::rng
