#include "runtime/rng/poisson.hpp"

#include <cmath>

#include "runtime/rng/quantile.hpp"
#include "runtime/rng/scalar_math.hpp"
#include "runtime/rng/special.hpp"

namespace horizon::rng {
namespace {

// Terms below this part of the greatest add nothing to a tail of 2^-53 (the smallest there is), by more than its promise.
constexpr double kNothing = 1e-34;

}  // namespace

// Terms are got from the greatest one by p(k+1) = p(k) mean / (k+1), outwards to where they no longer matter, and added from there
// inwards: each tail is a sum of positive terms, from the smallest on. Which terms are added does not depend on u, so the result
// never falls while u rises.
double poisson_quantile(double mean, std::uint64_t bits) {
  if (!(mean >= 0) || mean > kLargestPoissonMean) return __builtin_nan("");
  if (mean == 0) return 0;
  ScalarArith a;
  const auto uniform = uniform_of(a, bits);
  const bool upper = bits >> 63 != 0;
  const double mode = std::floor(mean);
  const double greatest = exact_exp(mode * exact_log(mean) - mean - log_gamma(mode + 1));
  double k = mode, term = greatest;
  if (!upper) {
    while (k > 0 && term > greatest * kNothing) {
      term *= k / mean;
      k -= 1;
    }
    double below = term;   // P(X <= k)
    while (below <= uniform.u) {
      k += 1;
      term *= mean / k;
      below += term;
    }
    return k;
  }
  while (term > greatest * kNothing) {
    k += 1;
    term *= mean / k;
  }
  double above = 0;   // P(X > k)
  while (k > 0 && above + term < uniform.v) {   // P(X > k - 1) still leaves room
    above += term;
    term *= k / mean;
    k -= 1;
  }
  return k;
}

}  // namespace horizon::rng
