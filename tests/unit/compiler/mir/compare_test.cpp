// What two editions of a module have in common.
#include "compiler/mir/compare.hpp"
#include "tests/harness/in_a_row.hpp"

#include <gtest/gtest.h>

namespace horizon::mir {
namespace {

/// One kernel: column 0 times the entry `place` of table 0, stored in a slot a period.
Module module_of(double number, std::vector<double> table, std::int64_t place = 1, double factor = 2) {
  Module module;
  module.periods = 4;
  module.slots = 4;
  module.outputs = test::in_a_row(0, 4);
  module.tables.add({"constants", std::move(table)});
  Kernel kernel;
  kernel.rows = 1;
  kernel.row_names = {"A"};
  kernel.columns.push_back({"price", Type::F64, {number}, {}});
  const auto add = [&](Op op, Type type, Levels level, std::vector<ValueId> args) -> Value& {
    Value value{op, type, level};
    value.args = std::move(args);
    return kernel.values[kernel.values.add(std::move(value))];
  };
  add(Op::ColumnF, Type::F64, Row, {}).index = 0;
  add(Op::ConstI, Type::I64, Constant, {}).integer = place;
  add(Op::TableF, Type::F64, Constant, {ValueId(1)}).index = 0;
  add(Op::Mul, Type::F64, Row, {ValueId(0), ValueId(2)});
  add(Op::ConstF, Type::F64, Constant, {}).number = factor;
  add(Op::Mul, Type::F64, Row, {ValueId(3), ValueId(4)});
  add(Op::Store, Type::None, Row | Period | Future, {ValueId(5)}).address.period_stride = 1;
  const KernelId id = module.kernels.add(std::move(kernel));
  module.stages.push_back({{id}, false});
  return module;
}

struct Verdict {
  bool code, kernel;
  bool operator==(const Verdict&) const = default;
};
Verdict verdict(const Module& now) {
  const Module before = module_of(10, {1, 2, 3});
  const Comparison common(before, now);
  return {common.same_code(), common.same_kernel(KernelId(0))};
}

TEST(Comparison, NumbersAreNotInTheCode) {
  EXPECT_EQ(verdict(module_of(10, {1, 2, 3})), (Verdict{true, true}));
  EXPECT_EQ(verdict(module_of(11, {1, 2, 3})), (Verdict{true, false}));
  EXPECT_EQ(verdict(module_of(10, {1, 5, 3})), (Verdict{true, false}));
}

TEST(Comparison, WhatAKernelDoesNotReadDoesNotMatter) {
  EXPECT_EQ(verdict(module_of(10, {1, 2, 9})), (Verdict{true, true}));
  Module named = module_of(10, {1, 2, 3});
  named.kernels[KernelId(0)].row_names = {"B"};
  named.kernels[KernelId(0)].values[ValueId(3)].span.end = 7;
  EXPECT_EQ(verdict(named), (Verdict{true, true}));
}

TEST(Comparison, ZerosOfEitherSignDiffer) {
  const Module before = module_of(0.0, {1, 2, 3}), now = module_of(-0.0, {1, 2, 3});
  EXPECT_FALSE(Comparison(before, now).same_kernel(KernelId(0)));
}

TEST(Comparison, TheBodyIsTheCode) {
  EXPECT_EQ(verdict(module_of(10, {1, 2, 3}, 2)), (Verdict{false, false}));
  EXPECT_EQ(verdict(module_of(10, {1, 2, 3}, 1, 3)), (Verdict{false, false}));
  Module moved = module_of(10, {1, 2, 3});
  moved.kernels[KernelId(0)].values[ValueId(6)].address.base = 1;
  EXPECT_EQ(verdict(moved), (Verdict{false, false}));
}

TEST(Comparison, TheFormOfMachineCodeIsInTheCode) {
  Module gathered = module_of(10, {1, 2, 3}), wide = gathered;
  gathered.kernels[KernelId(0)].gathered = true;
  wide.kernels[KernelId(0)].registers = 2;
  EXPECT_EQ(verdict(gathered), (Verdict{false, false}));
  EXPECT_EQ(verdict(wide), (Verdict{false, false}));
}

TEST(Comparison, TablesThatCodeLooksUpAreInTheCode) {
  Module before = module_of(10, {1, 2, 3}), now = module_of(10, {1, 2, 4});
  before.kernels[KernelId(0)].values[ValueId(2)].level = Future;
  now.kernels[KernelId(0)].values[ValueId(2)].level = Future;
  EXPECT_FALSE(Comparison(before, now).same_code());
}

TEST(Comparison, MorePeriodsAreOtherArrays) {
  Module longer = module_of(10, {1, 2, 3});
  longer.periods = 5;
  EXPECT_EQ(verdict(longer), (Verdict{true, false}));
}

}  // namespace
}  // namespace horizon::mir
