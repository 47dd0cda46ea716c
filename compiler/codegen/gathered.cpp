// A kernel that gathers the futures that count. For each row:
// 1. which futures no gate holds for (products that do not fail), from what gates need alone, unless the row's numbers tell that they all
//    are; then the other draws of those, which are kept side by side (gathered_draws.hpp);
// 2. for these, what tells in which steps of periods they add anything; where a row's futures differ much in it, they are put in order by
//    how many they are, so that neighbours in a register have the same steps to do, and none works for others' sake;
// 3. for groups in that order, the rest of the future level and the loop over periods.
// Each future's numbers are computed as in the plain form, and rows add to its sums in the same order: no bit differs.
#include "compiler/codegen/gathered.hpp"

#include "compiler/codegen/gathered_draws.hpp"

namespace horizon::codegen {
namespace {

class GatheredEmitter final : public GatheredDraws {
 public:
  using GatheredDraws::GatheredDraws;

  bool run() {
    u_.width = group_width();
    const bool possible = find();
    if (possible) {
      a_ = load_arguments(u_, b_, function_);
      allocate();
      allocate_pairs();
      rows();
      b_.CreateRetVoid();
    } else {
      function_->eraseFromParent();
    }
    u_.width = u_.target.lanes;
    return possible;
  }

 private:
  // ---- the loops
  void rows() {
    loop(b_, "row", a_.row_begin, a_.row_end, 1, [&](Value* row) {
      row_ = wide(row);
      row_pointers();
      for (std::size_t s = 0; s < sums_.size(); ++s) turn_to(g_.sums[s], sums_[s]);
      all_futures();
      Value* const count = b_.CreateTrunc(b_.CreateLoad(b_.getInt64Ty(), count_), b_.getInt32Ty());
      u_.width = group_width();
      b_.CreateStore(b_.getTrue(), sorts_);
      loop(b_, "counting", b_.getInt32(0), count, group_width(), [&](Value* place) { enlist(place, count); });
      Value* const left = put_in_order();
      u_.width = group_width();
      loop(b_, "chosen", b_.getInt32(0), left, group_width(), [&](Value* place) { group(place, left); });
      u_.width = group_width();
    });
    for (const Sums& sums : sums_) put_away(sums);
  }

