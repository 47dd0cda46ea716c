#pragma once
// Randomised quasi-Monte Carlo: Sobol points with nested uniform (Owen) scrambling. docs/language/draws.md,
// "Sobol points", is the specification. All integers, so the same bits everywhere.
#include <cstdint>

#include "runtime/abi/sobol_draw.h"

namespace horizon::rng {

inline constexpr std::uint32_t kSobolDimensions = 1024;
/// Futures f, f + 8, f + 16, ... are one randomisation, independent of the seven others: their spread is the
/// error.
inline constexpr std::uint32_t kSobolReplicates = 8;

/// Point `index` of the plain sequence, in its binary (not Gray code) order, as 32 digits: the value times
/// 2^32. Direction numbers: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional
/// projections", SIAM J. Sci. Comput. 30 (2008), file new-joe-kuo-6.21201, as Boost.Random has them.
/// dimension < kSobolDimensions.
std::uint32_t sobol_point(std::uint32_t dimension, std::uint32_t index);

/// Where in the sequence point `index` of a group stands: groups have the same points in other orders. Linear in the digits of the index, each
/// digit of the place depends on its own and higher ones of the index (which of them is a hash of the group): aligned runs of 2^m indices are
/// aligned runs of places. Group 0 has the plain order.
std::uint32_t sobol_place(std::uint64_t group, std::uint32_t index);

/// Nested uniform scrambling of 32 digits: each is flipped as a hash of the digits before it says. The hash
/// is that of Laine and Karras (2011) in N. Vegdahl's form (2021); B. Burley, "Practical Hash-based Owen
/// Scrambling", JCGT 9 (4), 2020.
std::uint32_t nested_scramble(std::uint32_t digits, std::uint32_t key);

/// 64 bits of a draw in one future (philox.hpp says what they mean): 32 scrambled digits, then 20 random
/// ones.
std::uint64_t sobol_bits(std::uint64_t seed, const HzSobolDraw& draw, std::uint64_t future);

/// The same for futures [first_future, first_future + lanes); both are multiples of 8.
void sobol_block(std::uint64_t seed, const HzSobolDraw& draw, std::uint64_t first_future, std::uint32_t lanes,
                 std::uint64_t* bits);

}  // namespace horizon::rng
