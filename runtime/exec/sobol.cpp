#include "runtime/exec/sobol.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include "runtime/exec/exec.hpp"
#include "runtime/rng/sobol.hpp"

namespace horizon::exec {

void place_sobol_draws(const plan::SobolDraws& sobol, std::uint64_t seed, std::uint64_t first_future,
                       std::uint32_t lanes, double* buffers) {
  std::array<std::uint64_t, block_lanes> bits{};
  for (std::size_t k = 0; k < sobol.draws.size(); ++k) {
    if (!sobol.left_out.empty() && sobol.left_out[k] != 0) continue;
    rng::sobol_block(seed, sobol.draws[k], first_future, lanes, bits.data());
    std::memcpy(buffers + (sobol.first_slot + k) * lanes, bits.data(), lanes * sizeof(double));
  }
}

}  // namespace horizon::exec
