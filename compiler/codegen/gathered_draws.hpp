#pragma once
// The first loops of a kernel that gathers futures: which futures pass its gates, and the draws of those. Draws serve two futures at once, so
// what is drawn for is pairs of futures. Private to compiler/codegen.
#include "compiler/codegen/gathered_code.hpp"

namespace horizon::codegen {

class GatheredDraws : public GatheredCode {
 public:
  using GatheredCode::GatheredCode;

 protected:
  /// What no gate holds for, side by side in the records.
  void all_futures() {
    piece_ = Piece::Gates;
    b_.CreateStore(b_.CreateLShr(a_.lanes, 1), pair_count_);
    Value* const open = all_open();
    if (g_.gates_first) when(b_, b_.CreateNot(open), [&] { look_at_gates(); });
    draw_all(open);
    // Lanes behind the last future do the same as it.
    Value* const count = b_.CreateLoad(b_.getInt64Ty(), count_);
    u_.width = group_width();
    for (const auto& [id, record] : records_) repeat_last(record, count);
    repeat_last(numbers_, count);
  }

  void allocate_pairs() {
    pair_count_ = b_.CreateAlloca(b_.getInt64Ty());
    some_pairs_ = array(room_);
    drawn_ = array(b_.getInt64(g_.gate_draws.size() * at_once * group_width()));
  }

 private:
  static constexpr unsigned at_once = 2;   ///< groups of futures whose gates' draws are made by one call

  llvm::AllocaInst* pair_count_ = nullptr;   ///< of pairs that are drawn for
  /// Those of which a future passes the gates: pair k of the block as 4 k + 1 if its even future does + 2 if its odd one does.
  Value* some_pairs_ = nullptr;
  Value* drawn_ = nullptr;                   ///< what gates need: [draw][group of a call][even, odd][pair]
  Value* pairs_ = nullptr;                   ///< where draws are made: the pairs of the group, those of the first of all futures 0

  // ---- gates
  /// Whether the row alone tells that no gate holds in any future.
  Value* all_open() {
    Value* result = b_.getInt1(g_.gates.empty() || !g_.open_above.empty());
    for (const auto& [number, bound] : g_.open_above) {
      Value* const of_row = b_.CreateExtractElement(operand(number), std::uint64_t{0});
      result = b_.CreateAnd(result, b_.CreateFCmpOGT(of_row, llvm::ConstantFP::get(b_.getDoubleTy(), bound)));
    }
    return result;
  }
  void look_at_gates() {
    b_.CreateStore(b_.getInt64(0), pair_count_);
    loop(b_, "gated", b_.getInt32(0), a_.lane_count, std::uint64_t{at_once} * group_width(), [&](Value* lane) {
      lane_ = wide(lane);
      u_.width = group_width();
      for (std::size_t d = 0; d < g_.gate_draws.size(); ++d) draw_groups(d);
      Value* const left = b_.CreateSub(a_.lane_count, lane);
      Value* const end = b_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, left, b_.getInt32(at_once * group_width()));
      Value* const first = lane_;
      loop(b_, "gate", b_.getInt32(0), end, group_width(), [&](Value* at) {
        lane_ = b_.CreateAdd(first, wide(at));
        u_.width = group_width();
        fetch_ahead();
        keep_pairs(wide(at));
      });
    });
    // Lanes behind the last pair are for none.
    u_.width = u_.target.lanes;
    Value* const count = b_.CreateLoad(b_.getInt64Ty(), pair_count_);
    b_.CreateAlignedStore(lanes_.integer(0), b_.CreateGEP(b_.getInt64Ty(), some_pairs_, count), llvm::Align(8));
  }
  Value* drawn_place(std::size_t draw, Value* at) {
    return b_.CreateGEP(b_.getInt64Ty(), drawn_, b_.CreateAdd(b_.getInt64(draw * at_once * group_width()), at));
  }
  /// One of the gates' draws for some groups of futures, steps of different groups side by side.
  void draw_groups(std::size_t draw) {
    const mir::Value& v = k_.values[g_.gate_draws[draw]];
    PairCalls kind{v.function, at_once, pair_lanes(), {}};
    Value* const first = pair_numbers();
    const auto of_group = [&](ValueId arg, unsigned group) {
      if (k_.values[arg].op == Op::Seed) return b_.CreateVectorSplat(kind.lanes, a_.seed);
      if (k_.values[arg].op != Op::FutureNo) return half_of(operand(arg), 0);
      return b_.CreateAdd(first, b_.CreateVectorSplat(kind.lanes, b_.getInt64(std::uint64_t{group} * kind.lanes)));
    };
    std::vector<Value*> args;
    for (const ValueId arg : v.args) {
      kind.shared.push_back(k_.values[arg].op == Op::Seed);   // no more than needed, so that the function serves other draws, too
      for (unsigned g = 0; g < (kind.shared.back() ? 1 : at_once); ++g) args.push_back(of_group(arg, g));
    }
    const std::vector<Value*> results = lanes_.pairs(kind, args);
    for (unsigned g = 0; g < at_once; ++g)
      for (unsigned odd = 0; odd < 2; ++odd)
        b_.CreateAlignedStore(every_other(results[g], odd), drawn_place(draw, b_.getInt64(g * group_width() + odd * kind.lanes)),
                              llvm::Align(8));
  }
  Value* every_other(Value* x, unsigned first) {
    llvm::SmallVector<int, eight> lanes;
    for (unsigned i = 0; i < pair_lanes(); ++i) lanes.push_back(static_cast<int>(2 * i + first));
    return b_.CreateShuffleVector(x, lanes);
  }
  /// Those pairs of a group of which a future passes.
  void keep_pairs(Value* at) {
    forget_vectors();
    Value* const first = b_.CreateVectorSplat(u_.width / 2, lane_);
    Value* const evens = b_.CreateAdd(first, b_.CreateShl(lane_numbers(u_.width / 2), 1));
    Value* const lanes = both_of(evens, b_.CreateAdd(evens, llvm::ConstantInt::get(evens->getType(), 1)));
    gate_futures_ = b_.CreateAdd(splat(a_.first_future), lanes);
    for (std::size_t d = 0; d < g_.gate_draws.size(); ++d)
      vectors_[g_.gate_draws[d].index()] = b_.CreateAlignedLoad(u_.vector(mir::Type::I64), drawn_place(d, at), llvm::Align(8));
    Value* const passes = passing();
    gate_futures_ = nullptr;
    Value *const even = half_of(passes, 0), *const odd = half_of(passes, 1);
    u_.width = u_.target.lanes;
    Value* const pairs = b_.CreateShl(evens, 1);
    Value* const with_even = b_.CreateSelect(even, b_.CreateOr(pairs, lanes_.integer(1)), pairs);
    Value* const with_both = b_.CreateSelect(odd, b_.CreateOr(with_even, lanes_.integer(2)), with_even);
    const Compress compress = compressed(b_.CreateOr(even, odd), b_.CreateLoad(b_.getInt64Ty(), pair_count_));
    store_lanes(compress, some_pairs_, with_both);
    b_.CreateStore(compress.end(), pair_count_);
  }
  /// Registers of even and odd futures side by side.
  Value* both_of(Value* even, Value* odd) {
    llvm::SmallVector<int, 2 * eight> lanes;
    for (unsigned i = 0; i < u_.width; ++i) lanes.push_back(static_cast<int>(i));
    return b_.CreateShuffleVector(even, odd, lanes);
  }
  Value* half_of(Value* both, unsigned half) {
    llvm::SmallVector<int, eight> lanes;
    for (unsigned i = 0; i < u_.width / 2; ++i) lanes.push_back(static_cast<int>(half * u_.width / 2 + i));
    return b_.CreateShuffleVector(both, lanes);
  }
  Value* passing() {
    code(is_future);
    Value* out = constant(false);
    for (const ValueId gate : g_.gates) out = b_.CreateOr(out, operand(gate));
    return b_.CreateNot(out);
  }

