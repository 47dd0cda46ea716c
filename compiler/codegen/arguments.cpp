#include "compiler/codegen/arguments.hpp"

#include <cstddef>

#include "runtime/abi/kernel_abi.h"

namespace horizon::codegen {

using llvm::Value;

Arguments load_arguments(const Unit& unit, llvm::IRBuilder<>& b, llvm::Function* function) {
  const auto load = [&](std::size_t offset, llvm::Type* type) -> Value* {
    Value* const place = b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), function->getArg(0), offset);
    llvm::LoadInst* const value = b.CreateLoad(type, place);
    unit.in_scope(value, unit.constants);
    return value;
  };
  llvm::Type *const p = b.getPtrTy(), *const i32 = b.getInt32Ty(), *const i64 = b.getInt64Ty();
  Arguments a;
  a.constants = load(offsetof(HzKernelArgs, constants), p);
  a.row_values = load(offsetof(HzKernelArgs, row_values), p);
  a.time_values = load(offsetof(HzKernelArgs, time_values), p);
  a.both_values = load(offsetof(HzKernelArgs, both_values), p);
  a.row_tables = load(offsetof(HzKernelArgs, row_tables), p);
  a.buffers = load(offsetof(HzKernelArgs, buffers), p);
  a.state = load(offsetof(HzKernelArgs, state), p);
  a.fault = load(offsetof(HzKernelArgs, fault), p);
  a.seed = load(offsetof(HzKernelArgs, seed), i64);
  a.first_future = load(offsetof(HzKernelArgs, first_future), i64);
  a.lane_count = load(offsetof(HzKernelArgs, lanes), i32);
  a.lanes = b.CreateZExt(a.lane_count, i64);
  a.row_begin = load(offsetof(HzKernelArgs, row_begin), i32);
  a.row_end = load(offsetof(HzKernelArgs, row_end), i32);
  a.period_begin = load(offsetof(HzKernelArgs, period_begin), i32);
  a.period_end = load(offsetof(HzKernelArgs, period_end), i32);
  a.all_zeros = load(offsetof(HzKernelArgs, all_zeros), i32);
  a.periods = b.CreateZExt(load(offsetof(HzKernelArgs, periods), i32), i64);
  return a;
}

}  // namespace horizon::codegen
