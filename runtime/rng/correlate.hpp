#pragma once
// Draws that move together: a Gaussian copula with one common factor (rules.md F5; docs/language/draws.md, "Correlated draws").
// Exact operations only; generic over the arithmetic where kernels need it.
#include <cstdint>

#include "runtime/rng/quantile.hpp"

namespace horizon::rng {

/// What the common factor and the draw's own normal weigh in z = shared F + own e, for a rank correlation of 0 to 1 (Spearman):
/// shared^2 = 2 sin(pi rank / 6), the normals' correlation (Pearson 1907), own^2 = 1 - shared^2.
struct Loadings {
  double shared, own;
};
Loadings loadings(double rank);

/// Phi(-|z|), relative error below 1e-14: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
/// Computation 23 (1969), by his three ranges of |z| / sqrt(2).
template <class A>
typename A::F normal_tail(A& a, typename A::F z) {
  using F = typename A::F;
  const F x = a.abs(a.mul(z, a.c(0.70710678118654752440)));
  // num = (...(lead + n0) s + n1) s..., the same for den from `first`; the last coefficients are added without a factor.
  const auto ratio = [&](F s, F lead, F first, auto n, auto d, int count) {
    F num = a.mul(lead, s), den = first;
    for (int i = 0; i < count; ++i) {
      num = a.mul(a.add(num, a.c(n[i])), s);
      den = a.mul(a.add(den, a.c(d[i])), s);
    }
    return a.div(a.add(num, a.c(n[count])), a.add(den, a.c(d[count])));
  };
  const double a_[] = {3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3};
  const double b_[] = {2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3};
  const double c_[] = {5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1, 2.98635138197400131e2,
                       8.81952221241769090e2,  1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3};
  const double d_[] = {1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
                       3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3};
  const double p_[] = {3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
                       6.58749161529837803e-4};
  const double q_[] = {2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
                       2.33520497626869185e-3};
  const F y = a.mul(x, x);
  const F middle = a.sub(a.c(0.5), a.mul(a.c(0.5), a.mul(x, ratio(y, a.c(1.85777706184603153e-1), y, a_, b_, 3))));
  // exp(-z^2 / 2): the rounding error of z^2 is put back.
  const F square = a.mul(z, z), lost = a.fma(z, z, a.neg(square));
  const F half_density = a.mul(a.mul(a.c(0.5), exp(a, a.mul(a.c(-0.5), square))), a.sub(a.c(1), a.mul(a.c(0.5), lost)));
  const F side = a.mul(half_density, ratio(x, a.c(2.15311535474403846e-8), x, c_, d_, 7));
  const F far = a.div(a.c(1), y);
  const F rest = a.mul(far, ratio(far, a.c(1.63153871373020978e-2), far, p_, q_, 4));
  const F tail = a.mul(half_density, a.div(a.sub(a.c(5.6418958354775628695e-1), rest), x));
  return a.select(a.le(x, a.c(0.46875)), middle, a.select(a.le(x, a.c(4)), side, tail));
}

/// The bits whose uniform is Phi(z): w = Phi(-|z|) to a multiple of 2^-53, made odd.
template <class A>
typename A::I bits_of_normal(A& a, typename A::F z) {
  const auto w = a.min(normal_tail(a, z), a.c(0.5 - 0x1p-53));   // one half itself is no uniform
  const auto n = a.iand(a.f2bits(a.fma(w, a.c(0x1p53), a.c(0x1p52))), a.ci(HZ_DRAW_N_MASK));
  const auto side = a.shl(a.ci(1), HZ_DRAW_SIDE_BIT);
  const auto upper = a.ixor(a.iand(a.f2bits(z), side), side);
  return a.ior(upper, a.ior(n, a.ci(HZ_DRAW_N_ODD)));
}

/// The bits of a member of a block: `own` are those of its own key, `factor` those of the block's.
template <class A>
typename A::I correlated_bits(A& a, typename A::I own, typename A::I factor, typename A::F shared_weight,
                              typename A::F own_weight) {
  const auto z = a.fma(shared_weight, normal_inverse(a, factor), a.mul(own_weight, normal_inverse(a, own)));
  return bits_of_normal(a, z);
}

}  // namespace horizon::rng
