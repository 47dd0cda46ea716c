#pragma once
// How large a value can be, whatever is drawn. Private to compiler/codegen.
#include "compiler/mir/mir.hpp"

namespace horizon::codegen {

/// No result of the value is above this; infinity where its structure does not tell. What is no number is above nothing.
double highest(const mir::Kernel& kernel, mir::ValueId id);

}  // namespace horizon::codegen
