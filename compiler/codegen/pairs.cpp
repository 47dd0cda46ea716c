// Functions that give the futures 2k and 2k+1 two halves of one result, as counter-based draws do: f(.., x, ..) =
// (x & 1) == 1 ? odd : even, where odd and even know x only as x >> 1. One call for a register of pairs serves two registers of
// futures, which halves the work. Found by the function's structure: nothing depends on its name.
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

llvm::Function* emit_pair_function(Unit& u, const mir::Function& f, const PairFunction& pair) {
  HZ_CHECK(u.width == u.target.lanes);
  llvm::LLVMContext& context = u.module.getContext();
  std::vector<llvm::Type*> parameters;
  for (const mir::Type type : f.parameters) parameters.push_back(u.vector(type));
  llvm::Type* const half = u.vector(mir::Type::I64);
  auto* const both = llvm::StructType::get(context, {half, half});
  auto* const function = llvm::Function::Create(llvm::FunctionType::get(both, parameters, false),
                                                llvm::GlobalValue::InternalLinkage, f.name + " of pairs", u.module);
  u.common_attributes(function);
  function->setDoesNotAccessMemory();
  function->setCallingConv(llvm::CallingConv::Fast);
  function->addFnAttr(llvm::Attribute::NoInline);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "entry", function));
  Lanes lanes(u, builder);
  const std::vector<bool> wanted = needed(f, pair.parameter, {pair.even, pair.odd});
  std::vector<Value*> values(f.values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const mir::Value& v = f.values[ValueId(i)];
    if (!wanted[i]) continue;
    std::vector<Value*> args;
    for (const ValueId a : v.args) args.push_back(values[a.index()]);
    values[i] = v.op == Op::Param                ? function->getArg(static_cast<unsigned>(v.index))
                : is_half_of(v, pair.parameter) ? function->getArg(static_cast<unsigned>(pair.parameter.index()))
                                                : lanes.operation(v, args);
  }
  Value* result = builder.CreateInsertValue(llvm::PoisonValue::get(both), values[pair.even.index()], 0);
  builder.CreateRet(builder.CreateInsertValue(result, values[pair.odd.index()], 1));
  return function;
}

}  // namespace horizon::codegen
