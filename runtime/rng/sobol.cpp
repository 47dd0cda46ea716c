#include "runtime/rng/sobol.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/random/sobol.hpp>
#include <vector>

#include "base/check.hpp"
#include "runtime/abi/draw_layout.h"

namespace horizon::rng {
namespace {

constexpr std::uint32_t digits = 32;
constexpr std::uint32_t stretch = 32;  // indices that differ in their last five bits only
using Lanes = std::array<std::uint32_t, kSobolReplicates>;

constexpr std::uint32_t reverse(std::uint32_t x) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  x = (x >> 8 & 0x00ff00ffu) | (x & 0x00ff00ffu) << 8;
  return x >> 16 | x << 16;
}

/// [dimension][digit of the index]: reversed, so that the first digit of the point is bit 0.
std::vector<std::uint32_t> make_directions() {
  boost::random::sobol_engine<std::uint32_t, digits> points(kSobolDimensions);
  std::vector<std::uint32_t> directions(std::size_t{kSobolDimensions} * digits);
  // Boost goes in Gray code order and leaves out the point 0: after seed(n) comes the point of gray(n + 1),
  // and gray(2^k) is 2^k + 2^(k-1).
  for (std::uint32_t k = 0; k < digits; ++k) {
    points.seed((std::uint32_t{1} << k) - 1);
    for (std::uint32_t d = 0; d < kSobolDimensions; ++d) {
      const std::size_t at = std::size_t{d} * digits + k;
      directions[at] = reverse(points()) ^ (k == 0 ? 0 : directions[at - 1]);
    }
  }
  return directions;
}

const std::uint32_t* directions_of(std::uint32_t dimension) {
  HZ_CHECK(dimension < kSobolDimensions);
  static const std::vector<std::uint32_t> directions = make_directions();
  return directions.data() + std::size_t{dimension} * digits;
}

/// The point's digits, reversed.
std::uint32_t reversed_point(const std::uint32_t* v, std::uint32_t index) {
  std::uint32_t x = 0;
  for (; index != 0; index >>= 1, ++v)
    if ((index & 1) != 0) x ^= *v;
  return x;
}

/// Laine and Karras: each bit depends on itself and the bits below it.
constexpr std::uint32_t permute(std::uint32_t x, std::uint32_t key) {
  x ^= x * 0x3d20adeau;
  x += key;
  x *= key >> 16 | 1;
  x ^= x * 0x05526c56u;
  x ^= x * 0x53a22864u;
  return x;
}

/// The finalizer of MurmurHash3 (A. Appleby, public domain).
constexpr std::uint32_t mix(std::uint32_t x) {
  x = (x ^ x >> 16) * 0x85ebca6bu;
  x = (x ^ x >> 13) * 0xc2b2ae35u;
  return x ^ x >> 16;
}

/// One step of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA
/// 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

/// 64 independent bits of each name, replicate and run of 2^32 indices.
std::uint64_t key_of(std::uint64_t seed, std::uint64_t name, std::uint64_t index, std::uint32_t replicate) {
  return mix(mix(mix(seed) ^ name) + (index >> digits << 3 | replicate));
}

/// 52 digits -> side and distance from the nearer end, as draw_n() and uniform_of() have them: u = (2 k + 1)
/// / 2^53.
constexpr std::uint64_t bits_of(std::uint32_t point, std::uint32_t noise) {
  const std::uint64_t k = std::uint64_t{point} << 20 | noise >> 12;
  const std::uint64_t upper = k >> 51, n = 2 * k + 1;
  return upper << HZ_DRAW_SIDE_BIT | (upper != 0 ? (std::uint64_t{1} << 53) - n : n);
}

/// What does not change over the blocks' futures.
struct Keys {
  Lanes scramble{}, noise{};
};

Keys keys_of(std::uint64_t seed, const HzSobolDraw& draw, std::uint64_t index) {
  Keys keys;
  for (std::uint32_t r = 0; r < kSobolReplicates; ++r) {
    const std::uint64_t key = key_of(seed, draw.id, index, r);
    keys.scramble[r] = static_cast<std::uint32_t>(key >> 32);
    keys.noise[r] = static_cast<std::uint32_t>(key);
  }
  return keys;
}

/// Indices [first, first + count) of one stretch; `points` are those of the whole stretch.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void fill_stretch(const Keys& keys, const std::uint32_t* points, std::uint32_t first, std::uint32_t count, std::uint64_t* bits) {
  for (std::uint32_t index = first; index != first + count; ++index, bits += kSobolReplicates) {
    const std::uint32_t x = points[index % stretch];
    for (std::uint32_t r = 0; r < kSobolReplicates; ++r)
      bits[r] = bits_of(reverse(permute(x, keys.scramble[r])), mix(keys.noise[r] + index));
  }
}

}  // namespace

std::uint32_t sobol_point(std::uint32_t dimension, std::uint32_t index) {
  return reverse(reversed_point(directions_of(dimension), index));
}

std::uint32_t nested_scramble(std::uint32_t value, std::uint32_t key) {
  return reverse(permute(reverse(value), key));
}

std::uint32_t sobol_place(std::uint64_t group, std::uint32_t index) {
  if (group == 0) return index;
  std::uint32_t place = index;
  const std::uint64_t key = mix(group);
  for (std::uint32_t left = index & ~std::uint32_t{1}; left != 0; left &= left - 1) {
    const auto k = static_cast<std::uint32_t>(std::countr_zero(left));
    place ^= static_cast<std::uint32_t>(mix(key + k)) & ((std::uint32_t{1} << k) - 1);
  }
  return place;
}

std::uint64_t sobol_bits(std::uint64_t seed, const HzSobolDraw& draw, std::uint64_t future) {
  const std::uint64_t index = future / kSobolReplicates;
  const auto r = static_cast<std::uint32_t>(future % kSobolReplicates);
  const Keys keys = keys_of(seed, draw, index);
  const auto low = static_cast<std::uint32_t>(index);
  const std::uint32_t point = sobol_point(draw.dimension, sobol_place(draw.group, low));
  return bits_of(nested_scramble(point, keys.scramble[r]), mix(keys.noise[r] + low));
}

void sobol_block(std::uint64_t seed, const HzSobolDraw& draw, std::uint64_t first_future, std::uint32_t lanes,
                 std::uint64_t* bits) {
  HZ_CHECK(first_future % kSobolReplicates == 0 && lanes % kSobolReplicates == 0);
  const std::uint32_t* const v = directions_of(draw.dimension);
  std::array<std::uint32_t, stretch> low{}, points{};
  for (std::uint32_t i = 1; i < stretch; i *= 2) {
    const std::uint32_t x = reversed_point(v, sobol_place(draw.group, i));
    for (std::uint32_t j = 0; j < i; ++j) low[i + j] = low[j] ^ x;
  }
  std::uint64_t index = first_future / kSobolReplicates;
  const std::uint64_t end = index + lanes / kSobolReplicates;
  while (index != end) {
    const Keys keys = keys_of(seed, draw, index);
    const auto first = static_cast<std::uint32_t>(index);
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(end - index, stretch - first % stretch));
    const std::uint32_t base = reversed_point(v, sobol_place(draw.group, first / stretch * stretch));
    for (std::uint32_t i = 0; i < stretch; ++i) points[i] = base ^ low[i];
    fill_stretch(keys, points.data(), first, count, bits);
    index += count;
    bits += std::size_t{count} * kSobolReplicates;
  }
}

}  // namespace horizon::rng
