// Functions that give the futures 2k and 2k+1 two halves of one result, as counter-based draws do: f(.., x, ..) =
// (x & 1) == 1 ? odd : even, where odd and even know x only as x >> 1. One call for pairs serves twice as many futures,
// which halves the work. Found by the function's structure: nothing depends on its name.
#include <algorithm>

#include "compiler/codegen/lanes.hpp"
#include "compiler/codegen/repeats.hpp"

namespace horizon::codegen {

using llvm::Value;
using mir::Op;
using mir::ValueId;

namespace {

bool is_integer(const mir::Function& f, ValueId id, std::int64_t integer) {
  return f.values[id].op == Op::ConstI && f.values[id].integer == integer;
}
/// The other operand of a commutative operation with the constant 1; none if there is no such constant.
ValueId beside_one(const mir::Function& f, ValueId id, Op op) {
  const mir::Value& v = f.values[id];
  if (v.op != op) return {};
  if (is_integer(f, v.args[1], 1)) return v.args[0];
  return is_integer(f, v.args[0], 1) ? v.args[1] : ValueId{};
}
bool is_half_of(const mir::Value& v, ValueId parameter) {
  return v.op == Op::Shr && v.integer == 1 && v.args[0] == parameter;
}
/// What `roots` need, without the operands of parameter >> 1.
std::vector<bool> needed(const mir::Function& f, ValueId parameter, std::initializer_list<ValueId> roots) {
  std::vector<bool> result(f.values.size());
  for (const ValueId root : roots) result[root.index()] = true;
  for (std::size_t i = result.size(); i-- > 0;) {
    const mir::Value& v = f.values[ValueId(i)];
    if (!result[i] || is_half_of(v, parameter)) continue;
    for (const ValueId a : v.args) result[a.index()] = true;
  }
  return result;
}

}  // namespace

PairFunction pair_function(const mir::Function& f) {
  const mir::Value& result = f.values[f.results[0]];
  if (result.op != Op::ISelect) return {};
  const ValueId masked = beside_one(f, result.args[0], Op::IEq);
  if (!masked) return {};
  const ValueId parameter = beside_one(f, masked, Op::IAnd);
  if (!parameter || f.values[parameter].op != Op::Param) return {};
  if (needed(f, parameter, {result.args[1], result.args[2]})[parameter.index()]) return {};
  return {parameter, result.args[2], result.args[1]};
}

namespace {

/// The body: what depends on shared parameters only is computed once, for one register.
class PairBody {
 public:
  PairBody(Unit& unit, const PairCalls& calls, llvm::Function* function)
      : u_(unit), f_(unit.mir.functions[calls.function]), calls_(calls), pair_(unit.pairs[calls.function.index()]),
        b_(llvm::BasicBlock::Create(unit.module.getContext(), "entry", function)), lanes_(unit, b_), one_(f_.values.size()),
        all_(f_.values.size()) {
    unsigned at = 0;
    for (std::size_t p = 0; p < f_.parameters.size(); ++p) {
      const unsigned count = calls.shared[p] ? 1 : calls.count;
      parameters_.emplace_back();
      for (unsigned i = 0; i < count; ++i) parameters_.back().push_back(function->getArg(at++));
    }
  }
  void run() {
    const std::vector<bool> wanted = needed(f_, pair_.parameter, {pair_.even, pair_.odd});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (rounds_.count > 0 && i == rounds_.begin) loop();
      if (wanted[i] && !rounds_.holds(i)) compute(ValueId(i));
    }
    Value *const even = all(pair_.even), *const odd = all(pair_.odd);
    llvm::Type* const both = llvm::StructType::get(u_.module.getContext(), {even->getType(), odd->getType()});
    Value* const result = b_.CreateInsertValue(llvm::PoisonValue::get(both), even, 0);
    b_.CreateRet(b_.CreateInsertValue(result, odd, 1));
  }

