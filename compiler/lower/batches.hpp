#pragma once
// Drafts of one shape become one kernel; then its rows have their order and its values their slots.
#include "compiler/lower/kernel.hpp"

namespace horizon::lower {

/// Lowers the kernels of one level that do not go period by period, and appends them to the module.
void lower_batches(Program& program, const std::vector<const StagePlan*>& plans);

/// Lowers a loop and appends it to the module.
void lower_loop(Program& program, const StagePlan& plan);

}  // namespace horizon::lower
