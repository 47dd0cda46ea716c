#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

using llvm::Value;
using mir::Op;

Unit::Unit(const mir::Module& mir_module, llvm::Module& llvm_module, Target t)
    : mir(mir_module), module(llvm_module), target(t), width(t.lanes) {
  for (const mir::Function& f : mir.functions) pairs.push_back(pair_function(f));
  llvm::LLVMContext& context = module.getContext();
  llvm::MDBuilder md(context);
  llvm::MDNode* const domain = md.createAnonymousAliasScopeDomain("horizon");
  for (llvm::MDNode** scope : {&constants, &buffers, &state, &fault})
    *scope = llvm::MDNode::get(context, {md.createAnonymousAliasScope(domain)});
  for (const mir::Table& table : mir.tables) {
    auto* const data = llvm::ConstantDataArray::get(context, llvm::ArrayRef<double>(table.numbers));
    auto* const global = new llvm::GlobalVariable(module, data->getType(), true,
                                                  llvm::GlobalValue::PrivateLinkage, data, "table");
    global->setAlignment(llvm::Align(64));
    global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    tables.push_back(global);
  }
}

llvm::Type* Unit::scalar(mir::Type type) const {
  llvm::LLVMContext& context = module.getContext();
  switch (type) {
    case mir::Type::F64:
      return llvm::Type::getDoubleTy(context);
    case mir::Type::I64:
      return llvm::Type::getInt64Ty(context);
    case mir::Type::Mask:
      return llvm::Type::getInt1Ty(context);
    case mir::Type::None:
      return llvm::Type::getVoidTy(context);
  }
  HZ_UNREACHABLE("type");
}

llvm::Type* Unit::vector(mir::Type type) const { return llvm::FixedVectorType::get(scalar(type), width); }

void Unit::in_scope(llvm::Instruction* access, llvm::MDNode* scope) const {
  llvm::SmallVector<llvm::Metadata*, 4> others;
  for (llvm::MDNode* other : {constants, buffers, state, fault}) {
    if (other != scope) others.push_back(other->getOperand(0));
  }
  access->setMetadata(llvm::LLVMContext::MD_alias_scope, scope);
  access->setMetadata(llvm::LLVMContext::MD_noalias, llvm::MDNode::get(module.getContext(), others));
  if (scope == constants && llvm::isa<llvm::LoadInst>(access))
    access->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(module.getContext(), {}));
}

void Unit::common_attributes(llvm::Function* function) const {
  function->setDoesNotThrow();
  function->addFnAttr(llvm::Attribute::WillReturn);
  if (target.cpu != Cpu::X86_64_v4) return;
  function->addFnAttr("prefer-vector-width", "512");
  function->addFnAttr("min-legal-vector-width", "512");
}

Value* Lanes::number(double x) { return llvm::ConstantFP::get(u_.vector(mir::Type::F64), x); }
Value* Lanes::integer(std::int64_t x) {
  return llvm::ConstantInt::get(u_.vector(mir::Type::I64), static_cast<std::uint64_t>(x), true);
}

