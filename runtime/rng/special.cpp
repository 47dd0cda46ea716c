#include "runtime/rng/special.hpp"

#include <cmath>

#include "runtime/rng/constants.hpp"
#include "runtime/rng/quantile.hpp"
#include "runtime/rng/scalar_math.hpp"

namespace horizon::rng {

namespace {

constexpr double kNaN = __builtin_nan("");
constexpr double kInf = __builtin_inf();

// Stirling's series from here on: its first omitted term is below 1e-16.
constexpr double kStirlingFrom = 10;

/// ln Gamma(z), z >= kStirlingFrom (DLMF 5.11.1).
double stirling(double z) {
  const double i = 1 / z, q = i * i;
  double s = -691.0 / 360360;
  s = s * q + 1.0 / 1188;
  s = s * q - 1.0 / 1680;
  s = s * q + 1.0 / 1260;
  s = s * q - 1.0 / 360;
  s = s * q + 1.0 / 12;
  return (z - 0.5) * exact_log(z) - z + vecmath::kHalfLn2Pi + s * i;
}

/// x (x+1) ... up to the first argument at or above kStirlingFrom, which x becomes.
double rising_product(double& x) {
  double product = 1;
  for (; x < kStirlingFrom; x += 1) product *= x;
  return product;
}

/// I_x(a,b) a B(a,b) / (x^a (1-x)^b) by its continued fraction (DLMF 8.17.22), Lentz's method; fast below the
/// mean.
double beta_fraction(double a, double b, double x) {
  double value = 1, c = 1, d = 0;
  for (int i = 1; i < 20000; ++i) {
    const double m = std::floor(i / 2.0);
    const double numerator = i % 2 == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                                        : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + numerator * d);
    c = 1 + numerator / c;
    const double factor = c * d;
    value *= factor;
    if (std::fabs(factor - 1) < 1e-16) break;
  }
  return 1 / value;
}

/// Gamma(k,x) e^x x^-k by its continued fraction (DLMF 8.9.2), Lentz's method; fast above the mean.
double gamma_fraction(double k, double x) {
  double b = x + 1 - k, c = kInf, d = 1 / b, value = d;
  for (int i = 1; i < 100000; ++i) {
    const double n = i * (k - i);
    b += 2;
    d = 1 / (b + n * d);
    c = b + n / c;
    const double factor = c * d;
    value *= factor;
    if (std::fabs(factor - 1) < 1e-16) break;
  }
  return value;
}

/// k times the lower incomplete gamma function over x^k e^-x (DLMF 8.7.1).
double gamma_series(double k, double x) {
  double sum = 1, term = 1;
  for (int i = 1; i < 100000; ++i) {
    term *= x / (k + i);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

double log_complement(double log_tail) { return exact_log1p(-exact_exp(log_tail)); }

/// phi(z): the rounding error of z^2 is put back.
double normal_density(double z) {
  const double square = z * z;
  const double error = std::fma(z, z, -square);
  return vecmath::kInverseSqrt2Pi * exact_exp(-0.5 * square) * (1 - 0.5 * error);
}

/// P(Z > z), z >= 0: continued fraction of Mills' ratio (Laplace) in the tail, power series else.
double normal_upper_tail(double z) {
  if (z > 1) {
    double f = z;
    for (int n = 400; n >= 1; --n) f = z + n / f;
    return normal_density(z) / f;
  }
  double sum = 0, term = z;
  for (int k = 3; term > 1e-18; k += 2) {
    sum += term;
    term *= z * z / k;
  }
  return 0.5 - normal_density(z) * sum;
}

}  // namespace

double log_gamma(double x) {
  if (!(x > 0)) return kNaN;
  const double product = rising_product(x);
  return stirling(x) - exact_log(product);
}

double gamma_function(double x) {
  if (!(x > 0)) return kNaN;
  const double product = rising_product(x);
  return exact_exp(stirling(x)) / product;
}

double log_beta_function(double a, double b) { return log_gamma(a) + log_gamma(b) - log_gamma(a + b); }

Tail beta_lower_tail(double a, double b, double log_c, double x, double y) {
  const double log_x = exact_log(x), log_y = x < 0.5 ? exact_log1p(-x) : exact_log(y);
  const double log_density = (a - 1) * log_x + (b - 1) * log_y - log_c;
  const double log_power = a * log_x + b * log_y - log_c;
  if (x * (a + b + 2) <= a + 1) {
    return {log_power - exact_log(a) + exact_log(beta_fraction(a, b, x)), log_density};
  }
  const double upper = log_power - exact_log(b) + exact_log(beta_fraction(b, a, y));
  return {log_complement(upper), log_density};
}

Tail gamma_lower_tail(double k, double log_c, double x) {
  const double log_x = exact_log(x);
  const double log_power = k * log_x - x - log_c;
  const double log_density = (k - 1) * log_x - x - log_c;
  if (x <= k + 1) return {log_power - exact_log(k) + exact_log(gamma_series(k, x)), log_density};
  return {log_complement(log_power + exact_log(gamma_fraction(k, x))), log_density};
}

Tail gamma_upper_tail(double k, double log_c, double x) {
  const double log_x = exact_log(x);
  const double log_power = k * log_x - x - log_c;
  const double log_density = (k - 1) * log_x - x - log_c;
  if (x > k + 1) return {log_power + exact_log(gamma_fraction(k, x)), log_density};
  return {log_complement(log_power - exact_log(k) + exact_log(gamma_series(k, x))), log_density};
}

double beta_cdf(double a, double b, double x) {
  if (!(a > 0) || !(b > 0) || !(x == x)) return kNaN;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return exact_exp(beta_lower_tail(a, b, log_beta_function(a, b), x, 1 - x).log_tail);
}

double gamma_cdf(double k, double x) {
  if (!(k > 0) || !(x == x)) return kNaN;
  if (x <= 0) return 0;
  if (x == kInf) return 1;
  return exact_exp(gamma_lower_tail(k, log_gamma(k), x).log_tail);
}

double normal_cdf(double z) {
  if (z == -kInf) return 0;
  if (z == kInf) return 1;
  return z < 0 ? normal_upper_tail(-z) : 1 - normal_upper_tail(z);
}

double normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return kNaN;
  if (p == 0) return -kInf;
  if (p == 1) return kInf;
  if (p == 0.5) return 0;
  const double w = p < 0.5 ? p : 1 - p;
  // Start: the shared table at a lattice point near w, or the tail's leading term beyond the lattice.
  double z = std::sqrt(-2 * exact_log(w));
  if (w >= 0x1p-52) {
    ScalarArith a;
    z = -normal_inverse(a, static_cast<std::uint64_t>(w * 0x1p53));
  }
  // Halley's rule; three steps from the table, more from the leading term.
  for (int i = 0; i < 8; ++i) {
    const double error = (normal_upper_tail(z) - w) / normal_density(z);
    const double step = error / (1 - 0.5 * z * error);
    z += step;
    if (std::fabs(step) < 1e-9) break;
  }
  return p < 0.5 ? -z : z;
}

}  // namespace horizon::rng
