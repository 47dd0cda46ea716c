// The loops of a kernel: rows, groups of futures, [future-level code], halves of the group, periods, [code of each future and period].
// Code of the future level is one long chain of dependent steps, so it may compute two registers of futures at once; that of periods
// needs the registers for neighbouring periods, and computes one.
// `setup` and `run` as runtime/abi/kernel_abi.h says; where values stand is compiler/mir/layout.hpp's.
#include <algorithm>
#include <map>

#include "compiler/codegen/arguments.hpp"
#include "compiler/codegen/lanes.hpp"
#include "compiler/mir/layout.hpp"

namespace horizon::codegen {
namespace {

using llvm::BasicBlock;
using llvm::PHINode;
using llvm::Value;
using mir::Op;
using mir::ValueId;

/// Of pair functions made at once. More would not find registers.
constexpr std::size_t most_calls = 4;

bool is_future(mir::Levels level) { return (level & mir::Future) != 0 && (level & mir::Period) == 0; }
bool is_period(mir::Levels level) { return (level & mir::Future) != 0 && (level & mir::Period) != 0; }

class KernelEmitter {
 public:
  KernelEmitter(Unit& unit, mir::KernelId id, bool setup)
      : u_(unit), k_(unit.mir.kernels[id]), setup_(setup), by_period_(runs_by_period(unit.mir, id)),
        layout_(mir::uniform_layout(k_)), state_(mir::state_layout(k_, by_period_)),
        groups_(look_up_groups(unit.mir, k_.values)), b_(unit.module.getContext()), lanes_(unit, b_), vectors_(k_.values.size()), loaded_(k_.values.size()),
        done_(k_.values.size()) {
    llvm::LLVMContext& context = u_.module.getContext();
    auto* const type = llvm::FunctionType::get(b_.getVoidTy(), {b_.getPtrTy()}, false);
    function_ = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, kernel_symbol(id, setup), u_.module);
    u_.common_attributes(function_);
    function_->addParamAttr(0, llvm::Attribute::NoAlias);
    b_.SetInsertPoint(BasicBlock::Create(context, "entry", function_));
    exit_ = BasicBlock::Create(context, "exit", function_);
  }

  void run() {
    live_ = live_values(k_, state_, setup_, [&](mir::Levels level) { return belongs_here(level); });
    find_lazy();
    a_ = load_arguments(u_, b_, function_);
    loop("row", a_.row_begin, a_.row_end, 1, [&](Value* row) {
      row_ = b_.CreateZExt(row, b_.getInt64Ty());
      row_pointers();
      loop("lane", b_.getInt32(0), a_.lane_count, group_width(), [&](Value* lane) { group(lane); });
    });
    b_.CreateBr(exit_);
    b_.SetInsertPoint(exit_);
    b_.CreateRetVoid();
  }

 private:
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
  BasicBlock* exit_ = nullptr;
  std::vector<Value*> vectors_;             ///< by value: what was computed
  struct Loaded {
    BasicBlock* block = nullptr;
    Value *scalar = nullptr, *vector = nullptr;
  };
  std::vector<Loaded> loaded_;              ///< by value below the future level: loaded where it is used, once a block
  std::vector<bool> done_;                  ///< effects that stand in a region
  std::vector<bool> live_;
  Arguments a_;
  Value *row_ = nullptr, *lane_ = nullptr, *half_ = nullptr, *period_ = nullptr;
  Value *row_values_ = nullptr, *both_values_ = nullptr, *row_tables_ = nullptr, *row_state_ = nullptr;
  std::vector<PHINode*> previous_;          ///< by state slot
  std::map<std::uint32_t, Value*> base_offsets_;
  /// By value of the future level that code of periods uses: [lane of the group].
  std::vector<llvm::AllocaInst*> kept_;
  bool from_kept_ = false;                  ///< such values are to be taken from there

  // ---- what is needed
  bool belongs_here(mir::Levels level) const {
    if (setup_) return is_future(level);
    return is_period(level) || (!by_period_ && is_future(level));
  }

