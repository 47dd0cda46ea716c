#pragma once
// Inverse CDFs of one draw, generic over the arithmetic. `bits` are the 64 bits of the draw (philox.hpp).
// |F(x) - u| <= 1e-9 min(u, 1-u), or x within 1 ulp.
#include <cstdint>
#include <span>

#include "runtime/rng/constants.hpp"
#include "runtime/rng/philox.hpp"
#include "runtime/rng/vecmath.hpp"

namespace horizon::rng {

/// Where w lies: 2^-(depth+2) <= w < 2^-(depth+1), and t = mantissa - 1.5 in [-0.5, 0.5).
template <class A>
struct Octave {
  typename A::I depth;
  typename A::F t;
};

template <class A>
Octave<A> octave_of(A& a, typename A::I bits) {
  const auto b = a.f2bits(i2f(a, draw_n(a, bits)));
  const auto depth = a.isub(a.ci(1023 + 51), a.shr(b, 52));
  const auto m = a.bits2f(a.ior(a.iand(b, a.ci(0x000FFFFFFFFFFFFF)), a.ci(0x3FF0000000000000)));
  return {depth, a.sub(m, a.c(1.5))};
}

/// sum of coefficient(i) t^i, i = 0..11, even and odd part by Horner's rule. Part of the definition of the
/// bits.
template <class A, class Coefficient>
typename A::F polynomial12(A& a, typename A::F t, Coefficient&& coefficient) {
  const auto q = a.mul(t, t);
  auto even = coefficient(10), odd = coefficient(11);
  for (int i = 8; i >= 0; i -= 2) {
    even = a.fma(even, q, coefficient(i));
    odd = a.fma(odd, q, coefficient(i + 1));
  }
  return a.fma(odd, t, even);
}

/// z with Phi(z) = u, from the shared table.
template <class A>
typename A::F normal_inverse(A& a, typename A::I bits) {
  const auto octave = octave_of(a, bits);
  const auto level = a.umul32(a.shr(octave.depth, 4), a.ci(kNormalLevelDoubles));
  const auto base = a.iadd(level, a.iand(octave.depth, a.ci(15)));
  const auto z = polynomial12(a, octave.t, [&](int i) {
    return a.table(kNormalInverse, kNormalInverseSize, a.iadd(base, a.ci(16 * i)));
  });
  const auto sign = a.iand(bits, a.shl(a.ci(1), HZ_DRAW_SIDE_BIT));
  return a.bits2f(a.ixor(a.f2bits(z), sign));
}

/// The quantile of a row's own table (quantile_table.hpp). `row(I index) -> F` reads coefficient 0 <= index <
/// HZ_TABLE_NUMBERS.
template <class A, class Row>
typename A::F table_quantile(A& a, Row&& row, typename A::I bits) {
  const auto octave = octave_of(a, bits);
  const auto level = a.umul32(a.shr(octave.depth, 3), a.ci(HZ_TABLE_LEVEL_DOUBLES));
  const auto side = a.iand(a.shr(bits, HZ_DRAW_SIDE_BIT - 3), a.ci(8));
  const auto base = a.iadd(level, a.ior(side, a.iand(octave.depth, a.ci(7))));
  const auto at = [&](int i) { return row(a.iadd(base, a.ci(16 * i))); };
  return a.add(at(HZ_TABLE_ANCHOR), polynomial12(a, octave.t, at));
}

/// chance p: true where u < p. Monotone in p; p <= 0 never, p >= 1 always, p not a number never.
template <class A>
typename A::M chance(A& a, typename A::F p, typename A::I bits) {
  return a.lt(uniform_of(a, bits).u, p);
}

/// Uniform on (lo, hi), from the nearer end.
template <class A>
typename A::F uniform_quantile(A& a, typename A::F lo, typename A::F hi, typename A::I bits) {
  const auto d = uniform_of(a, bits);
  const auto width = a.sub(hi, lo);
  return a.select(d.upper, a.fma(a.neg(d.w), width, hi), a.fma(d.w, width, lo));
}

template <class A>
typename A::F normal_quantile(A& a, typename A::F mean, typename A::F sd, typename A::I bits) {
  return a.fma(sd, normal_inverse(a, bits), mean);
}

/// exp(mu + sigma z).
template <class A>
typename A::F lognormal_quantile(A& a, typename A::F mu, typename A::F sigma, typename A::I bits) {
  return exp(a, normal_quantile(a, mu, sigma, bits));
}

/// 1 / (1 + exp(-(mu + sigma z))).
template <class A>
typename A::F logit_normal_quantile(A& a, typename A::F mu, typename A::F sigma, typename A::I bits) {
  return logistic(a, normal_quantile(a, mu, sigma, bits));
}

template <class A>
typename A::F exponential_quantile(A& a, typename A::F mean, typename A::I bits) {
  return a.mul(mean, a.neg(log(a, uniform_of(a, bits).v)));
}

/// scale (-ln(1-u))^(1/shape); `inverse_shape` = 1/shape.
template <class A>
typename A::F weibull_quantile(A& a, typename A::F inverse_shape, typename A::F scale, typename A::I bits) {
  return a.mul(scale, pow(a, a.neg(log(a, uniform_of(a, bits).v)), inverse_shape));
}

/// lo <= mode <= hi, lo < hi. The distance from the nearer end of the support, without cancellation: with p =
/// w, q = 1-w, `near` and `far` the parts of the width before and behind the mode, it is sqrt(p width near)
/// before the mode and width - sqrt(q width far) = width (near + p far) / (width + sqrt(q width far)) behind
/// it.
template <class A>
typename A::F triangular_quantile(A& a, typename A::F lo, typename A::F mode, typename A::F hi,
                                  typename A::I bits) {
  const auto d = uniform_of(a, bits);
  const auto width = a.sub(hi, lo), left = a.sub(mode, lo), right = a.sub(hi, mode);
  const auto near = a.select(d.upper, right, left), far = a.select(d.upper, left, right);
  const auto before = a.lt(a.mul(d.w, width), near);
  const auto q = a.sub(a.c(1), d.w);
  const auto root = a.sqrt(a.mul(a.select(before, a.mul(d.w, near), a.mul(q, far)), width));
  const auto behind = a.div(a.mul(width, a.fma(d.w, far, near)), a.add(width, root));
  const auto distance = a.select(before, root, behind);
  return a.select(d.upper, a.sub(hi, distance), a.add(lo, distance));
}

/// Discrete: the first value i with u < cumulated[i]; the last one otherwise. `cumulated` from
/// discrete_thresholds().
template <class A>
typename A::F discrete_quantile(A& a, std::span<const typename A::F> values,
                                std::span<const typename A::F> cumulated, typename A::I bits) {
  const auto u = uniform_of(a, bits).u;
  auto result = values[values.size() - 1];
  for (std::size_t i = values.size() - 1; i-- > 0;)
    result = a.select(a.lt(u, cumulated[i]), values[i], result);
  return result;
}

}  // namespace horizon::rng
