#pragma once
// exp, log, pow, logistic: one definition for every engine, generic over the arithmetic (arith.hpp). No
// branches. Errors against MPFR are in docs/language/draws.md; the method: argument reduction by Cody and
// Waite, sixteenths of powers of 2 from a table for exp, atanh series for the logarithm, a double-double
// logarithm inside pow.
#include "runtime/rng/arith.hpp"
#include "runtime/rng/vecmath_constants.hpp"

namespace horizon::rng {

namespace vecmath {

/// Horner's rule, highest coefficient first in time.
template <class A, int n>
typename A::F horner(A& a, const double (&coefficients)[n], typename A::F x) {
  auto sum = a.c(coefficients[n - 1]);
  for (int i = n - 2; i >= 0; --i) sum = a.fma(sum, x, a.c(coefficients[i]));
  return sum;
}

/// e^(high + low), |low| far below |high|; high between -746 and 746 or NaN. Rounds once more where it is
/// subnormal.
template <class A>
typename A::F exp_reduced(A& a, typename A::F high, typename A::F low) {
  const auto shifted = a.fma(high, a.c(kLog2E), a.c(0x1.8p52));
  const auto k = a.sub(shifted, a.c(0x1.8p52));
  const auto ki = a.isub(a.f2bits(shifted), a.ci(0x4338000000000000));
  const auto main = a.fma(k, a.c(-kLn2ExpHigh), high);  // exact
  const auto rest = a.fma(k, a.c(-kLn2ExpLow), low);
  const auto r = a.add(main, rest);
  const auto tail = a.fma(a.mul(r, r), horner(a, kExpTail, r), rest);
  const auto sum = a.add(a.c(1), main);  // 1 + main + tail, the rounding error of the first sum put back
  const auto p = a.add(sum, a.add(a.add(a.sub(a.c(1), sum), main), tail));
  const auto half = a.sar(ki, 1);
  const auto scale1 = a.bits2f(a.shl(a.iadd(half, a.ci(1023)), 52));
  const auto scale2 = a.bits2f(a.shl(a.iadd(a.isub(ki, half), a.ci(1023)), 52));
  return a.mul(a.mul(p, scale1), scale2);
}

/// x = 2^e m with m in [sqrt(1/2), sqrt 2); x positive and finite, subnormal or not.
template <class A>
struct Split {
  typename A::F e, m;
};

template <class A>
Split<A> split(A& a, typename A::F x) {
  const auto small = a.lt(x, a.c(0x1p-1022));
  const auto b = a.f2bits(a.select(small, a.mul(x, a.c(0x1p54)), x));
  const auto e = a.sar(a.isub(b, a.ci(0x3FE6A09E667F3BCD)), 52);
  const auto m = a.bits2f(a.isub(b, a.shl(e, 52)));
  return {a.sub(signed_i2f(a, e), a.select(small, a.c(54), a.c(0))), m};
}

/// high + low = ln x to about 2^-65 of its size; x positive and finite.
template <class A>
struct DoubleDouble {
  typename A::F high, low;
};

template <class A>
DoubleDouble<A> log_double(A& a, typename A::F x) {
  const auto [e, m] = split(a, x);
  const auto f = a.sub(m, a.c(1)), t = a.add(m, a.c(1));
  const auto t_low = a.sub(m, a.sub(t, a.c(1)));
  const auto inverse = a.div(a.c(1), t);
  const auto s = a.mul(f, inverse);  // s + s_low = (m-1) / (m+1)
  const auto s_low = a.mul(a.fma(a.neg(s), t_low, a.fma(a.neg(s), t, f)), inverse);
  const auto z = a.mul(s, s);
  const auto z_low = a.fma(a.add(s, s), s_low, a.fma(s, s, a.neg(z)));
  const auto cube = a.mul(z, s);
  const auto cube_low = a.fma(z, s_low, a.fma(z_low, s, a.fma(z, s, a.neg(cube))));
  const auto third = a.mul(cube, a.c(kTwoThirdsHigh));
  const auto third_low =
      a.fma(cube, a.c(kTwoThirdsLow),
            a.fma(cube_low, a.c(kTwoThirdsHigh), a.fma(cube, a.c(kTwoThirdsHigh), a.neg(third))));
  const auto rest = a.mul(a.mul(cube, z), horner(a, kLogFromFifth, z));
  const auto base = a.mul(e, a.c(kLn2LogHigh));  // exact
  const auto twice = a.add(s, s);
  const auto sum1 = a.add(base, twice);
  const auto low1 = a.add(a.sub(base, sum1), twice);
  const auto sum2 = a.add(sum1, third);
  const auto low2 = a.add(a.sub(sum1, sum2), third);
  const auto small = a.add(a.add(a.fma(e, a.c(kLn2LogLow), a.add(s_low, s_low)), third_low), rest);
  const auto low = a.add(a.add(low1, low2), small);
  const auto high = a.add(sum2, low);
  return {high, a.add(a.sub(sum2, high), low)};
}

/// e^x = 2^(n/16) (1 + s), |x| <= 746: the low bits of `n` are those of the integer n + `more`, which is even.
template <class A>
struct Sixteenths {
  typename A::I n;
  typename A::F s;
};

template <class A>
Sixteenths<A> sixteenths(A& a, typename A::F x, int more) {
  const double middle = 0x1.8p52 + more;
  const auto shifted = a.fma(x, a.c(kStepsPerE), a.c(middle));
  const auto n = a.sub(shifted, a.c(middle));
  const auto r = a.fma(n, a.c(-kLn2ExpLow / 16), a.fma(n, a.c(-kLn2ExpHigh / 16), x));
  const auto q = a.mul(r, r);
  const auto first = a.fma(r, a.c(kExpStepTail[1]), a.c(kExpStepTail[0]));
  const auto last = a.fma(q, a.c(kExpStepTail[4]), a.fma(r, a.c(kExpStepTail[3]), a.c(kExpStepTail[2])));
  return {a.f2bits(shifted), a.fma(q, a.fma(q, last, first), r)};
}

/// The bits of 2^(n/16) / 2 where its exponent is one of a normal number.
template <class A>
typename A::I half_power(A& a, typename A::I n) {
  return a.iadd(a.f2bits(a.table(kExpSteps, 16, a.iand(n, a.ci(15)))), a.shl(n, 48));
}

/// Where |x| is below this, exp(x) is far from what is no normal number.
inline constexpr double kModerateExponent = 690;

}  // namespace vecmath

/// The bits of exp(x), |x| < kModerateExponent: without what only others need.
template <class A>
typename A::F moderate_exp(A& a, typename A::F x) {
  const auto [n, s] = vecmath::sixteenths(a, x, 16);   // 16 sixteenths: twice the power's half
  const auto power = a.bits2f(vecmath::half_power(a, n));
  return a.fma(power, s, power);
}

/// e^x. exp(-inf) = 0, exp(inf) = inf, exp(NaN) = NaN; subnormal results are rounded like any other.
template <class A>
typename A::F exp(A& a, typename A::F x) {
  using namespace vecmath;
  const auto inside = a.max(a.c(-746), a.min(a.c(710), x));
  const auto [n, s] = sixteenths(a, inside, 0);
  // 2^(n/16) at half of its size, or 2^64 times it, is a normal number: its exponent is put in as an integer
  const auto tiny = a.lt(inside, a.c(-kModerateExponent));
  const auto power = a.bits2f(a.iadd(half_power(a, n), a.iselect(tiny, a.ci(65LL << 52), a.ci(0))));
  return a.mul(a.fma(power, s, power), a.select(tiny, a.c(0x1p-64), a.c(2)));
}

/// The same, for an arithmetic that leaves out `full` where all numbers at hand are moderate: F shortcut(M m, F moderate, F full).
template <class A>
typename A::F exp_mostly_moderate(A& a, typename A::F x) {
  return a.shortcut(a.lt(a.abs(x), a.c(vecmath::kModerateExponent)), moderate_exp(a, x), exp(a, x));
}

/// ln x. log(0) = -inf, log(inf) = inf, log(x < 0) = NaN = log(NaN).
template <class A>
typename A::F log(A& a, typename A::F x) {
  using namespace vecmath;
  const auto [e, m] = split(a, x);
  const auto f = a.sub(m, a.c(1));
  const auto s = a.div(f, a.add(a.c(2), f));
  const auto z = a.mul(s, s);
  const auto r = a.mul(z, horner(a, kLogFromCube, z));
  const auto half_square = a.mul(a.mul(a.c(0.5), f), f);
  // ln(1+f) = f - f^2/2 + s (f^2/2 + r): the large parts are exact (fdlibm's arrangement)
  const auto small = a.fma(e, a.c(kLn2LogLow), a.mul(s, a.add(half_square, r)));
  const auto finite = a.fma(e, a.c(kLn2LogHigh), a.sub(f, a.sub(half_square, small)));
  const auto inf = a.c(__builtin_inf());
  const auto upper = a.select(a.lt(x, inf), finite, x);
  const auto lower = a.select(a.eq(x, a.c(0)), a.neg(inf), a.c(__builtin_nan("")));
  return a.select(a.le(x, a.c(0)), lower, upper);
}

/// ln(1+x), x > -1, right for small x: ln(t) / (t - 1) hardly depends on the rounding of t = 1 + x (W.
/// Kahan).
template <class A>
typename A::F log1p(A& a, typename A::F x) {
  const auto t = a.add(a.c(1), x);
  const auto rounded = a.sub(t, a.c(1));
  const auto ln = log(a, t);
  const auto corrected = a.select(a.eq(rounded, a.c(0)), x, a.mul(ln, a.div(x, rounded)));
  return a.select(a.lt(t, a.c(__builtin_inf())), corrected, ln);
}

/// x^y for x >= 0. pow(x, 0) = 1 = pow(1, y); pow(0, y > 0) = 0, pow(0, y < 0) = inf; pow(inf, y > 0) = inf,
/// pow(inf, y < 0) = 0; x < 0 or NaN, or y NaN, otherwise gives NaN. Exact where the result is a double (3^2
/// = 9).
template <class A>
typename A::F pow(A& a, typename A::F x, typename A::F y) {
  using namespace vecmath;
  const auto inf = a.c(__builtin_inf());
  const auto zero = a.c(0);
  const auto ln = log_double(a, x);
  const auto high = a.select(a.eq(x, zero), a.neg(inf), a.select(a.eq(x, inf), inf, ln.high));
  const auto product = a.mul(y, high);
  const auto inside = a.max(a.c(-746), a.min(a.c(746), product));
  const auto product_low = a.fma(y, ln.low, a.fma(y, high, a.neg(product)));
  const auto low = a.select(a.eq(inside, product), product_low, zero);
  const auto power = exp_reduced(a, inside, low);
  const auto defined = a.select(a.le(zero, x), power, a.c(__builtin_nan("")));
  return a.select(a.mor(a.eq(y, zero), a.eq(x, a.c(1))), a.c(1), defined);
}

/// 1 / (1 + e^-x), exact in both tails. The power is made with more care than by exp, whose error the quotient could double.
template <class A>
typename A::F logistic(A& a, typename A::F x) {
  const auto e = vecmath::exp_reduced(a, a.max(a.c(-746), a.min(a.c(0), a.neg(a.abs(x)))), a.c(0));
  const auto top = a.select(a.lt(x, a.c(0)), e, a.c(1));
  const auto below = a.add(a.c(1), e);
  const auto below_low = a.add(a.sub(a.c(1), below), e);  // what the sum lost
  const auto inverse = a.div(a.c(1), below);
  const auto quotient = a.mul(top, inverse);
  const auto rest = a.fma(a.neg(quotient), below_low, a.fma(a.neg(quotient), below, top));
  return a.fma(rest, inverse, quotient);
}

}  // namespace horizon::rng
