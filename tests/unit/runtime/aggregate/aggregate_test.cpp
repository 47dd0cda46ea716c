#include "runtime/aggregate/aggregate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <random>

namespace horizon::aggregate {
namespace {

std::vector<double> from_sort(std::vector<double> values, const std::vector<std::uint64_t>& ranks) {
  std::sort(values.begin(), values.end());
  std::vector<double> out;
  for (std::uint64_t r : ranks) out.push_back(values[r]);
  return out;
}

std::vector<std::uint64_t> some_ranks(std::mt19937_64& random, std::size_t n) {
  std::vector<std::uint64_t> ranks = {0, n - 1};
  for (int i = 0; i < 20; ++i) ranks.push_back(random() % n);
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

enum class Shape { Normal, Ties, Constant, HugeOutlier, Geometric, Extreme, Sorted, MostlyZero };

double draw(Shape shape, std::mt19937_64& random, std::size_t i) {
  const double z = std::normal_distribution<double>()(random);
  switch (shape) {
    case Shape::Normal:
      return 1e9 + 1e7 * z;
    case Shape::Ties:
      return std::floor(3 * z);
    case Shape::Constant:
      return 0.1;
    case Shape::HugeOutlier:
      return i == 17 ? 1e30 : z;
    case Shape::Geometric:
      return std::ldexp(1 + std::fabs(z), static_cast<int>(random() % 2000) - 1000);
    case Shape::Extreme:
      return (random() % 2 ? 1 : -1) * 1.7e308 * static_cast<double>(random() % 100) / 100;
    case Shape::Sorted:
      return static_cast<double>(i);
    case Shape::MostlyZero:
      return random() % 10 ? 0.0 : z;
  }
  return 0;
}

TEST(OrderStatistics, AreThoseOfAFullSort) {
  std::mt19937_64 random(7);
  for (Shape shape : {Shape::Normal, Shape::Ties, Shape::Constant, Shape::HugeOutlier, Shape::Geometric,
                      Shape::Extreme, Shape::Sorted, Shape::MostlyZero}) {
    for (std::size_t n : {1u, 2u, 3u, 100u, 2048u, 2049u, 10'000u, 70'001u}) {
      std::vector<double> values(n);
      for (std::size_t i = 0; i < n; ++i) values[i] = draw(shape, random, i);
      const auto ranks = some_ranks(random, n);
      EXPECT_EQ(order_statistics(values, ranks), from_sort(values, ranks))
          << "shape " << int(shape) << ", n " << n;
    }
  }
}

TEST(Summarise, QuantilesAreTypeSeven) {
  // R: quantile(c(3, 1, 4, 1, 5, 9, 2, 6), c(.05, .1, .25, .5, .75, .9, .95), type = 7)
  const std::vector<double> values = {3, 1, 4, 1, 5, 9, 2, 6};
  const auto s = summarise(values);
  const double expected[] = {1, 1, 1.75, 3.5, 5.25, 6.9, 7.95};
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(s.quantiles[i], expected[i], 1e-14) << i;
  EXPECT_DOUBLE_EQ(s.mean, 3.875);
  EXPECT_NEAR(*s.sd, 2.7483761439, 1e-9);  // R: sd(...)
  EXPECT_NEAR(*s.mc_error, 2.7483761439 / std::sqrt(8.0), 1e-9);
}

TEST(Summarise, OneFutureHasNoSpread) {
  const std::vector<double> values = {42.5};
  const auto s = summarise(values);
  EXPECT_EQ(s.mean, 42.5);
  EXPECT_FALSE(s.sd || s.mc_error || s.mc_error_p50 || s.mc_error_p90);
  for (double q : s.quantiles) EXPECT_EQ(q, 42.5);
}

TEST(Summarise, TwoFutures) {
  const std::vector<double> values = {1, 3};
  const auto s = summarise(values);
  EXPECT_EQ(s.mean, 2);
  EXPECT_DOUBLE_EQ(*s.sd, std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(s.quantiles[0], 1.1);
  EXPECT_TRUE(std::isfinite(*s.mc_error_p50) && *s.mc_error_p50 > 0);
}

TEST(Summarise, AConstantIsExact) {
  const std::vector<double> values(12'345, 0.1);
  const auto s = summarise(values);
  EXPECT_EQ(s.mean, 0.1);
  EXPECT_EQ(*s.sd, 0);
  EXPECT_EQ(*s.mc_error_p50, 0);
}

TEST(Summarise, LosesNoDigitsBesideALargeMean) {
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) values.push_back(1e12 + (i % 2));
  const auto s = summarise(values);
  EXPECT_DOUBLE_EQ(s.mean, 1e12 + 0.5);
  EXPECT_NEAR(*s.sd, 0.5 * std::sqrt(100'000.0 / 99'999.0), 1e-9);
}

// The errors themselves, against closed forms: over many repetitions an estimate scatters as much as it says
// it does, and lies within four of its own standard errors of the truth.
template <class Distribution>
void check_errors(const Distribution& truth, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(1e-12, 1 - 1e-12);
  constexpr int repetitions = 400, n = 2000;
  double z_mean = 0, z_p50 = 0, z_p90 = 0;
  for (int r = 0; r < repetitions; ++r) {
    std::vector<double> values(n);
    for (double& x : values) x = quantile(truth, uniform(random));
    const auto s = summarise(values);
    z_mean += std::pow((s.mean - mean(truth)) / *s.mc_error, 2);
    z_p50 += std::pow((s.quantiles[store::p50_index] - quantile(truth, 0.5)) / *s.mc_error_p50, 2);
    z_p90 += std::pow((s.quantiles[store::p90_index] - quantile(truth, 0.9)) / *s.mc_error_p90, 2);
  }
  // Mean of squared z over 400 repetitions: 1, with standard error sqrt(2 / 400) = 0.07; estimated errors add
  // a little.
  for (double z : {z_mean, z_p50, z_p90}) EXPECT_NEAR(z / repetitions, 1, 0.35);
}

TEST(MonteCarloErrors, HoldForTheNormal) { check_errors(boost::math::normal(5, 2), 3); }
TEST(MonteCarloErrors, HoldForTheExponential) { check_errors(boost::math::exponential(0.5), 4); }

TEST(ShareOver, IsStrict) {
  const std::vector<double> values = {1, 2, 2, 3};
  EXPECT_EQ(share_over(values, 2), 0.25);
  EXPECT_EQ(share_over(values, 1.5), 0.75);
  EXPECT_EQ(share_over(values, std::numeric_limits<double>::infinity()), 0);
}

}  // namespace
}  // namespace horizon::aggregate