 private:
  Unit& u_;
  const mir::Function& f_;
  const PairCalls& calls_;
  PairFunction pair_;
  llvm::IRBuilder<> b_;
  Lanes lanes_;
  std::vector<Value*> one_, all_;   ///< by value: for one register, which all calls share; for all calls
  std::vector<std::vector<Value*>> parameters_;
  Repeats rounds_ = repeats_of(f_);

  bool is_one(ValueId id) const { return one_[id.index()] != nullptr; }
  /// Place in a round.
  std::size_t place_of(ValueId id) const { return (id.index() - rounds_.begin) % rounds_.length; }
  /// A value of round 1: its operands stand before the loop, in the same round, or in round 0.
  ValueId pattern(std::size_t place) const { return ValueId(rounds_.begin + rounds_.length + place); }
  bool is_of_round(ValueId id, std::size_t round) const {
    return rounds_.holds(id.index()) && (id.index() - rounds_.begin) / rounds_.length == round;
  }
  /// By place: whether what a round hands to the next one is the same in all calls, as far as all rounds go.
  std::vector<bool> shared_places() const {
    std::vector<bool> handed(rounds_.length), shared;
    for (std::size_t i = 0; i < handed.size(); ++i) handed[i] = rounds_.first[i] && is_one(rounds_.first[i]);
    for (bool changed = true; changed;) {
      shared.assign(rounds_.length, calls_.count > 1);
      for (std::size_t i = 0; i < shared.size(); ++i) {
        for (const ValueId a : f_.values[pattern(i)].args) {
          const bool same = is_of_round(a, 1) ? shared[place_of(a)] : is_of_round(a, 0) ? handed[place_of(a)] : is_one(a);
          shared[i] = shared[i] && same;
        }
      }
      changed = false;
      for (std::size_t i = 0; i < handed.size(); ++i) {
        changed = changed || (handed[i] && !shared[i]);
        handed[i] = handed[i] && shared[i];
      }
    }
    return shared;
  }
  /// All rounds. What stands in the place of the last two afterwards are their values, as far as code behind the loop takes them. Vectors
  /// go from block to block register by register: LLVM takes longer ones to pieces there.
  void loop() {
    const std::vector<bool> shared = shared_places();
    std::vector<bool> handed(rounds_.length);
    std::vector<std::vector<Value*>> at_first(rounds_.length);
    for (std::size_t i = 0; i < rounds_.length; ++i) {
      const ValueId first = rounds_.first[i];
      handed[i] = first && shared[i] && is_one(first);
      if (first) at_first[i] = registers(handed[i] ? one_[first.index()] : all(first));
    }
    for (std::size_t i = 0; i < rounds_.length; ++i) {
      for (const ValueId a : f_.values[pattern(i)].args)
        if (!shared[i] && !rounds_.holds(a.index())) all(a);   // here, and not in each round
    }
    llvm::BasicBlock* const before = b_.GetInsertBlock();
    llvm::LLVMContext& context = u_.module.getContext();
    auto* const round = llvm::BasicBlock::Create(context, "round", before->getParent());
    auto* const behind = llvm::BasicBlock::Create(context, "behind", before->getParent());
    b_.CreateBr(round);
    b_.SetInsertPoint(round);
    llvm::PHINode* const number = b_.CreatePHI(b_.getInt32Ty(), 2);
    number->addIncoming(b_.getInt32(0), before);
    std::vector<std::vector<Value*>> before_last(rounds_.length), last(rounds_.length);
    for (std::size_t i = 0; i < rounds_.length; ++i) {
      for (Value* const at : at_first[i]) {
        llvm::PHINode* const phi = b_.CreatePHI(at->getType(), 2);
        phi->addIncoming(at, before);
        before_last[i].push_back(phi);
      }
    }
    for (std::size_t i = 0; i < rounds_.length; ++i)
      if (rounds_.first[i]) (handed[i] ? one_ : all_)[rounds_.begin + i] = together(before_last[i]);
    for (std::size_t i = 0; i < rounds_.length; ++i) compute(pattern(i), shared[i]);
    for (std::size_t i = 0; i < rounds_.length; ++i) {
      if (rounds_.first[i]) last[i] = registers(shared[i] && handed[i] ? one_[pattern(i).index()] : all(pattern(i)));
      for (std::size_t k = 0; k < last[i].size(); ++k) llvm::cast<llvm::PHINode>(before_last[i][k])->addIncoming(last[i][k], round);
    }
    const std::vector<bool> wanted = wanted_after();
    for (std::size_t i = 0; i < rounds_.length; ++i)
      if (!rounds_.first[i] && wanted[rounds_.length + i]) last[i] = registers(shared[i] ? one_[pattern(i).index()] : all_[pattern(i).index()]);
    Value* const next = b_.CreateAdd(number, b_.getInt32(1));
    number->addIncoming(next, round);
    b_.CreateCondBr(b_.CreateICmpULT(next, b_.getInt32(static_cast<std::uint32_t>(rounds_.count))), round, behind);
    b_.SetInsertPoint(behind);
    const std::size_t last_two = rounds_.begin + (rounds_.count - 2) * rounds_.length;
    for (std::size_t i = 0; i < 2 * rounds_.length; ++i) {
      if (!wanted[i]) continue;
      std::vector<Value*> parts = (i < rounds_.length ? before_last : last)[i % rounds_.length];
      for (Value*& part : parts) part = fence(part);
      (parts.size() < calls_.count ? one_ : all_)[last_two + i] = together(parts);
    }
  }
  /// The same, but LLVM cannot see that these are parts of one longer vector.
  Value* fence(Value* part) {
    llvm::Type* const numbers = llvm::VectorType::get(b_.getDoubleTy(), llvm::cast<llvm::VectorType>(part->getType()));
    Value* const bits = b_.CreateBitCast(part, numbers);
    return b_.CreateBitCast(b_.CreateIntrinsic(llvm::Intrinsic::arithmetic_fence, {numbers}, {bits}), part->getType());
  }
  /// Of the last two rounds: what code behind the loop takes.
  std::vector<bool> wanted_after() const {
    std::vector<bool> wanted(2 * rounds_.length);
    const std::size_t end = rounds_.begin + rounds_.count * rounds_.length, begin = end - wanted.size();
    for (std::size_t i = end; i < f_.values.size(); ++i) {
      for (const ValueId a : f_.values[ValueId(i)].args)
        if (a.index() >= begin && a.index() < end) wanted[a.index() - begin] = true;
    }
    return wanted;
  }

