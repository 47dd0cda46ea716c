#include "compiler/eval/quantile.hpp"

#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "runtime/rng/philox.hpp"
#include "runtime/rng/poisson.hpp"
#include "runtime/rng/quantile.hpp"
#include "runtime/rng/special.hpp"

namespace horizon::eval {
namespace {

using model::Distribution;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Draw {
  std::uint64_t bits;
  double u, v;  ///< v = 1 - u, exactly

  explicit Draw(std::uint64_t draw_bits) : bits(draw_bits) {
    rng::ScalarArith a;
    const auto uniform = rng::uniform_of(a, draw_bits);
    u = uniform.u;
    v = uniform.v;
  }
  /// The standard normal's quantile.
  double z() const {
    rng::ScalarArith a;
    return rng::normal_inverse(a, bits);
  }
};

/// z of the upper end of the central interval that holds `probability`.
double interval_z(double probability) { return -rng::normal_quantile((1 - probability) / 2); }

/// The normal quantile through (low, -z) and (high, z).
double between(double low, double high, double probability, const Draw& draw) {
  if (!(low < high) || !(probability > 0 && probability < 1)) return kNone;
  return (low + high) / 2 + (high - low) / (2 * interval_z(probability)) * draw.z();
}

double lognormal(double mean, double sd, const Draw& draw) {
  if (!(mean > 0) || !(sd > 0)) return kNone;
  const double variance = std::log1p(sd / mean * (sd / mean));
  return std::exp(std::log(mean) - variance / 2 + std::sqrt(variance) * draw.z());
}

double lognormal_median(double median, double value, double probability, const Draw& draw) {
  if (!(median > 0) || !(value > 0)) return kNone;
  const double sigma = (std::log(value) - std::log(median)) / rng::normal_quantile(probability);
  return sigma > 0 ? std::exp(std::log(median) + sigma * draw.z()) : kNone;
}

double logit_normal(double low, double high, double probability, const Draw& draw) {
  if (!(low > 0) || !(high < 1)) return kNone;
  const double x = between(std::log(low / (1 - low)), std::log(high / (1 - high)), probability, draw);
  return 1 / (1 + std::exp(-x));
}

double triangular(double low, double mode, double high, const Draw& draw) {
  if (!(low <= mode && mode <= high && low < high)) return kNone;
  const double width = high - low;
  if (draw.u * width < mode - low) return low + std::sqrt(draw.u * width * (mode - low));
  return high - std::sqrt(draw.v * width * (high - mode));
}

double weibull(double mean, double shape, const Draw& draw) {
  if (!(mean > 0) || !(shape > 0)) return kNone;
  return mean / std::tgamma(1 + 1 / shape) * std::pow(-std::log(draw.v), 1 / shape);
}

/// v1, w1, v2, w2...: the first value at which the weights up to there exceed u.
double discrete(const std::vector<double>& p, const Draw& draw) {
  double total = 0, sum = 0;
  for (std::size_t i = 1; i < p.size(); i += 2) total += p[i];
  for (std::size_t i = 1; i < p.size(); i += 2) {
    sum += p[i];
    if (draw.u < sum / total) return p[i - 1];
  }
  return total > 0 ? p[p.size() - 2] : kNone;
}

}  // namespace

double Quantiles::beta(double a, double b) {
  if (!fixed_) return rng::beta_quantile(a, b, bits_);
  auto& table = beta_tables_[{a, b}];
  if (table.empty()) {
    const auto built = rng::build_beta_table(a, b);
    if (!built) return kNone;
    table = built->coefficients;
  }
  return rng::table_value(table, bits_);
}

double Quantiles::gamma_shape(double k) {
  if (!fixed_) return rng::gamma_quantile(k, bits_);
  auto& table = gamma_tables_[k];
  if (table.empty()) {
    const auto built = rng::build_gamma_table(k);
    if (!built) return kNone;
    table = built->coefficients;
  }
  return rng::table_value(table, bits_);
}

double Quantiles::pert(double low, double mode, double high) {
  if (!(low <= mode && mode <= high && low < high)) return kNone;
  const double a = 1 + 4 * (mode - low) / (high - low), b = 1 + 4 * (high - mode) / (high - low);
  return low + (high - low) * beta(a, b);
}

double Quantiles::beta_mean_sd(double mean, double sd) {
  const double size = mean * (1 - mean) / (sd * sd) - 1;
  if (!(sd > 0) || !(size > 0)) return kNone;
  return beta(mean * size, (1 - mean) * size);
}

double Quantiles::gamma(double mean, double sd) {
  if (!(mean > 0) || !(sd > 0)) return kNone;
  return sd * sd / mean * gamma_shape(mean / sd * (mean / sd));
}

double Quantiles::value(Distribution distribution, const std::vector<double>& p, bool fixed, std::uint64_t bits) {
  bits_ = bits;
  fixed_ = fixed;
  const Draw draw(bits);
  switch (distribution) {
    case Distribution::Uniform: return p[0] + (p[1] - p[0]) * draw.u;
    case Distribution::Normal: return p[1] > 0 ? p[0] + p[1] * draw.z() : kNone;
    case Distribution::NormalP: return between(p[0], p[1], p[2], draw);
    case Distribution::Lognormal: return lognormal(p[0], p[1], draw);
    case Distribution::LognormalP:
      return p[0] > 0 ? std::exp(between(std::log(p[0]), std::log(p[1]), p[2], draw)) : kNone;
    case Distribution::LognormalMedian: return lognormal_median(p[0], p[1], p[2], draw);
    case Distribution::LogitNormalP: return logit_normal(p[0], p[1], p[2], draw);
    case Distribution::Triangular: return triangular(p[0], p[1], p[2], draw);
    case Distribution::Pert: return pert(p[0], p[1], p[2]);
    case Distribution::Beta: return beta(p[0], p[1]);
    case Distribution::BetaMeanSd: return beta_mean_sd(p[0], p[1]);
    case Distribution::Gamma: return gamma(p[0], p[1]);
    case Distribution::Weibull: return weibull(p[0], p[1], draw);
    case Distribution::Exponential: return p[0] > 0 ? -p[0] * std::log(draw.v) : kNone;
    case Distribution::Poisson: return rng::poisson_quantile(p[0], bits);
    case Distribution::Chance: return draw.u < p[0] ? 1 : 0;
    case Distribution::Discrete: return discrete(p, draw);
  }
  HZ_UNREACHABLE("distribution");
}

}  // namespace horizon::eval
