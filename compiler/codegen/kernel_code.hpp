#pragma once
// What the code of all kernels has in common: values, branches over what no lane needs, draws of two futures at once. Private to
// compiler/codegen.
#include <algorithm>
#include <map>

#include "compiler/codegen/kernel_frame.hpp"

namespace horizon::codegen {

inline bool is_future(mir::Levels level) { return (level & mir::Future) != 0 && (level & mir::Period) == 0; }
inline bool is_period(mir::Levels level) { return (level & mir::Future) != 0 && (level & mir::Period) != 0; }

class KernelCode : public KernelFrame {
 public:
  using KernelFrame::KernelFrame;

 protected:
  // ---- what kernels do in ways of their own
  /// A value of the future level where its code does not stand in this piece; null where it does.
  virtual Value* kept(ValueId) { return nullptr; }
  /// What does not come from its operands here: memory, what stands in records; null: nothing special.
  virtual Value* special(ValueId) { return nullptr; }
  /// Whether the value belongs to the piece of code that is made now, besides its level and region.
  virtual bool in_piece(ValueId) const { return true; }
  virtual void effect(ValueId id) = 0;

  // ---- code that only some lanes need
  /// All selects of a bundle. Where only one side has a region, the choice by lane is made in it.
  void bundle(const LazyCode::Bundle& bundle) {
    std::vector<ValueId> selects;
    for (const ValueId s : bundle.selects)
      if (in_piece(s) && vectors_[s.index()] == nullptr) selects.push_back(s);
    const mir::Value& first = k_.values[bundle.selects[0]];
    // No choice by lane is left to make where the code runs: that of a shortcut, or where all lanes choose alike.
    const bool decided = first.op == Op::Shortcut || (k_.values[first.args[0]].level & mir::Future) == 0;
    const std::int32_t only = bundle.only();
    if (only == 0) {
      for (const std::int32_t region : bundle.sides)
        if (region != 0) side(region, [] {}, {});
      for (const ValueId s : selects) vectors_[s.index()] = choice(s);
      return;
    }
    const std::size_t other = bundle.sides[1] != 0 ? 2 : 1;
    std::vector<std::pair<ValueId, Value*>> otherwise;
    if (bundle.sinks.empty())
      for (const ValueId s : selects) otherwise.emplace_back(s, operand(k_.values[s].args[other]));
    side(only, [&] {
      for (const ValueId s : selects) vectors_[s.index()] = decided ? operand(k_.values[s].args[3 - other]) : choice(s);
      for (const ValueId s : bundle.sinks) {
        effect(s);
        done_[s.index()] = true;
      }
    }, otherwise);
  }
  Value* choice(ValueId select) {
    std::vector<Value*> args;
    for (const ValueId a : k_.values[select].args) args.push_back(operand(a));
    return lanes_.operation(k_.values[select], args);
  }
  /// The region's code and `last` behind a branch. Afterwards its exports are there (0 if it was left out), and those values that are
  /// something else otherwise.
  template <class Last>
  void side(std::int32_t region, Last&& last, const std::vector<std::pair<ValueId, Value*>>& otherwise) {
    const LazyCode::Region& r = lazy_.regions[static_cast<std::size_t>(region)];
    BasicBlock* const after = block_behind(b_, "chosen");
    BasicBlock* const needed = block_behind(b_, "needed", after);
    const mir::Value& select = k_.values[lazy_.bundles[r.bundle].selects[0]];
    const bool alike = (k_.values[select.args[0]].level & mir::Future) == 0;
    Value* const mask = alike ? scalar(select.args[0]) : operand(select.args[0]);
    BasicBlock* const before = b_.GetInsertBlock();
    Value* const wanted = r.side == 1 ? mask : b_.CreateNot(mask);
    b_.CreateCondBr(alike ? wanted : b_.CreateOrReduce(wanted), needed, after);
    b_.SetInsertPoint(needed);
    code(is_period(select.level) ? is_period : is_future, region);
    last();
    BasicBlock* const end = b_.GetInsertBlock();
    b_.CreateBr(after);
    b_.SetInsertPoint(after);
    const auto merge = [&](ValueId id, Value* without) {
      Value*& value = vectors_[id.index()];
      if (value == nullptr) return;
      PHINode* const phi = b_.CreatePHI(value->getType(), 2);
      phi->addIncoming(value, end);
      phi->addIncoming(without != nullptr ? without : llvm::Constant::getNullValue(phi->getType()), before);
      value = phi;
    };
    for (const ValueId id : r.exports) merge(id, nullptr);
    for (const auto& [id, without] : otherwise) merge(id, without);
  }

