#pragma once
// What has to be computed, and in which order within a period. How it is cut into kernels is lowering's affair: it may
// compute a value twice rather than store it.
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::schedule {

struct Schedule {
  std::vector<model::QuantityId> order;  ///< the live quantities, operands of the same period before their users
  std::vector<bool> live;                ///< by quantity: some forecast, or a requirement of a live group, needs it
  std::vector<bool> live_groups;         ///< by group: the scenario's own, and those with a live quantity
  std::vector<bool> series;              ///< by quantity: differs between periods
};

}  // namespace horizon::schedule
