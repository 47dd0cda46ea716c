#pragma once
// What the code of all kernels stands on: the function, its arguments, loops, and values below the future level. Private to compiler/codegen.
#include <vector>

#include "compiler/codegen/arguments.hpp"
#include "compiler/codegen/branches.hpp"
#include "compiler/codegen/lanes.hpp"
#include "compiler/mir/layout.hpp"

namespace horizon::codegen {

class KernelFrame {
 public:
  KernelFrame(Unit& unit, mir::KernelId id, bool setup)
      : u_(unit), k_(unit.mir.kernels[id]), setup_(setup), by_period_(runs_by_period(unit.mir, id)),
        layout_(mir::uniform_layout(k_)), state_(mir::state_layout(k_, by_period_)),
        groups_(look_up_groups(unit.mir, k_.values)), b_(unit.module.getContext()), lanes_(unit, b_), vectors_(k_.values.size()), loaded_(k_.values.size()),
        done_(k_.values.size()) {
    llvm::LLVMContext& context = u_.module.getContext();
    auto* const type = llvm::FunctionType::get(b_.getVoidTy(), {b_.getPtrTy()}, false);
    function_ = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, kernel_symbol(id, setup), u_.module);
    u_.common_attributes(function_);
    function_->addParamAttr(0, llvm::Attribute::NoAlias);
    b_.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function_));
  }
  virtual ~KernelFrame() = default;
  KernelFrame(const KernelFrame&) = delete;
  KernelFrame& operator=(const KernelFrame&) = delete;

 protected:
  using BasicBlock = llvm::BasicBlock;
  using PHINode = llvm::PHINode;
  using Value = llvm::Value;
  using Op = mir::Op;
  using ValueId = mir::ValueId;

  /// Of pair functions made at once. More would not find registers.
  std::size_t most_calls() const { return u_.target.permute16 ? 5 : 4; }

  Unit& u_;
  const mir::Kernel& k_;
  bool setup_, by_period_;
  mir::UniformLayout layout_;
  mir::StateLayout state_;
  LookUpGroups groups_;
  LazyCode lazy_;
  llvm::IRBuilder<> b_;
  Lanes lanes_;
  llvm::Function* function_ = nullptr;
  std::vector<Value*> vectors_;             ///< by value: what was computed
  struct Loaded {
    BasicBlock* block = nullptr;
    Value *scalar = nullptr, *vector = nullptr;
  };
  std::vector<Loaded> loaded_;              ///< by value below the future level: loaded where it is used, once a block
  std::vector<bool> done_;                  ///< effects that stand in a region
  std::vector<bool> live_;
  Arguments a_;
  Value *row_ = nullptr, *lane_ = nullptr, *period_ = nullptr;
  Value *row_values_ = nullptr, *both_values_ = nullptr, *row_tables_ = nullptr, *row_state_ = nullptr;

  // ---- values below the future level
  Value* element(Value* base, Value* index) { return b_.CreateGEP(b_.getDoubleTy(), base, index); }
  Value* constant_load(llvm::Type* type, Value* place) {
    llvm::LoadInst* const load = b_.CreateAlignedLoad(type, place, llvm::Align(8));
    u_.in_scope(load, u_.constants);
    return load;
  }
  void row_pointers() {
    const auto of_row = [&](Value* base, Value* count) { return element(base, b_.CreateMul(row_, count)); };
    row_values_ = of_row(a_.row_values, b_.getInt64(layout_.row_values));
    both_values_ = of_row(a_.both_values, b_.CreateMul(b_.getInt64(layout_.both_values), a_.periods));
    row_tables_ = b_.CreateGEP(b_.getPtrTy(), a_.row_tables,
                               b_.CreateMul(row_, b_.getInt64(k_.row_tables.size())));
    row_state_ = of_row(a_.state, b_.CreateMul(b_.getInt64(state_.slots), a_.lanes));
  }
  Value* uniform_place(mir::Levels level, std::int32_t place) {
    Value* const index = b_.getInt64(static_cast<std::uint64_t>(place));
    if (level == mir::Constant) return element(a_.constants, index);
    if (level == mir::Row) return element(row_values_, index);
    const bool rows_alike = level == mir::Period;
    Value* const count = b_.getInt64(rows_alike ? layout_.time_values : layout_.both_values);
    Value* const of_period = element(rows_alike ? a_.time_values : both_values_, b_.CreateMul(b_.CreateZExt(period_, b_.getInt64Ty()), count));
    return element(of_period, index);
  }
  /// A load is cheap, a register is not: values below the future level are loaded in each block that uses them, where they become
  /// operands in memory.
  const Loaded& load_uniform(ValueId id) {
    const mir::Value& v = k_.values[id];
    Loaded& at = loaded_[id.index()];
    if (at.block == b_.GetInsertBlock()) return at;
    at.block = b_.GetInsertBlock();
    if (v.op == Op::ConstF || v.op == Op::ConstI) {
      at.vector = lanes_.operation(v, {});
      at.scalar = v.op == Op::ConstI ? b_.getInt64(static_cast<std::uint64_t>(v.integer)) : nullptr;
      return at;
    }
    Value* const place = uniform_place(v.level, layout_.place[id.index()]);
    at.scalar = constant_load(v.type == mir::Type::F64 ? b_.getDoubleTy() : b_.getInt64Ty(), place);
    if (v.type == mir::Type::Mask) at.scalar = b_.CreateICmpNE(at.scalar, b_.getInt64(0));
    at.vector = b_.CreateVectorSplat(u_.width, at.scalar);
    return at;
  }
  Value* scalar(ValueId id) { return load_uniform(id).scalar; }
};

}  // namespace horizon::codegen
