#pragma once
// One operation of MIR on W futures at once, as LLVM instructions. Private to compiler/codegen.
#include <span>
#include <vector>

#include "compiler/codegen/target.hpp"

namespace horizon::codegen {

/// Names of our own functions that machine code may call; nothing else resolves.
inline constexpr const char* soft_fma_name = "horizon_soft_fma";
inline constexpr const char* solve_beta_name = "horizon_solve_beta";
inline constexpr const char* solve_gamma_name = "horizon_solve_gamma";

/// What all functions of one LLVM module share.
struct Unit {
  const mir::Module& mir;
  llvm::Module& module;
  Target target;
  std::vector<llvm::Function*> functions;        ///< by FunctionId
  std::vector<llvm::GlobalVariable*> tables;     ///< by TableId
  llvm::MDNode *constants = nullptr, *buffers = nullptr, *state = nullptr, *fault = nullptr;   ///< alias scopes, lists of one

  Unit(const mir::Module& mir, llvm::Module& module, Target target);
  llvm::Type* scalar(mir::Type type) const;
  llvm::Type* vector(mir::Type type) const;
  /// Says of a load or store that it touches only memory of `scope`.
  void in_scope(llvm::Instruction* access, llvm::MDNode* scope) const;
  void common_attributes(llvm::Function* function) const;
};

/// Emits at the builder's place. Operands and results are vectors of W lanes: double, i64, or i1 for masks.
class Lanes {
 public:
  Lanes(Unit& unit, llvm::IRBuilder<>& builder) : u_(unit), b_(builder) {}

  /// Any operation but leaves, row tables, memory and Require.
  llvm::Value* operation(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* number(double x);
  llvm::Value* integer(std::int64_t x);
  /// base[index] for each lane; `base` is constant while kernels run.
  llvm::Value* look_up(llvm::Value* base, llvm::Value* index);

 private:
  Unit& u_;
  llvm::IRBuilder<>& b_;

  llvm::Value* arithmetic(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* test(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* bits(const mir::Value& value, std::span<llvm::Value* const> args);
  llvm::Value* round(llvm::Value* x, bool up);
  llvm::Value* by_lane(const char* name, std::span<llvm::Value* const> args);
};

/// Bodies of all functions of the module.
void emit_functions(Unit& unit);
/// One kernel's `setup` or `run`.
void emit_kernel(Unit& unit, mir::KernelId kernel, bool setup);
std::string kernel_symbol(mir::KernelId kernel, bool setup);

}  // namespace horizon::codegen
