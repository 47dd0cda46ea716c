#pragma once
// What the pieces of a kernel that gathers futures stand on: values and where later pieces find them, memory of its own, sums.
// Private to compiler/codegen.
#include <bit>

#include "compiler/codegen/gathering.hpp"
#include "compiler/codegen/quads.hpp"
#include "compiler/codegen/straight_code.hpp"

namespace horizon::codegen {

class GatheredCode : public StraightCode {
 public:
  GatheredCode(Unit& unit, mir::KernelId id) : StraightCode(unit, id, false) {}

 protected:
  enum class Piece : std::uint8_t { Gates, Masks, Steps, Rest };
  static constexpr unsigned eight = 8, pad = 32;   ///< pad: behind the last future stand whole groups
  static constexpr unsigned most_lists = 8;      ///< by how many steps add nothing
  static constexpr unsigned alike_steps = 2;     ///< by which futures of a row may differ in that without being put in order
  static constexpr std::uint64_t no_slot = ~std::uint64_t{0};

  Gathering g_;
  std::map<ValueId, Value*> records_;            ///< by value that a later piece uses: [future that counts]
  Value *numbers_ = nullptr, *order_ = nullptr;  ///< of futures that count: their lanes; in which order they come
  Value *lists_ = nullptr, *lengths_ = nullptr, *room_ = nullptr;   ///< by how many steps add nothing
  Value *shift_ = nullptr, *list_count_ = nullptr;
  llvm::AllocaInst* sorts_ = nullptr;            ///< whether the row's futures are put in order
  llvm::AllocaInst* count_ = nullptr;            ///< of futures that count
  Value* gate_futures_ = nullptr;                ///< where gates are looked at: numbers of the register's futures
  Piece piece_ = Piece::Gates;
  Value *place_ = nullptr, *chosen_ = nullptr;   ///< the group's first place in the records; places of its futures
  struct Sums {
    Value *numbers, *quads, *slot;               ///< slot: the first of those that they are the sums of
  };
  std::vector<Sums> sums_;
  llvm::AllocaInst* untouched_ = nullptr;        ///< from this slot on all are zeros; none where that is not known
  Value* futures_room_ = nullptr;
  llvm::AllocaInst *lanes_of_ = nullptr, *places_ = nullptr;   ///< of the group's futures; of the register's, in a quad
  Value* in_a_row_ = nullptr;                    ///< the register's futures are those of one of the block's registers
  std::vector<ValueId> to_add_;
  std::map<Value*, Value*> taken_;               ///< by record: of the group's futures

  // ---- what belongs where
  bool find() {
    if (!k_.gathered || by_period_) return false;
    live_ = live_values(k_, state_, false, [](mir::Levels level) { return (level & mir::Future) != 0; });
    std::vector<bool> movable(k_.values.size()), paired(k_.values.size());
    for (std::size_t i = 0; i < movable.size(); ++i) {
      const mir::Value& v = k_.values[ValueId(i)];
      movable[i] = live_[i] && (v.level & mir::Future) != 0 && !mir::info(v.op).effect && v.op != Op::Prev;
      paired[i] = live_[i] && is_paired(v);
    }
    lazy_ = lazy_code(u_.mir, k_, movable, groups_);
    auto found = find_gathering(k_, lazy_, groups_, live_, paired);
    if (!found) return false;
    g_ = std::move(*found);
    straight_ = find_straight(k_, lazy_, groups_);
    return true;
  }
  bool in_piece(ValueId id) const override {
    if (piece_ == Piece::Gates) return g_.for_gates[id.index()];
    if (piece_ == Piece::Masks) return g_.in_masks[id.index()];
    if (piece_ == Piece::Steps) return g_.for_steps[id.index()];
    return g_.in_rest[id.index()];
  }

