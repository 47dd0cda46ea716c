#pragma once
// The inner loop of a run that does not keep its values (brackets.hpp): each value goes by once. It is added
// to the sums, counted against the brackets, and handed out if it lies in one.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/aggregate/moments.hpp"

namespace horizon::aggregate {

inline constexpr std::size_t most_brackets = store::quantile_percents.size();
/// Values that one call takes at most.
inline constexpr std::size_t sift_block = 272;
/// Doubles that a call may write: its values, and some behind them that mean nothing.
inline constexpr std::size_t sift_room = sift_block + 8;

/// What a column's values are held against. Brackets are stretches of keys: the key of x is float(x - shift),
/// or, where floats are too coarse, x itself. Either never falls as x rises, so that values sorted by key are
/// sorted.
struct Sieve {
  double shift = 0;
  bool wide = false;                         ///< keys are the values themselves
  std::uint32_t brackets = 0;                ///< disjoint, rising; none: nothing is kept
  std::array<double, most_brackets> low{};   ///< key; belongs to the bracket; -infinity: no end
  std::array<double, most_brackets> high{};  ///< likewise
  std::array<float, most_brackets> low_float{}, high_float{};  ///< the same, unless they are wide
  std::vector<double> atoms;  ///< values of which there are many: counted, not handed out; rising
  std::vector<double> budgets;

  void set_bracket(std::size_t j, double low_key, double high_key) {
    low[j] = low_key;
    high[j] = high_key;
    low_float[j] = static_cast<float>(low_key);
    high_float[j] = static_cast<float>(high_key);
  }
  double key(double x) const { return wide ? x : static_cast<double>(static_cast<float>(x - shift)); }
};

/// What came by. Lanes are those of the sums in the block of 4096 values that is going on.
struct Tally {
  alignas(64) Lanes first{};
  Lanes second{};
  std::array<std::uint64_t, most_brackets> below{};  ///< values with keys below the bracket
  std::array<std::uint64_t, most_brackets> up_to{};  ///< ... and in it
  std::vector<std::uint64_t> atoms;                  ///< values equal to each
  std::vector<std::uint64_t> over;                   ///< values above each budget

  Tally() = default;
  explicit Tally(const Sieve& sieve) : atoms(sieve.atoms.size()), over(sieve.budgets.size()) {}
};

/// Takes up to sift_block values, the first of which goes to lane 0. Writes
/// those in a bracket, but for atoms, to `kept`, which has sift_room; returns how many. Values that are not
/// finite leave sums that are not. The same bits on every machine.
std::size_t sift(const Sieve& sieve, std::span<const double> values, Tally& tally, double* kept);

/// The same by plain C++, and with AVX-512 where the machine has it: for `sift` and for tests.
std::size_t sift_plain(const Sieve& sieve, std::span<const double> values, Tally& tally, double* kept);
bool has_avx512();
/// A multiple of 8 values; only where has_avx512().
std::size_t sift_avx512(const Sieve& sieve, std::span<const double> values, Tally& tally, double* kept);

}  // namespace horizon::aggregate
