#include "runtime/rng/scalar_math.hpp"

#include "runtime/rng/vecmath.hpp"

namespace horizon::rng {

double exact_exp(double x) {
  ScalarArith a;
  return exp(a, x);
}

double exact_log(double x) {
  ScalarArith a;
  return log(a, x);
}

double exact_pow(double x, double y) {
  ScalarArith a;
  return pow(a, x, y);
}

double exact_logistic(double x) {
  ScalarArith a;
  return logistic(a, x);
}

double exact_log1p(double x) {
  ScalarArith a;
  return log1p(a, x);
}

double exact_expm1(double x) {
  if (x > 0.4 || x < -0.4) return exact_exp(x) - 1;
  const double e = exact_exp(x);
  if (e == 1) return x;
  return (e - 1) * (x / exact_log(e));
}

}  // namespace horizon::rng
