#include "runtime/rng/fits.hpp"

#include <cmath>
#include <initializer_list>

#include "runtime/rng/quantile_table.hpp"
#include "runtime/rng/scalar_math.hpp"
#include "runtime/rng/special.hpp"

namespace horizon::rng {

namespace {

Unexpected<FitError> fail(FitError error) { return {error}; }

bool all_finite(std::initializer_list<double> values) {
  for (const double v : values) {
    if (!std::isfinite(v)) return false;
  }
  return true;
}

bool is_probability(double p) { return p > 0 && p < 1; }

/// A result that over- or underflowed is as good as none.
Fit<LocationScale> checked(LocationScale p) {
  if (!all_finite({p.mu, p.sigma})) return fail(FitError::not_finite);
  if (!(p.sigma > 0)) return fail(FitError::sd_not_positive);
  return p;
}

double same(double x) { return x; }
double logit(double x) { return exact_log(x / (1 - x)); }

/// Two quantiles of g(X) ~ normal.
Fit<LocationScale> through(QuantilePoint low, QuantilePoint high, double (*g)(double)) {
  if (!all_finite({low.p, low.x, high.p, high.x})) return fail(FitError::not_finite);
  if (!is_probability(low.p) || !is_probability(high.p)) return fail(FitError::probability);
  if (!(low.p < high.p) || !(low.x < high.x)) return fail(FitError::not_increasing);
  const double z1 = normal_quantile(low.p), z2 = normal_quantile(high.p);
  const double g1 = g(low.x), g2 = g(high.x);
  const double sigma = (g2 - g1) / (z2 - z1);
  return checked({g1 - sigma * z1, sigma});
}

/// A central interval of g(X) ~ normal: the middle is the mean.
Fit<LocationScale> around(double low, double high, double width, double (*g)(double)) {
  if (!all_finite({low, high, width})) return fail(FitError::not_finite);
  if (!is_probability(width)) return fail(FitError::probability);
  if (!(low < high)) return fail(FitError::not_increasing);
  const double z = -normal_quantile((1 - width) / 2);
  const double g1 = g(low), g2 = g(high);
  return checked({0.5 * g1 + 0.5 * g2, (g2 - g1) / (2 * z)});
}

}  // namespace

Fit<LocationScale> normal_from_mean_sd(double mean, double sd) {
  if (!all_finite({mean, sd})) return fail(FitError::not_finite);
  return checked({mean, sd});
}

Fit<LocationScale> normal_from_quantiles(QuantilePoint low, QuantilePoint high) {
  return through(low, high, same);
}

Fit<LocationScale> lognormal_from_mean_sd(double mean, double sd) {
  if (!all_finite({mean, sd})) return fail(FitError::not_finite);
  if (!(mean > 0)) return fail(FitError::mean_not_positive);
  if (!(sd > 0)) return fail(FitError::sd_not_positive);
  const double cv = sd / mean;
  const double variance = exact_log1p(cv * cv);
  return checked({exact_log(mean) - 0.5 * variance, std::sqrt(variance)});
}

Fit<LocationScale> lognormal_from_quantiles(QuantilePoint low, QuantilePoint high) {
  if (low.x <= 0 || high.x <= 0) return fail(FitError::value_not_positive);
  return through(low, high, exact_log);
}

Fit<LocationScale> logit_normal_from_quantiles(QuantilePoint low, QuantilePoint high) {
  if (low.x <= 0 || high.x <= 0 || low.x >= 1 || high.x >= 1) return fail(FitError::value_not_share);
  return through(low, high, logit);
}

Fit<LocationScale> normal_from_interval(double low, double high, double width) {
  return around(low, high, width, same);
}

Fit<LocationScale> lognormal_from_interval(double low, double high, double width) {
  if (low <= 0 || high <= 0) return fail(FitError::value_not_positive);
  return around(low, high, width, exact_log);
}

Fit<LocationScale> logit_normal_from_interval(double low, double high, double width) {
  if (low <= 0 || high <= 0 || low >= 1 || high >= 1) return fail(FitError::value_not_share);
  return around(low, high, width, logit);
}

Fit<BetaShape> beta_from_shapes(double a, double b) {
  if (!all_finite({a, b})) return fail(FitError::not_finite);
  if (!(a > 0) || !(b > 0)) return fail(FitError::shape_not_positive);
  if (!in_range({TableRow::Kind::beta, a, b})) return fail(FitError::shape_out_of_range);
  return BetaShape{a, b};
}

// Method of moments: a + b = mean (1 - mean) / sd^2 - 1.
Fit<BetaShape> beta_from_mean_sd(double mean, double sd) {
  if (!all_finite({mean, sd})) return fail(FitError::not_finite);
  if (!is_probability(mean)) return fail(FitError::mean_not_share);
  if (!(sd > 0)) return fail(FitError::sd_not_positive);
  const double total = mean * (1 - mean) / (sd * sd) - 1;
  if (!(total > 0)) return fail(FitError::sd_too_large);
  const double a = mean * total, b = (1 - mean) * total;
  if (!in_range({TableRow::Kind::beta, a, b})) return fail(FitError::shape_out_of_range);
  return BetaShape{a, b};
}

Fit<BetaShape> pert(double min, double mode, double max) {
  if (!all_finite({min, mode, max}) || !std::isfinite(max - min)) return fail(FitError::not_finite);
  if (!(min < max) || !(min <= mode) || !(mode <= max)) return fail(FitError::not_increasing);
  const double width = max - min;
  return BetaShape{1 + 4 * (mode - min) / width, 1 + 4 * (max - mode) / width, min, width};
}

Fit<GammaShape> gamma_from_shape_scale(double k, double scale) {
  if (!all_finite({k, scale})) return fail(FitError::not_finite);
  if (!(k > 0) || !(scale > 0)) return fail(FitError::shape_not_positive);
  if (!in_range({TableRow::Kind::gamma, k})) return fail(FitError::shape_out_of_range);
  return GammaShape{k, scale};
}

Fit<GammaShape> gamma_from_mean_sd(double mean, double sd) {
  if (!all_finite({mean, sd})) return fail(FitError::not_finite);
  if (!(mean > 0)) return fail(FitError::mean_not_positive);
  return gamma_from_mean_cv(mean, sd / mean);
}

Fit<GammaShape> gamma_from_mean_cv(double mean, double cv) {
  if (!all_finite({mean, cv})) return fail(FitError::not_finite);
  if (!(mean > 0)) return fail(FitError::mean_not_positive);
  if (!(cv > 0)) return fail(FitError::sd_not_positive);
  const double k = 1 / (cv * cv);
  if (!in_range({TableRow::Kind::gamma, k})) return fail(FitError::shape_out_of_range);
  return GammaShape{k, mean / k};
}

Fit<WeibullShape> weibull_from_shape_scale(double shape, double scale) {
  if (!all_finite({shape, scale})) return fail(FitError::not_finite);
  if (!(shape > 0) || !(scale > 0)) return fail(FitError::shape_not_positive);
  return WeibullShape{shape, scale};
}

Fit<WeibullShape> weibull_from_mean_shape(double mean, double shape) {
  if (!all_finite({mean, shape})) return fail(FitError::not_finite);
  if (!(mean > 0)) return fail(FitError::mean_not_positive);
  if (!(shape > 0)) return fail(FitError::shape_not_positive);
  if (shape < 0.01) return fail(FitError::shape_out_of_range);  // Gamma(1 + 1/shape) leaves the doubles
  return weibull_from_shape_scale(shape, mean / gamma_function(1 + 1 / shape));
}

Fit<std::vector<double>> discrete_thresholds(std::span<const double> weights) {
  double total = 0;
  for (const double w : weights) {
    if (!std::isfinite(w)) return fail(FitError::not_finite);
    if (w < 0) return fail(FitError::probability);
    total += w;
  }
  if (!(total > 0) || !std::isfinite(total)) return fail(FitError::probability);
  std::vector<double> cumulated;
  double sum = 0;
  for (const double w : weights) {
    sum += w;
    cumulated.push_back(sum / total);
  }
  return cumulated;
}

double lognormal_mean(LocationScale p) { return exact_exp(p.mu + 0.5 * p.sigma * p.sigma); }

double lognormal_sd(LocationScale p) { return lognormal_mean(p) * std::sqrt(exact_expm1(p.sigma * p.sigma)); }

double beta_mean(const BetaShape& p) { return p.offset + p.scale * (p.a / (p.a + p.b)); }

double beta_sd(const BetaShape& p) {
  const double total = p.a + p.b;
  return p.scale * std::sqrt(p.a * p.b / (total + 1)) / total;
}

double weibull_mean(const WeibullShape& p) { return p.scale * gamma_function(1 + 1 / p.shape); }

}  // namespace horizon::rng
