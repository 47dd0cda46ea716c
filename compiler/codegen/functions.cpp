#include "compiler/codegen/branches.hpp"
#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

using llvm::Value;
using mir::Op;

/// Functions of at most so many operations become part of their callers.
constexpr std::size_t inline_limit = 12;

namespace {

class FunctionCode {
 public:
  FunctionCode(Unit& u, const mir::Function& f, llvm::Function* function)
      : u_(u), f_(f), function_(function), b_(llvm::BasicBlock::Create(u.module.getContext(), "entry", function)), lanes_(u, b_),
        groups_(look_up_groups(u.mir, f.values)), values_(f.values.size()) {}

  /// Where the result is a shortcut, code that is needed only if its mask does not hold in all lanes stands behind a branch.
  void run() {
    ValueId result = f_.results[0];
    if (const mir::Value& shortcut = f_.values[result]; shortcut.op == Op::Shortcut) {
      const ValueId mask = shortcut.args[0], cheap = shortcut.args[1];
      result = shortcut.args[2];
      make({mask, cheap});
      llvm::BasicBlock* const otherwise = block_behind(b_, "otherwise");
      llvm::BasicBlock* const all = block_behind(b_, "all", otherwise);
      b_.CreateCondBr(in_all_lanes(values_[mask.index()]), all, otherwise);
      b_.SetInsertPoint(all);
      b_.CreateRet(values_[cheap.index()]);
      b_.SetInsertPoint(otherwise);
    }
    make({result});
    b_.CreateRet(values_[result.index()]);
  }

 private:
  using ValueId = mir::ValueId;
  Unit& u_;
  const mir::Function& f_;
  llvm::Function* function_;
  llvm::IRBuilder<> b_;
  Lanes lanes_;
  LookUpGroups groups_;
  std::vector<Value*> values_;

  void make(const std::vector<ValueId>& wanted) {
    std::vector<bool> needed(values_.size());
    for (const ValueId id : wanted) needed[id.index()] = true;
    for (std::size_t i = needed.size(); i-- > 0;)
      if (needed[i])
        for (const ValueId a : f_.values[ValueId(i)].args) needed[a.index()] = true;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!needed[i] || values_[i] != nullptr) continue;   // or made together with the first look-up of its group
      const mir::Value& value = f_.values[ValueId(i)];
      if (groups_.group_of[i] >= 0) {
        const LookUpGroup& group = groups_.groups[static_cast<std::size_t>(groups_.group_of[i])];
        lanes_.look_up(group, u_.tables[static_cast<std::size_t>(value.index)], values_[group.base.index()], values_);
        continue;
      }
      std::vector<Value*> args;
      for (const ValueId a : value.args) args.push_back(values_[a.index()]);
      values_[i] = value.op == Op::Param ? function_->getArg(static_cast<unsigned>(value.index)) : lanes_.operation(value, args);
    }
  }
  /// Of two registers: the second's mask is made where the first's holds, which costs less than to put both together.
  Value* in_all_lanes(Value* mask) {
    if (u_.width != 2 * u_.target.lanes) return b_.CreateAndReduce(mask);
    llvm::SmallVector<int, 8> low, high;
    for (unsigned lane = 0; lane < u_.target.lanes; ++lane) {
      low.push_back(static_cast<int>(lane));
      high.push_back(static_cast<int>(u_.target.lanes + lane));
    }
    return b_.CreateAndReduce(b_.CreateAnd(b_.CreateShuffleVector(mask, low), b_.CreateShuffleVector(mask, high)));
  }
};

}  // namespace

llvm::Function* function_of(Unit& u, mir::FunctionId id) {
  llvm::Function*& function = u.functions[{id.index(), u.width}];
  if (function != nullptr) return function;
  const mir::Function& f = u.mir.functions[id];
  std::vector<llvm::Type*> parameters;
  for (const mir::Type type : f.parameters) parameters.push_back(u.vector(type));
  llvm::Type* const result = u.vector(f.values[f.results[0]].type);
  function = llvm::Function::Create(llvm::FunctionType::get(result, parameters, false), llvm::GlobalValue::InternalLinkage,
                                    f.name + " of " + std::to_string(u.width), u.module);
  u.common_attributes(function);
  function->setDoesNotAccessMemory();
  function->setCallingConv(llvm::CallingConv::Fast);
  function->addFnAttr(f.values.size() <= inline_limit ? llvm::Attribute::AlwaysInline : llvm::Attribute::NoInline);
  FunctionCode(u, f, function).run();
  return function;
}

}  // namespace horizon::codegen
