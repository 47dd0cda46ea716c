#include "runtime/aggregate/sift.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HZ_WIDER [[gnu::target_clones("default", "arch=x86-64-v3")]]
#else
#define HZ_WIDER
#endif

namespace horizon::aggregate {
namespace {

// Loops over a whole block have a fixed length, for which compilers use vectors. Beyond `size` keys are NaN:
// no comparison holds.
struct Block {
  std::array<double, sift_block> x;
  std::size_t size = 0;
};

template <class Key>
using Keys = std::array<Key, sift_block>;

HZ_WIDER void add_sums(const Block& block, double shift, Tally& tally) {
  const double* const x = block.x.data();
  std::size_t i = 0;
  for (; i + sum_lanes <= block.size; i += sum_lanes) {
    for (std::size_t lane = 0; lane < sum_lanes; ++lane) {
      const double d = x[i + lane] - shift;
      tally.first[lane] += d;
      tally.second[lane] += d * d;
    }
  }
  for (std::size_t lane = 0; i + lane < block.size; ++lane) {
    const double d = x[i + lane] - shift;
    tally.first[lane] += d;
    tally.second[lane] += d * d;
  }
}

HZ_WIDER void narrow_keys(const Block& block, double shift, Keys<float>& keys) {
  for (std::size_t i = 0; i < sift_block; ++i) keys[i] = static_cast<float>(block.x[i] - shift);
}

struct Counts {
  std::uint64_t below, up_to;
};

/// Marks the keys within; `inside` has the width of a key.
template <class Key, class Mark>
Counts compare(const Keys<Key>& keys, Key low, Key high, std::array<Mark, sift_block>& inside) {
  Mark below = 0, up_to = 0;
  for (std::size_t i = 0; i < sift_block; ++i) {
    const Mark is_below = keys[i] < low ? 1 : 0, is_up_to = keys[i] <= high ? 1 : 0;
    below += is_below;
    up_to += is_up_to;
    inside[i] |= is_up_to - is_below;
  }
  return {static_cast<std::uint64_t>(below), static_cast<std::uint64_t>(up_to)};
}

HZ_WIDER Counts compare_narrow(const Keys<float>& keys, float low, float high,
                               std::array<std::int32_t, sift_block>& inside) {
  return compare(keys, low, high, inside);
}
HZ_WIDER Counts compare_wide(const Keys<double>& keys, double low, double high,
                             std::array<std::int64_t, sift_block>& inside) {
  return compare(keys, low, high, inside);
}

template <class Mark>
std::uint64_t take_out(const Block& block, double atom, std::array<Mark, sift_block>& inside) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < block.size; ++i) {
    const bool equal = block.x[i] == atom;
    count += equal ? 1u : 0u;
    inside[i] = equal ? 0 : inside[i];
  }
  return count;
}

template <class Mark>
std::size_t hand_out(const Block& block, const std::array<Mark, sift_block>& inside, double* kept) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < block.size; ++i) {
    kept[n] = block.x[i];
    n += static_cast<std::size_t>(inside[i]);
  }
  return n;
}

template <class Key, class Mark, class Compare>
std::size_t sift_keys(const Sieve& sieve, const Block& block, const Keys<Key>& keys, Tally& tally,
                      double* kept, Compare&& compare_all) {
  std::array<Mark, sift_block> inside{};
  for (std::size_t j = 0; j < sieve.brackets; ++j) {
    const Counts counts =
        compare_all(keys, static_cast<Key>(sieve.low[j]), static_cast<Key>(sieve.high[j]), inside);
    tally.below[j] += counts.below;
    tally.up_to[j] += counts.up_to;
  }
  for (std::size_t a = 0; a < sieve.atoms.size(); ++a)
    tally.atoms[a] += take_out(block, sieve.atoms[a], inside);
  return hand_out(block, inside, kept);
}

}  // namespace

std::size_t sift_plain(const Sieve& sieve, std::span<const double> values, Tally& tally, double* kept) {
  HZ_CHECK(values.size() <= sift_block);
  alignas(64) Block block;
  block.size = values.size();
  const auto end = std::copy(values.begin(), values.end(), block.x.begin());
  std::fill(end, block.x.end(), std::numeric_limits<double>::quiet_NaN());
  add_sums(block, sieve.shift, tally);
  for (std::size_t b = 0; b < sieve.budgets.size(); ++b) {
    for (const double x : values) tally.over[b] += x > sieve.budgets[b] ? 1u : 0u;
  }
  if (sieve.wide) return sift_keys<double, std::int64_t>(sieve, block, block.x, tally, kept, compare_wide);
  Keys<float> keys;
  narrow_keys(block, sieve.shift, keys);
  return sift_keys<float, std::int32_t>(sieve, block, keys, tally, kept, compare_narrow);
}

std::size_t sift(const Sieve& sieve, std::span<const double> values, Tally& tally, double* kept) {
  static const bool fast = has_avx512();
  if (fast && values.size() % sum_lanes == 0) return sift_avx512(sieve, values, tally, kept);
  return sift_plain(sieve, values, tally, kept);
}

}  // namespace horizon::aggregate
