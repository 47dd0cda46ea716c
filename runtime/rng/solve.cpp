#include "runtime/rng/solve.hpp"

#include <cmath>

#include "runtime/rng/quantile.hpp"
#include "runtime/rng/quantile_table.hpp"
#include "runtime/rng/scalar_math.hpp"
#include "runtime/rng/special.hpp"

namespace horizon::rng {

namespace {

/// A trial point: x, its tail and dx/dv, v being the variable of the iteration.
struct Trial {
  double x;
  Tail tail;
  double dx_dv;
};

// The iteration runs in v = ln x (gamma) or v = ln(x / (1-x)) (beta): there the density is log-concave for
// all shapes, so the logarithm of either tail is concave and, after the first step, Newton's steps come from
// one side. `sign` is +1 for a lower, -1 for an upper tail.
template <class TrialAt>
TailPoint newton(TrialAt&& trial_at, double log_w, double v, double sign, double near) {
  constexpr double kLargestStep = 3;  // a start in the flat part must not be thrown away
  for (int i = 0;; ++i) {
    const Trial trial = trial_at(v);
    const double distance = log_w - trial.tail.log_tail;
    const double slope = sign * exact_exp(trial.tail.log_tail - trial.tail.log_density);
    if (std::fabs(distance) <= near || i == 200) return {trial.x, slope, distance};
    const double step = distance * slope / trial.dx_dv;
    v += step < kLargestStep ? (step > -kLargestStep ? step : -kLargestStep) : kLargestStep;
  }
}

/// Phi^-1(w) to three digits or better, w <= 1/2: enough to start from.
double rough_normal(double w) {
  ScalarArith a;
  return normal_inverse(a, static_cast<std::uint64_t>(w * 0x1p53));
}

/// First guess of ln(x / (1-x)): Abramowitz and Stegun 26.5.22 for large shapes, else the power law, which
/// lies below.
double start_beta(double a, double b, double log_c, double w) {
  if (a < 4 || b < 4) return (exact_log(w) + exact_log(a) + log_c) / a;
  const double z = -rough_normal(w);
  const double lambda = (z * z - 3) / 6;
  const double p = 1 / (2 * a - 1), q = 1 / (2 * b - 1);
  const double h = 2 / (p + q);
  const double t = z * std::sqrt(h + lambda) / h - (q - p) * (lambda + 5.0 / 6 - 2 / (3 * h));
  return exact_log(a / b) - 2 * t;
}

/// Wilson and Hilferty's cube; good to start from in the upper tail, and for large k in the lower one.
double cube_gamma(double k, double z) {
  const double root = 1 - 1 / (9 * k) + z / (3 * std::sqrt(k));
  return k * root * root * root;
}

/// Side and tail probability of a draw.
struct Side {
  bool upper;
  double w;
};

Side side_of(std::uint64_t bits) {
  ScalarArith a;
  const auto u = uniform_of(a, bits);
  return {u.upper, u.w};
}

}  // namespace

TailPoint solve_beta_lower(double a, double b, double log_c, double w, double near) {
  const auto trial_at = [&](double v) {
    const double x = exact_logistic(v), y = exact_logistic(-v);
    return Trial{x, beta_lower_tail(a, b, log_c, x, y), x * y};
  };
  return newton(trial_at, exact_log(w), start_beta(a, b, log_c, w), 1, near);
}

TailPoint solve_gamma_lower(double k, double log_c, double w, double near) {
  const auto trial_at = [&](double v) {
    const double x = exact_exp(v);
    return Trial{x, gamma_lower_tail(k, log_c, x), x};
  };
  const double log_w = exact_log(w);
  double v = (log_w + exact_log(k) + log_c) / k;
  if (k > 15) v = exact_log(cube_gamma(k, rough_normal(w)));
  return newton(trial_at, log_w, v, 1, near);
}

TailPoint solve_gamma_upper(double k, double log_c, double w, double near) {
  const auto trial_at = [&](double v) {
    const double x = exact_exp(v);
    return Trial{x, gamma_upper_tail(k, log_c, x), x};
  };
  const double log_w = exact_log(w);
  const double x = cube_gamma(k, -rough_normal(w));
  return newton(trial_at, log_w, exact_log(x), -1, near);
}

namespace {

/// What is left of the distance is taken out to first order: x has more digits than v when v is large.
double reached(const TailPoint& point) { return point.x + point.slope * point.distance; }

}  // namespace

double beta_quantile(double a, double b, std::uint64_t bits) {
  if (!in_range({TableRow::Kind::beta, a, b})) return __builtin_nan("");
  const auto [upper, w] = side_of(bits);
  const double log_c = log_beta_function(a, b);
  if (upper) return 1 - reached(solve_beta_lower(b, a, log_c, w, kNearForSlope));
  return reached(solve_beta_lower(a, b, log_c, w, kNearForSlope));
}

double gamma_quantile(double k, std::uint64_t bits) {
  if (!in_range({TableRow::Kind::gamma, k})) return __builtin_nan("");
  const auto [upper, w] = side_of(bits);
  const double log_c = log_gamma(k);
  return reached(upper ? solve_gamma_upper(k, log_c, w, kNearForSlope) : solve_gamma_lower(k, log_c, w, kNearForSlope));
}

}  // namespace horizon::rng
