// Look-ups in tables of constants: single ones, and groups that share their base.
#include <map>
#include <tuple>

#include "compiler/codegen/lanes.hpp"
#include "runtime/abi/draw_layout.h"

namespace horizon::codegen {

using llvm::BasicBlock;
using llvm::Value;
using mir::Op;
using mir::ValueId;

namespace {

constexpr std::int64_t run_length = 16;        ///< numbers in two registers of 8
constexpr std::int64_t most_runs = 16;         ///< that a segment's look-ups span
constexpr std::size_t least_members = 4;       ///< below that the test of the lanes does not pay

/// index = base + offset, offset a constant of 0 or more.
std::pair<ValueId, std::int64_t> split_index(const Store<ValueId, mir::Value>& values, ValueId index) {
  const mir::Value& v = values[index];
  if (v.op == Op::IAdd) {
    for (const std::size_t side : {std::size_t{1}, std::size_t{0}}) {
      const mir::Value& constant = values[v.args[side]];
      if (constant.op == Op::ConstI && constant.integer >= 0) return {v.args[1 - side], constant.integer};
    }
  }
  return {index, 0};
}

/// What is in memory of the table looked into, in numbers.
std::int64_t length_of(const mir::Module& module, const mir::Value& v) {
  if (v.op == Op::RowTableF) return HZ_TABLE_STORED;
  return static_cast<std::int64_t>(module.tables[mir::TableId(static_cast<std::size_t>(v.index))].numbers.size());
}
/// True where the table's length is a multiple of the run, so that a run that holds a valid index lies in the table.
bool is_made_of_runs(const mir::Module& module, const mir::Value& v) { return length_of(module, v) % run_length == 0; }

}  // namespace

LookUpGroups look_up_groups(const mir::Module& module, const Store<ValueId, mir::Value>& values) {
  std::map<std::tuple<Op, std::int32_t, ValueId, mir::Levels>, LookUpGroup> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const mir::Value& v = values[ValueId(i)];
    if ((v.op != Op::TableF && v.op != Op::RowTableF) || !is_made_of_runs(module, v)) continue;
    const auto [base, offset] = split_index(values, v.args[0]);
    if (offset % run_length != 0 || offset >= most_runs * run_length) continue;
    LookUpGroup& group = found[{v.op, v.index, base, v.level}];
    group.base = base;
    group.length = length_of(module, v);
    group.is_row_table = v.op == Op::RowTableF;
    group.members.emplace_back(ValueId(i), offset);
  }
  LookUpGroups result;
  result.group_of.assign(values.size(), -1);
  for (const auto& [key, group] : found) {
    if (group.members.size() < least_members) continue;
    for (const auto& [member, offset] : group.members)
      result.group_of[member.index()] = static_cast<std::int32_t>(result.groups.size());
    result.groups.push_back(group);
  }
  return result;
}

std::int64_t LookUpGroup::end() const {
  std::int64_t end = 0;
  for (const auto& [member, offset] : members) end = std::max(end, offset + run_length);
  return end;
}

void Lanes::look_up(const LookUpGroup& group, Value* base, Value* index, std::vector<Value*>& results) {
  const bool in_registers = u_.target.permute16;
  if (!in_registers && !group.is_row_table) {
    for (const auto& [member, offset] : group.members) results[member.index()] = gather(base, b_.CreateAdd(index, integer(offset)));
    return;
  }
  llvm::LLVMContext& context = u_.module.getContext();
  llvm::Function* const function = b_.GetInsertBlock()->getParent();
  // Without permutations all that is in memory is looked up in one way.
  const Place place = in_registers ? place_of(index) : Place{index, b_.CreateICmpSGT(index, integer(group.length - group.end() + run_length - 1))};
  BasicBlock* const before = b_.GetInsertBlock();
  BasicBlock* const beyond = BasicBlock::Create(context, in_registers ? "beyond_first_run" : "beyond_memory", function);
  BasicBlock* const after = BasicBlock::Create(context, "look_up", function);
  b_.CreateCondBr(b_.CreateOrReduce(place.beyond), beyond, after, llvm::MDBuilder(context).createBranchWeights(1, in_registers ? 16 : 8192));
  b_.SetInsertPoint(beyond);
  Value* const own = scratch();
  if (in_registers)
    lane_by_lane(group, base, index, place, own);
  else
    by_lane(llvm::ConstantInt::getAllOnesValue(b_.getIntNTy(u_.width)), [&](Value* lane) { numbers_of(group, base, index, lane, own); });
  BasicBlock* const end = b_.GetInsertBlock();
  b_.CreateBr(after);
  b_.SetInsertPoint(after);
  const auto either = [&](Value* first, Value* second) {
    llvm::PHINode* const phi = b_.CreatePHI(first->getType(), 2);
    phi->addIncoming(first, before);
    phi->addIncoming(second, end);
    return phi;
  };
  Value* const begin = either(base, own);
  Value* const within = either(place.within, b_.CreateStepVector(index->getType()));
  for (const auto& [member, offset] : group.members) {
    results[member.index()] = in_registers ? permute16(run_part(begin, offset), within, run_part(begin, offset + run_length / 2))
                                           : gather(begin, b_.CreateAdd(within, integer(offset)));
  }
}

