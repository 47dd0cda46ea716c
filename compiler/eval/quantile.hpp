#pragma once
// Private to this folder: inverse CDFs straight from the textbook, with the standard library's functions, and beta and gamma
// solved for directly.
#include <cstdint>
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::eval {

/// The value of a draw with these 64 bits (runtime/rng/philox.hpp); `p` as model::Distribution lists them. NaN where no
/// distribution has such parameters.
double quantile(model::Distribution distribution, const std::vector<double>& p, std::uint64_t bits);

}  // namespace horizon::eval
