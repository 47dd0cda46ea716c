#pragma once
// What the tests of samplers share: random draws of every depth, and the promise of rules.md N7 as a number.
#include <gtest/gtest.h>

#include <boost/math/distributions.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>

#include "runtime/rng/philox.hpp"

namespace horizon::rng::oracle {

using Real = long double;

struct Random {
  std::mt19937_64 bits;
  explicit Random(std::uint64_t seed) : bits(seed) {}
  double share() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double between(double low, double high) { return low + (high - low) * share(); }
  /// Log-uniform.
  double spread(double low, double high) { return low * std::pow(high / low, share()); }
  /// A draw, its w scaled down by 2^-depth: deep tails as often as the middle.
  std::uint64_t draw(int depth) {
    const std::uint64_t x = bits();
    const std::uint64_t n = ((x & HZ_DRAW_N_MASK) >> depth) | 1;
    return (x >> 63) << 63 | n;
  }
  std::uint64_t draw() { return draw(bits() % 2 == 0 ? 0 : static_cast<int>(bits() % 52)); }
};

/// |F(x) - u| / min(u, 1-u) where `tail(x)` is F(x) (lower side) or 1 - F(x) (upper side); 0 where the exact
/// quantile lies within one ulp of x. More than 1e-9 breaks the promise; 1 where x is no number.
template <class Tail>
double miss(double x, std::uint64_t bits, double low, double high, Tail&& tail) {
  ScalarArith a;
  const auto u = uniform_of(a, bits);
  if (!(x >= low && x <= high)) return 1;
  const Real w = u.w;
  const Real error = std::fabs(tail(static_cast<Real>(x), u.upper) - w) / w;
  if (error <= 1e-9L) return static_cast<double>(error);
  const Real before = tail(std::max(std::nextafter(x, -INFINITY), low), u.upper) - w;
  const Real after = tail(std::min(std::nextafter(x, INFINITY), high), u.upper) - w;
  return before * after <= 0 ? 0 : static_cast<double>(error);
}

/// Tail of a distribution of Boost.Math.
template <class Distribution>
auto tail_of(const Distribution& d) {
  return [d](Real x, bool upper) -> Real { return upper ? cdf(boost::math::complement(d, x)) : cdf(d, x); };
}

/// The figure for docs/language/draws.md.
inline void report(const char* what, double worst) {
  std::printf("%s: |F(x)-u| / min(u,1-u) at most %.2g, or x within 1 ulp\n", what, worst);
}

}  // namespace horizon::rng::oracle
