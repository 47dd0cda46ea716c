// Sobol points against the published table and their defining property; scrambling keeps it and is random.
#include "runtime/rng/sobol.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include "runtime/rng/philox.hpp"

namespace horizon::rng {
namespace {

constexpr double two32 = 4294967296.0;

/// Rows of new-joe-kuo-6.21201 as published: dimension (from 1), degree, inner coefficients of the
/// polynomial, m_1 ... m_s.
struct Row {
  std::uint32_t d, s, a;
  std::vector<std::uint32_t> m;
};
const Row published[] = {{2, 1, 0, {1}},
                         {3, 2, 1, {1, 3}},
                         {4, 3, 1, {1, 3, 1}},
                         {5, 3, 2, {1, 1, 1}},
                         {6, 4, 1, {1, 1, 3, 3}},
                         {7, 4, 4, {1, 3, 5, 13}},
                         {8, 5, 2, {1, 1, 5, 5, 17}},
                         {9, 5, 4, {1, 1, 5, 5, 5}},
                         {10, 5, 7, {1, 1, 7, 11, 19}}};

/// Direction numbers by the recurrence in the authors' notes (Joe and Kuo, "Notes on generating Sobol
/// sequences", 2008).
std::vector<std::uint32_t> directions(const Row& row) {
  std::vector<std::uint32_t> v(33);
  for (std::uint32_t k = 1; k <= 32; ++k) {
    if (k <= row.s) {
      v[k] = row.m[k - 1] << (32 - k);
      continue;
    }
    v[k] = v[k - row.s] ^ v[k - row.s] >> row.s;
    for (std::uint32_t i = 1; i < row.s; ++i)
      if ((row.a >> (row.s - 1 - i) & 1) != 0) v[k] ^= v[k - i];
  }
  return v;
}

TEST(Sobol, FirstDimensionReversesTheIndex) {
  const double expected[] = {0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875};
  for (std::uint32_t i = 0; i < 8; ++i) EXPECT_EQ(sobol_point(0, i) / two32, expected[i]);
}

TEST(Sobol, DirectionNumbersAreThePublishedOnes) {
  for (const Row& row : published) {
    const auto v = directions(row);
    for (std::uint32_t k = 0; k < 32; ++k)
      EXPECT_EQ(sobol_point(row.d - 1, std::uint32_t{1} << k), v[k + 1]) << row.d << ' ' << k;
  }
}

TEST(Sobol, PointsAreLinearInTheDigitsOfTheIndex) {
  for (const std::uint32_t d : {0u, 1u, 5u, 99u, kSobolDimensions - 1}) {
    for (std::uint32_t i = 1; i < 5000; i += 37)
      EXPECT_EQ(sobol_point(d, i),
                sobol_point(d, i & (i - 1)) ^ sobol_point(d, std::uint32_t{1} << std::countr_zero(i)));
  }
}

/// 2^m points from an aligned index, one in each interval of length 2^-m: every dimension by itself.
TEST(Sobol, EveryDimensionIsStratified) {
  for (std::uint32_t d = 0; d < kSobolDimensions; ++d) {
    for (const std::uint32_t first : {0u, 3u * 256u}) {
      std::set<std::uint32_t> cells;
      for (std::uint32_t i = first; i < first + 256; ++i) cells.insert(sobol_point(d, i) >> 24);
      ASSERT_EQ(cells.size(), 256u) << d;
    }
  }
}

double uniform(std::uint64_t bits) {
  ScalarArith a;
  return uniform_of(a, bits).u;
}

/// All elementary intervals 2^-a x 2^-b of the first two dimensions, a + b = 8, hold one of 256 points; so
/// they do after scrambling, in each randomisation, and for the shuffled points of a group.
TEST(Sobol, ScrambledPointsFillEachElementaryInterval) {
  for (const std::uint64_t group : {std::uint64_t{0}, std::uint64_t{77}}) {
    const HzSobolDraw x{11, group, 0}, y{12, group, 1};
    for (std::uint64_t r = 0; r < kSobolReplicates; ++r) {
      for (int a = 0; a <= 8; ++a) {
        std::set<std::pair<int, int>> cells;
        for (std::uint64_t i = 512; i < 768; ++i) {
          const std::uint64_t future = i * kSobolReplicates + r;
          const double u = uniform(sobol_bits(5, x, future)), v = uniform(sobol_bits(5, y, future));
          cells.emplace(static_cast<int>(std::ldexp(u, a)), static_cast<int>(std::ldexp(v, 8 - a)));
        }
        ASSERT_EQ(cells.size(), 256u) << group << ' ' << r << ' ' << a;
      }
    }
  }
}

TEST(Sobol, GroupsReorderAlignedRunsOfPoints) {
  for (const std::uint64_t group : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xffff'ffff'ffff'ffff}}) {
    for (std::uint32_t length = 1; length <= 4096; length *= 2) {
      std::set<std::uint32_t> places;
      for (std::uint32_t i = 0; i < length; ++i) places.insert(sobol_place(group, 3 * length + i) / length);
      EXPECT_EQ(places.size(), 1u);
      places.clear();
      for (std::uint32_t i = 0; i < length; ++i) places.insert(sobol_place(group, 3 * length + i) % length);
      EXPECT_EQ(places.size(), length);
    }
    for (std::uint32_t i = 1; i != 0; i = i * 5 + 3 < i ? 0 : i * 5 + 3)
      EXPECT_EQ(sobol_place(group, i), group == 0 ? i : sobol_place(group, i & (i - 1)) ^ sobol_place(group, i & (~i + 1)));
  }
}

/// The mean of (u - 1/2)(v - 1/2) over 512 points of a randomisation, u and v first dimensions of two groups: over pairs of groups its
/// variance is that of independent draws, 1 / 144 / 512, or less. 200 pairs: within 5 standard errors of about 0.15.
TEST(Sobol, GroupsMeetNoWorseThanIndependentDraws) {
  double squares = 0;
  for (std::uint64_t g = 1; g <= 200; ++g) {
    const HzSobolDraw x{2 * g, g, 0}, y{2 * g + 1, 1000 + g, 0};
    double mean = 0;
    for (std::uint64_t i = 0; i < 512; ++i) {
      const std::uint64_t future = i * kSobolReplicates + g % kSobolReplicates;
      mean += (uniform(sobol_bits(3, x, future)) - 0.5) * (uniform(sobol_bits(3, y, future)) - 0.5) / 512;
    }
    squares += mean * mean / 200;
  }
  EXPECT_LT(squares * 144 * 512, 1.75);
}

TEST(Sobol, ScramblingIsNested) {  // two values that agree in their first k digits do so afterwards, and
                                   // differ in the next
  for (std::uint32_t key = 1; key < 2000; key += 13) {
    for (int k = 0; k < 32; ++k) {
      const std::uint32_t x = key * 2654435761u, y = x ^ 0x80000000u >> k;
      EXPECT_EQ(std::countl_zero(nested_scramble(x, key * 40503u) ^ nested_scramble(y, key * 40503u)), k);
    }
  }
}

/// Any one point is uniform over the seeds: mean 1/2 and variance 1/12 within five standard errors, over
/// 4,096 seeds.
TEST(Sobol, EachPointIsUniformOverTheSeeds) {
  constexpr int seeds = 4096;
  for (const std::uint64_t group : {std::uint64_t{0}, std::uint64_t{9}}) {
    for (const std::uint64_t future : {0u, 1u, 8u, 801u, 4095u}) {
      const HzSobolDraw draw{42, group, 3};
      double sum = 0, squares = 0;
      for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const double u = uniform(sobol_bits(seed, draw, future)) - 0.5;
        sum += u;
        squares += u * u;
      }
      EXPECT_NEAR(sum / seeds, 0, 5 * std::sqrt(1.0 / 12 / seeds)) << group << ' ' << future;
      EXPECT_NEAR(squares / seeds, 1.0 / 12, 5 * std::sqrt(1.0 / 180 / seeds)) << group << ' ' << future;
    }
  }
}

/// The randomisations and the draws are independent: the correlation over seeds is within five standard
/// errors of 0.
TEST(Sobol, RandomisationsAndDrawsAreUncorrelated) {
  constexpr int seeds = 4096;
  const HzSobolDraw draw{42, 0, 3}, other{43, 0, 3}, grouped{43, 7, 3};
  const auto correlation = [&](const HzSobolDraw& x, std::uint64_t i, const HzSobolDraw& y, std::uint64_t j) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed)
      sum += (uniform(sobol_bits(seed, x, i)) - 0.5) * (uniform(sobol_bits(seed, y, j)) - 0.5);
    return 12 * sum / seeds;
  };
  const double bound = 5 / std::sqrt(1.0 * seeds);
  EXPECT_NEAR(correlation(draw, 16, draw, 17), 0, bound);
  EXPECT_NEAR(correlation(draw, 16, draw, 23), 0, bound);
  EXPECT_NEAR(correlation(draw, 16, other, 16), 0, bound);
  EXPECT_NEAR(correlation(draw, 16, grouped, 16), 0, bound);
  EXPECT_NEAR(correlation(draw, 8, draw, std::uint64_t{8} << 32), 0, bound);  // beyond 2^32 indices
}

