#pragma once
// From what an analyst states (mean and sd, quantiles, min/mode/max) to the parameters of a sampler.
// Every fit checks its input and says what is wrong; the message is the caller's.
#include <cstdint>
#include <span>
#include <vector>

#include "base/expected.hpp"

namespace horizon::rng {

enum class FitError : std::uint8_t {
  not_finite,          ///< a parameter is NaN or infinite
  mean_not_positive,   ///< mean <= 0 where it must be above 0
  mean_not_share,      ///< mean of a beta not strictly between 0 and 1
  sd_not_positive,     ///< sd (or cv, or width) <= 0
  sd_too_large,        ///< beta: sd^2 >= mean (1 - mean)
  value_not_positive,  ///< a quantile of a lognormal <= 0
  value_not_share,     ///< a quantile of a logit-normal not strictly between 0 and 1
  not_increasing,      ///< quantiles, or min, mode, max, out of order
  probability,         ///< a probability not strictly between 0 and 1, or weights negative or all 0
  shape_not_positive,  ///< a shape <= 0
  shape_out_of_range   ///< a shape outside what the samplers hold for (quantile_table.hpp)
};

template <class T>
using Fit = Expected<T, FitError>;

/// Mean mu and sd sigma: of x (normal), of ln x (lognormal), of ln(x / (1-x)) (logit-normal).
struct LocationScale {
  double mu = 0;
  double sigma = 1;
};
/// X = offset + scale * beta(a, b).
struct BetaShape {
  double a = 1;
  double b = 1;
  double offset = 0;
  double scale = 1;
};
/// X = scale * gamma(k).
struct GammaShape {
  double k = 1;
  double scale = 1;
};
/// X = scale * E^(1/shape), E standard exponential.
struct WeibullShape {
  double shape = 1;
  double scale = 1;
};
/// A quantile: P(X <= x) = p.
struct QuantilePoint {
  double p = 0.5;
  double x = 0;
};

Fit<LocationScale> normal_from_mean_sd(double mean, double sd);
Fit<LocationScale> normal_from_quantiles(QuantilePoint low, QuantilePoint high);
Fit<LocationScale> lognormal_from_mean_sd(double mean, double sd);
/// Any two quantiles; median and P90 is {0.5, m}, {0.9, x}.
Fit<LocationScale> lognormal_from_quantiles(QuantilePoint low, QuantilePoint high);
Fit<LocationScale> logit_normal_from_quantiles(QuantilePoint low, QuantilePoint high);

/// `width` of the central interval low..high: 0.8 is P10 to P90. The two tails have the same z, with opposite
/// signs.
Fit<LocationScale> normal_from_interval(double low, double high, double width = 0.8);
Fit<LocationScale> lognormal_from_interval(double low, double high, double width = 0.8);
Fit<LocationScale> logit_normal_from_interval(double low, double high, double width = 0.8);

Fit<BetaShape> beta_from_shapes(double a, double b);
Fit<BetaShape> beta_from_mean_sd(double mean, double sd);
/// a = 1 + 4 (mode - min) / (max - min), b = 1 + 4 (max - mode) / (max - min), scaled to min..max.
Fit<BetaShape> pert(double min, double mode, double max);

Fit<GammaShape> gamma_from_shape_scale(double k, double scale);
Fit<GammaShape> gamma_from_mean_sd(double mean, double sd);
Fit<GammaShape> gamma_from_mean_cv(double mean, double cv);

Fit<WeibullShape> weibull_from_shape_scale(double shape, double scale);
/// scale = mean / Gamma(1 + 1/shape).
Fit<WeibullShape> weibull_from_mean_shape(double mean, double shape);

/// Cumulated weights over their sum, in the given order; the last is 1. Weights >= 0, not all 0. For
/// discrete_quantile().
Fit<std::vector<double>> discrete_thresholds(std::span<const double> weights);

/// Means and sds, for messages and checks.
double lognormal_mean(LocationScale p);
double lognormal_sd(LocationScale p);
double beta_mean(const BetaShape& p);
double beta_sd(const BetaShape& p);
double weibull_mean(const WeibullShape& p);

}  // namespace horizon::rng
