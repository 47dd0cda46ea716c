// Quantiles of all pairs, against all pairs.
#include "runtime/aggregate/pairs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "runtime/aggregate/aggregate.hpp"

namespace horizon::aggregate {
namespace {

struct Futures {
  std::vector<double> part, sums;
};

std::vector<double> all_sums(const Futures& f, std::size_t begin, std::size_t stride) {
  std::vector<double> all;
  for (std::size_t i = begin; i < f.sums.size(); i += stride)
    for (std::size_t j = begin; j < f.sums.size(); j += stride) all.push_back(f.part[i] + (f.sums[j] - f.part[j]));
  std::sort(all.begin(), all.end());
  return all;
}

double type_7(const std::vector<double>& sorted, std::size_t percent) {
  const std::size_t along = (sorted.size() - 1) * percent, low = along / 100;
  const double rest = static_cast<double>(along % 100) / 100;
  return rest == 0 ? sorted[low] : sorted[low] + rest * (sorted[low + 1] - sorted[low]);
}

/// What kinds of numbers there are: smooth, with atoms, with far tails, whole numbers that tie.
Futures futures(int kind, std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  const auto one = [&]() -> double {
    switch (kind) {
      case 0: return 100 + normal(random);
      case 1: return uniform(random) < 0.6 ? 0.0 : uniform(random);
      case 2: return std::exp(8 * normal(random));
      case 3: return std::floor(6 * uniform(random));
      default: return uniform(random) < 0.9 ? 7.5 : -1e6 * uniform(random);
    }
  };
  Futures f;
  for (std::size_t i = 0; i < n; ++i) {
    f.part.push_back(one());
    f.sums.push_back(f.part.back() + one());
  }
  return f;
}

TEST(Pairs, QuantilesAreThoseOfAllPairs) {
  for (int kind = 0; kind < 5; ++kind) {
    for (const std::size_t n : {1u, 2u, 3u, 17u, 100u, 400u, 1100u}) {
      const Futures f = futures(kind, n, static_cast<unsigned>(n) + 1);
      const Pairs pairs(f.part, f.sums);
      const std::vector<double> all = all_sums(f, 0, 1);
      for (const std::uint32_t percent : {0u, 5u, 10u, 25u, 50u, 75u, 90u, 95u, 100u}) {
        const double expected = type_7(all, percent);
        for (const double near : {expected, 0.0, 1e9, -1e9, all.front(), all.back()})
          EXPECT_NEAR(pairs.quantile(percent, near), expected, 1e-12 * std::fabs(expected)) << kind << " " << n << " " << percent << " " << near;
      }
      for (const double budget : {all.front(), all[all.size() / 2], all.back(), 3.0}) {
        const auto over = std::count_if(all.begin(), all.end(), [&](double sum) { return sum > budget; });
        EXPECT_EQ(pairs.share_over(budget), static_cast<double>(over) / static_cast<double>(all.size()));
      }
    }
  }
}

TEST(Pairs, ErrorsAreTheSpreadOfTheRandomisations) {
  const Futures f = futures(0, 60, 5);
  const Pairs pairs(f.part, f.sums);
  store::Statistics s = summarise(f.sums);
  set_pair_quantiles(pairs, f.part, f.sums, 4, s);
  std::vector<double> p50, p90;
  for (std::size_t r = 0; r < 4; ++r) {
    p50.push_back(type_7(all_sums(f, r, 4), 50));
    p90.push_back(type_7(all_sums(f, r, 4), 90));
  }
  EXPECT_NEAR(*s.mc_error_p50, standard_error(p50), 1e-9);
  EXPECT_NEAR(*s.mc_error_p90, standard_error(p90), 1e-9);
  EXPECT_NEAR(s.quantiles[store::p95_index], type_7(all_sums(f, 0, 1), 95), 1e-9);
  EXPECT_EQ(s.mean, summarise(f.sums).mean);   // the rest stays
}

TEST(Pairs, SayMoreOnlyWhereBothHalvesVary) {
  const std::vector<double> part = {1, 1, 1}, sums = {3, 2, 5};
  EXPECT_FALSE(Pairs(part, sums).say_more());
  EXPECT_FALSE(Pairs(sums, sums).say_more());
  EXPECT_TRUE(Pairs(std::vector<double>{1, 2, 1}, sums).say_more());
  EXPECT_FALSE(Pairs(std::vector<double>{1e308, 0, 0}, std::vector<double>{1e308, 1e308, 1}).say_more());   // a pair's sum would be infinite
}

/// The sum of two uniforms, from random futures: P50 = 1 with density 1. Of the variance of the indicator, 1/4, only what single numbers explain
/// stays: 2 Var(min(1, x)...) = 2 / 12, so 2/3 of it.
TEST(Pairs, TakeOffWhatOnlyBothHalvesTogetherExplain) {
  double squares = 0, plain = 0;
  constexpr int runs = 400, n = 200;
  for (int run = 0; run < runs; ++run) {
    std::mt19937_64 random(static_cast<unsigned>(run));
    std::uniform_real_distribution<double> uniform;
    Futures f;
    for (int i = 0; i < n; ++i) {
      f.part.push_back(uniform(random));
      f.sums.push_back(f.part.back() + uniform(random));
    }
    const double off = Pairs(f.part, f.sums).quantile(50, 1) - 1, own = summarise(f.sums).quantiles[store::p50_index] - 1;
    squares += off * off / runs;
    plain += own * own / runs;
  }
  EXPECT_NEAR(squares * n, 1.0 / 6, 5 * std::sqrt(2.0 / runs) / 6);
  EXPECT_NEAR(plain * n, 1.0 / 4, 5 * std::sqrt(2.0 / runs) / 4);
}

}  // namespace
}  // namespace horizon::aggregate