  // ---- code that only some lanes need
  void find_lazy() {
    std::vector<bool> movable(k_.values.size());
    for (std::size_t i = 0; i < movable.size(); ++i) {
      const mir::Value& v = k_.values[ValueId(i)];
      movable[i] = live_[i] && belongs_here(v.level) && !mir::info(v.op).effect && v.op != Op::Prev;
    }
    if (setup_) movable.assign(movable.size(), false);
    lazy_ = lazy_code(u_.mir, k_, movable, groups_);
  }
  /// All selects of a bundle. Where only one side has a region, the choice by lane is made in it.
  void bundle(const LazyCode::Bundle& bundle) {
    // No choice by lane is left to make where the code runs: that of a shortcut, or where all lanes choose alike.
    const mir::Value& first = k_.values[bundle.selects[0]];
    const bool decided = first.op == Op::Shortcut || (k_.values[first.args[0]].level & mir::Future) == 0;
    const std::int32_t only = bundle.only();
    if (only == 0) {
      for (const std::int32_t region : bundle.sides)
        if (region != 0) side(region, [] {}, {});
      for (const ValueId s : bundle.selects) vectors_[s.index()] = choice(s);
      return;
    }
    const std::size_t other = bundle.sides[1] != 0 ? 2 : 1;
    std::vector<std::pair<ValueId, Value*>> otherwise;
    if (bundle.sinks.empty())
      for (const ValueId s : bundle.selects) otherwise.emplace_back(s, operand(k_.values[s].args[other]));
    side(only, [&] {
      for (const ValueId s : bundle.selects) vectors_[s.index()] = decided ? operand(k_.values[s].args[3 - other]) : choice(s);
      for (const ValueId s : bundle.sinks) {
        memory(k_.values[s]);
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
    llvm::LLVMContext& context = u_.module.getContext();
    BasicBlock* const needed = BasicBlock::Create(context, "needed", function_, exit_);
    BasicBlock* const after = BasicBlock::Create(context, "chosen", function_, exit_);
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
    for (std::size_t i = id.index(); i < k_.values.size() && calls.size() < most_calls; ++i) {
      const ValueId other(i);
      const mir::Value& v = k_.values[other];
      const bool fits = live_[i] && vectors_[i] == nullptr && lazy_.region_of[i] == lazy_.region_of[id.index()] && is_paired(v);
      if (fits && v.function == k_.values[id].function) calls.push_back(other);
    }
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
  Value* pair_numbers() {
    Value* const first = b_.CreateLShr(b_.CreateAdd(a_.first_future, lane_), 1);
    return b_.CreateAdd(b_.CreateVectorSplat(pair_lanes(), first), lane_numbers(pair_lanes()));
  }

  // ---- loops
  /// A loop tested at its end behind a guard; afterwards the builder stands behind it.
  template <class Body>
  void loop(const char* name, Value* begin, Value* end, std::uint32_t step, Body&& body) {
    llvm::LLVMContext& context = u_.module.getContext();
    BasicBlock* const before = b_.GetInsertBlock();
    BasicBlock* const inside = BasicBlock::Create(context, name, function_, exit_);
    BasicBlock* const behind = BasicBlock::Create(context, std::string(name) + ".end", function_, exit_);
    b_.CreateCondBr(b_.CreateICmpULT(begin, end), inside, behind);
    b_.SetInsertPoint(inside);
    PHINode* const index = b_.CreatePHI(b_.getInt32Ty(), 2, name);
    index->addIncoming(begin, before);
    body(index);
    Value* const next = b_.CreateNUWAdd(index, b_.getInt32(step));
    index->addIncoming(next, b_.GetInsertBlock());
    b_.CreateCondBr(b_.CreateICmpULT(next, end), inside, behind);
    b_.SetInsertPoint(behind);
  }

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
  /// The next row's tables come from far away: each group of futures asks for two numbers for each of its lanes, which in a block are
  /// the first two levels of each table.
  void fetch_ahead() {
    if (k_.row_tables.empty()) return;
    Value* const last = b_.CreateSub(b_.CreateZExt(a_.row_end, b_.getInt64Ty()), b_.getInt64(1));
    Value* const next = b_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, b_.CreateAdd(row_, b_.getInt64(1)), last);
    Value* const tables = b_.CreateGEP(b_.getPtrTy(), a_.row_tables, b_.CreateMul(next, b_.getInt64(k_.row_tables.size())));
    for (std::size_t t = 0; t < k_.row_tables.size(); ++t) {
      Value* const table = constant_load(b_.getPtrTy(), b_.CreateConstGEP1_64(b_.getPtrTy(), tables, t));
      Value* const numbers = element(table, b_.CreateShl(lane_, 1));
      for (unsigned at = 0; at < 2 * group_width(); at += 8)
        b_.CreateIntrinsic(llvm::Intrinsic::prefetch, {b_.getPtrTy()},
                           {b_.CreateConstGEP1_64(b_.getDoubleTy(), numbers, at), b_.getInt32(0), b_.getInt32(2), b_.getInt32(1)});
    }
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
  Value* operand(ValueId id) {
    if ((k_.values[id].level & mir::Future) == 0) return load_uniform(id).vector;
    if (from_kept_ && is_future(k_.values[id].level)) return load_kept(id);
    return vectors_[id.index()];
  }
  Value* scalar(ValueId id) { return load_uniform(id).scalar; }

  // ---- one group of futures
  bool has_future_code() const { return setup_ || !by_period_; }
  unsigned group_width() const { return u_.target.lanes * (has_future_code() ? k_.registers : 1); }
  void group(Value* lane) {
    lane_ = b_.CreateZExt(lane, b_.getInt64Ty());
    if (!has_future_code()) {
      load_spills();
      return periods();
    }
    fetch_ahead();
    u_.width = group_width();
    code(is_future);
    if (setup_) {
      for (std::size_t i = 0; i < k_.values.size(); ++i) {
        if (state_.spill[i] >= 0) store_state(state_.spill[i], vectors_[i], k_.values[ValueId(i)].type);
      }
    }
    if (setup_ || !has_period_code()) {
      u_.width = u_.target.lanes;
      return;
    }
    if (k_.registers == 1) return periods();
    keep_for_periods();
    u_.width = u_.target.lanes;
    Value* const group_begin = lane_;
    from_kept_ = true;
    loop("half", b_.getInt32(0), b_.getInt32(group_width()), u_.target.lanes, [&](Value* half) {
      half_ = b_.CreateZExt(half, b_.getInt64Ty());
      lane_ = b_.CreateAdd(group_begin, half_);
      periods();
    });
    from_kept_ = false;
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
      if (!used[i]) continue;
      Value* x = vectors_[i];
      if (k_.values[ValueId(i)].type == mir::Type::Mask) x = b_.CreateSExt(x, u_.vector(mir::Type::I64));
      llvm::IRBuilder<> early(&function_->getEntryBlock(), function_->getEntryBlock().begin());
      kept_[i] = early.CreateAlloca(x->getType());
      b_.CreateStore(x, kept_[i]);
    }
  }
  Value* load_kept(ValueId id) {
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
  void load_spills() {
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      if (live_[i] && state_.spill[i] >= 0) vectors_[i] = load_state(state_.spill[i], k_.values[ValueId(i)].type);
    }
  }
  void periods() {
    std::vector<Value*> first;
    for (std::size_t i = 0; i < k_.state.size(); ++i) first.push_back(first_previous(static_cast<std::int32_t>(i)));
    BasicBlock* const before = b_.GetInsertBlock();
    loop("period", a_.period_begin, a_.period_end, 1, [&](Value* period) {
      period_ = period;
      previous_.clear();
      for (Value* value : first) {
        previous_.push_back(b_.CreatePHI(u_.vector(mir::Type::F64), 2, "previous"));
        previous_.back()->addIncoming(value, before);
      }
      code(is_period);
      for (std::size_t i = 0; i < k_.state.size(); ++i) {
        Value* const next = operand(k_.state[i].next);
        previous_[i]->addIncoming(next, b_.GetInsertBlock());
        if (by_period_) store_state(static_cast<std::int32_t>(i), next, mir::Type::F64);
      }
    });
  }
  /// In period 0 what the slot says, or 0; behind it, what the call before left in the state.
  Value* first_previous(std::int32_t slot) {
    if (const ValueId first = k_.state[static_cast<std::size_t>(slot)].first) return operand(first);
    if (!by_period_) return lanes_.number(0);
    Value* const at_start = b_.CreateICmpEQ(a_.period_begin, b_.getInt32(0));
    return b_.CreateSelect(at_start, lanes_.number(0), load_state(slot, mir::Type::F64));
  }

  template <class Wanted>
  void code(Wanted&& wanted, std::int32_t region = 0) {
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      const mir::Value& v = k_.values[ValueId(i)];
      if (!live_[i] || !wanted(v.level) || vectors_[i] != nullptr || done_[i] || lazy_.region_of[i] != region) continue;
      if (lazy_.bundle_of[i] >= 0) {
        bundle(lazy_.bundles[static_cast<std::size_t>(lazy_.bundle_of[i])]);
      } else if (groups_.group_of[i] >= 0) {
        const LookUpGroup& group = groups_.groups[static_cast<std::size_t>(groups_.group_of[i])];
        lanes_.look_up(group, table(v), operand(group.base), vectors_);
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
      case Op::Prev:
        return previous_[static_cast<std::size_t>(v.index)];
      case Op::RowTableF:
        return lanes_.look_up(table(v), operand(v.args[0]));
      case Op::Load:
      case Op::Store:
      case Op::Accumulate:
        return memory(v);
      case Op::Require:
        return require(operand(v.args[0]));
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

  // ---- memory
  Value* memory(const mir::Value& v) {
    const mir::Address& address = v.address;
    Value* slot = b_.getInt64(0);
    if (address.row_slot) slot = b_.CreateAdd(slot, scalar(address.row_slot));
    if (address.period_stride != 0)
      slot = b_.CreateAdd(slot, b_.CreateMul(b_.CreateZExt(period_, b_.getInt64Ty()),
                                             b_.getInt64(address.period_stride)));
    if (address.period_slot) slot = b_.CreateAdd(slot, scalar(address.period_slot));
    Value* const place = element(element(a_.buffers, b_.CreateAdd(b_.CreateMul(slot, a_.lanes), lane_)), base_offset(address.base));
    if (v.op == Op::Load) return load(place, u_.buffers);
    Value* x = operand(v.args[0]);
    if (v.op == Op::Accumulate) x = b_.CreateFAdd(load(place, u_.buffers), x);
    store(place, x, u_.buffers);
    return nullptr;
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
  Value* state_place(std::int32_t slot) {
    Value* const offset = b_.CreateMul(b_.getInt64(static_cast<std::uint64_t>(slot)), a_.lanes);
    return element(row_state_, b_.CreateAdd(offset, lane_));
  }
  void store_state(std::int32_t slot, Value* x, mir::Type type) {
    if (type == mir::Type::Mask) x = b_.CreateSExt(x, u_.vector(mir::Type::I64));
    if (type != mir::Type::F64) x = b_.CreateBitCast(x, u_.vector(mir::Type::F64));
    store(state_place(slot), x, u_.state);
  }
  Value* load_state(std::int32_t slot, mir::Type type) {
    Value* const bits = load(state_place(slot), u_.state);
    if (type == mir::Type::F64) return bits;
    Value* const integers = b_.CreateBitCast(bits, u_.vector(mir::Type::I64));
    return type == mir::Type::I64 ? integers : b_.CreateICmpNE(integers, lanes_.integer(0));
  }
  /// fault[lane] |= not mask
  Value* require(Value* mask) {
    auto* const bytes = llvm::FixedVectorType::get(b_.getInt8Ty(), u_.width);
    Value* const place = b_.CreateGEP(b_.getInt8Ty(), a_.fault, lane_);
    llvm::LoadInst* const old = b_.CreateAlignedLoad(bytes, place, llvm::Align(1));
    u_.in_scope(old, u_.fault);
    Value* const fresh = b_.CreateOr(old, b_.CreateZExt(b_.CreateNot(mask), bytes));
    u_.in_scope(b_.CreateAlignedStore(fresh, place, llvm::Align(1)), u_.fault);
    return nullptr;
  }
};

}  // namespace

std::string kernel_symbol(mir::KernelId kernel, bool setup) {
  return "kernel_" + std::to_string(kernel.value) + (setup ? "_setup" : "_run");
}

void emit_kernel(Unit& unit, mir::KernelId kernel, bool setup) { KernelEmitter(unit, kernel, setup).run(); }

}  // namespace horizon::codegen
