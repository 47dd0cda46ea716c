#pragma once
// Constants of the mathematics, made by tools/dev/make_rng_constants.py (60 digits, rounded once).

namespace horizon::rng {

inline constexpr int kTaylorTerms = 40;          ///< terms kept of a Taylor series in ln w
inline constexpr int kNormalLevelDoubles = 192;  ///< 16 depths x 12 coefficients
inline constexpr int kNormalInverseSize = 1024;  ///< 4 levels, padded to a power of two

/// Lower-tail normal quantile by depth of w: index = (depth / 16) * 192 + coefficient * 16 + depth % 16.
extern const double kNormalInverse[kNormalInverseSize];

/// Taylor series in h = ln(m / sqrt 2) to polynomial in t = m - 1.5 (interpolation in 12 Chebyshev nodes):
/// coefficient i = sum over j of kSeriesToPolynomial[i][j] * series[j].
extern const double kSeriesToPolynomial[12][kTaylorTerms];

}  // namespace horizon::rng
