#include "compiler/codegen/quads.hpp"

#include "compiler/codegen/branches.hpp"

namespace horizon::codegen {
namespace {

using llvm::BasicBlock;
using llvm::Value;

unsigned width_of(const Value* x) { return llvm::cast<llvm::FixedVectorType>(x->getType())->getNumElements(); }

/// Of each run of two times `run` lanes one half, of x and of y: {x0 y0 x2 y2 ..} or {x1 y1 x3 y3 ..} where a run is one lane.
Value* mixed(llvm::IRBuilder<>& b, Value* x, Value* y, unsigned half, unsigned run) {
  const unsigned width = width_of(x);
  llvm::SmallVector<int, 8> lanes;
  for (unsigned l = 0; l < width; l += 2 * run)
    for (const unsigned from : {0u, width})
      for (unsigned i = 0; i < run; ++i) lanes.push_back(static_cast<int>(from + l + half * run + i));
  return b.CreateShuffleVector(x, y, lanes);
}

}  // namespace

// Eight lanes: register j holds lanes j and j + 4. Four: each holds a lane. Two: each holds half a lane.
Quad in_memory(llvm::IRBuilder<>& b, const Quad& p) {
  Quad early, late;   // of even and of odd lanes: periods 0 and 1, periods 2 and 3
  for (unsigned odd = 0; odd < 2; ++odd) {
    early[odd] = mixed(b, p[0], p[1], odd, 1);
    late[odd] = mixed(b, p[2], p[3], odd, 1);
  }
  if (width_of(p[0]) == 2) return {early[0], late[0], early[1], late[1]};
  const auto whole = [&](unsigned odd, unsigned half) { return mixed(b, early[odd], late[odd], half, 2); };
  return {whole(0, 0), whole(1, 0), whole(0, 1), whole(1, 1)};
}

Quad by_period(llvm::IRBuilder<>& b, const Quad& m) {
  Quad early, late;
  if (width_of(m[0]) == 2) {
    early = {m[0], m[2]}, late = {m[1], m[3]};
  } else {
    for (unsigned odd = 0; odd < 2; ++odd) {
      early[odd] = mixed(b, m[odd], m[odd + 2], 0, 2);
      late[odd] = mixed(b, m[odd], m[odd + 2], 1, 2);
    }
  }
  const auto period = [&](const Quad& of, unsigned odd) { return mixed(b, of[0], of[1], odd, 1); };
  return {period(early, 0), period(early, 1), period(late, 0), period(late, 1)};
}

Value* places_of(const Unit& unit, llvm::IRBuilder<>& b, Value* lanes) {
  const auto all = [&](std::uint64_t x) { return b.CreateVectorSplat(width_of(lanes), b.getInt64(x)); };
  if (unit.target.lanes != 8) return b.CreateShl(lanes, all(2));
  // Lane 8 k + j stands at 8 k + 2 (j mod 4) + (j div 4).
  Value* const block = b.CreateAnd(lanes, all(~std::uint64_t{7}));
  Value* const low = b.CreateShl(b.CreateAnd(lanes, all(3)), all(1));
  Value* const high = b.CreateAnd(b.CreateLShr(lanes, all(2)), all(1));
  return b.CreateShl(b.CreateOr(block, b.CreateOr(low, high)), all(2));
}

void add_apart(llvm::IRBuilder<>& b, const Quad& m, std::span<Value* const> places) {
  const unsigned width = width_of(m[0]);
  const auto at = [&](unsigned lane, unsigned part) { return b.CreateConstGEP1_32(b.getDoubleTy(), places[lane], part); };
  const auto add = [&](Value* place, Value* x) {
    b.CreateAlignedStore(b.CreateFAdd(b.CreateAlignedLoad(x->getType(), place, llvm::Align(8)), x), place, llvm::Align(8));
  };
  for (unsigned j = 0; j < quad; ++j) {
    if (width == 2) {
      add(at(j / 2, 2 * (j % 2)), m[j]);
    } else if (width == 4) {
      add(at(j, 0), m[j]);
    } else {
      auto* const half = llvm::FixedVectorType::get(b.getDoubleTy(), quad);
      const auto load = [&](unsigned lane) { return b.CreateAlignedLoad(half, at(lane, 0), llvm::Align(8)); };
      Value* const sum = b.CreateFAdd(b.CreateShuffleVector(load(j), load(j + 4), {0, 1, 2, 3, 4, 5, 6, 7}), m[j]);
      b.CreateAlignedStore(b.CreateShuffleVector(sum, {0, 1, 2, 3}), at(j, 0), llvm::Align(8));
      b.CreateAlignedStore(b.CreateShuffleVector(sum, {4, 5, 6, 7}), at(j + 4, 0), llvm::Align(8));
    }
  }
}

namespace {

/// (numbers, buffers, lanes, slot, quads, room)
void turning_body(Unit& u, llvm::Function* f, Turn direction) {
  llvm::IRBuilder<> b(BasicBlock::Create(u.module.getContext(), "entry", f));
  Value *const numbers = f->getArg(0), *const buffers = f->getArg(1), *const lanes = f->getArg(2), *const slot = f->getArg(3), *const quads = f->getArg(4),
              *const room = f->getArg(5);
  const unsigned width = u.target.lanes;
  auto* const type = llvm::FixedVectorType::get(b.getDoubleTy(), width);
  const auto element = [&](Value* base, Value* index) { return b.CreateGEP(b.getDoubleTy(), base, index); };
  loop(b, "quad", b.getInt64(0), quads, 1, [&](Value* q) {
    Value* const period = b.CreateMul(q, b.getInt64(quad));
    Value* const own = element(numbers, b.CreateMul(period, room));
    Value* const theirs = element(buffers, b.CreateMul(b.CreateAdd(slot, period), lanes));
    loop(b, "lane", b.getInt64(0), lanes, width, [&](Value* lane) {
      Quad own_places, their_places, x;
      for (unsigned i = 0; i < quad; ++i) {
        own_places[i] = element(own, b.CreateAdd(b.CreateMul(lane, b.getInt64(quad)), b.getInt64(std::uint64_t{i} * width)));
        their_places[i] = element(theirs, b.CreateAdd(b.CreateMul(b.getInt64(i), lanes), lane));
      }
      const bool to_quads = direction == Turn::ToQuads;
      for (unsigned i = 0; i < quad; ++i) x[i] = b.CreateAlignedLoad(type, (to_quads ? their_places : own_places)[i], llvm::Align(8));
      x = to_quads ? in_memory(b, x) : by_period(b, x);
      for (unsigned i = 0; i < quad; ++i) b.CreateAlignedStore(x[i], (to_quads ? own_places : their_places)[i], llvm::Align(8));
    });
  });
  b.CreateRetVoid();
}

llvm::Function* turning_function(Unit& u, Turn direction) {
  const char* const name = direction == Turn::ToQuads ? "to_quads" : "to_slots";
  if (llvm::Function* const made = u.module.getFunction(name)) return made;
  llvm::LLVMContext& context = u.module.getContext();
  llvm::Type *const pointer = llvm::PointerType::getUnqual(context), *const i64 = llvm::Type::getInt64Ty(context);
  auto* const type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer, i64, i64, i64, i64}, false);
  auto* const function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, u.module);
  u.common_attributes(function);
  function->addFnAttr(llvm::Attribute::NoInline);
  for (const unsigned p : {0u, 1u}) {
    function->addParamAttr(p, llvm::Attribute::NoAlias);
    function->addParamAttr(p, llvm::Attribute::NoCapture);
  }
  turning_body(u, function, direction);
  return function;
}

}  // namespace

void clear(llvm::IRBuilder<>& b, const QuadSums& sums) {
  constexpr unsigned at_once = 8;   // futures come in multiples of it
  llvm::Constant* const zeros = llvm::Constant::getNullValue(llvm::FixedVectorType::get(b.getDoubleTy(), at_once));
  loop(b, "clear", b.getInt64(0), b.CreateMul(b.CreateMul(sums.quads, b.getInt64(quad)), sums.room), at_once, [&](Value* at) {
    b.CreateAlignedStore(zeros, b.CreateGEP(b.getDoubleTy(), sums.numbers, at), llvm::Align(8));
  });
}

void turn(Unit& unit, llvm::IRBuilder<>& builder, const QuadSums& sums, Value* slot, Turn direction) {
  builder.CreateCall(turning_function(unit, direction), {sums.numbers, sums.buffers, sums.lanes, slot, sums.quads, sums.room});
}

}  // namespace horizon::codegen
