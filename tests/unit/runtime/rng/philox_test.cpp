// Philox against the known answers of Random123 and against its header; the layout of a draw.
#include "runtime/rng/philox.hpp"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <random>

namespace horizon::rng {
namespace {

std::array<std::uint32_t, 4> block(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  ScalarArith a;
  const auto x = philox_block(a, std::uint64_t{c[0]}, std::uint64_t{c[1]}, std::uint64_t{c[2]},
                              std::uint64_t{c[3]}, std::uint64_t{k[0]}, std::uint64_t{k[1]});
  std::array<std::uint32_t, 4> low{};
  for (std::size_t i = 0; i < 4; ++i) low[i] = static_cast<std::uint32_t>(x[i]);
  return low;
}

using Four = std::array<std::uint32_t, 4>;

TEST(Philox, KnownAnswers) {  // kat_vectors of Random123: philox4x32 10
  EXPECT_EQ(block({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t f = 0xffffffff;
  EXPECT_EQ(block({f, f, f, f}, {f, f}), (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, AgreesWithRandom123OnRandomCounters) {
  std::mt19937 r(1);
  for (int i = 0; i < 20000; ++i) {
    philox4x32_ctr_t c;
    philox4x32_key_t k;
    for (auto& v : c.v) v = static_cast<std::uint32_t>(r());
    for (auto& v : k.v) v = static_cast<std::uint32_t>(r());
    const auto want = philox4x32(c, k);
    const auto got = block({c.v[0], c.v[1], c.v[2], c.v[3]}, {k.v[0], k.v[1]});
    for (std::size_t j = 0; j < 4; ++j) ASSERT_EQ(got[j], want.v[j]);
  }
}

TEST(Draw, CounterIsPairThenIdAndKeyIsSeed) {
  const std::uint64_t seed = 0x0123456789abcdef, id = 0xfedcba9876543210;
  for (const std::uint64_t future :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{0x123456789abcdef}}) {
    const std::uint64_t pair = future / 2;
    const philox4x32_ctr_t c = {{static_cast<std::uint32_t>(pair), static_cast<std::uint32_t>(pair >> 32),
                                 static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32)}};
    const philox4x32_key_t k = {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
    const auto x = philox4x32(c, k);
    const std::size_t half = future % 2 == 0 ? 0 : 2;
    EXPECT_EQ(draw_bits(seed, id, future), x.v[half] | std::uint64_t{x.v[half + 1]} << 32);
  }
}

TEST(Uniform, BothTailsAreExact) {
  ScalarArith a;
  const auto lowest = uniform_of(a, std::uint64_t{0});
  EXPECT_FALSE(lowest.upper);
  EXPECT_EQ(lowest.u, 0x1p-53);
  EXPECT_EQ(lowest.v, 1 - 0x1p-53);
  const auto highest = uniform_of(a, std::uint64_t{1} << 63);
  EXPECT_TRUE(highest.upper);
  EXPECT_EQ(highest.v, 0x1p-53);
  EXPECT_EQ(highest.u, 1 - 0x1p-53);
  const auto middle = uniform_of(a, ~std::uint64_t{0} >> 1);
  EXPECT_EQ(middle.u, 0.5 - 0x1p-53);
  std::mt19937_64 r(2);
  for (int i = 0; i < 10000; ++i) {
    const auto d = uniform_of(a, r());
    ASSERT_EQ(d.u + d.v, 1);
    ASSERT_EQ(1 - d.u, d.v);  // exact, so both are doubles of the lattice
    ASSERT_EQ(d.w, d.upper ? d.v : d.u);
    ASSERT_LT(d.w, 0.5);
  }
}

TEST(Uniform, IsEven) {
  // 64 cells, 640,000 draws: chi-square of 63 degrees; 120 has a chance of 1e-5.
  int cells[64] = {};
  ScalarArith a;
  const int draws = 640000;
  for (std::uint64_t f = 0; f < draws; ++f)
    ++cells[static_cast<int>(uniform_of(a, draw_bits(1, 42, f)).u * 64)];
  double chi = 0;
  for (const int n : cells) chi += (n - draws / 64.0) * (n - draws / 64.0) / (draws / 64.0);
  EXPECT_LT(chi, 120);
}

}  // namespace
}  // namespace horizon::rng