  // ---- draws
  void draw_all(Value* open) {
    b_.CreateStore(b_.getInt64(0), count_);
    Value* const count = b_.CreateTrunc(b_.CreateLoad(b_.getInt64Ty(), pair_count_), b_.getInt32Ty());
    loop(b_, "drawn", b_.getInt32(0), count, u_.target.lanes, [&](Value* place) {
      u_.width = group_width();
      forget_vectors();
      lane_ = b_.CreateShl(wide(place), 1);
      Value* const which = g_.gates_first ? pairs_at(wide(place), open) : all_pairs_at(wide(place));
      pairs_ = b_.CreateAdd(b_.CreateLShr(which, 2), b_.CreateVectorSplat(pair_lanes(), b_.CreateLShr(a_.first_future, 1)));
      draw_group(which);
      pairs_ = nullptr;
    });
  }
  Value* all_pairs_at(Value* place) {
    fetch_ahead();
    Value* const pairs = b_.CreateAdd(b_.CreateVectorSplat(pair_lanes(), place), lane_numbers(pair_lanes()));
    return b_.CreateOr(b_.CreateShl(pairs, 2), llvm::ConstantInt::get(pairs->getType(), 3));
  }
  Value* pairs_at(Value* place, Value* open) {
    Value *all = nullptr, *some = nullptr;
    BasicBlock *of_all = nullptr, *of_some = nullptr;
    either(b_, open, [&] {
      all = all_pairs_at(place);
      of_all = b_.GetInsertBlock();
    }, [&] {
      some = b_.CreateAlignedLoad(all->getType(), b_.CreateGEP(b_.getInt64Ty(), some_pairs_, place), llvm::Align(8));
      of_some = b_.GetInsertBlock();
    });
    PHINode* const pairs = b_.CreatePHI(all->getType(), 2);
    pairs->addIncoming(all, of_all);
    pairs->addIncoming(some, of_some);
    return pairs;
  }
  void draw_group(Value* which) {
    llvm::SmallVector<int, 16> twice;
    llvm::SmallVector<llvm::Constant*, 16> parity, bit;
    for (unsigned lane = 0; lane < u_.width; ++lane) {
      twice.push_back(static_cast<int>(lane / 2));
      parity.push_back(b_.getInt64(lane % 2));
      bit.push_back(b_.getInt64(lane % 2 + 1));
    }
    Value* const both = b_.CreateShuffleVector(which, twice);
    Value* const lanes = b_.CreateOr(b_.CreateAnd(b_.CreateLShr(both, 1), lanes_.integer(-2)), llvm::ConstantVector::get(parity));
    Value* passes = b_.CreateICmpNE(b_.CreateAnd(both, llvm::ConstantVector::get(bit)), lanes_.integer(0));
    draw(g_.draws.at({}));
    if (!g_.gates_first) passes = b_.CreateAnd(passes, passing());
    const Compress compress = compressed(passes, b_.CreateLoad(b_.getInt64Ty(), count_));
    Stores stores{{numbers_, lanes}};
    for (const auto& [id, record] : records_)
      if (g_.for_gates[id.index()]) stores.emplace_back(record, bits_of(id));
    add_records(stores, g_.draws.at({}));
    store(compress, stores);
    for (const auto& [conditions, ids] : g_.draws) {
      if (conditions.empty()) continue;
      when(b_, all_hold(conditions), [&] {
        draw(ids);
        Stores drawn;
        add_records(drawn, ids);
        store(compress, drawn);
      });
    }
    b_.CreateStore(compress.end(), count_);
  }
  Value* pair_numbers() override { return pairs_ != nullptr ? pairs_ : GatheredCode::pair_numbers(); }
  Value* all_hold(const Gathering::Conditions& conditions) {
    Value* result = b_.getTrue();
    for (const auto& [mask, holds] : conditions) result = b_.CreateAnd(result, holds ? scalar(mask) : b_.CreateNot(scalar(mask)));
    return result;
  }
  void draw(const std::vector<ValueId>& ids) {
    std::map<mir::FunctionId, std::vector<ValueId>> kinds;
    for (const ValueId id : ids) kinds[k_.values[id].function].push_back(id);
    for (const auto& [function, calls] : kinds) {
      const std::size_t times = (calls.size() + most_calls() - 1) / most_calls();
      for (std::size_t i = 0; i < times; ++i) {
        const auto at = [&](std::size_t n) { return calls.begin() + static_cast<std::ptrdiff_t>(n * calls.size() / times); };
        call_together({at(i), at(i + 1)});
      }
    }
  }

