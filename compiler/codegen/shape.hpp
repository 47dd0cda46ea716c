#pragma once
// What machine code depends on, and nothing else. Private to compiler/codegen.
#include "compiler/codegen/codegen.hpp"

namespace horizon::codegen {

/// The module without what differs between rows, periods and editions of a scenario: numbers of columns and of the tables that
/// only the prologue reads, counts of rows and periods, names of rows, places in the scenario. Code is made from this alone, so no
/// number of a scenario can get into it, and scenarios of one shape share it. It need not satisfy mir::verify.
mir::Module shape_of(const mir::Module& module);

}  // namespace horizon::codegen
