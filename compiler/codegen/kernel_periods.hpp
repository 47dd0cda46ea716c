#pragma once
// The loop over periods that kernels have in common, and what of the future level it uses. Private to compiler/codegen.
#include "compiler/codegen/kernel_code.hpp"

namespace horizon::codegen {

class KernelPeriods : public KernelCode {
 public:
  using KernelCode::KernelCode;

 protected:
  Value* half_ = nullptr;                   ///< the first lane of the group's register at hand
  std::vector<Value*> previous_;            ///< by state slot
  /// By value of the future level that code of periods uses: [lane of the group].
  std::vector<llvm::AllocaInst*> kept_;
  bool from_kept_ = false;                  ///< such values are to be taken from there
  std::map<std::uint32_t, Value*> base_offsets_;

  bool has_future_code() const { return setup_ || !by_period_; }
  unsigned group_width() const { return u_.target.lanes * (has_future_code() ? k_.registers : 1); }
  /// What stands before the first period.
  virtual Value* first_previous(std::int32_t slot) {
    const ValueId first = k_.state[static_cast<std::size_t>(slot)].first;
    return first ? operand(first) : lanes_.number(0);
  }
  virtual void register_begins() {}
  virtual void period_done(std::int32_t, Value*) {}
  /// False where `kept` is overridden.
  virtual bool is_kept(ValueId) const { return true; }

