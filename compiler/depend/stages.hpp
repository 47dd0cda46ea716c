#pragma once
// Private to this folder: from uses to stages and segments.
#include <vector>

#include "compiler/depend/graph.hpp"
#include "compiler/schedule/schedule.hpp"

namespace horizon::depend {

/// The stages of the live quantities. `operands_first`: all quantities, operands of the same period before their users.
std::vector<schedule::Stage> make_stages(const Model& model, const std::vector<Use>& uses, const std::vector<bool>& live,
                                         const std::vector<QuantityId>& operands_first);

}  // namespace horizon::depend