  // ---- 2. the order
  void enlist(Value* place, Value* count) {
    place_ = wide(place);
    forget_vectors();
    piece_ = Piece::Masks;
    code(is_future);
    for (const auto& [id, record] : records_)
      if (g_.for_masks[id.index()]) b_.CreateAlignedStore(bits_of(id), b_.CreateGEP(b_.getInt64Ty(), record, place_), llvm::Align(8));
    Value* const places = lane_numbers_from(place_);
    const auto sorts = [&] { return b_.CreateLoad(b_.getInt1Ty(), sorts_); };
    const auto as_they_come = [&] {
      Value* const width = b_.getInt64(u_.width);
      append(b_.getInt64(0), places, b_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, width, b_.CreateSub(wide(count), place_)));
    };
    either(b_, sorts(), [&] {
      Value* const idle = idle_steps();
      Value* const exist = b_.CreateICmpULT(places, splat(wide(count)));
      when(b_, b_.CreateICmpEQ(place, b_.getInt32(0)), [&] { b_.CreateStore(differ(idle, exist), sorts_); });
      either(b_, sorts(), [&] { sort(places, idle, b_.CreateAnd(exist, b_.CreateICmpULT(idle, splat(a_.periods)))); }, as_they_come);
    }, as_they_come);
  }
  /// Whether it is worth it to put a row's futures in order, by its first group: where all begin at about the same time, order costs more
  /// than it saves.
  Value* differ(Value* idle, Value* exist) {
    Value* const most = b_.CreateIntMaxReduce(b_.CreateSelect(exist, idle, lanes_.integer(0)));
    Value* const least = b_.CreateIntMinReduce(b_.CreateSelect(exist, idle, splat(a_.periods)));
    return b_.CreateICmpUGT(b_.CreateSub(most, least), b_.getInt64(alike_steps));
  }
  void sort(Value* places, Value* idle, Value* counts) {
    Value* const list_of = b_.CreateLShr(idle, splat(shift_));
    Value* const first = b_.CreateExtractElement(list_of, std::uint64_t{0});
    Value* const alike = b_.CreateAndReduce(b_.CreateAnd(counts, b_.CreateICmpEQ(list_of, splat(first))));
    either(b_, alike, [&] { append(first, places, b_.getInt64(u_.width)); }, [&] {
      loop(b_, "list", b_.getInt32(0), list_count_, 1, [&](Value* number) {
        Value* const which = wide(number);
        Value* const length = length_of(which);
        const Compress compress = compressed(b_.CreateAnd(counts, b_.CreateICmpEQ(list_of, splat(which))), b_.CreateLoad(b_.getInt64Ty(), length));
        store_lanes(compress, list(which), places);
        b_.CreateStore(compress.end(), length);
      });
    });
  }
  void append(Value* which, Value* places, Value* count) {
    Value* const length = length_of(which);
    Value* const had = b_.CreateLoad(b_.getInt64Ty(), length);
    b_.CreateAlignedStore(places, b_.CreateGEP(b_.getInt64Ty(), list(which), had), llvm::Align(8));
    b_.CreateStore(b_.CreateAdd(had, count), length);
  }
  Value* length_of(Value* which) { return b_.CreateGEP(b_.getInt64Ty(), lengths_, which); }
  Value* list(Value* which) { return b_.CreateGEP(b_.getInt64Ty(), lists_, b_.CreateMul(which, room_)); }
  /// Steps that add nothing, by lane, up to the first in which all lanes add something. The order is all that this is for: a lane that never
  /// adds anything keeps the loop going to its end.
  Value* idle_steps() {
    piece_ = Piece::Steps;
    BasicBlock* const before = b_.GetInsertBlock();
    PHINode* sum = nullptr;
    Value* next = nullptr;
    loop(b_, "step", a_.period_begin, a_.period_end, 1, [&](Value* period) {
      period_ = period;
      sum = b_.CreatePHI(u_.vector(mir::Type::I64), 2, "idle");
      sum->addIncoming(lanes_.integer(0), before);
      code(is_period);
      Value* idle = constant(true);
      for (const ValueId mask : g_.idle) idle = b_.CreateAnd(idle, operand(mask));
      next = b_.CreateAdd(sum, b_.CreateZExt(idle, u_.vector(mir::Type::I64)));
      sum->addIncoming(next, b_.GetInsertBlock());
      return b_.CreateOrReduce(idle);
    });
    PHINode* const all = b_.CreatePHI(u_.vector(mir::Type::I64), 2);
    for (BasicBlock* const from : llvm::predecessors(b_.GetInsertBlock())) all->addIncoming(from == before ? lanes_.integer(0) : next, from);
    return all;
  }
  /// Lists side by side, and empty again; how many futures are in them.
  Value* put_in_order() {
    llvm::Type *const i64 = b_.getInt64Ty(), *const eights = llvm::FixedVectorType::get(i64, eight);
    b_.CreateStore(b_.getInt64(0), count_);
    loop(b_, "list", b_.getInt32(0), list_count_, 1, [&](Value* number) {
      Value* const which = wide(number);
      Value* const length = length_of(which);
      Value* const count = b_.CreateLoad(i64, length);
      Value* const had = b_.CreateLoad(i64, count_);
      Value* const from = list(which);
      Value* const to = b_.CreateGEP(i64, order_, had);
      loop(b_, "eight", b_.getInt32(0), b_.CreateTrunc(count, b_.getInt32Ty()), eight, [&](Value* at) {
        Value* const x = b_.CreateAlignedLoad(eights, b_.CreateGEP(i64, from, wide(at)), llvm::Align(8));
        b_.CreateAlignedStore(x, b_.CreateGEP(i64, to, wide(at)), llvm::Align(8));
      });
      b_.CreateStore(b_.CreateAdd(had, count), count_);
      b_.CreateStore(b_.getInt64(0), length);
    });
    Value* const count = b_.CreateLoad(i64, count_);
    u_.width = group_width();
    repeat_last(order_, count);
    return b_.CreateTrunc(count, b_.getInt32Ty());
  }

  // ---- 3. the rest
  void group(Value* place, Value* count) {
    piece_ = Piece::Rest;
    forget_vectors();
    lane_ = wide(place);
    chosen_ = b_.CreateAlignedLoad(u_.vector(mir::Type::I64), b_.CreateGEP(b_.getInt64Ty(), order_, lane_), llvm::Align(8));
    take_records();
    Value* const counts = b_.CreateICmpULT(lane_numbers_from(lane_), splat(wide(count)));
    b_.CreateAlignedStore(b_.CreateSelect(counts, of_record(numbers_), splat(a_.lanes)), lanes_of_, llvm::Align(8));
    code(is_future);
    keep_for_periods();
    halves(b_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, b_.CreateSub(count, place), b_.getInt32(group_width())));
  }
};

}  // namespace

bool emit_gathered(Unit& unit, mir::KernelId kernel) { return GatheredEmitter(unit, kernel).run(); }

}  // namespace horizon::codegen
