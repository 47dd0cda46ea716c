// sift for a whole block with AVX-512. Comparisons give bit masks; they go to memory and are counted and
// combined 64 values at a time. Per 16 values the comparisons are the bottleneck (one a cycle), not the sums.
#include "base/check.hpp"
#include "runtime/aggregate/sift.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,bmi,popcnt")

namespace horizon::aggregate {
namespace {

constexpr std::size_t words = (sift_block + 63) / 64;

/// One bit a value.
struct alignas(64) Bits {
  union {
    std::uint64_t word[words];
    __mmask16 two[words * 4];
    __mmask8 one[words * 8];
  };
};

inline std::uint64_t ones(std::uint64_t word) { return static_cast<std::uint64_t>(_mm_popcnt_u64(word)); }

struct Results {
  Bits below[most_brackets], up_to[most_brackets];
};

template <bool wide, std::uint32_t brackets>
void compare(const Sieve& sieve, std::span<const double> values, Tally& tally, Results& results) {
  const double* const x = values.data();
  const std::size_t groups = values.size() / 8;
  __m512d first = _mm512_load_pd(tally.first.data()), second = _mm512_load_pd(tally.second.data());
  const __m512d shift = _mm512_set1_pd(sieve.shift);
  std::size_t i = 0;
#pragma GCC unroll 1
  for (; i + 2 <= groups; i += 2) {
    const __m512d x0 = _mm512_loadu_pd(x + 8 * i), x1 = _mm512_loadu_pd(x + 8 * i + 8);
    const __m512d d0 = _mm512_sub_pd(x0, shift), d1 = _mm512_sub_pd(x1, shift);
    first = _mm512_add_pd(_mm512_add_pd(first, d0), d1);
    second = _mm512_add_pd(_mm512_add_pd(second, _mm512_mul_pd(d0, d0)), _mm512_mul_pd(d1, d1));
    if constexpr (wide) {
#pragma GCC unroll 7
      for (std::uint32_t j = 0; j < brackets; ++j) {
        const __m512d low = _mm512_set1_pd(sieve.low[j]), high = _mm512_set1_pd(sieve.high[j]);
        results.below[j].one[i] = _mm512_cmp_pd_mask(x0, low, _CMP_LT_OQ);
        results.below[j].one[i + 1] = _mm512_cmp_pd_mask(x1, low, _CMP_LT_OQ);
        results.up_to[j].one[i] = _mm512_cmp_pd_mask(x0, high, _CMP_LE_OQ);
        results.up_to[j].one[i + 1] = _mm512_cmp_pd_mask(x1, high, _CMP_LE_OQ);
      }
    } else {
      const __m256 k0 = _mm512_maskz_cvtpd_ps(0xff, d0), k1 = _mm512_maskz_cvtpd_ps(0xff, d1);
      const __m512 key = _mm512_insertf32x8(_mm512_castps256_ps512(k0), k1, 1);
#pragma GCC unroll 7
      for (std::uint32_t j = 0; j < brackets; ++j) {
        const __m512 low = _mm512_set1_ps(sieve.low_float[j]), high = _mm512_set1_ps(sieve.high_float[j]);
        results.below[j].two[i / 2] = _mm512_cmp_ps_mask(key, low, _CMP_LT_OQ);
        results.up_to[j].two[i / 2] = _mm512_cmp_ps_mask(key, high, _CMP_LE_OQ);
      }
    }
  }
  if (i < groups) {
    const __m512d d0 = _mm512_sub_pd(_mm512_loadu_pd(x + 8 * i), shift);
    first = _mm512_add_pd(first, d0);
    second = _mm512_add_pd(second, _mm512_mul_pd(d0, d0));
  }
  _mm512_store_pd(tally.first.data(), first);
  _mm512_store_pd(tally.second.data(), second);
}

/// Bits that no value has, and those of a last group without a pair. Before all others, since memory that was
/// just written in parts is slow to read as a whole.
void begin_last_word(const Sieve& sieve, std::span<const double> values, Results& results) {
  const std::size_t last = values.size() / 64, groups = values.size() / 8;
  for (std::uint32_t j = 0; j < sieve.brackets; ++j)
    results.below[j].word[last] = results.up_to[j].word[last] = 0;
  if (groups % 2 == 0) return;
  const __m512d x = _mm512_loadu_pd(values.data() + values.size() - 8);
  const __m512d d = _mm512_sub_pd(x, _mm512_set1_pd(sieve.shift));
  const __m512d key = sieve.wide ? x : _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_cvtpd_ps(0xff, d));
  for (std::uint32_t j = 0; j < sieve.brackets; ++j) {
    results.below[j].one[groups - 1] = _mm512_cmp_pd_mask(key, _mm512_set1_pd(sieve.low[j]), _CMP_LT_OQ);
    results.up_to[j].one[groups - 1] = _mm512_cmp_pd_mask(key, _mm512_set1_pd(sieve.high[j]), _CMP_LE_OQ);
  }
}

template <bool wide>
void compare(const Sieve& sieve, std::span<const double> values, Tally& tally, Results& results) {
  switch (sieve.brackets) {
    case 0:
      return compare<wide, 0>(sieve, values, tally, results);
    case 1:
      return compare<wide, 1>(sieve, values, tally, results);
    case 2:
      return compare<wide, 2>(sieve, values, tally, results);
    case 3:
      return compare<wide, 3>(sieve, values, tally, results);
    case 4:
      return compare<wide, 4>(sieve, values, tally, results);
    case 5:
      return compare<wide, 5>(sieve, values, tally, results);
    case 6:
      return compare<wide, 6>(sieve, values, tally, results);
    default:
      return compare<wide, 7>(sieve, values, tally, results);
  }
}

/// Values equal to the atom are counted and no longer inside.
std::uint64_t take_out(std::span<const double> values, double atom, std::uint64_t* inside) {
  Bits equal{};
  const __m512d value = _mm512_set1_pd(atom);
  for (std::size_t i = 0; i < values.size() / 8; ++i)
    equal.one[i] = _mm512_cmp_pd_mask(_mm512_loadu_pd(values.data() + 8 * i), value, _CMP_EQ_OQ);
  std::uint64_t count = 0;
  for (std::size_t w = 0; w < words; ++w) {
    count += ones(equal.word[w]);
    inside[w] &= ~equal.word[w];
  }
  return count;
}

std::uint64_t count_over(std::span<const double> values, double budget) {
  const __m512d value = _mm512_set1_pd(budget);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < values.size(); i += 8)
    count += ones(_mm512_cmp_pd_mask(_mm512_loadu_pd(values.data() + i), value, _CMP_GT_OQ));
  return count;
}

