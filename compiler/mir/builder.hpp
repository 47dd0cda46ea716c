#pragma once
// Makes the values of one kernel or function: derives levels, shares equal pure values (local value numbering) and folds
// constants with the very operations of the machine, so that folding changes no bit. It offers the arithmetic of
// runtime/rng/arith.hpp (types F, I, M and named operations): vector mathematics is written once and emitted through here.
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/mir/mir.hpp"

namespace horizon::mir {

class Builder {
 public:
  struct F {
    ValueId id;
  };
  struct I {
    ValueId id;
  };
  struct M {
    ValueId id;
  };

  /// Both referents must outlive the builder. Tables go to the module.
  Builder(Module& module, Kernel& kernel) : module_(&module), kernel_(&kernel), values_(&kernel.values) {}
  Builder(Module& module, Function& function) : module_(&module), function_(&function), values_(&function.values) {}

  // ---- the arithmetic of arith.hpp
  F c(double x);
  I ci(std::int64_t x);
  F add(F x, F y);
  F sub(F x, F y);
  F mul(F x, F y);
  F div(F x, F y);
  F fma(F x, F y, F z);
  F neg(F x);
  F abs(F x);
  F sqrt(F x);
  F floor(F x);
  F ceil(F x);
  F min(F x, F y);
  F max(F x, F y);
  M lt(F x, F y);
  M le(F x, F y);
  M eq(F x, F y);
  M ieq(I x, I y);
  M ilt(I x, I y);
  M ult(I x, I y);
  M mand(M x, M y);
  M mor(M x, M y);
  M mnot(M x);
  F select(M m, F x, F y);
  I iselect(M m, I x, I y);
  /// `b`, which is known to be `a` wherever `m` holds.
  F shortcut(M m, F a, F b);
  I f2bits(F x);
  F bits2f(I x);
  I iadd(I x, I y);
  I isub(I x, I y);
  I imul(I x, I y);
  I iand(I x, I y);
  I ior(I x, I y);
  I ixor(I x, I y);
  I shl(I x, int n);
  I shr(I x, int n);
  I sar(I x, int n);
  I umul32(I x, I y);
  /// A table of constants: becomes a table of the module (equal numbers share one). `size` is a power of two.
  F table(const double* numbers, int size, I index);

  // ---- leaves
  F column(std::int32_t index) { return {leaf(Op::ColumnF, Type::F64, index)}; }
  I icolumn(std::int32_t index) { return {leaf(Op::ColumnI, Type::I64, index)}; }
  /// `place`: which period of the step.
  F period(std::int32_t index, std::int64_t place = 0) { return {pure(Op::PeriodF, Type::F64, {}, place, index)}; }
  I iperiod(std::int32_t index, std::int64_t place = 0) { return {pure(Op::PeriodI, Type::I64, {}, place, index)}; }
  I seed() { return {leaf(Op::Seed, Type::I64, -1)}; }
  I future() { return {leaf(Op::FutureNo, Type::I64, -1)}; }
  F prev(std::int32_t state) { return {leaf(Op::Prev, Type::F64, state)}; }
  /// Of a function, in order, before any other value.
  ValueId param(Type type);

  // ---- calls, tables, memory
  /// Call of a function with one result; its type is the result's.
  ValueId call(FunctionId function, std::vector<ValueId> args);
  F table(TableId table, I index);
  F row_table(std::int32_t row_table, I index);
  F solve_beta(I bits, F a, F b);
  F solve_gamma(I bits, F shape);
  F solve_poisson(I bits, F mean);
  F load(const Address& address);
  void store(const Address& address, F x);
  void accumulate(const Address& address, F x);
  /// Fault where `m` is false; nothing where it is always true.
  void require(M m);

  /// A value of another kernel whose operands are already ids of this one; pure ones are shared.
  ValueId copy(const Value& value);

  // ---- what is known of a value
  Levels level(ValueId id) const { return (*values_)[id].level; }
  std::optional<double> constant(F x) const;
  std::optional<std::int64_t> constant(I x) const;
  std::optional<bool> constant(M m) const;
  M truth(bool value);
  /// 1 where true, else 0; and back: `truth_of(number(m))` is `m`, else "is not 0".
  F number(M m) { return select(m, c(1), c(0)); }
  M truth_of(F x);
  /// x * 1 = x for a mask x that may be 0: 0 absorbs whatever y is (rules.md E8).
  F mask_mul(F mask, F y);

  /// Where in the scenario the values that follow come from.
  void at(source::Span span) { span_ = span; }

 private:
  ValueId leaf(Op op, Type type, std::int32_t index);
  ValueId pure(Op op, Type type, std::vector<ValueId> args, std::int64_t integer = 0, std::int32_t index = -1,
               FunctionId function = {});
  ValueId append(Value value);
  ValueId share(Value value);
  bool same(const Value& a, const Value& b) const;

  Module* module_;
  Kernel* kernel_ = nullptr;
  Function* function_ = nullptr;
  Store<ValueId, Value>* values_;
  source::Span span_;
  std::unordered_multimap<std::uint64_t, ValueId> numbering_;   ///< only looked up, never walked
};

}  // namespace horizon::mir
