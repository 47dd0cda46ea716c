#pragma once
// Taylor series of a quantile function in y = ln w (internal to runtime/rng): W x'' = x' (W - V x').
#include "runtime/rng/constants.hpp"

namespace horizon::rng {

/// `count` vectors of `width` doubles that are worked on together; element by element the plain operations.
template <class V, int width, int count>
struct Pack {
  static constexpr int size = width * count;
  V v[count];

  [[gnu::always_inline]] static Pack load(const double* p) {
    Pack r;
    __builtin_memcpy(r.v, p, sizeof r.v);
    return r;
  }
  [[gnu::always_inline]] static Pack all(double x) {
    double values[size];
    for (int i = 0; i < size; ++i) values[i] = x;
    return load(values);
  }
  [[gnu::always_inline]] void store(double* p) const { __builtin_memcpy(p, v, sizeof v); }

  [[gnu::always_inline]] friend Pack operator+(const Pack& a, const Pack& b) {
    Pack r;
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) r.v[i] = a.v[i] + b.v[i];
    return r;
  }
  [[gnu::always_inline]] friend Pack operator-(const Pack& a, const Pack& b) {
    Pack r;
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) r.v[i] = a.v[i] - b.v[i];
    return r;
  }
  [[gnu::always_inline]] friend Pack operator*(const Pack& a, const Pack& b) {
    Pack r;
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) r.v[i] = a.v[i] * b.v[i];
    return r;
  }
  [[gnu::always_inline]] friend Pack operator/(const Pack& a, const Pack& b) {
    Pack r;
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) r.v[i] = a.v[i] / b.v[i];
    return r;
  }
  [[gnu::always_inline]] friend Pack operator*(const Pack& a, double b) {
    Pack r;
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) r.v[i] = a.v[i] * b;
    return r;
  }
};

/// beta: W = x (1-x), V = first - sum x with first = a-1, sum = a+b-2. gamma: W = x, V = first - sum x, k-1
/// and 1. Solved for xi = x / x0, so that squares of tiny x do not underflow: W = xi (1 - x0 xi) or xi, V =
/// first - sum x0 xi.
template <class Lanes>
struct Equation {
  bool beta;
  Lanes first, sum;
};

/// Terms needed at a depth for an error of a step and of a polynomial below 1e-11 of w; part of the definition of the bits.
/// `shape_class`: 0 shapes >= 1, 1 down to 0.4, 2 below. At depth 0 there is no step, which needs more.
inline int taylor_terms(int shape_class, int depth) {
  constexpr int last = 8;
  constexpr int terms[3][last + 1] = {
      {22, 29, 22, 18, 16, 15, 15, 14, 13}, {23, 30, 23, 20, 19, 18, 17, 17, 17}, {28, 39, 28, 25, 23, 23, 23, 23, 23}};
  return terms[shape_class][depth < last ? depth : last];
}

/// xs[j], slopes[j], j < terms: the series of x / x0 and of its derivative in the distance from the present
/// y, where x = x0 and (dx/dy) / x0 = slope.
template <class Lanes>
[[gnu::always_inline]] inline void taylor_series(const Equation<Lanes>& equation, const Lanes& x0,
                                                 const Lanes& slope, int terms, Lanes* xs, Lanes* slopes) {
  Lanes w[kTaylorTerms], s[kTaylorTerms], v[kTaylorTerms], rising[kTaylorTerms];  // rising[i] = i * slopes[i]
  const Lanes one = Lanes::all(1), zero = Lanes::all(0);
  const Lanes sum = equation.sum * x0;
  xs[0] = one;
  slopes[0] = slope;
  rising[0] = zero;
  w[0] = equation.beta ? one - x0 : one;
  v[0] = equation.first - sum;
  const Lanes inverse = one / w[0];
  for (int n = 0; n + 1 < terms; ++n) {
    // s = W - V x', then W x'' = x' s without the highest term of x'', which is solved for
    Lanes vp = v[n] * slopes[0], ps = slopes[0] * w[n], wp = zero;
    for (int i = 1; i <= n; ++i) {
      vp = vp + v[n - i] * slopes[i];
      ps = ps + slopes[i] * s[n - i];
      wp = wp + rising[i] * w[n + 1 - i];
    }
    s[n] = w[n] - vp;
    ps = ps - slopes[0] * vp;
    const double reciprocal = 1.0 / (n + 1);
    xs[n + 1] = slopes[n] * reciprocal;
    rising[n + 1] = (ps - wp) * inverse;
    slopes[n + 1] = rising[n + 1] * reciprocal;
    v[n + 1] = zero - sum * xs[n + 1];
    w[n + 1] = xs[n + 1];
    if (equation.beta) {
      // (x^2)_m, m = n + 1: each product of two different coefficients counts twice
      Lanes square = xs[0] * xs[n + 1];
      for (int i = 1; 2 * i < n + 1; ++i) square = square + xs[i] * xs[n + 1 - i];
      square = square + square;
      if (n % 2 == 1) square = square + xs[(n + 1) / 2] * xs[(n + 1) / 2];
      w[n + 1] = w[n + 1] - x0 * square;
    }
  }
}

}  // namespace horizon::rng
