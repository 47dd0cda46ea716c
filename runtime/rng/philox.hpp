#pragma once
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC11), keyed by
// the seed and counted by (pair of futures, draw id): docs/language/draws.md.
#include <array>
#include <cstdint>

#include "runtime/abi/draw_layout.h"
#include "runtime/rng/arith.hpp"

namespace horizon::rng {

/// One block: counter c0..c3 and key k0, k1 (low 32 bits count; the rest may hold anything). The four results
/// have their value in the low 32 bits; the rest is unspecified.
template <class A>
std::array<typename A::I, 4> philox_block(A& a, typename A::I c0, typename A::I c1, typename A::I c2,
                                          typename A::I c3, typename A::I k0, typename A::I k1) {
  const auto m0 = a.ci(0xD2511F53), m1 = a.ci(0xCD9E8D57);
  const auto w0 = a.ci(0x9E3779B9), w1 = a.ci(0xBB67AE85);
  for (int round = 0; round < 10; ++round) {
    if (round > 0) {
      k0 = a.iadd(k0, w0);
      k1 = a.iadd(k1, w1);
    }
    const auto p0 = a.umul32(m0, c0), p1 = a.umul32(m1, c2);
    const auto n0 = a.ixor(a.ixor(a.shr(p1, 32), c1), k0);
    const auto n2 = a.ixor(a.ixor(a.shr(p0, 32), c3), k1);
    c0 = n0;
    c1 = p1;
    c2 = n2;
    c3 = p0;
  }
  return {c0, c1, c2, c3};
}

/// The bits of the futures 2k and 2k+1.
template <class A>
struct DrawPair {
  typename A::I even, odd;
};

/// Draw bits of both futures of `pair` = future >> 1.
template <class A>
DrawPair<A> draw_pair(A& a, typename A::I seed, typename A::I id, typename A::I pair) {
  const auto x = philox_block(a, pair, a.shr(pair, 32), id, a.shr(id, 32), seed, a.shr(seed, 32));
  const auto low = a.ci(0xffffffff);
  return {a.ior(a.iand(x[0], low), a.shl(x[1], 32)), a.ior(a.iand(x[2], low), a.shl(x[3], 32))};
}

/// Draw bits of one future.
template <class A>
typename A::I draw_bits(A& a, typename A::I seed, typename A::I id, typename A::I future) {
  const auto both = draw_pair(a, seed, id, a.shr(future, 1));
  const auto is_odd = a.ieq(a.iand(future, a.ci(1)), a.ci(1));
  return a.iselect(is_odd, both.odd, both.even);
}

/// Draw bits of one future, as plain C++.
inline std::uint64_t draw_bits(std::uint64_t seed, std::uint64_t id, std::uint64_t future) {
  ScalarArith a;
  return draw_bits(a, seed, id, future);
}

/// A uniform with its side: u and 1-u are both exact doubles, odd multiples of 2^-53.
template <class A>
struct Uniform {
  typename A::M upper;  ///< u > 1/2
  typename A::F w;      ///< min(u, 1-u)
  typename A::F u;      ///< in (0, 1)
  typename A::F v;      ///< 1-u
};

/// n = 2^53 w, odd, below 2^52.
template <class A>
typename A::I draw_n(A& a, typename A::I bits) {
  return a.ior(a.iand(bits, a.ci(HZ_DRAW_N_MASK)), a.ci(HZ_DRAW_N_ODD));
}

template <class A>
Uniform<A> uniform_of(A& a, typename A::I bits) {
  const auto upper = a.ilt(bits, a.ci(0));
  const auto w = a.mul(i2f(a, draw_n(a, bits)), a.c(0x1p-53));
  const auto rest = a.sub(a.c(1), w);
  return {upper, w, a.select(upper, rest, w), a.select(upper, w, rest)};
}

}  // namespace horizon::rng
