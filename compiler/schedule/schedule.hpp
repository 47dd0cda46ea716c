#pragma once
// The order in which groups and quantities are computed, and which of them at all.
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::schedule {

/// One strongly connected set of groups of the whole graph, lagged edges included. With one group, or without lagged edges
/// between its groups, all periods of a group are computed at a stretch; otherwise period by period, in the order of `order`.
struct Stage {
  bool period_by_period = false;
  std::vector<model::QuantityId> order;  ///< quantities of the stage, operands of the same period first
};

struct Schedule {
  std::vector<Stage> stages;             ///< in order of computation; quantities that no output needs do not occur
  std::vector<bool> live;                ///< by quantity: some forecast or requirement needs it
  std::vector<bool> series;              ///< by quantity: differs between periods
};

}  // namespace horizon::schedule
