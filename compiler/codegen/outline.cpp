#include "compiler/codegen/outline.hpp"

#include <algorithm>
#include <vector>

namespace horizon::codegen {
namespace {

/// Smaller ones are not worth a call; neither are those that leave most to one core.
constexpr std::size_t least_work = 1'500;
/// Vectors that a call hands over in registers, or as a piece of the stack.
constexpr std::uint64_t most_bits = 1024;

std::size_t work_in(const llvm::Loop& loop) {
  std::size_t work = 0;
  for (const llvm::BasicBlock* block : loop.blocks()) work += work_of(*block);
  return work;
}

/// The largest function, if it is more than two fifths of all.
llvm::Function* largest_of(llvm::Module& module) {
  llvm::Function* largest = nullptr;
  std::size_t all = 0, most = 0;
  for (llvm::Function& function : module) {
    const std::size_t work = work_of(function);
    all += work;
    if (work > most) {
      most = work;
      largest = &function;
    }
  }
  return most >= least_work && 5 * most > 2 * all ? largest : nullptr;
}

/// The loop whose work is nearest to half of `work`: a fifth of it at least, and four fifths at most.
llvm::Loop* half_of(const llvm::LoopInfo& loops, std::size_t work) {
  llvm::Loop* best = nullptr;
  std::size_t best_gap = work;
  for (llvm::Loop* const loop : loops.getLoopsInPreorder()) {
    const std::size_t own = work_in(*loop), gap = own > work / 2 ? own - work / 2 : work / 2 - own;
    if (5 * own >= work && 5 * own <= 4 * work && gap < best_gap) {
      best = loop;
      best_gap = gap;
    }
  }
  return best;
}

/// What lies on the stack and is used in the loop becomes one piece of memory: then one pointer to it is
/// handed over.
llvm::AllocaInst* join_stack(llvm::Function& function, const llvm::Loop& loop) {
  std::vector<llvm::AllocaInst*> used;
  for (llvm::Instruction& i : function.getEntryBlock()) {
    auto* const place = llvm::dyn_cast<llvm::AllocaInst>(&i);
    if (place == nullptr || !place->isStaticAlloca()) continue;
    const auto in_loop = [&](const llvm::User* user) {
      return loop.contains(llvm::cast<llvm::Instruction>(user));
    };
    if (std::any_of(place->user_begin(), place->user_end(), in_loop)) used.push_back(place);
  }
  if (used.empty()) return nullptr;
  const llvm::DataLayout& layout = function.getParent()->getDataLayout();
  std::vector<std::uint64_t> offsets;
  std::uint64_t end = 0;
  llvm::Align align(1);
  for (const llvm::AllocaInst* place : used) {
    offsets.push_back(llvm::alignTo(end, place->getAlign()));
    end = offsets.back() + place->getAllocationSize(layout)->getFixedValue();
    align = std::max(align, place->getAlign());
  }
  llvm::IRBuilder<> builder(&function.getEntryBlock().front());
  llvm::AllocaInst* const all = builder.CreateAlloca(llvm::ArrayType::get(builder.getInt8Ty(), end));
  all->setAlignment(align);
  for (std::size_t k = 0; k < used.size(); ++k) {
    for (llvm::Use& use : llvm::make_early_inc_range(used[k]->uses())) {
      auto* const user = llvm::cast<llvm::Instruction>(use.getUser());
      auto* const phi = llvm::dyn_cast<llvm::PHINode>(user);
      builder.SetInsertPoint(phi != nullptr ? phi->getIncomingBlock(use)->getTerminator() : user);
      use.set(builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), all, offsets[k]));
    }
    used[k]->eraseFromParent();
  }
  return all;
}

bool can_be_handed_over(const llvm::Value* value) {
  if (!value->getType()->isVectorTy()) return true;
  return value->getType()->getPrimitiveSizeInBits().getFixedValue() <= most_bits;
}

}  // namespace

std::size_t work_of(const llvm::BasicBlock& block) {
  constexpr std::uint64_t register_bits = 256;  // of the narrower registers; a wider one is about two of them
  std::size_t work = 0;
  for (const llvm::Instruction& i : block)
    work +=
        i.getType()->isVectorTy()
            ? std::max<std::size_t>(1, i.getType()->getPrimitiveSizeInBits().getFixedValue() / register_bits)
            : 1;
  return work;
}

std::size_t work_of(const llvm::Function& function) {
  std::size_t work = 0;
  for (const llvm::BasicBlock& block : function) work += work_of(block);
  return work;
}

void split_largest(llvm::Module& module) {
  llvm::Function* const function = largest_of(module);
  if (function == nullptr) return;
  llvm::DominatorTree tree(*function);
  const llvm::LoopInfo loops(tree);
  llvm::Loop* const loop = half_of(loops, work_of(*function));
  if (loop == nullptr) return;
  llvm::AllocaInst* const stack = join_stack(*function, *loop);
  llvm::CodeExtractor extractor(tree, *loop);
  llvm::SetVector<llvm::Value*> inputs, outputs, none;
  extractor.findInputsOutputs(inputs, outputs, none);
  if (!extractor.isEligible() || !outputs.empty() ||
      !std::all_of(inputs.begin(), inputs.end(), can_be_handed_over))
    return;
  const llvm::CodeExtractorAnalysisCache cache(*function);
  llvm::Function* const half = extractor.extractCodeRegion(cache);
  if (half == nullptr) return;
  half->setCallingConv(llvm::CallingConv::Fast);
  half->addFnAttr(llvm::Attribute::getWithStackAlignment(half->getContext(), llvm::Align(64)));   // else registers are kept across lines of the cache
  half->addFnAttr(llvm::Attribute::getWithStackAlignment(half->getContext(), llvm::Align(64)));
  for (llvm::User* const user : half->users()) {
    auto* const call = llvm::cast<llvm::CallInst>(user);
    call->setCallingConv(llvm::CallingConv::Fast);
    for (unsigned i = 0; i < call->arg_size(); ++i)
      if (stack != nullptr && call->getArgOperand(i) == stack)
        half->addParamAttr(i, llvm::Attribute::NoAlias);
  }
}

}  // namespace horizon::codegen
