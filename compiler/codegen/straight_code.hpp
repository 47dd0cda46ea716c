#pragma once
// The loop over periods of a kernel whose steps mostly need no branch. Private to compiler/codegen.
#include "compiler/codegen/kernel_periods.hpp"
#include "compiler/codegen/straight.hpp"

namespace horizon::codegen {

class StraightCode : public KernelPeriods {
 public:
  using KernelPeriods::KernelPeriods;

 protected:
  std::optional<Straight> straight_;

  Value* kept(ValueId id) override {
    if (!at_hand_.empty() && at_hand_[id.index()] != nullptr) return at_hand_[id.index()];
    return KernelPeriods::kept(id);
  }
  /// Steps that need no branch are a loop of their own, whose values stay in registers; one that does leaves it and comes back.
  void periods() override {
    if (!straight_) return KernelPeriods::periods();
    const std::vector<Value*> first = first_previous();
    BasicBlock* const before = b_.GetInsertBlock();
    BasicBlock* const end = block_behind(b_, "periods.end");
    const auto block = [&](const char* name) { return block_behind(b_, name, end); };
    BasicBlock *const enter = block("enter"), *const test = block("test"), *const all = block("straight"), *const not_all = block("not_straight"),
               *const idle = block("idle"), *const not_idle = block("not_idle"), *const by_lane = block("straight.by_lane"), *const other = block("other");
    b_.CreateCondBr(b_.CreateICmpULT(a_.period_begin, a_.period_end), enter, end);
    const auto go_on = [&](PHINode* number, const std::vector<PHINode*>& carried, BasicBlock* again) {
      Value* const next = b_.CreateNUWAdd(period_, b_.getInt32(1));
      number->addIncoming(next, b_.GetInsertBlock());
      for (std::size_t i = 0; i < carried.size(); ++i) carried[i]->addIncoming(operand(k_.state[i].next), b_.GetInsertBlock());
      b_.CreateCondBr(b_.CreateICmpULT(next, a_.period_end), again, end);
    };

    b_.SetInsertPoint(enter);
    PHINode* const entered = b_.CreatePHI(b_.getInt32Ty(), 2, "period");
    entered->addIncoming(a_.period_begin, before);
    const std::vector<PHINode*> come = carry(first, before);
    take_at_hand();
    b_.CreateBr(test);

    b_.SetInsertPoint(test);
    PHINode* const number = b_.CreatePHI(b_.getInt32Ty(), 2, "period");
    number->addIncoming(entered, enter);
    period_ = number;
    const std::vector<PHINode*> carried = carry({come.begin(), come.end()}, enter);
    make(straight_->all, straight_->all.before);
    b_.CreateCondBr(all_hold_now(straight_->all.masks), all, not_all);

    b_.SetInsertPoint(all);
    step(straight_->all);
    go_on(number, carried, test);

    b_.SetInsertPoint(not_all);
    make(straight_->by_lane, straight_->by_lane.before);
    b_.CreateCondBr(all_hold_now(straight_->idle), idle, not_idle);
    b_.SetInsertPoint(idle);
    go_on(number, carried, test);
    b_.SetInsertPoint(not_idle);
    b_.CreateCondBr(all_hold_now(straight_->by_lane.masks), by_lane, other);
    b_.SetInsertPoint(by_lane);
    step(straight_->by_lane);
    go_on(number, carried, test);
    at_hand_.clear();

    b_.SetInsertPoint(other);
    code(is_period);
    go_on(entered, come, enter);
    b_.SetInsertPoint(end);
  }
  void step(const Way& way) {
    const auto vectors = vectors_;
    make(way, way.inside);
    for (const ValueId sink : straight_->sinks) {
      const ValueId sum = k_.values[sink].args[0];
      vectors_[sum.index()] = operand(k_.values[sum].args[2]);
      effect(sink);
    }
    vectors_ = vectors;
  }
  void make(const Way& way, const std::vector<bool>& wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!wanted[i] || vectors_[i] != nullptr) continue;
      const mir::Value& v = k_.values[ValueId(i)];
      Value* const made = special(ValueId(i));
      vectors_[i] = made != nullptr ? made : way.side[i] != 0 ? operand(v.args[way.side[i]]) : value(v);
    }
  }
  void take_at_hand() {
    std::vector<Value*> taken(k_.values.size());
    const auto take = [&](ValueId id) {
      if (id && is_future(k_.values[id].level)) taken[id.index()] = operand(id);
    };
    for (const Way* way : {&straight_->all, &straight_->by_lane}) {
      for (std::size_t i = 0; i < taken.size(); ++i) {
        if (way->before[i] || way->inside[i])
          for (const ValueId a : k_.values[ValueId(i)].args) take(a);
      }
    }
    for (const mir::StateSlot& slot : k_.state) take(slot.next);
    at_hand_ = std::move(taken);
  }
  Value* all_hold_now(const std::vector<ValueId>& masks) {
    Value* result = llvm::Constant::getAllOnesValue(u_.vector(mir::Type::Mask));
    for (const ValueId mask : masks) result = b_.CreateAnd(result, operand(mask));
    return b_.CreateAndReduce(result);
  }

 private:
  std::vector<Value*> at_hand_;   ///< by value of the future level, in that loop: in a register
};

}  // namespace horizon::codegen
