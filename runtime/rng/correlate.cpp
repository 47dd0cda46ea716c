#include "runtime/rng/correlate.hpp"

#include <cmath>

namespace horizon::rng {
namespace {

/// sin x for 0 <= x <= pi / 6 by its series; the first term left out is below 1e-22.
double small_sine(double x) {
  const double q = x * x;
  double sum = 1;
  for (int n = 16; n >= 2; n -= 2) sum = 1 - sum * q / (n * (n + 1));
  return x * sum;
}

}  // namespace

Loadings loadings(double rank) {
  const double correlation = 2 * small_sine(3.14159265358979323846 / 6 * rank);
  const double rest = 1 - correlation;
  return {std::sqrt(correlation), std::sqrt(rest > 0 ? rest : 0)};
}

}  // namespace horizon::rng
