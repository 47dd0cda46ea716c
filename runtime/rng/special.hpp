#pragma once
// Log gamma, incomplete gamma and beta, the normal CDF and quantile; exact operations only.

namespace horizon::rng {

/// ln Gamma(x), x > 0.
double log_gamma(double x);
/// Gamma(x), 0 < x < 170.
double gamma_function(double x);

/// Phi(z), relative error about 1e-14 in the lower tail.
double normal_cdf(double z);
/// z with Phi(z) = p, 0 < p < 1 (any double), within a few ulp; -inf at 0, +inf at 1, NaN outside.
double normal_quantile(double p);

/// A logarithm of a tail probability and of the density there.
struct Tail {
  double log_tail;
  double log_density;
};

/// ln P(X <= x) of beta(a, b), 0 < x < 1; log_c = ln B(a, b). `y` = 1 - x, where it is known better.
Tail beta_lower_tail(double a, double b, double log_c, double x, double y);
/// ln P(X <= x) or ln P(X > x) of gamma(k), x > 0; log_c = ln Gamma(k).
Tail gamma_lower_tail(double k, double log_c, double x);
Tail gamma_upper_tail(double k, double log_c, double x);

double log_beta_function(double a, double b);

/// I_x(a, b), regularised incomplete beta.
double beta_cdf(double a, double b, double x);
/// P(k, x), regularised lower incomplete gamma.
double gamma_cdf(double k, double x);

}  // namespace horizon::rng