  // ---- calls that serve two futures at once
  /// The parameter is the future's number, all else is the same for all futures.
  bool is_paired(const mir::Value& v) const {
    if (v.op != Op::Call || !is_future(v.level) || !u_.pairs[v.function.index()].parameter || pair_lanes() < 2) return false;
    const std::size_t parameter = u_.pairs[v.function.index()].parameter.index();
    for (std::size_t i = 0; i < v.args.size(); ++i) {
      const mir::Value& arg = k_.values[v.args[i]];
      const bool same = (arg.level & mir::Future) == 0 || arg.op == Op::Seed;
      if (i == parameter ? arg.op != Op::FutureNo : !same) return false;
    }
    return true;
  }
  /// This call and others of its kind in the same code, each for all futures of the group.
  void call_pairs(ValueId id) {
    std::vector<ValueId> calls;
    for (std::size_t i = id.index(); i < k_.values.size() && calls.size() < most_calls(); ++i) {
      const ValueId other(i);
      const mir::Value& v = k_.values[other];
      const bool fits = live_[i] && vectors_[i] == nullptr && lazy_.region_of[i] == lazy_.region_of[id.index()] && is_paired(v);
      if (fits && v.function == k_.values[id].function) calls.push_back(other);
    }
    call_together(calls);
  }
  void call_together(const std::vector<ValueId>& calls) {
    const ValueId id = calls[0];
    const mir::FunctionId function_id = k_.values[id].function;
    PairCalls kind{function_id, static_cast<unsigned>(calls.size()), pair_lanes(), {}};
    llvm::SmallVector<int, 8> first_lanes;
    for (unsigned lane = 0; lane < kind.lanes; ++lane) first_lanes.push_back(static_cast<int>(lane));
    std::vector<Value*> args;   // each the same in all lanes, but the pairs' numbers
    for (std::size_t p = 0; p < k_.values[id].args.size(); ++p) {
      const auto arg_of = [&](ValueId call) { return k_.values[call].args[p]; };
      const auto same = [&](ValueId call) {
        const Op op = k_.values[arg_of(call)].op;
        return arg_of(call) == arg_of(id) || ((op == Op::Seed || op == Op::FutureNo) && op == k_.values[arg_of(id)].op);
      };
      kind.shared.push_back(std::all_of(calls.begin(), calls.end(), same));
      for (const ValueId call : calls) {
        const Op op = k_.values[arg_of(call)].op;
        args.push_back(op == Op::FutureNo ? pair_numbers()
                       : op == Op::Seed   ? b_.CreateVectorSplat(kind.lanes, a_.seed)
                                          : b_.CreateShuffleVector(operand(arg_of(call)), first_lanes));
        if (kind.shared.back()) break;
      }
    }
    const std::vector<Value*> results = lanes_.pairs(kind, args);
    for (std::size_t c = 0; c < calls.size(); ++c) vectors_[calls[c].index()] = results[c];
  }
  unsigned pair_lanes() const { return u_.width / 2; }
  virtual Value* pair_numbers() {
    Value* const first = b_.CreateLShr(b_.CreateAdd(a_.first_future, lane_), 1);
    return b_.CreateAdd(b_.CreateVectorSplat(pair_lanes(), first), lane_numbers(pair_lanes()));
  }

  // ---- values of all levels
  Value* operand(ValueId id) {
    if ((k_.values[id].level & mir::Future) == 0) return load_uniform(id).vector;
    if (Value* const elsewhere = kept(id)) return elsewhere;
    return vectors_[id.index()];
  }

  template <class Wanted>
  void code(Wanted&& wanted, std::int32_t region = 0) {
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      const mir::Value& v = k_.values[ValueId(i)];
      if (!live_[i] || !wanted(v.level) || vectors_[i] != nullptr || done_[i] || lazy_.region_of[i] != region || !in_piece(ValueId(i))) continue;
      if (Value* const made = special(ValueId(i))) {
        vectors_[i] = made;
      } else if (lazy_.bundle_of[i] >= 0) {
        bundle(lazy_.bundles[static_cast<std::size_t>(lazy_.bundle_of[i])]);
      } else if (groups_.group_of[i] >= 0) {
        const LookUpGroup& group = groups_.groups[static_cast<std::size_t>(groups_.group_of[i])];
        lanes_.look_up(group, table(v), operand(group.base), vectors_);
      } else if (mir::info(v.op).effect && v.op != Op::Load) {
        effect(ValueId(i));
      } else if (is_paired(v)) {
        call_pairs(ValueId(i));
      } else {
        vectors_[i] = value(v);
      }
    }
  }
  Value* table(const mir::Value& v) {
    const auto index = static_cast<std::size_t>(v.index);
    if (v.op == Op::TableF) return u_.tables[index];
    return constant_load(b_.getPtrTy(), b_.CreateConstGEP1_64(b_.getPtrTy(), row_tables_, index));
  }
  Value* value(const mir::Value& v) {
    switch (v.op) {
      case Op::Seed:
        return b_.CreateVectorSplat(u_.width, a_.seed);
      case Op::FutureNo:
        return future_numbers();
      case Op::RowTableF:
        return lanes_.look_up(table(v), operand(v.args[0]));
      default: {
        std::vector<Value*> args;
        for (const ValueId a : v.args) args.push_back(operand(a));
        return lanes_.operation(v, args);
      }
    }
  }
  Value* lane_numbers(unsigned width) { return b_.CreateStepVector(llvm::FixedVectorType::get(b_.getInt64Ty(), width)); }
  Value* future_numbers() {
    Value* const first = b_.CreateVectorSplat(u_.width, b_.CreateAdd(a_.first_future, lane_));
    return b_.CreateAdd(first, lane_numbers(u_.width));
  }
};

}  // namespace horizon::codegen
