#pragma once
// Kernels of many rows: futures that count are gathered. Private to compiler/codegen.
#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

/// `run` of the kernel, if it is to be of this form; else false, and nothing is made.
bool emit_gathered(Unit& unit, mir::KernelId kernel);

}  // namespace horizon::codegen
