#pragma once
// What a kernel is called with (runtime/abi/kernel_abi.h), as LLVM values. Private to compiler/codegen.
#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

/// Fields of HzKernelArgs; those that stand in addresses as i64, the loops' bounds as i32.
struct Arguments {
  llvm::Value *constants = nullptr, *row_values = nullptr, *time_values = nullptr, *both_values = nullptr, *row_tables = nullptr,
              *buffers = nullptr, *state = nullptr, *fault = nullptr;
  llvm::Value *seed = nullptr, *first_future = nullptr, *lanes = nullptr, *periods = nullptr;
  llvm::Value *lane_count = nullptr, *row_begin = nullptr, *row_end = nullptr, *period_begin = nullptr, *period_end = nullptr,
              *all_zeros = nullptr;
};

/// Loads them at the builder's place, from the function's one argument.
Arguments load_arguments(const Unit& unit, llvm::IRBuilder<>& builder, llvm::Function* function);

}  // namespace horizon::codegen
