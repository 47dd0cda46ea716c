// Functions that give the futures 2k and 2k+1 two halves of one result, as counter-based draws do: f(.., x, ..) =
// (x & 1) == 1 ? odd : even, where odd and even know x only as x >> 1. One call for pairs serves twice as many futures,
// which halves the work. Found by the function's structure: nothing depends on its name.
#include "compiler/codegen/lanes.hpp"

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
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i]) compute(ValueId(i));
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
    for (const ValueId a : v.args) shared = shared && one_[a.index()] != nullptr;
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
  /// The part as long as what stands before it, so that a shuffle takes both.
  Value* widen(Value* part, std::size_t times) {
    llvm::SmallVector<int, 32> order;
    for (unsigned lane = 0; lane < calls_.lanes * times; ++lane) order.push_back(lane < calls_.lanes ? static_cast<int>(lane) : -1);
    return b_.CreateShuffleVector(part, order);
  }
};

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
  llvm::Function*& function = u_.pair_functions[calls];
  if (function == nullptr) function = emit_pair_function(u_, calls);
  llvm::CallInst* const both = b_.CreateCall(function, llvm::ArrayRef<Value*>(args.data(), args.size()));
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
