#pragma once
// Puts the bits of the draws that have a Sobol dimension into their slots; private to this folder.
#include <cstdint>

#include "runtime/plan/plan.hpp"

namespace horizon::exec {

/// `buffers` is [slot][lane] with `lanes` doubles a slot.
void place_sobol_draws(const plan::SobolDraws& sobol, std::uint64_t seed, std::uint64_t first_future,
                       std::uint32_t lanes, double* buffers);

}  // namespace horizon::exec
