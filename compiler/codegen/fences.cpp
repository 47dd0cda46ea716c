#include "compiler/codegen/fences.hpp"

#include <algorithm>
#include <set>

namespace horizon::codegen {
namespace {

bool is_wide_xor(const llvm::Value* value) {
  const auto* const operation = llvm::dyn_cast<llvm::BinaryOperator>(value);
  return operation != nullptr && operation->getOpcode() == llvm::Instruction::Xor && operation->getType()->isVectorTy() &&
         operation->getType()->getScalarType()->isIntegerTy(64);
}

/// Products of numbers below 2^32 are made by one instruction, and that a number is such a one must then be seen, unless `and` says it.
bool is_factor(const llvm::Instruction& value) {
  return std::any_of(value.user_begin(), value.user_end(), [](const llvm::User* user) {
    const auto* const operation = llvm::dyn_cast<llvm::BinaryOperator>(user);
    return operation != nullptr && operation->getOpcode() == llvm::Instruction::Mul;
  });
}

/// LLVM has fences for floating point only.
void put_fence_after(llvm::Instruction& value) {
  llvm::IRBuilder<> builder(value.getNextNode());
  llvm::Type* const type = value.getType();
  llvm::Type* const numbers = llvm::VectorType::get(builder.getDoubleTy(), llvm::cast<llvm::VectorType>(type));
  auto* const before = llvm::cast<llvm::Instruction>(builder.CreateBitCast(&value, numbers));
  llvm::Value* const after = builder.CreateBitCast(builder.CreateIntrinsic(llvm::Intrinsic::arithmetic_fence, {numbers}, {before}), type);
  value.replaceUsesWithIf(after, [&](const llvm::Use& use) { return use.getUser() != before; });
}

}  // namespace

void end_searches(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) {
      std::vector<llvm::Instruction*> fenced;
      std::set<const llvm::Value*> cut;
      for (llvm::Instruction& i : block) {
        if (!is_wide_xor(&i) || is_factor(i)) continue;
        for (const llvm::Value* operand : i.operands()) {
          if (is_wide_xor(operand) && !cut.contains(operand)) {
            fenced.push_back(&i);
            cut.insert(&i);
            break;
          }
        }
      }
      for (llvm::Instruction* i : fenced) put_fence_after(*i);
    }
  }
}

}  // namespace horizon::codegen