  void compute(ValueId id) {
    const mir::Value& v = f_.values[id];
    if (v.op == Op::Param || is_half_of(v, pair_.parameter)) {
      const std::vector<Value*>& given = parameters_[v.op == Op::Param ? static_cast<std::size_t>(v.index) : pair_.parameter.index()];
      if (given.size() == 1 && calls_.count > 1)
        one_[id.index()] = given[0];
      else
        all_[id.index()] = together(given);
      return;
    }
    bool shared = calls_.count > 1;
    for (const ValueId a : v.args) shared = shared && is_one(a);
    compute(id, shared);
  }
  void compute(ValueId id, bool shared) {
    const mir::Value& v = f_.values[id];
    std::vector<Value*> args;
    for (const ValueId a : v.args) args.push_back(shared ? one_[a.index()] : all(a));
    u_.width = calls_.lanes * (shared ? 1 : calls_.count);
    (shared ? one_ : all_)[id.index()] = lanes_.operation(v, args);
  }
  Value* all(ValueId id) {
    Value*& value = all_[id.index()];
    if (value == nullptr) value = together(std::vector<Value*>(calls_.count, one_[id.index()]));
    return value;
  }
  Value* together(const std::vector<Value*>& parts) {
    Value* result = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i) {
      llvm::SmallVector<int, 32> order;
      const int had = static_cast<int>(i * calls_.lanes), more = static_cast<int>(calls_.lanes);
      for (int lane = 0; lane < had + more; ++lane) order.push_back(lane);
      result = b_.CreateShuffleVector(result, i == 1 ? parts[i] : widen(parts[i], i), order);
    }
    return result;
  }
  std::vector<Value*> registers(Value* value) {
    const unsigned count = llvm::cast<llvm::FixedVectorType>(value->getType())->getNumElements() / calls_.lanes;
    if (count == 1) return {value};
    std::vector<Value*> parts;
    for (unsigned part = 0; part < count; ++part) {
      llvm::SmallVector<int, 8> order;
      for (unsigned lane = 0; lane < calls_.lanes; ++lane) order.push_back(static_cast<int>(part * calls_.lanes + lane));
      parts.push_back(b_.CreateShuffleVector(value, order));
    }
    return parts;
  }
  /// The part as long as what stands before it, so that a shuffle takes both.
  Value* widen(Value* part, std::size_t times) {
    llvm::SmallVector<int, 32> order;
    for (unsigned lane = 0; lane < calls_.lanes * times; ++lane) order.push_back(lane < calls_.lanes ? static_cast<int>(lane) : -1);
    return b_.CreateShuffleVector(part, order);
  }
};

