#pragma once
// The Poisson distribution by direct summation; exact operations only.
#include <cstdint>

namespace horizon::rng {

/// Means above this have no sampler: the sum would lose the digits that draws promise.
inline constexpr double kLargestPoissonMean = 1e5;

/// The least k with P(X <= k) > u at the draw `bits`; rises with u. NaN unless 0 <= mean <= kLargestPoissonMean.
double poisson_quantile(double mean, std::uint64_t bits);

}  // namespace horizon::rng