Value* Lanes::look_up(Value* table, Value* index) {
  Value* const own = scratch();
  LookUpGroup one;
  one.members.emplace_back(ValueId(), 0);
  one.is_row_table = true;
  by_lane(llvm::ConstantInt::getAllOnesValue(b_.getIntNTy(u_.width)), [&](Value* lane) { numbers_of(one, table, index, lane, own); });
  return b_.CreateAlignedLoad(u_.vector(mir::Type::F64), own, llvm::Align(64));
}

/// An index made as level * length + place with place < 16, as indices by segment are, is taken apart again.
Lanes::Place Lanes::place_of(Value* index) {
  using namespace llvm::PatternMatch;
  Value *level = nullptr, *within = nullptr;
  const llvm::APInt* length = nullptr;
  const auto far = m_c_Mul(m_And(m_Value(level), m_SpecificInt(0xffffffff)), m_APInt(length));
  if (match(index, m_c_Add(far, m_Value(within))) &&
      llvm::computeKnownBits(within, u_.module.getDataLayout()).getMaxValue().ult(run_length))
    return {within, b_.CreateICmpNE(level, integer(0)), b_.CreateICmpEQ(level, integer(1)), length->getSExtValue()};
  return {index, b_.CreateICmpUGT(index, integer(run_length - 1))};
}

/// Each lane's numbers are put where its own place in a run would be: number (lane) of each run of `own`. First those of the first two
/// levels for all lanes, then lane by lane those from beyond: very few, and numbers that are seldom in a cache or not in memory.
void Lanes::lane_by_lane(const LookUpGroup& group, Value* base, Value* index, const Place& at, Value* own) {
  llvm::Type* const f64 = u_.scalar(mir::Type::F64);
  const std::int64_t end = group.end();
  const bool has_second = at.second != nullptr && at.length + end <= group.length;
  run_by_run(end, [&](Value* offset) {
    const auto found_in = [&](std::int64_t level) {
      Value* const run = b_.CreateGEP(f64, base, b_.CreateAdd(offset, b_.getInt64(static_cast<std::uint64_t>(level))));
      return permute16(run_part(run, 0), at.within, run_part(run, run_length / 2));
    };
    Value* found = found_in(0);
    if (has_second) found = b_.CreateSelect(at.second, found_in(at.length), found);
    b_.CreateAlignedStore(found, b_.CreateGEP(f64, own, offset), llvm::Align(64));
  });
  Value* const beyond = has_second ? b_.CreateAnd(at.beyond, b_.CreateNot(at.second)) : at.beyond;
  by_lane(b_.CreateBitCast(beyond, b_.getIntNTy(u_.width)), [&](Value* lane) { numbers_of(group, base, index, lane, own); });
}

/// The numbers of one lane, from anywhere in its table.
void Lanes::numbers_of(const LookUpGroup& group, Value* base, Value* index, Value* lane, Value* own) {
  llvm::Type* const f64 = u_.scalar(mir::Type::F64);
  Value* const at = b_.CreateExtractElement(index, lane);
  Value* const to = b_.CreateGEP(f64, own, lane);
  if (group.is_row_table) {
    Value* const args[] = {base, at, b_.getInt64(static_cast<std::uint64_t>(group.end() / run_length)), to};
    b_.CreateCall(table_numbers_function(), args);
    return;
  }
  Value* const from = b_.CreateGEP(f64, base, at);
  run_by_run(group.end(), [&](Value* offset) {
    llvm::LoadInst* const number = b_.CreateAlignedLoad(f64, b_.CreateGEP(f64, from, offset), llvm::Align(8));
    u_.in_scope(number, u_.constants);
    b_.CreateAlignedStore(number, b_.CreateGEP(f64, to, offset), llvm::Align(8));
  });
}

/// Of runtime/rng/quantile_table.hpp.
llvm::FunctionCallee Lanes::table_numbers_function() {
  llvm::Type* const pointer = b_.getPtrTy();
  auto* const type = llvm::FunctionType::get(b_.getVoidTy(), {pointer, b_.getInt64Ty(), b_.getInt64Ty(), pointer}, false);
  llvm::FunctionCallee callee = u_.module.getOrInsertFunction(table_numbers_name, type);
  auto* const function = llvm::cast<llvm::Function>(callee.getCallee());
  function->setDoesNotThrow();
  function->addFnAttr(llvm::Attribute::WillReturn);
  function->setOnlyAccessesArgMemory();
  for (const unsigned place : {0u, 3u}) function->addParamAttr(place, llvm::Attribute::NoCapture);
  function->addParamAttr(0, llvm::Attribute::ReadOnly);
  return callee;
}

