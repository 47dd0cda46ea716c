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

/// True where the table's length is a multiple of the run, so that a run that holds a valid index lies in the table.
bool is_made_of_runs(const mir::Module& module, const mir::Value& v) {
  if (v.op == Op::RowTableF) return HZ_TABLE_DOUBLES % run_length == 0;
  return module.tables[mir::TableId(static_cast<std::size_t>(v.index))].numbers.size() % run_length == 0;
}

}  // namespace

LookUpGroups look_up_groups(const mir::Module& module, const Store<ValueId, mir::Value>& values) {
  std::map<std::tuple<Op, std::int32_t, ValueId, mir::Levels>, LookUpGroup> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const mir::Value& v = values[ValueId(i)];
    if ((v.op != Op::TableF && v.op != Op::RowTableF) || !is_made_of_runs(module, v)) continue;
    const auto [base, offset] = split_index(values, v.args[0]);
    if (offset % run_length != 0) continue;
    LookUpGroup& group = found[{v.op, v.index, base, v.level}];
    group.base = base;
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

void Lanes::look_up(const LookUpGroup& group, Value* base, Value* index, std::vector<Value*>& results) {
  if (!u_.target.permute16) {
    const std::vector<Value*> each = gathered(group, base, index);
    for (std::size_t i = 0; i < each.size(); ++i) results[group.members[i].first.index()] = each[i];
    return;
  }
  llvm::LLVMContext& context = u_.module.getContext();
  llvm::Function* const function = b_.GetInsertBlock()->getParent();
  Value* const runs = b_.CreateLShr(index, integer(4));
  Value* const first = b_.CreateExtractElement(runs, std::uint64_t{0});
  Value* const other = b_.CreateICmpNE(runs, b_.CreateVectorSplat(u_.width, first));
  const std::vector<Value*> quick = from_run(group, base, first, index);
  BasicBlock* const before = b_.GetInsertBlock();
  BasicBlock* const different = BasicBlock::Create(context, "several_runs", function);
  BasicBlock* const after = BasicBlock::Create(context, "looked_up", function);
  b_.CreateCondBr(b_.CreateOrReduce(other), different, after, llvm::MDBuilder(context).createBranchWeights(1, 16));
  b_.SetInsertPoint(different);
  const std::vector<Value*> all = gathered(group, base, index);
  b_.CreateBr(after);
  b_.SetInsertPoint(after);
  for (std::size_t i = 0; i < quick.size(); ++i) {
    llvm::PHINode* const phi = b_.CreatePHI(u_.vector(mir::Type::F64), 2);
    phi->addIncoming(quick[i], before);
    phi->addIncoming(all[i], different);
    results[group.members[i].first.index()] = phi;
  }
}

std::vector<Value*> Lanes::gathered(const LookUpGroup& group, Value* base, Value* index) {
  std::vector<Value*> result;
  for (const auto& [member, offset] : group.members) result.push_back(look_up(base, b_.CreateAdd(index, integer(offset))));
  return result;
}

/// All members where all lanes fall into one run.
std::vector<Value*> Lanes::from_run(const LookUpGroup& group, Value* base, Value* run, Value* index) {
  llvm::Type* const f64 = u_.scalar(mir::Type::F64);
  Value* const begin = b_.CreateGEP(f64, base, b_.CreateShl(run, 4));
  const auto half = [&](std::int64_t at) {
    Value* const place = b_.CreateConstGEP1_64(f64, begin, static_cast<std::uint64_t>(at));
    llvm::LoadInst* const load = b_.CreateAlignedLoad(llvm::FixedVectorType::get(f64, 8), place, llvm::Align(8));
    u_.in_scope(load, u_.constants);
    return load;
  };
  std::vector<Value*> result;
  for (const auto& [member, offset] : group.members)
    result.push_back(permute16(half(offset), index, half(offset + run_length / 2)));
  return result;
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
