#pragma once
// How much each draw matters to the forecasts, by a pilot run: which draws get the best Sobol dimensions.
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/expected.hpp"
#include "runtime/session/run.hpp"

namespace horizon::session {

struct PilotOptions {
  std::uint64_t seed = 1;     ///< of the run; the pilot's futures are others
  std::uint32_t threads = 0;  ///< 0: all cores
  const std::atomic<bool>* cancel = nullptr;
};

/// For each id the squared correlation of its uniform with the sum over a run of a forecast's cells, the share of
/// its variance that the draw explains by itself as far as the effect goes one way; the largest of up to eight equal
/// runs (cells are in order of period), added over the forecasts. Depends on plan, ids and seed alone. `plan` runs keyed. Up to 1,024 futures, fewer where there are
/// very many draws.
Expected<std::vector<double>, RunError> importance(const plan::Plan& plan, std::span<const std::uint64_t> ids,
                                                   const PilotOptions& options);

}  // namespace horizon::session