/// A loop over the lanes whose bit is set, for code that is seldom run.
template <class Body>
void Lanes::by_lane(Value* mask, Body&& body) {
  llvm::LLVMContext& context = u_.module.getContext();
  Value* const none = llvm::ConstantInt::get(mask->getType(), 0);
  BasicBlock* const before = b_.GetInsertBlock();
  BasicBlock* const one = BasicBlock::Create(context, "one_lane", before->getParent());
  BasicBlock* const after = BasicBlock::Create(context, "lanes_done", before->getParent());
  const auto seldom = [&](std::uint32_t times) { return llvm::MDBuilder(context).createBranchWeights(1, times); };
  b_.CreateCondBr(b_.CreateICmpNE(mask, none), one, after, seldom(256));
  b_.SetInsertPoint(one);
  llvm::PHINode* const left = b_.CreatePHI(mask->getType(), 2);
  left->addIncoming(mask, before);
  body(b_.CreateZExt(b_.CreateIntrinsic(llvm::Intrinsic::cttz, {mask->getType()}, {left, b_.getTrue()}), b_.getInt64Ty()));
  Value* const rest = b_.CreateAnd(left, b_.CreateSub(left, llvm::ConstantInt::get(mask->getType(), 1)));
  left->addIncoming(rest, b_.GetInsertBlock());
  b_.CreateCondBr(b_.CreateICmpNE(rest, none), one, after, seldom(1));
  b_.SetInsertPoint(after);
}

/// A loop, for code that is seldom run: `body` gets where each run begins.
template <class Body>
void Lanes::run_by_run(std::int64_t end, Body&& body) {
  llvm::LLVMContext& context = u_.module.getContext();
  BasicBlock* const before = b_.GetInsertBlock();
  BasicBlock* const run = BasicBlock::Create(context, "run", before->getParent());
  BasicBlock* const after = BasicBlock::Create(context, "runs_done", before->getParent());
  b_.CreateBr(run);
  b_.SetInsertPoint(run);
  llvm::PHINode* const offset = b_.CreatePHI(b_.getInt64Ty(), 2);
  offset->addIncoming(b_.getInt64(0), before);
  body(offset);
  Value* const next = b_.CreateAdd(offset, b_.getInt64(run_length));
  offset->addIncoming(next, b_.GetInsertBlock());
  b_.CreateCondBr(b_.CreateICmpULT(next, b_.getInt64(static_cast<std::uint64_t>(end))), run, after);
  b_.SetInsertPoint(after);
}

Value* Lanes::scratch() {
  llvm::BasicBlock& entry = b_.GetInsertBlock()->getParent()->getEntryBlock();
  if (scratch_ == nullptr) {
    llvm::IRBuilder<> early(&entry, entry.begin());
    scratch_ = early.CreateAlloca(u_.scalar(mir::Type::F64), early.getInt64(most_runs * run_length));
    scratch_->setAlignment(llvm::Align(64));
  }
  return scratch_;
}

/// 8 numbers.
Value* Lanes::run_part(Value* begin, std::int64_t at) {
  llvm::Type* const f64 = u_.scalar(mir::Type::F64);
  Value* const place = b_.CreateConstGEP1_64(f64, begin, static_cast<std::uint64_t>(at));
  llvm::LoadInst* const load = b_.CreateAlignedLoad(llvm::FixedVectorType::get(f64, 8), place, llvm::Align(8));
  u_.in_scope(load, u_.constants);
  load->setMetadata(llvm::LLVMContext::MD_invariant_load, nullptr);   // it may be the code's own
  return load;
}

/// A table of 16 numbers fits into registers.
Value* Lanes::from_table(std::size_t table, Value* index) {
  Value* const base = u_.tables[table];
  const bool is_run = u_.mir.tables[mir::TableId(table)].numbers.size() == run_length;
  if (!is_run || !u_.target.permute16 || (u_.width != 8 && u_.width != 16)) return gather(base, index);
  using namespace llvm::PatternMatch;
  Value* whole = nullptr;   // the instruction looks at no other bits
  const bool is_cut = match(index, m_And(m_Value(whole), m_SpecificInt(run_length - 1)));
  return permute16(run_part(base, 0), is_cut ? whole : index, run_part(base, run_length / 2));
}

/// By lane, number (index mod 16) of `low` and `high` together.
Value* Lanes::permute16(Value* low, Value* index, Value* high) {
  const auto permute = [&](Value* of) {
    return b_.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpermi2var_pd_512, {}, {low, of, high});
  };
  if (u_.width == 8) return permute(index);
  std::vector<Value*> parts;
  llvm::SmallVector<int, 16> all;
  for (int lane = 0; lane < static_cast<int>(u_.width); ++lane) all.push_back(lane);
  for (std::size_t at = 0; at < u_.width; at += 8) parts.push_back(permute(b_.CreateShuffleVector(index, llvm::ArrayRef(all).slice(at, 8))));
  HZ_CHECK(parts.size() == 2);
  return b_.CreateShuffleVector(parts[0], parts[1], all);
}

}  // namespace horizon::codegen
