#pragma once
// Points of the beta and gamma distributions found by Newton's method on the logarithm of the tail (internal
// to runtime/rng: tables start from one, drawn parameters are solved at each draw).

namespace horizon::rng {

/// A point x and dx / d ln w there, w the tail probability.
struct TailPoint {
  double x;
  double slope;
};

/// P(X <= x) = w for beta(a, b), w <= 1/2; log_c = ln B(a, b).
TailPoint solve_beta_lower(double a, double b, double log_c, double w);
/// P(X <= x) = w, or P(X > x) = w, for gamma(k), w <= 1/2; log_c = ln Gamma(k). The slope is negative above.
TailPoint solve_gamma_lower(double k, double log_c, double w);
TailPoint solve_gamma_upper(double k, double log_c, double w);

}  // namespace horizon::rng
