#pragma once
// The only operations that a result may be made of: IEEE-exact ones (+ - * / sqrt fma, comparisons, floor)
// and integers.
//
// The mathematics of draws is written once, as templates over an arithmetic `A`. ScalarArith below makes C++
// values of it; the compiler gives an A whose F, I, M are handles and whose operations emit IR. Both then
// have the same bits.
//
// An A offers:
//   types F (binary64), I (64-bit integer, two's complement), M (truth value)
//   F c(double)   I ci(int64_t)
//   F add sub mul div (F, F)   F fma(F x, F y, F z) = x*y+z, rounded once   F neg abs sqrt floor (F)
//   F min(F x, F y) = x < y ? x : y    F max(F x, F y) = x > y ? x : y    (so a NaN in y passes through)
//   M lt le eq (F, F)   M ieq ilt(signed) ult(unsigned) (I, I)   M mand mor (M, M)   M mnot(M)
//   F select(M, F, F)   I iselect(M, I, I)
//   I f2bits(F)   F bits2f(I)
//   I iadd isub imul iand ior ixor (I, I)   I shl shr sar (I, int)   I umul32(I, I) = product of the low
//   32-bit halves F table(const double* t, int size, I index): t[index]; t lives as long as the program, size
//   is a power of two,
//     0 <= index < size.
#include <bit>
#include <cmath>
#include <cstdint>

namespace horizon::rng {

/// The arithmetic of plain C++ values. std::fma is exact with and without FMA hardware.
struct ScalarArith {
  using F = double;
  using I = std::uint64_t;
  using M = bool;

  static F c(double x) { return x; }
  static I ci(std::int64_t x) { return static_cast<I>(x); }

  static F add(F x, F y) { return x + y; }
  static F sub(F x, F y) { return x - y; }
  static F mul(F x, F y) { return x * y; }
  static F div(F x, F y) { return x / y; }
  static F fma(F x, F y, F z) { return std::fma(x, y, z); }
  static F neg(F x) { return -x; }
  static F abs(F x) { return std::fabs(x); }
  static F sqrt(F x) { return std::sqrt(x); }
  static F floor(F x) { return std::floor(x); }
  static F min(F x, F y) { return x < y ? x : y; }
  static F max(F x, F y) { return x > y ? x : y; }

  static M lt(F x, F y) { return x < y; }
  static M le(F x, F y) { return x <= y; }
  static M eq(F x, F y) { return x == y; }
  static M ieq(I x, I y) { return x == y; }
  static M ilt(I x, I y) { return static_cast<std::int64_t>(x) < static_cast<std::int64_t>(y); }
  static M ult(I x, I y) { return x < y; }
  static M mand(M x, M y) { return x && y; }
  static M mor(M x, M y) { return x || y; }
  static M mnot(M x) { return !x; }

  static F select(M m, F x, F y) { return m ? x : y; }
  static I iselect(M m, I x, I y) { return m ? x : y; }
  static I f2bits(F x) { return std::bit_cast<I>(x); }
  static F bits2f(I x) { return std::bit_cast<F>(x); }

  static I iadd(I x, I y) { return x + y; }
  static I isub(I x, I y) { return x - y; }
  static I imul(I x, I y) { return x * y; }
  static I iand(I x, I y) { return x & y; }
  static I ior(I x, I y) { return x | y; }
  static I ixor(I x, I y) { return x ^ y; }
  static I shl(I x, int n) { return x << n; }
  static I shr(I x, int n) { return x >> n; }
  static I sar(I x, int n) { return static_cast<I>(static_cast<std::int64_t>(x) >> n); }
  static I umul32(I x, I y) { return (x & 0xffffffffu) * (y & 0xffffffffu); }

  static F table(const double* t, int /*size*/, I index) { return t[index]; }
};

/// The double of an integer 0 <= i < 2^52, exactly.
template <class A>
typename A::F i2f(A& a, typename A::I i) {
  const auto lifted = a.bits2f(a.ior(i, a.ci(0x4330000000000000)));  // 2^52 + i
  return a.sub(lifted, a.c(0x1p52));
}

/// The double of an integer -2^51 <= i < 2^51, exactly.
template <class A>
typename A::F signed_i2f(A& a, typename A::I i) {
  const auto lifted = a.bits2f(a.iadd(i, a.ci(0x4338000000000000)));  // 1.5 * 2^52 + i
  return a.sub(lifted, a.c(0x1.8p52));
}

}  // namespace horizon::rng
