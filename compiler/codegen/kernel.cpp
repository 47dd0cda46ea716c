// The loops of a kernel: rows, groups of futures, [future-level code], halves of the group, periods, [code of each future and period]; or
// rows, periods and futures where there is nothing of the future level.
// Code of the future level is one long chain of dependent steps, so it may compute two registers of futures at once; that of periods
// needs the registers for neighbouring periods, and computes one. Kernels of many rows: gathered.cpp.
// `setup` and `run` as runtime/abi/kernel_abi.h says; where values stand is compiler/mir/layout.hpp's.
#include "compiler/codegen/gathered.hpp"
#include "compiler/codegen/kernel_periods.hpp"

namespace horizon::codegen {
namespace {

class KernelEmitter final : public KernelPeriods {
 public:
  using KernelPeriods::KernelPeriods;

  void run() {
    live_ = live_values(k_, state_, setup_, [&](mir::Levels level) { return belongs_here(level); });
    find_lazy();
    a_ = load_arguments(u_, b_, function_);
    loop(b_, "row", a_.row_begin, a_.row_end, 1, [&](Value* row) {
      row_ = b_.CreateZExt(row, b_.getInt64Ty());
      row_pointers();
      if (only_slots()) return slot_by_slot();
      loop(b_, "lane", b_.getInt32(0), a_.lane_count, group_width(), [&](Value* lane) { group(lane); });
    });
    b_.CreateRetVoid();
  }

 private:
  // ---- what is needed
  bool belongs_here(mir::Levels level) const {
    if (setup_) return is_future(level);
    return is_period(level) || (!by_period_ && is_future(level));
  }
  void find_lazy() {
    std::vector<bool> movable(k_.values.size());
    for (std::size_t i = 0; i < movable.size(); ++i) {
      const mir::Value& v = k_.values[ValueId(i)];
      movable[i] = live_[i] && belongs_here(v.level) && !mir::info(v.op).effect && v.op != Op::Prev;
    }
    if (setup_) movable.assign(movable.size(), false);
    lazy_ = lazy_code(u_.mir, k_, movable, groups_);
  }
  // ---- slots alone
  /// Nothing is known of a future but what stands in slots.
  bool only_slots() const {
    if (setup_ || by_period_ || !k_.state.empty()) return false;
    for (std::size_t i = 0; i < k_.values.size(); ++i)
      if (live_[i] && is_future(k_.values[ValueId(i)].level)) return false;
    return true;
  }
  /// All futures of a period before the next one: a slot is read from its beginning to its end, where the memory is far.
  void slot_by_slot() {
    loop(b_, "period", a_.period_begin, a_.period_end, 1, [&](Value* period) {
      period_ = period;
      loop(b_, "lane", b_.getInt32(0), a_.lane_count, u_.width, [&](Value* lane) {
        lane_ = b_.CreateZExt(lane, b_.getInt64Ty());
        code(is_period);
      });
    });
  }

  // ---- one group of futures
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
    halves(b_.getInt32(group_width()));
  }
  void load_spills() {
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      if (live_[i] && state_.spill[i] >= 0) vectors_[i] = load_state(state_.spill[i], k_.values[ValueId(i)].type);
    }
  }
  /// In period 0 what the slot says, or 0; behind it, what the call before left in the state.
  Value* first_previous(std::int32_t slot) override {
    if (!by_period_ || k_.state[static_cast<std::size_t>(slot)].first) return KernelPeriods::first_previous(slot);
    Value* const at_start = b_.CreateICmpEQ(a_.period_begin, b_.getInt32(0));
    return b_.CreateSelect(at_start, lanes_.number(0), load_state(slot, mir::Type::F64));
  }
  void period_done(std::int32_t slot, Value* next) override {
    if (by_period_) store_state(slot, next, mir::Type::F64);
  }

  // ---- memory
  void effect(ValueId id) override {
    const mir::Value& v = k_.values[id];
    if (v.op == Op::Require) return require(operand(v.args[0]));
    Value* x = operand(v.args[0]);
    Value* const place = place_of(v.address);
    if (v.op == Op::Accumulate) x = b_.CreateFAdd(load(place, u_.buffers), x);
    store(place, x, u_.buffers);
  }
  Value* special(ValueId id) override {
    const mir::Value& v = k_.values[id];
    if (v.op == Op::Prev) return previous_[static_cast<std::size_t>(v.index)];
    return v.op == Op::Load ? load(place_of(v.address), u_.buffers) : nullptr;
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
  void require(Value* mask) {
    auto* const bytes = llvm::FixedVectorType::get(b_.getInt8Ty(), u_.width);
    Value* const place = b_.CreateGEP(b_.getInt8Ty(), a_.fault, lane_);
    llvm::LoadInst* const old = b_.CreateAlignedLoad(bytes, place, llvm::Align(1));
    u_.in_scope(old, u_.fault);
    Value* const fresh = b_.CreateOr(old, b_.CreateZExt(b_.CreateNot(mask), bytes));
    u_.in_scope(b_.CreateAlignedStore(fresh, place, llvm::Align(1)), u_.fault);
  }
};

}  // namespace

std::string kernel_symbol(mir::KernelId kernel, bool setup) {
  return "kernel_" + std::to_string(kernel.value) + (setup ? "_setup" : "_run");
}

void emit_kernel(Unit& unit, mir::KernelId kernel, bool setup) {
  if (!setup && emit_gathered(unit, kernel)) return;
  KernelEmitter(unit, kernel, setup).run();
}

}  // namespace horizon::codegen
