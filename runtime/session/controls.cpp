#include "runtime/session/controls.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <unordered_map>

#include "runtime/rng/philox.hpp"
#include "runtime/rng/sobol.hpp"

namespace horizon::session {
namespace {

constexpr std::uint32_t block = 256;   // futures looked at together: whole lanes, whole points of all randomisations
constexpr std::uint32_t lanes = 8;
constexpr std::uint32_t replicates = rng::kSobolReplicates;
constexpr std::uint64_t futures_of_a_control = 64;
constexpr double least_pivot = 1e-9;   // of a control's variance; what is left beside the controls before it
constexpr double most_tilt = 0.5;

using Column = std::array<double, block>;
using Matrix = std::vector<std::vector<double>>;

/// The controls' values in one block of futures after another.
class Values {
 public:
  Values(const plan::SobolDraws& sobol, std::size_t controls, std::uint64_t seed) : sobol_(sobol), seed_(seed), x_(controls) {
    for (const plan::Control& control : std::span(sobol.controls).first(controls)) {
      places_.push_back({place(control.first), control.second ? std::optional(place(*control.second)) : std::nullopt});
    }
    of_draw_.resize(factors_.size());
  }

  void compute(std::uint64_t first_future) {
    for (std::size_t k = 0; k < factors_.size(); ++k) draw(factors_[k], first_future, of_draw_[k]);
    for (std::size_t a = 0; a < x_.size(); ++a) {
      x_[a] = of_draw_[places_[a].first];
      if (!places_[a].second) continue;
      const Column& other = of_draw_[*places_[a].second];
      for (std::uint32_t i = 0; i < block; ++i) x_[a][i] *= other[i];
    }
  }
  /// [control][lane] of the last block.
  const std::vector<Column>& x() const { return x_; }

 private:
  struct Places {
    std::size_t first;
    std::optional<std::size_t> second;
  };

  std::size_t place(const plan::ControlFactor& factor) {
    const auto [at, is_new] = place_of_.emplace(factor.draw, factors_.size());
    if (is_new) factors_.push_back(factor);
    return at->second;
  }
  void draw(const plan::ControlFactor& factor, std::uint64_t first_future, Column& to) {
    std::array<std::uint64_t, block> bits{};
    rng::sobol_block(seed_, sobol_.draws[factor.draw], first_future, block, bits.data());
    rng::ScalarArith a;
    for (std::uint32_t i = 0; i < block; ++i) {
      const double u = rng::uniform_of(a, bits[i]).u;
      to[i] = factor.chance ? (u < *factor.chance ? 1.0 : 0.0) - *factor.chance : u - 0.5;
    }
  }

