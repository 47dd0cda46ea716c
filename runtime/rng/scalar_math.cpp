#include "runtime/rng/scalar_math.hpp"

#include "runtime/rng/vecmath.hpp"

namespace horizon::rng {

// With fma as an instruction where there is one, in place of calls; it is exactly defined, so the bits are the same.
#define HZ_WITH_FMA [[gnu::flatten, gnu::target_clones("default", "arch=x86-64-v3")]]

HZ_WITH_FMA double exact_exp(double x) {
  ScalarArith a;
  return exp(a, x);
}

HZ_WITH_FMA double exact_log(double x) {
  ScalarArith a;
  return log(a, x);
}

HZ_WITH_FMA double exact_pow(double x, double y) {
  ScalarArith a;
  return pow(a, x, y);
}

HZ_WITH_FMA double exact_logistic(double x) {
  ScalarArith a;
  return logistic(a, x);
}

HZ_WITH_FMA double exact_log1p(double x) {
  ScalarArith a;
  return log1p(a, x);
}

double exact_expm1(double x) {
  if (x > 0.4 || x < -0.4) return exact_exp(x) - 1;
  const double e = exact_exp(x);
  if (e == 1) return x;
  return (e - 1) * (x / exact_log(e));
}

#undef HZ_WITH_FMA

}  // namespace horizon::rng
