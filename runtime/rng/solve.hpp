#pragma once
// Points of the beta and gamma distributions found by Newton's method on the logarithm of the tail (internal
// to runtime/rng: tables start from one, drawn parameters are solved at each draw).

namespace horizon::rng {

/// A point near the one that is wanted: x, dx / d ln w there, and how far ln w is from the logarithm of the tail at x.
struct TailPoint {
  double x;
  double slope;
  double distance;
};

/// How near is near. Within the first a Taylor series of a few terms reaches the point wanted, within the second its first term does.
inline constexpr double kNearForSeries = 0.3, kNearForSlope = 1e-6;

/// P(X <= x) = w for beta(a, b), w <= 1/2; log_c = ln B(a, b). |distance| <= near.
TailPoint solve_beta_lower(double a, double b, double log_c, double w, double near);
/// P(X <= x) = w, or P(X > x) = w, for gamma(k), w <= 1/2; log_c = ln Gamma(k). The slope is negative above.
TailPoint solve_gamma_lower(double k, double log_c, double w, double near);
TailPoint solve_gamma_upper(double k, double log_c, double w, double near);

}  // namespace horizon::rng