TEST(Sobol, BlocksAreTheSingleFutures) {
  for (const HzSobolDraw& draw : {HzSobolDraw{1, 0, 0}, HzSobolDraw{99, 0, 700}, HzSobolDraw{5, 123, 6}}) {
    for (const std::uint64_t first :
         {std::uint64_t{0}, std::uint64_t{256}, std::uint64_t{200}, std::uint64_t{8} << 32}) {
      std::vector<std::uint64_t> bits(256);
      sobol_block(3, draw, first, 256, bits.data());
      for (std::uint64_t l = 0; l < 256; ++l)
        ASSERT_EQ(bits[l], sobol_bits(3, draw, first + l)) << first << ' ' << l;
    }
  }
}

TEST(Sobol, BitsHaveTheLayoutOfADraw) {
  const HzSobolDraw draw{8, 0, 2};
  for (std::uint64_t f = 0; f < 4096; ++f) {
    const std::uint64_t bits = sobol_bits(1, draw, f);
    EXPECT_EQ(bits & ~(std::uint64_t{1} << 63 | HZ_DRAW_N_MASK | HZ_DRAW_N_ODD), 0u);
    EXPECT_EQ(bits & 1, 1u);
    EXPECT_GT(uniform(bits), 0);
    EXPECT_LT(uniform(bits), 1);
  }
}

}  // namespace
}  // namespace horizon::rng
