#pragma once
// Private to compiler/codegen.
#include "compiler/codegen/llvm.hpp"

namespace horizon::codegen {

/// Instruction selection works out which bits of an integer are known, and follows both operands of each exclusive or, six deep,
/// whenever it looks at one: a third of its time on counter-based draws, whose rounds are chains of them, and nothing is ever known.
/// A fence after every second one ends the search. It is no instruction, and the code is the same.
void end_searches(llvm::Module& module);

}  // namespace horizon::codegen