/// Whether the function made for `made` does for `calls`: it may know less of what they share.
bool serve(const PairCalls& made, const PairCalls& calls) {
  bool result = made.function == calls.function && made.count == calls.count && made.lanes == calls.lanes;
  for (std::size_t p = 0; result && p < calls.shared.size(); ++p) result = calls.shared[p] || !made.shared[p];
  return result;
}

/// Gives {even, odd}, call after call.
llvm::Function* emit_pair_function(Unit& u, const PairCalls& calls) {
  const mir::Function& f = u.mir.functions[calls.function];
  const unsigned width = u.width;
  std::vector<llvm::Type*> parameters;
  u.width = calls.lanes;
  for (std::size_t p = 0; p < f.parameters.size(); ++p)
    parameters.insert(parameters.end(), calls.shared[p] ? 1 : calls.count, u.vector(f.parameters[p]));
  u.width = calls.lanes * calls.count;
  llvm::Type* const half = u.vector(mir::Type::I64);
  auto* const both = llvm::StructType::get(u.module.getContext(), {half, half});
  auto* const function = llvm::Function::Create(llvm::FunctionType::get(both, parameters, false), llvm::GlobalValue::InternalLinkage,
                                                f.name + " of pairs, " + std::to_string(calls.count) + " by " + std::to_string(calls.lanes), u.module);
  u.common_attributes(function);
  function->setDoesNotAccessMemory();
  function->setCallingConv(llvm::CallingConv::Fast);
  function->addFnAttr(llvm::Attribute::NoInline);
  PairBody(u, calls, function).run();
  u.width = width;
  return function;
}

}  // namespace

std::vector<Value*> Lanes::pairs(const PairCalls& calls, std::span<Value* const> args) {
  const auto serves = [&](const auto& made) { return serve(made.first, calls); };
  auto found = std::find_if(u_.pair_functions.begin(), u_.pair_functions.end(), serves);
  if (found == u_.pair_functions.end()) found = u_.pair_functions.emplace(calls, emit_pair_function(u_, calls)).first;
  const auto& [made, function] = *found;
  std::vector<Value*> given;
  for (std::size_t p = 0, at = 0; p < calls.shared.size(); ++p)
    for (unsigned c = 0; c < (made.shared[p] ? 1 : calls.count); ++c) given.push_back(args[calls.shared[p] && c > 0 ? at - 1 : at++]);
  llvm::CallInst* const both = b_.CreateCall(function, given);
  both->setCallingConv(function->getCallingConv());
  Value *const even = b_.CreateExtractValue(both, 0), *const odd = b_.CreateExtractValue(both, 1);
  std::vector<Value*> results;
  for (unsigned c = 0; c < calls.count; ++c) {
    llvm::SmallVector<int, 16> order;
    for (unsigned lane = 0; lane < 2 * calls.lanes; ++lane)
      order.push_back(static_cast<int>(c * calls.lanes + lane / 2 + (lane % 2 == 1 ? calls.count * calls.lanes : 0)));
    results.push_back(b_.CreateShuffleVector(even, odd, order));
  }
  return results;
}

}  // namespace horizon::codegen