  // ---- values
  Value* special(ValueId id) override {
    const mir::Value& v = k_.values[id];
    if (v.op == Op::Prev) return previous_[static_cast<std::size_t>(v.index)];
    if (v.op == Op::FutureNo && gate_futures_ != nullptr) return gate_futures_;
    if (piece_ == Piece::Gates || !is_future(v.level)) return nullptr;
    if (const auto known = g_.known[id.index()]) return constant(*known);
    if (v.op == Op::FutureNo) return b_.CreateAdd(of_record(numbers_), b_.CreateVectorSplat(u_.width, a_.first_future));
    const auto record = records_.find(id);
    const bool made_here = piece_ == Piece::Masks && g_.for_masks[id.index()];
    if (record == records_.end() || made_here) return nullptr;
    Value* const bits = of_record(record->second);
    if (v.type == mir::Type::F64) return b_.CreateBitCast(bits, u_.vector(v.type));
    return v.type == mir::Type::I64 ? bits : b_.CreateICmpNE(bits, lanes_.integer(0));
  }
  Value* constant(bool holds) {
    return holds ? llvm::Constant::getAllOnesValue(u_.vector(mir::Type::Mask)) : llvm::Constant::getNullValue(u_.vector(mir::Type::Mask));
  }
  Value* kept(ValueId id) override {
    if (from_kept_ && is_future(k_.values[id].level) && g_.known[id.index()]) return constant(*g_.known[id.index()]);
    return StraightCode::kept(id);
  }
  bool is_kept(ValueId id) const override { return !g_.known[id.index()]; }
  /// Of the group's futures: side by side before they are put in order.
  Value* of_record(Value* record) {
    llvm::Type* const type = u_.vector(mir::Type::I64);
    if (piece_ != Piece::Rest) return b_.CreateAlignedLoad(type, b_.CreateGEP(b_.getInt64Ty(), record, place_), llvm::Align(8));
    const auto taken = taken_.find(record);
    if (taken != taken_.end()) return taken->second;
    return b_.CreateMaskedGather(type, b_.CreateGEP(b_.getInt64Ty(), record, chosen_), llvm::Align(8));
  }
  /// Of the group's futures, which often are neighbours: what no choice by rows stands before.
  void take_records() {
    std::vector<Value*> records{numbers_};
    for (const auto& [id, record] : records_)
      if (g_.in_rest[id.index()] && !g_.conditional[id.index()]) records.push_back(record);
    llvm::Type* const type = u_.vector(mir::Type::I64);
    std::vector<Value*> loads, gathers;
    Value* const first = b_.CreateExtractElement(chosen_, std::uint64_t{0});
    Value* const neighbours = b_.CreateAndReduce(b_.CreateICmpEQ(chosen_, lane_numbers_from(first)));
    BasicBlock *with_loads = nullptr, *with_gathers = nullptr;
    either(b_, neighbours, [&] {
      for (Value* record : records) loads.push_back(b_.CreateAlignedLoad(type, b_.CreateGEP(b_.getInt64Ty(), record, first), llvm::Align(8)));
      with_loads = b_.GetInsertBlock();
    }, [&] {
      for (Value* record : records) gathers.push_back(b_.CreateMaskedGather(type, b_.CreateGEP(b_.getInt64Ty(), record, chosen_), llvm::Align(8)));
      with_gathers = b_.GetInsertBlock();
    });
    taken_.clear();
    for (std::size_t i = 0; i < records.size(); ++i) {
      PHINode* const phi = b_.CreatePHI(type, 2);
      phi->addIncoming(loads[i], with_loads);
      phi->addIncoming(gathers[i], with_gathers);
      taken_[records[i]] = phi;
    }
  }
  Value* bits_of(ValueId id) {
    Value* const x = vectors_[id.index()];
    const mir::Type type = k_.values[id].type;
    llvm::Type* const bits = u_.vector(mir::Type::I64);
    return type == mir::Type::Mask ? b_.CreateSExt(x, bits) : type == mir::Type::F64 ? b_.CreateBitCast(x, bits) : x;
  }
  void forget_vectors() {
    for (std::size_t i = 0; i < vectors_.size(); ++i)
      if ((k_.values[ValueId(i)].level & mir::Future) != 0) vectors_[i] = nullptr;
  }
  Value* wide(Value* x) { return b_.CreateZExt(x, b_.getInt64Ty()); }
  Value* splat(Value* x) { return b_.CreateVectorSplat(u_.width, x); }
  Value* lane_numbers_from(Value* first) { return b_.CreateAdd(splat(first), lane_numbers(u_.width)); }
  void repeat_last(Value* array, Value* count) {
    Value* const last = b_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, count, b_.getInt64(1));
    Value* const x = b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), array, last));
    b_.CreateAlignedStore(splat(x), b_.CreateGEP(b_.getInt64Ty(), array, count), llvm::Align(8));
  }

  // ---- memory of its own
  Value* array(Value* size) {
    llvm::AllocaInst* const result = b_.CreateAlloca(b_.getInt64Ty(), size);
    result->setAlignment(llvm::Align(64));
    return result;
  }
  void allocate() {
    room_ = b_.CreateAdd(a_.lanes, b_.getInt64(pad));
    for (const ValueId id : g_.records) records_[id] = array(room_);
    numbers_ = array(room_);
    order_ = array(room_);
    lists_ = array(b_.CreateMul(room_, b_.getInt64(most_lists)));
    lengths_ = array(b_.getInt64(most_lists));
    count_ = b_.CreateAlloca(b_.getInt64Ty());
    sorts_ = b_.CreateAlloca(b_.getInt1Ty());
    for (unsigned i = 0; i < most_lists; ++i) b_.CreateStore(b_.getInt64(0), b_.CreateConstGEP1_32(b_.getInt64Ty(), lengths_, i));
    // Lists stand for 1, 2, 4 .. first steps, so that there are not too many of them.
    Value* const last = b_.CreateSub(a_.periods, b_.getInt64(1));
    Value* const bits = b_.CreateSub(b_.getInt64(64), b_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, b_.CreateOr(last, b_.getInt64(1)), b_.getFalse()));
    Value* const few = b_.getInt64(static_cast<unsigned>(std::bit_width(most_lists - 1)));
    shift_ = b_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, bits, few);
    list_count_ = b_.CreateTrunc(b_.CreateAdd(b_.CreateLShr(last, shift_), b_.getInt64(1)), b_.getInt32Ty());
    lanes_of_ = b_.CreateAlloca(llvm::FixedVectorType::get(b_.getInt64Ty(), group_width()));
    places_ = b_.CreateAlloca(llvm::FixedVectorType::get(b_.getInt64Ty(), u_.target.lanes));
    untouched_ = b_.CreateAlloca(b_.getInt64Ty());
    b_.CreateStore(b_.CreateSExt(b_.CreateICmpEQ(a_.all_zeros, b_.getInt32(0)), b_.getInt64Ty()), untouched_);
    // Lanes behind the last future add to one that is none.
    futures_room_ = b_.CreateAdd(a_.lanes, b_.getInt64(eight));
    for (const Gathering::Sum& sum : g_.sums) {
      Sums sums;
      sums.quads = b_.CreateMul(a_.periods, b_.getInt64(sum.step / quad));
      sums.numbers = array(b_.CreateMul(b_.CreateMul(sums.quads, b_.getInt64(quad)), futures_room_));
      sums.slot = b_.CreateAlloca(b_.getInt64Ty());
      b_.CreateStore(b_.getInt64(no_slot), sums.slot);
      loop(b_, "clear", b_.getInt32(0), b_.CreateTrunc(sums.quads, b_.getInt32Ty()), 1, [&](Value* number) {
        Value* const future = b_.CreateAdd(b_.CreateMul(wide(number), futures_room_), a_.lanes);
        auto* const numbers = llvm::FixedVectorType::get(b_.getDoubleTy(), quad);
        b_.CreateAlignedStore(llvm::Constant::getNullValue(numbers), element(sums.numbers, b_.CreateMul(future, b_.getInt64(quad))), llvm::Align(8));
      });
      sums_.push_back(sums);
    }
  }

  // ---- sums
  QuadSums quads_of(const Sums& sums) { return {sums.numbers, futures_room_, a_.buffers, a_.lanes, sums.quads}; }
  void turn_to(const Gathering::Sum& sum, const Sums& sums) {
    Value* slot = b_.getInt64(sum.address.base);
    if (sum.address.row_slot) slot = b_.CreateAdd(slot, scalar(sum.address.row_slot));
    when(b_, b_.CreateICmpNE(slot, b_.CreateLoad(b_.getInt64Ty(), sums.slot)), [&] {
      put_away(sums);
      b_.CreateStore(slot, sums.slot);
      Value* const untouched = b_.CreateLoad(b_.getInt64Ty(), untouched_);
      either(b_, b_.CreateICmpUGE(slot, untouched), [&] { clear(b_, quads_of(sums)); }, [&] { turn(u_, b_, quads_of(sums), slot, Turn::ToQuads); });
      Value* const end = b_.CreateAdd(slot, b_.CreateMul(sums.quads, b_.getInt64(quad)));
      b_.CreateStore(b_.CreateBinaryIntrinsic(llvm::Intrinsic::umax, untouched, end), untouched_);
    });
  }
  void put_away(const Sums& sums) {
    Value* const slot = b_.CreateLoad(b_.getInt64Ty(), sums.slot);
    when(b_, b_.CreateICmpNE(slot, b_.getInt64(no_slot)), [&] { turn(u_, b_, quads_of(sums), slot, Turn::ToSlots); });
  }
  void effect(ValueId id) override {
    to_add_.push_back(id);
    if (to_add_.size() < quad) return;
    Quad periods;
    for (unsigned i = 0; i < quad; ++i) periods[i] = operand(k_.values[to_add_[i]].args[0]);
    const auto s = static_cast<std::size_t>(g_.sum_of[to_add_[0].index()]);
    const std::uint32_t in_step = k_.values[to_add_[0]].address.base - g_.sums[s].address.base;
    Value* const number = b_.CreateAdd(b_.CreateMul(wide(period_), b_.getInt64(g_.sums[s].step / quad)), b_.getInt64(in_step / quad));
    Value* const begin = element(sums_[s].numbers, b_.CreateMul(number, b_.CreateMul(futures_room_, b_.getInt64(quad))));
    const Quad added = in_memory(b_, periods);
    either(b_, in_a_row_, [&] {
      for (unsigned i = 0; i < quad; ++i) {
        Value* const place = element(begin, b_.CreateAdd(b_.CreateMul(lane_, b_.getInt64(quad)), b_.getInt64(std::uint64_t{i} * u_.width)));
        b_.CreateAlignedStore(b_.CreateFAdd(b_.CreateAlignedLoad(added[i]->getType(), place, llvm::Align(8)), added[i]), place, llvm::Align(8));
      }
    }, [&] {
      llvm::SmallVector<Value*, eight> places;
      for (unsigned l = 0; l < u_.width; ++l)
        places.push_back(element(begin, b_.CreateLoad(b_.getInt64Ty(), b_.CreateConstGEP1_32(b_.getInt64Ty(), places_, l))));
      add_apart(b_, added, places);
    });
    to_add_.clear();
  }
  void register_begins() override {
    Value* const lanes = b_.CreateAlignedLoad(u_.vector(mir::Type::I64), b_.CreateGEP(b_.getInt64Ty(), lanes_of_, half_), llvm::Align(8));
    lane_ = b_.CreateExtractElement(lanes, std::uint64_t{0});
    Value* const neighbours = b_.CreateAndReduce(b_.CreateICmpEQ(lanes, lane_numbers_from(lane_)));
    Value* const begins_register = b_.CreateICmpEQ(b_.CreateAnd(lane_, b_.getInt64(u_.width - 1)), b_.getInt64(0));
    in_a_row_ = b_.CreateAnd(neighbours, begins_register);
    b_.CreateAlignedStore(places_of(u_, b_, lanes), places_, llvm::Align(8));
  }
};

}  // namespace horizon::codegen