Value* Lanes::operation(const mir::Value& value, std::span<Value* const> args) {
  switch (value.op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::Fma:
    case Op::Neg:
    case Op::Abs:
    case Op::Sqrt:
    case Op::Min:
    case Op::Max:
    case Op::Floor:
    case Op::Ceil:
      return arithmetic(value, args);
    case Op::Lt:
    case Op::Le:
    case Op::Eq:
    case Op::ILt:
    case Op::IUlt:
    case Op::IEq:
    case Op::And:
    case Op::Or:
    case Op::Not:
    case Op::Select:
    case Op::Shortcut:
    case Op::ISelect:
      return test(value, args);
    case Op::IAdd:
    case Op::ISub:
    case Op::IMul:
    case Op::UMul32:
    case Op::IAnd:
    case Op::IOr:
    case Op::IXor:
    case Op::Shl:
    case Op::Shr:
    case Op::Sar:
    case Op::BitsOf:
    case Op::FromBits:
      return bits(value, args);
    case Op::ConstF:
      return number(value.number);
    case Op::ConstI:
      return integer(value.integer);
    case Op::TableF:
      return from_table(static_cast<std::size_t>(value.index), args[0]);
    case Op::Call: {
      llvm::Function* const callee = function_of(u_, value.function);
      llvm::CallInst* const call = b_.CreateCall(callee, llvm::ArrayRef<Value*>(args.data(), args.size()));
      call->setCallingConv(callee->getCallingConv());
      return call;
    }
    case Op::SolveBeta:
      return by_lane(solve_beta_name, args);
    case Op::SolveGamma:
      return by_lane(solve_gamma_name, args);
    case Op::SolvePoisson:
      return by_lane(solve_poisson_name, args);
    case Op::ColumnF:
    case Op::ColumnI:
    case Op::PeriodF:
    case Op::PeriodI:
    case Op::Seed:
    case Op::FutureNo:
    case Op::Param:
    case Op::RowTableF:
    case Op::Load:
    case Op::Store:
    case Op::Accumulate:
    case Op::Prev:
    case Op::Require:
      HZ_UNREACHABLE("emitted by the kernel or function itself");
  }
  HZ_UNREACHABLE("operation");
}

Value* Lanes::arithmetic(const mir::Value& value, std::span<Value* const> args) {
  switch (value.op) {
    case Op::Add:
      return b_.CreateFAdd(args[0], args[1]);
    case Op::Sub:
      return b_.CreateFSub(args[0], args[1]);
    case Op::Mul:
      return b_.CreateFMul(args[0], args[1]);
    case Op::Div:
      return b_.CreateFDiv(args[0], args[1]);
    case Op::Fma:
      if (!u_.target.fma) return by_lane(soft_fma_name, args);
      return b_.CreateIntrinsic(llvm::Intrinsic::fma, {args[0]->getType()}, {args[0], args[1], args[2]});
    case Op::Neg:
      return b_.CreateFNeg(args[0]);
    case Op::Abs:
      return b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, args[0]);
    case Op::Sqrt:
      return b_.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, args[0]);
    case Op::Min:
      return b_.CreateSelect(b_.CreateFCmpOLT(args[0], args[1]), args[0], args[1]);
    case Op::Max:
      return b_.CreateSelect(b_.CreateFCmpOGT(args[0], args[1]), args[0], args[1]);
    default:
      return round(args[0], value.op == Op::Ceil);
  }
}

Value* Lanes::test(const mir::Value& value, std::span<Value* const> args) {
  switch (value.op) {
    case Op::Lt:
      return b_.CreateFCmpOLT(args[0], args[1]);
    case Op::Le:
      return b_.CreateFCmpOLE(args[0], args[1]);
    case Op::Eq:
      return b_.CreateFCmpOEQ(args[0], args[1]);
    case Op::ILt:
      return b_.CreateICmpSLT(args[0], args[1]);
    case Op::IUlt:
      return b_.CreateICmpULT(args[0], args[1]);
    case Op::IEq:
      return b_.CreateICmpEQ(args[0], args[1]);
    case Op::And:
      return b_.CreateAnd(args[0], args[1]);
    case Op::Or:
      return b_.CreateOr(args[0], args[1]);
    case Op::Not:
      return b_.CreateNot(args[0]);
    default:
      return b_.CreateSelect(args[0], args[1], args[2]);
  }
}

Value* Lanes::bits(const mir::Value& value, std::span<Value* const> args) {
  switch (value.op) {
    case Op::IAdd:
      return b_.CreateAdd(args[0], args[1]);
    case Op::ISub:
      return b_.CreateSub(args[0], args[1]);
    case Op::IMul:
      return b_.CreateMul(args[0], args[1]);
    case Op::UMul32:
      return b_.CreateMul(b_.CreateAnd(args[0], integer(0xffffffff)), b_.CreateAnd(args[1], integer(0xffffffff)));
    case Op::IAnd:
      return b_.CreateAnd(args[0], args[1]);
    case Op::IOr:
      return b_.CreateOr(args[0], args[1]);
    case Op::IXor:
      return b_.CreateXor(args[0], args[1]);
    case Op::Shl:
      return b_.CreateShl(args[0], integer(value.integer));
    case Op::Shr:
      return b_.CreateLShr(args[0], integer(value.integer));
    case Op::Sar:
      return b_.CreateAShr(args[0], integer(value.integer));
    case Op::BitsOf:
      return b_.CreateBitCast(args[0], u_.vector(mir::Type::I64));
    default:
      return b_.CreateBitCast(args[0], u_.vector(mir::Type::F64));
  }
}