 protected:
  // ---- lanes left out
  /// Where each part of a register goes: eight lanes, or one where the processor has no instruction for it.
  struct Compress {
    Value* mask;
    std::vector<Value*> places;
    Value* end() const { return places.back(); }
  };
  using Stores = std::vector<std::pair<Value*, Value*>>;   ///< arrays, and what is put there

  Compress compressed(Value* mask, Value* begin) {
    Compress result{mask, {begin}};
    for (unsigned i = 0; i * part_lanes() < u_.width; ++i) {
      Value* count = part_of(mask, i);
      if (part_lanes() != 1) count = b_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, b_.CreateBitCast(count, b_.getInt8Ty()));
      result.places.push_back(b_.CreateAdd(result.places.back(), wide(count)));
    }
    return result;
  }
  void store_lanes(const Compress& compress, Value* array, Value* x) {
    for (unsigned i = 0; i * part_lanes() < u_.width; ++i) {
      Value* piece = part_of(x, i);
      if (part_lanes() != 1)
        piece = b_.CreateIntrinsic(llvm::Intrinsic::x86_avx512_mask_compress, {piece->getType()},
                                   {piece, llvm::Constant::getNullValue(piece->getType()), part_of(compress.mask, i)});
      b_.CreateAlignedStore(piece, b_.CreateGEP(b_.getInt64Ty(), array, compress.places[i]), llvm::Align(8));
    }
  }

 private:
  unsigned part_lanes() const { return u_.target.permute16 ? eight : 1; }
  Value* part_of(Value* x, unsigned part) {
    if (part_lanes() == 1) return b_.CreateExtractElement(x, part);
    llvm::SmallVector<int, eight> lanes;
    for (unsigned i = 0; i < eight; ++i) lanes.push_back(static_cast<int>(part * eight + i));
    return b_.CreateShuffleVector(x, lanes);
  }
  void add_records(Stores& stores, const std::vector<ValueId>& ids) {
    for (const ValueId id : ids)
      if (const auto record = records_.find(id); record != records_.end()) stores.emplace_back(record->second, vectors_[id.index()]);
  }
  /// Where all lanes stay, they need not be told apart.
  void store(const Compress& compress, const Stores& stores) {
    either(b_, b_.CreateAndReduce(compress.mask), [&] {
      for (const auto& [array, x] : stores) b_.CreateAlignedStore(x, b_.CreateGEP(b_.getInt64Ty(), array, compress.places[0]), llvm::Align(8));
    }, [&] {
      for (const auto& [array, x] : stores) store_lanes(compress, array, x);
    });
  }
};

}  // namespace horizon::codegen
