// Fits: what an analyst stated comes back out of the fitted distribution; mistakes are named.
#include "runtime/rng/fits.hpp"

#include "oracle.hpp"
#include "runtime/rng/quantile_table.hpp"
#include "runtime/rng/special.hpp"

namespace horizon::rng {
namespace {

using oracle::Random;
using oracle::Real;

double relative(double got, double want) { return std::fabs(got - want) / std::fabs(want); }

TEST(Special, LogGamma) {
  Random r(1);
  for (int i = 0; i < 20000; ++i) {
    const double x = r.spread(0.05, 20000);
    const Real want = boost::math::lgamma(Real{x});
    ASSERT_LE(std::fabs(log_gamma(x) - want), 1e-14L + 1e-15L * std::fabs(want)) << x;
  }
  EXPECT_NEAR(gamma_function(0.5), 1.7724538509055161, 1e-14);
  EXPECT_NEAR(gamma_function(5), 24, 1e-12);
}

TEST(Special, NormalQuantileAndCdf) {
  EXPECT_DOUBLE_EQ(normal_quantile(0.9), 1.2815515655446004);
  EXPECT_DOUBLE_EQ(normal_quantile(0.95), 1.6448536269514722);
  EXPECT_DOUBLE_EQ(normal_quantile(0.975), 1.959963984540054);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_EQ(normal_quantile(0), -INFINITY);
  EXPECT_EQ(normal_quantile(1), INFINITY);
  EXPECT_TRUE(std::isnan(normal_quantile(1.1)));
  Random r(2);
  const boost::math::normal_distribution<Real> d;
  for (int i = 0; i < 20000; ++i) {
    const double p = i % 2 ? r.share() : r.spread(1e-300, 0.5);
    const Real z = quantile(d, Real{p});
    ASSERT_LE(std::fabs(normal_quantile(p) - z), 1e-15L + 2e-15L * std::fabs(z)) << p;
    const double x = r.between(-37, 8);
    const Real want = cdf(d, Real{x});
    ASSERT_LE(std::fabs(normal_cdf(x) - want), 1e-13L * want) << x;
  }
}

TEST(Special, IncompleteBetaAndGamma) {
  Random r(3);
  for (int i = 0; i < 5000; ++i) {
    const double a = r.spread(0.2, 2000), b = r.spread(0.2, 2000), k = r.spread(0.1, 10000);
    const double x = i % 2 ? r.share() : std::min(0.999, a / (a + b) * r.between(0.7, 1.4)),
                 y = k * r.between(0.5, 1.6);
    const Real beta = boost::math::ibeta(Real{a}, Real{b}, Real{x}),
               gamma = boost::math::gamma_p(Real{k}, Real{y});
    ASSERT_LE(std::fabs(beta_cdf(a, b, x) - beta), 1e-10L * beta + 1e-300L) << a << " " << b << " " << x;
    ASSERT_LE(std::fabs(gamma_cdf(k, y) - gamma), 1e-10L * gamma + 1e-300L) << k << " " << y;
  }
  EXPECT_EQ(beta_cdf(2, 3, 0), 0);
  EXPECT_EQ(beta_cdf(2, 3, 1), 1);
  EXPECT_EQ(gamma_cdf(2, -1), 0);
}

TEST(Fits, LognormalMeanAndSd) {
  Random r(4);
  for (int i = 0; i < 5000; ++i) {
    const double m = r.spread(1e-3, 1e6), s = m * r.spread(1e-3, 5);
    const auto p = lognormal_from_mean_sd(m, s);
    ASSERT_TRUE(p.has_value());
    const boost::math::lognormal_distribution<Real> d(p->mu, p->sigma);
    ASSERT_LE(relative(static_cast<double>(mean(d)), m), 1e-13);
    ASSERT_LE(relative(static_cast<double>(standard_deviation(d)), s), 1e-11);
    ASSERT_LE(relative(lognormal_mean(*p), m), 1e-13);
    ASSERT_LE(relative(lognormal_sd(*p), s), 1e-11);
  }
}

TEST(Fits, QuantilesComeBack) {
  Random r(5);
  for (int i = 0; i < 5000; ++i) {
    const double p1 = r.between(0.01, 0.6), p2 = r.between(p1 + 0.01, 0.99), x1 = r.spread(0.01, 100),
                 x2 = x1 * r.spread(1.01, 50);
    const auto n = normal_from_quantiles({p1, x1}, {p2, x2}),
               l = lognormal_from_quantiles({p1, x1}, {p2, x2});
    ASSERT_TRUE(n.has_value() && l.has_value());
    ASSERT_NEAR(normal_cdf((x1 - n->mu) / n->sigma), p1, 1e-12);
    ASSERT_NEAR(normal_cdf((x2 - n->mu) / n->sigma), p2, 1e-12);
    ASSERT_NEAR(normal_cdf((std::log(x1) - l->mu) / l->sigma), p1, 1e-12);
    ASSERT_NEAR(normal_cdf((std::log(x2) - l->mu) / l->sigma), p2, 1e-12);
    const double s1 = r.between(0.01, 0.5), s2 = r.between(0.51, 0.99);
    const auto g = logit_normal_from_quantiles({p1, s1}, {p2, s2});
    ASSERT_NEAR(normal_cdf((std::log(s1 / (1 - s1)) - g->mu) / g->sigma), p1, 1e-12);
    ASSERT_NEAR(normal_cdf((std::log(s2 / (1 - s2)) - g->mu) / g->sigma), p2, 1e-12);
  }
  const auto interval = normal_from_interval(-1.2815515655446004, 1.2815515655446004);
  EXPECT_NEAR(interval->mu, 0, 1e-15);
  EXPECT_NEAR(interval->sigma, 1, 1e-14);
  const auto ninety = lognormal_from_interval(2, 8, 0.9);
  EXPECT_NEAR(ninety->mu, std::log(4.0), 1e-15);
  EXPECT_NEAR(ninety->sigma, std::log(2.0) / 1.6448536269514722, 1e-14);
  const auto share = logit_normal_from_interval(0.2, 0.8);
  EXPECT_NEAR(share->mu, 0, 1e-15);
}

TEST(Fits, MomentsComeBack) {
  Random r(6);
  for (int i = 0; i < 5000; ++i) {
    const double m = r.between(0.05, 0.95), s = std::sqrt(m * (1 - m)) * r.between(0.03, 0.6);
    if (const auto b = beta_from_mean_sd(m, s)) {
      ASSERT_LE(relative(beta_mean(*b), m), 1e-14);
      ASSERT_LE(relative(beta_sd(*b), s), 1e-12);
    } else {
      ASSERT_EQ(b.error(), FitError::shape_out_of_range) << m << " " << s;
    }
    const double mean = r.spread(1e-3, 1e6), cv = r.spread(0.011, 2);
    const auto g = gamma_from_mean_cv(mean, cv);
    ASSERT_TRUE(g.has_value());
    ASSERT_LE(relative(g->k * g->scale, mean), 1e-15);
    ASSERT_LE(relative(std::sqrt(g->k) * g->scale, mean * cv), 1e-14);
    const double shape = r.spread(0.2, 50);
    const auto w = weibull_from_mean_shape(mean, shape);
    ASSERT_LE(relative(weibull_mean(*w), mean), 1e-14);
    const boost::math::weibull_distribution<Real> d(w->shape, w->scale);
    ASSERT_LE(relative(static_cast<double>(boost::math::mean(d)), mean), 1e-13);
  }
}

TEST(Fits, Pert) {
  const auto p = pert(55, 75, 88);
  ASSERT_TRUE(p.has_value());
  EXPECT_DOUBLE_EQ(p->a, 1 + 4 * 20 / 33.0);
  EXPECT_DOUBLE_EQ(p->b, 1 + 4 * 13 / 33.0);
  EXPECT_DOUBLE_EQ(beta_mean(*p), (55 + 4 * 75 + 88) / 6.0);
  EXPECT_EQ(pert(1, 0, 2).error(), FitError::not_increasing);
  EXPECT_EQ(pert(1, 1, 1).error(), FitError::not_increasing);
  EXPECT_TRUE(pert(0, 0, 1).has_value());
}

TEST(Fits, MistakesAreNamed) {
  EXPECT_EQ(lognormal_from_mean_sd(-1, 1).error(), FitError::mean_not_positive);
  EXPECT_EQ(lognormal_from_mean_sd(1, 0).error(), FitError::sd_not_positive);
  EXPECT_EQ(lognormal_from_mean_sd(NAN, 1).error(), FitError::not_finite);
  EXPECT_EQ(lognormal_from_interval(0, 5).error(), FitError::value_not_positive);
  EXPECT_EQ(lognormal_from_quantiles({0.9, 1}, {0.1, 2}).error(), FitError::not_increasing);
  EXPECT_EQ(lognormal_from_quantiles({0, 1}, {0.5, 2}).error(), FitError::probability);
  EXPECT_EQ(logit_normal_from_interval(0.2, 1).error(), FitError::value_not_share);
  EXPECT_EQ(normal_from_interval(3, 2).error(), FitError::not_increasing);
  EXPECT_EQ(normal_from_interval(1, 2, 1).error(), FitError::probability);
  EXPECT_EQ(normal_from_mean_sd(0, -1).error(), FitError::sd_not_positive);
  EXPECT_EQ(beta_from_mean_sd(1.2, 0.1).error(), FitError::mean_not_share);
  EXPECT_EQ(beta_from_mean_sd(0.5, 0.5).error(), FitError::sd_too_large);
  EXPECT_EQ(beta_from_shapes(0, 1).error(), FitError::shape_not_positive);
  EXPECT_EQ(beta_from_shapes(1e-3, 1).error(), FitError::shape_out_of_range);
  EXPECT_EQ(gamma_from_mean_sd(0, 1).error(), FitError::mean_not_positive);
  EXPECT_EQ(gamma_from_mean_cv(1, 1e-3).error(), FitError::shape_out_of_range);
  EXPECT_EQ(weibull_from_mean_shape(1, 0).error(), FitError::shape_not_positive);
  const double negative[] = {1, -1}, nothing[] = {0, 0};
  EXPECT_EQ(discrete_thresholds(negative).error(), FitError::probability);
  EXPECT_EQ(discrete_thresholds(nothing).error(), FitError::probability);
}

}  // namespace
}  // namespace horizon::rng
