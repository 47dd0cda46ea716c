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
  const auto each = [&](auto&& body) {
    for (const auto& [member, offset] : group.members) results[member.index()] = body(offset);
  };
  const auto by_gather = [&](std::int64_t offset) { return look_up(base, b_.CreateAdd(index, integer(offset))); };
  if (!u_.target.permute16) return each(by_gather);

  llvm::LLVMContext& context = u_.module.getContext();
  llvm::Function* const function = b_.GetInsertBlock()->getParent();
  BasicBlock* const same = BasicBlock::Create(context, "one_run", function);
  BasicBlock* const different = BasicBlock::Create(context, "several_runs", function);
  BasicBlock* const after = BasicBlock::Create(context, "looked_up", function);
  Value* const run = b_.CreateLShr(index, integer(4));
  Value* const first = b_.CreateExtractElement(run, std::uint64_t{0});
  Value* const equal = b_.CreateICmpEQ(run, b_.CreateVectorSplat(u_.target.lanes, first));
  b_.CreateCondBr(b_.CreateAndReduce(equal), same, different,
                  llvm::MDBuilder(context).createBranchWeights(32, 1));

  b_.SetInsertPoint(same);
  llvm::Type* const f64 = u_.scalar(mir::Type::F64);
  Value* const run_begin = b_.CreateGEP(f64, base, b_.CreateShl(first, 4));
  std::vector<Value*> quick;
  const auto half = [&](std::int64_t at) {
    Value* const place = b_.CreateConstGEP1_64(f64, run_begin, static_cast<std::uint64_t>(at));
    llvm::LoadInst* const load = b_.CreateAlignedLoad(u_.vector(mir::Type::F64), place, llvm::Align(8));
    u_.in_scope(load, u_.constants);
    return load;
  };
  for (const auto& [member, offset] : group.members) {
    Value *const low = half(offset), *const high = half(offset + run_length / 2);
    quick.push_back(b_.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpermi2var_pd_512, {}, {low, index, high}));
  }
  b_.CreateBr(after);

  b_.SetInsertPoint(different);
  each(by_gather);
  b_.CreateBr(after);

  b_.SetInsertPoint(after);
  for (std::size_t i = 0; i < quick.size(); ++i) {
    llvm::PHINode* const phi = b_.CreatePHI(u_.vector(mir::Type::F64), 2);
    phi->addIncoming(quick[i], same);
    Value*& result = results[group.members[i].first.index()];
    phi->addIncoming(result, different);
    result = phi;
  }
}

}  // namespace horizon::codegen
