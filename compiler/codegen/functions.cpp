#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

using llvm::Value;
using mir::Op;

/// Functions of at most so many operations become part of their callers.
constexpr std::size_t inline_limit = 12;

llvm::Function* function_of(Unit& u, mir::FunctionId id) {
  llvm::Function*& function = u.functions[{id.index(), u.width}];
  if (function != nullptr) return function;
  llvm::LLVMContext& context = u.module.getContext();
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
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "entry", function));
  Lanes lanes(u, builder);
  const LookUpGroups groups = look_up_groups(u.mir, f.values);
  std::vector<Value*> values(f.values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const mir::Value& value = f.values[mir::ValueId(i)];
    if (values[i] != nullptr) continue;   // made together with the first look-up of its group
    if (groups.group_of[i] >= 0) {
      const LookUpGroup& group = groups.groups[static_cast<std::size_t>(groups.group_of[i])];
      lanes.look_up(group, u.tables[static_cast<std::size_t>(value.index)], values[group.base.index()], values);
      continue;
    }
    std::vector<Value*> args;
    for (const mir::ValueId a : value.args) args.push_back(values[a.index()]);
    values[i] = value.op == Op::Param ? function->getArg(static_cast<unsigned>(value.index)) : lanes.operation(value, args);
  }
  builder.CreateRet(values[f.results[0].index()]);
  return function;
}

}  // namespace horizon::codegen