/// Eight at a time, whether there are so many or not: a branch for each would be guessed wrong. What is
/// written too much is overwritten, or lies in the room behind.
double* hand_out(const double* x, std::uint64_t inside, double* kept) {
  const auto count = ones(inside);
  double* to = kept;
  while (inside != 0) {
#pragma GCC unroll 8
    for (int k = 0; k < 8; ++k) {
      to[k] = x[_tzcnt_u64(inside) & 63];
      inside = _blsr_u64(inside);
    }
    to += 8;
  }
  return kept + count;
}

}  // namespace

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

std::size_t sift_avx512(const Sieve& sieve, std::span<const double> values, Tally& tally, double* kept) {
  HZ_CHECK(values.size() <= sift_block && values.size() % 8 == 0 && sieve.brackets <= most_brackets);
  const std::size_t used = (values.size() + 63) / 64;
  Results results;
  if (values.size() % 64 != 0) begin_last_word(sieve, values, results);
  if (sieve.wide) {
    compare<true>(sieve, values, tally, results);
  } else {
    compare<false>(sieve, values, tally, results);
  }
  std::uint64_t inside[words] = {};
  for (std::uint32_t j = 0; j < sieve.brackets; ++j) {
    for (std::size_t w = 0; w < used; ++w) {
      const std::uint64_t below = results.below[j].word[w], up_to = results.up_to[j].word[w];
      tally.below[j] += ones(below);
      tally.up_to[j] += ones(up_to);
      inside[w] |= below ^ up_to;
    }
  }
  for (std::size_t a = 0; a < sieve.atoms.size(); ++a)
    tally.atoms[a] += take_out(values, sieve.atoms[a], inside);
  for (std::size_t b = 0; b < sieve.budgets.size(); ++b)
    tally.over[b] += count_over(values, sieve.budgets[b]);
  double* end = kept;
  for (std::size_t w = 0; w < used; ++w) end = hand_out(values.data() + 64 * w, inside[w], end);
  return static_cast<std::size_t>(end - kept);
}

}  // namespace horizon::aggregate

#pragma GCC pop_options

#else

namespace horizon::aggregate {
bool has_avx512() { return false; }
std::size_t sift_avx512(const Sieve&, std::span<const double>, Tally&, double*) {
  HZ_UNREACHABLE("no AVX-512");
}
}  // namespace horizon::aggregate
#endif
