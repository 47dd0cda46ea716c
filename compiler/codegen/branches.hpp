#pragma once
// Branches and loops of machine code. Each leaves the builder behind what it has built. Private to compiler/codegen.
#include <type_traits>

#include "compiler/codegen/llvm.hpp"

namespace horizon::codegen {

/// A block behind the one where the builder stands.
inline llvm::BasicBlock* block_behind(llvm::IRBuilder<>& b, const llvm::Twine& name, llvm::BasicBlock* before = nullptr) {
  llvm::BasicBlock* const here = b.GetInsertBlock();
  return llvm::BasicBlock::Create(b.getContext(), name, here->getParent(), before != nullptr ? before : here->getNextNode());
}

template <class Body>
void when(llvm::IRBuilder<>& b, llvm::Value* condition, Body&& body) {
  llvm::BasicBlock* const behind = block_behind(b, "then");
  llvm::BasicBlock* const inside = block_behind(b, "when", behind);
  b.CreateCondBr(condition, inside, behind);
  b.SetInsertPoint(inside);
  body();
  b.CreateBr(behind);
  b.SetInsertPoint(behind);
}

template <class Then, class Else>
void either(llvm::IRBuilder<>& b, llvm::Value* condition, Then&& then, Else&& otherwise) {
  llvm::BasicBlock* const behind = block_behind(b, "then");
  llvm::BasicBlock* const yes = block_behind(b, "either", behind);
  llvm::BasicBlock* const no = block_behind(b, "or", behind);
  b.CreateCondBr(condition, yes, no);
  b.SetInsertPoint(yes);
  then();
  b.CreateBr(behind);
  b.SetInsertPoint(no);
  otherwise();
  b.CreateBr(behind);
  b.SetInsertPoint(behind);
}

/// From `begin` on while below `end`, unsigned: tested at its end behind a guard. `body` gets the number at hand, and may give a condition
/// for there to be a next one.
template <class Body>
void loop(llvm::IRBuilder<>& b, const char* name, llvm::Value* begin, llvm::Value* end, std::uint64_t step, Body&& body) {
  llvm::BasicBlock* const before = b.GetInsertBlock();
  llvm::BasicBlock* const behind = block_behind(b, llvm::Twine(name) + ".end");
  llvm::BasicBlock* const inside = block_behind(b, name, behind);
  b.CreateCondBr(b.CreateICmpULT(begin, end), inside, behind);
  b.SetInsertPoint(inside);
  llvm::PHINode* const number = b.CreatePHI(begin->getType(), 2, name);
  number->addIncoming(begin, before);
  llvm::Value* goes_on = nullptr;
  if constexpr (std::is_void_v<decltype(body(number))>)
    body(number);
  else
    goes_on = body(number);
  llvm::Value* const next = b.CreateNUWAdd(number, llvm::ConstantInt::get(begin->getType(), step));
  number->addIncoming(next, b.GetInsertBlock());
  llvm::Value* const more = b.CreateICmpULT(next, end);
  b.CreateCondBr(goes_on == nullptr ? more : b.CreateAnd(more, goes_on), inside, behind);
  b.SetInsertPoint(behind);
}

}  // namespace horizon::codegen
