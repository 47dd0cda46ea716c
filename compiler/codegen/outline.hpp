#pragma once
// The largest function in two. Private to compiler/codegen.
#include "compiler/codegen/llvm.hpp"

namespace horizon::codegen {

/// About what LLVM has to do, in instructions; one on several registers counts as several.
std::size_t work_of(const llvm::BasicBlock& block);
std::size_t work_of(const llvm::Function& function);

/// LLVM's work on one function is one core's, and a module may be one large kernel and little beside it.
/// Where one function is a large part of all instructions, a loop of about half of it becomes a function of
/// its own, if nothing of it is wanted behind but what is in memory.
void split_largest(llvm::Module& module);

}  // namespace horizon::codegen