  const plan::SobolDraws& sobol_;
  std::uint64_t seed_;
  std::unordered_map<std::uint32_t, std::size_t> place_of_;
  std::vector<plan::ControlFactor> factors_;   // one a draw
  std::vector<Places> places_;                 // [control]
  std::vector<Column> of_draw_;
  std::vector<Column> x_;
};

double product(const double* x, const double* y, std::uint32_t count) {
  std::array<double, lanes> sums{};
  std::uint32_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::uint32_t lane = 0; lane < lanes; ++lane) sums[lane] += x[i + lane] * y[i + lane];
  for (std::uint32_t lane = 0; i + lane < count; ++lane) sums[lane] += x[i + lane] * y[i + lane];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/// First and second moments over all futures.
struct Moments {
  std::vector<double> mean;   ///< [control]
  Matrix of_replicate;        ///< means, [replicate][control]
  Matrix covariance;          ///< lower triangle
};

template <class Each>
void for_each_block(std::uint64_t futures, Values& values, Each each) {
  for (std::uint64_t first = 0; first < futures; first += block) {
    values.compute(first);
    each(first, static_cast<std::uint32_t>(std::min<std::uint64_t>(block, futures - first)));
  }
}

Moments moments(Values& values, std::uint64_t futures) {
  const std::size_t n = values.x().size();
  const double all = static_cast<double>(futures);
  Moments m{std::vector<double>(n), Matrix(replicates, std::vector<double>(n)), Matrix(n, std::vector<double>(n))};
  for_each_block(futures, values, [&](std::uint64_t, std::uint32_t count) {
    for (std::size_t a = 0; a < n; ++a) {
      const Column& x = values.x()[a];
      for (std::uint32_t i = 0; i < count; ++i) m.of_replicate[i % replicates][a] += x[i];
      for (std::size_t b = 0; b <= a; ++b) m.covariance[a][b] += product(x.data(), values.x()[b].data(), count);
    }
  });
  for (std::size_t a = 0; a < n; ++a) {
    for (std::uint32_t r = 0; r < replicates; ++r) {
      m.mean[a] += m.of_replicate[r][a] / all;
      m.of_replicate[r][a] /= static_cast<double>((futures + replicates - 1 - r) / replicates);
    }
    for (std::size_t b = 0; b <= a; ++b) m.covariance[a][b] = m.covariance[a][b] / all - m.mean[a] * m.mean[b];
  }
  return m;
}

/// Cholesky's factor of the covariance, in its place. A control that is a sum of those before it, or that does not vary in these futures, is
/// left out: its row and column are 0.
void factorise(Matrix& c) {
  for (std::size_t a = 0; a < c.size(); ++a) {
    const double whole = c[a][a];
    for (std::size_t b = 0; b <= a; ++b) {
      for (std::size_t k = 0; k < b; ++k) c[a][b] -= c[a][k] * c[b][k];
      if (b < a) c[a][b] = c[b][b] > 0 ? c[a][b] / c[b][b] : 0;
    }
    if (c[a][a] > least_pivot * whole) {
      c[a][a] = std::sqrt(c[a][a]);
    } else {
      std::fill(c[a].begin(), c[a].end(), 0.0);
    }
  }
}

/// x := covariance^-1 x.
void solve(const Matrix& factor, std::vector<double>& x) {
  const auto divide = [&](std::size_t a) { x[a] = factor[a][a] > 0 ? x[a] / factor[a][a] : 0; };
  for (std::size_t a = 0; a < x.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) x[a] -= factor[a][b] * x[b];
    divide(a);
  }
  for (std::size_t a = x.size(); a-- > 0;) {
    for (std::size_t b = a + 1; b < x.size(); ++b) x[a] -= factor[b][a] * x[b];
    divide(a);
  }
}

/// False if the weights are too uneven to be trusted.
bool set_weights(Values& values, std::uint64_t futures, const Moments& m, std::vector<double>& weights) {
  const double all = static_cast<double>(futures);
  double most = 0;
  for_each_block(futures, values, [&](std::uint64_t first, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      double* const own = weights.data() + (first + i) * replicates;
      double tilt = 0;
      for (std::uint32_t r = 0; r < replicates; ++r) {
        double sum = 0;
        for (std::size_t a = 0; a < m.mean.size(); ++a) sum += m.of_replicate[r][a] * (values.x()[a][i] - m.mean[a]);
        own[r] = sum / all;
        tilt += sum / replicates;
      }
      most = std::max(most, std::fabs(tilt));
    }
  });
  return most < most_tilt;
}

}  // namespace

Adjustment adjustment(const plan::SobolDraws& sobol, std::uint64_t seed, std::uint64_t futures) {
  Adjustment result;
  const std::uint64_t controls = std::min<std::uint64_t>(sobol.controls.size(), futures / futures_of_a_control);
  if (controls == 0) return result;
  Values values(sobol, controls, seed);
  Moments m = moments(values, futures);
  factorise(m.covariance);
  for (std::vector<double>& mean : m.of_replicate) solve(m.covariance, mean);
  result.weights.resize(futures * replicates);
  if (!set_weights(values, futures, m, result.weights)) return {};
  result.controls = static_cast<std::uint32_t>(controls);
  return result;
}

}  // namespace horizon::session