/// Floor or ceil. Without the instruction: |x| + 2^52 - 2^52 rounds to the nearest whole number, a step mends it if it went
/// the wrong way, and the sign of x is kept for zeros. From 2^52 on every double is whole; a NaN compares false.
Value* Lanes::round(Value* x, bool up) {
  if (u_.target.rounding)
    return b_.CreateUnaryIntrinsic(up ? llvm::Intrinsic::ceil : llvm::Intrinsic::floor, x);
  Value* const size = b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  Value* const nearest = b_.CreateBinaryIntrinsic(
      llvm::Intrinsic::copysign, b_.CreateFSub(b_.CreateFAdd(size, number(0x1p52)), number(0x1p52)), x);
  Value* const wrong = up ? b_.CreateFCmpOLT(nearest, x) : b_.CreateFCmpOGT(nearest, x);
  Value* const step = b_.CreateSelect(wrong, number(up ? 1.0 : -1.0), number(0.0));
  Value* const whole = b_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, b_.CreateFAdd(nearest, step), x);
  return b_.CreateSelect(b_.CreateFCmpOLT(size, number(0x1p52)), whole, x);
}

/// A call of our own pure function for each lane.
Value* Lanes::by_lane(const char* name, std::span<Value* const> args) {
  std::vector<llvm::Type*> types;
  for (const Value* arg : args) types.push_back(arg->getType()->getScalarType());
  llvm::Type* const f64 = u_.scalar(mir::Type::F64);
  llvm::FunctionCallee callee = u_.module.getOrInsertFunction(name, llvm::FunctionType::get(f64, types, false));
  auto* const function = llvm::cast<llvm::Function>(callee.getCallee());
  function->setDoesNotThrow();
  function->setDoesNotAccessMemory();
  function->addFnAttr(llvm::Attribute::WillReturn);
  Value* result = llvm::PoisonValue::get(u_.vector(mir::Type::F64));
  for (unsigned lane = 0; lane < u_.width; ++lane) {
    std::vector<Value*> scalars;
    for (Value* arg : args) scalars.push_back(b_.CreateExtractElement(arg, lane));
    result = b_.CreateInsertElement(result, b_.CreateCall(callee, scalars), lane);
  }
  return result;
}

/// base[index] for each lane. `base` is constant while kernels run, or the code's own.
Value* Lanes::gather(Value* base, Value* index) {
  llvm::Type* const f64 = u_.scalar(mir::Type::F64);
  if (u_.target.gather) {
    Value* const places = b_.CreateGEP(f64, base, index);
    llvm::CallInst* const gather =
        b_.CreateMaskedGather(u_.vector(mir::Type::F64), places, llvm::Align(8));
    u_.in_scope(gather, u_.constants);
    return gather;
  }
  Value* result = llvm::PoisonValue::get(u_.vector(mir::Type::F64));
  for (unsigned lane = 0; lane < u_.width; ++lane) {
    Value* const place = b_.CreateGEP(f64, base, b_.CreateExtractElement(index, lane));
    llvm::LoadInst* const load = b_.CreateAlignedLoad(f64, place, llvm::Align(8));
    u_.in_scope(load, u_.constants);
    if (!llvm::isa<llvm::GlobalVariable>(base)) load->setMetadata(llvm::LLVMContext::MD_invariant_load, nullptr);
    result = b_.CreateInsertElement(result, load, lane);
  }
  return result;
}

}  // namespace horizon::codegen
