#include "compiler/codegen/soft_fma.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace horizon {
namespace {

testing::AssertionResult same(double a, double b, double c) {
  const double expected = std::fma(a, b, c), found = codegen::soft_fma(a, b, c);
  if (std::isnan(expected) && std::isnan(found)) return testing::AssertionSuccess();
  if (std::bit_cast<std::uint64_t>(expected) == std::bit_cast<std::uint64_t>(found)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << std::hexfloat << a << " * " << b << " + " << c << " is " << expected
                                     << ", not " << found;
}

TEST(SoftFma, EdgesInAllCombinations) {
  std::vector<double> edges = {0.0, 1.0, 1.5, 3.0, 0x1p-1074, 0x1p-1073, 0x1.8p-1073, 0x1.fffffffffffffp-1023, 0x1p-1022,
                               0x1.0000000000001p-1022, 0x1p-1021, 0x1p-537, 0x1p-538, 0x1.8p-538, 0x1p-52, 0x1p-53,
                               0x1.0000000000001p0, 0x1.fffffffffffffp-1, 0x1.fffffffffffffp0, 0x1p52, 0x1p53,
                               0x1.fffffffffffffp52, 0x1p511, 0x1p512, 0x1p1023, 0x1.fffffffffffffp1023, 0x1p970,
                               0x1.fffffffffffffp969, std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()};
  for (std::size_t i = 0, n = edges.size(); i < n; ++i) edges.push_back(-edges[i]);
  for (const double a : edges) {
    for (const double b : edges) {
      for (const double c : edges) ASSERT_TRUE(same(a, b, c));
    }
  }
}

TEST(SoftFma, RandomBits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1'000'000; ++i)
    ASSERT_TRUE(same(std::bit_cast<double>(random()), std::bit_cast<double>(random()), std::bit_cast<double>(random())));
}

/// Addends near the product: cancellation, ties, and sums that just round.
TEST(SoftFma, RandomNearCancellation) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 1'000'000; ++i) {
    const auto any = [&] {   // few significant bits, so that ties happen
      const int bits = static_cast<int>(random() % 53);
      return std::ldexp(static_cast<double>(random() >> (11 + bits)), static_cast<int>(random() % 40) - 60);
    };
    const double a = any(), b = any();
    const double near = a * b * (random() % 2 == 0 ? -1 : 1);
    ASSERT_TRUE(same(a, b, std::bit_cast<double>(std::bit_cast<std::uint64_t>(near) + random() % 5 - 2)));
    ASSERT_TRUE(same(a, b, std::ldexp(near, static_cast<int>(random() % 240) - 120)));
  }
}

/// Results below the normal range, where fewer bits are kept.
TEST(SoftFma, RandomSubnormalResults) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 1'000'000; ++i) {
    const auto any = [&](int exponent) {
      return std::ldexp(1.0 + static_cast<double>(random() >> 12) * 0x1p-52, exponent + static_cast<int>(random() % 60));
    };
    const double a = any(-560), b = any(-560), c = any(-1110) * (random() % 2 == 0 ? 1 : -1);
    ASSERT_TRUE(same(a, b, c));
    ASSERT_TRUE(same(a, -b, std::bit_cast<double>(random() % 4096)));
  }
}

}  // namespace
}  // namespace horizon