  /// The next row's tables come from far away: each group of futures asks for two numbers for each of its lanes, which in a block is
  /// all of each table.
  void fetch_ahead() {
    if (k_.row_tables.empty()) return;
    Value* const last = b_.CreateSub(b_.CreateZExt(a_.row_end, b_.getInt64Ty()), b_.getInt64(1));
    Value* const next = b_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, b_.CreateAdd(row_, b_.getInt64(1)), last);
    Value* const tables = b_.CreateGEP(b_.getPtrTy(), a_.row_tables, b_.CreateMul(next, b_.getInt64(k_.row_tables.size())));
    loop(b_, "table", b_.getInt64(0), b_.getInt64(k_.row_tables.size()), 1, [&](Value* number) {
      Value* const table = constant_load(b_.getPtrTy(), b_.CreateGEP(b_.getPtrTy(), tables, number));
      Value* const numbers = element(table, b_.CreateShl(lane_, 1));
      for (unsigned at = 0; at < 2 * group_width(); at += 8)
        b_.CreateIntrinsic(llvm::Intrinsic::prefetch, {b_.getPtrTy()},
                           {b_.CreateConstGEP1_64(b_.getDoubleTy(), numbers, at), b_.getInt32(0), b_.getInt32(2), b_.getInt32(1)});
    });
  }
  bool has_period_code() const {
    for (std::size_t i = 0; i < k_.values.size(); ++i)
      if (live_[i] && is_period(k_.values[ValueId(i)].level)) return true;
    return false;
  }
  /// Values of the future level that code of periods uses go to memory, where each half of the group finds its own.
  void keep_for_periods() {
    std::vector<bool> used(k_.values.size());
    const auto use = [&](ValueId id) {
      if (id && is_future(k_.values[id].level)) used[id.index()] = true;
    };
    for (std::size_t i = 0; i < used.size(); ++i)
      if (live_[i] && is_period(k_.values[ValueId(i)].level))
        for (const ValueId a : k_.values[ValueId(i)].args) use(a);
    for (const mir::StateSlot& slot : k_.state) {
      use(slot.next);
      use(slot.first);
    }
    kept_.assign(k_.values.size(), nullptr);
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!used[i] || !is_kept(ValueId(i))) continue;
      Value* x = vectors_[i];
      if (k_.values[ValueId(i)].type == mir::Type::Mask) x = b_.CreateSExt(x, u_.vector(mir::Type::I64));
      llvm::IRBuilder<> early(&function_->getEntryBlock(), function_->getEntryBlock().begin());
      kept_[i] = early.CreateAlloca(x->getType());
      b_.CreateStore(x, kept_[i]);
    }
  }
  Value* kept(ValueId id) override {
    if (!from_kept_ || !is_future(k_.values[id].level)) return nullptr;
    Loaded& at = loaded_[id.index()];
    if (at.block == b_.GetInsertBlock()) return at.vector;
    at.block = b_.GetInsertBlock();
    const mir::Type type = k_.values[id].type;
    const bool is_mask = type == mir::Type::Mask;
    Value* const place = b_.CreateGEP(b_.getInt64Ty(), kept_[id.index()], half_);
    at.vector = b_.CreateAlignedLoad(u_.vector(is_mask ? mir::Type::I64 : type), place, llvm::Align(8 * u_.width));
    if (is_mask) at.vector = b_.CreateICmpNE(at.vector, lanes_.integer(0));
    return at.vector;
  }
  /// The loop for each register of the group that begins before lane `end` of it.
  void halves(Value* end) {
    u_.width = u_.target.lanes;
    Value* const group_begin = lane_;
    from_kept_ = true;
    loop(b_, "half", b_.getInt32(0), end, u_.target.lanes, [&](Value* half) {
      half_ = b_.CreateZExt(half, b_.getInt64Ty());
      lane_ = b_.CreateAdd(group_begin, half_);
      register_begins();
      periods();
    });
    from_kept_ = false;
  }
  /// What stands before the first period, by state slot.
  std::vector<Value*> first_previous() {
    std::vector<Value*> first;
    for (std::size_t i = 0; i < k_.state.size(); ++i) first.push_back(first_previous(static_cast<std::int32_t>(i)));
    return first;
  }
  virtual void periods() {
    const std::vector<Value*> first = first_previous();
    BasicBlock* const before = b_.GetInsertBlock();
    loop(b_, "period", a_.period_begin, a_.period_end, 1, [&](Value* period) {
      period_ = period;
      const std::vector<PHINode*> carried = carry(first, before);
      code(is_period);
      for (std::size_t i = 0; i < k_.state.size(); ++i) {
        Value* const next = operand(k_.state[i].next);
        carried[i]->addIncoming(next, b_.GetInsertBlock());
        period_done(static_cast<std::int32_t>(i), next);
      }
    });
  }
  /// At the beginning of a loop's block: what state comes with, from `before` this.
  std::vector<PHINode*> carry(const std::vector<Value*>& from, BasicBlock* before) {
    std::vector<PHINode*> carried;
    previous_.clear();
    for (Value* value : from) {
      carried.push_back(b_.CreatePHI(u_.vector(mir::Type::F64), 2, "previous"));
      carried.back()->addIncoming(value, before);
      previous_.push_back(carried.back());
    }
    return carried;
  }

  // ---- memory
  /// Of the lane at hand.
  Value* place_of(const mir::Address& address) { return place_of(address, lane_); }
  Value* place_of(const mir::Address& address, Value* lane) {
    Value* slot = b_.getInt64(0);
    if (address.row_slot) slot = b_.CreateAdd(slot, scalar(address.row_slot));
    if (address.period_stride != 0)
      slot = b_.CreateAdd(slot, b_.CreateMul(b_.CreateZExt(period_, b_.getInt64Ty()),
                                             b_.getInt64(address.period_stride)));
    if (address.period_slot) slot = b_.CreateAdd(slot, scalar(address.period_slot));
    return element(element(a_.buffers, b_.CreateAdd(b_.CreateMul(slot, a_.lanes), lane)), base_offset(address.base));
  }
  /// Of a slot, in numbers: the same in the whole call, so that accesses of neighbouring periods share the rest of their addresses.
  Value* base_offset(std::uint32_t slot) {
    Value*& offset = base_offsets_[slot];
    if (offset != nullptr || slot == 0) return slot == 0 ? b_.getInt64(0) : offset;
    llvm::IRBuilder<> early(function_->getEntryBlock().getTerminator());
    return offset = early.CreateMul(early.getInt64(slot), a_.lanes);
  }
  Value* load(Value* place, llvm::MDNode* scope) {
    llvm::LoadInst* const load = b_.CreateAlignedLoad(u_.vector(mir::Type::F64), place, llvm::Align(8));
    u_.in_scope(load, scope);
    return load;
  }
  void store(Value* place, Value* x, llvm::MDNode* scope) {
    u_.in_scope(b_.CreateAlignedStore(x, place, llvm::Align(8)), scope);
  }
};

}  // namespace horizon::codegen
