// One broken module for each invariant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "compiler/mir/mir.hpp"

namespace horizon {
namespace {

using mir::ValueId;

constexpr const char* sound = R"(module periods 2 slots 5 output 4 1
table "t" 1 2
period_column i64 "year" 0 1
period_column f64 "midpoint" 15.5 46.5
function "twice" f64 -> %2
  %0 f64/ = param #0
  %1 f64/ = const 2
  %2 f64/ = mul %0 %1
end
function "four times" f64 -> %2
  %0 f64/ = param #0
  %1 f64/ = call function 0 %0
  %2 f64/ = call function 0 %1
end
kernel "k" rows 2 "a" "b"
  column f64 "price" 10.5 2
  column i64 "slot" 0 1
  row_table beta %0 %1
  state %9
  %0 f64/r = column #0
  %1 f64/ = const 2.5
  %2 i64/f = future
  %3 i64/f = shr by 12 %2
  %4 i64/p = iperiod #0
  %5 i64/r = icolumn #1
  %6 f64/rf = rowtable #0 %3
  %7 f64/r = call function 1 %0
  %8 mask/r = lt %0 %1
  %9 f64/rpf = prev #0
  %10 f64/f = table #0 %3
  %11 none/rpf = accumulate [1 row %5 stride 1 period %4] %9
  %12 none/rf = require %8
  %13 none/rf = store [0] %6
  %14 none/f = store [0] %10
  %15 f64/p = period #1
end
stage at_a_stretch 0
)";

using Change = std::function<void(mir::Module&)>;
mir::Kernel& k(mir::Module& m) { return m.kernels[mir::KernelId(0)]; }
mir::Value& v(mir::Module& m, std::size_t i) { return k(m).values[ValueId(i)]; }
mir::Function& f(mir::Module& m, std::size_t i) { return m.functions[mir::FunctionId(i)]; }

struct Case {
  const char* invariant;
  Change change;
};

const std::vector<Case>& cases() {
  using mir::Op;
  static const std::vector<Case> all = {
      {"midpoints", [](auto& m) { m.period_numbers = {1}; }},
      {"outputs", [](auto& m) { m.outputs = {9}; }},
      {"multiples", [](auto& m) { m.multiples = {{0, 0, mir::TableId(0), {0}}}; }},
      {"multiples", [](auto& m) { m.multiples = {{0, 7, mir::TableId(0), {0}}}; }},
      {"multiples", [](auto& m) { m.multiples = {{0, 1, mir::TableId(0), {}}}; }},
      {"multiples", [](auto& m) { m.multiples = {{0, 1, mir::TableId(0), {1'000'000}}}; }},
      {"multiples", [](auto& m) { m.multiples = {{0, 1, mir::TableId(99), {0}}}; }},
      {"multiples", [](auto& m) { m.multiples = {{1, 0, mir::TableId(0), {0}}, {0, 1, mir::TableId(0), {0}}}; }},
      {"multiples", [](auto& m) {
         m.outputs = {0, 1, 2};
         m.slots = 3;
         m.multiples = {{1, 0, mir::TableId(0), {0}}, {2, 1, mir::TableId(0), {0}}};
       }},
      {"stages", [](auto& m) { m.stages.clear(); }},
      {"stages", [](auto& m) { m.stages.push_back(m.stages[0]); }},
      {"stages", [](auto& m) { m.stages[0].kernels.push_back(mir::KernelId(7)); }},
      {"columns", [](auto& m) { k(m).columns[0].numbers.pop_back(); }},
      {"columns", [](auto& m) { m.period_columns[0].integers.push_back(1); }},
      {"columns", [](auto& m) { v(m, 0).index = 1; }},
      {"columns", [](auto& m) { v(m, 0).index = -1; }},
      {"columns", [](auto& m) { v(m, 5).index = 0; }},
      {"columns", [](auto& m) { v(m, 4).index = 1; }},
      {"columns", [](auto& m) { v(m, 15).index = 9; }},
      {"rows", [](auto& m) { k(m).row_names.pop_back(); }},
      {"operand-order", [](auto& m) { v(m, 8).args[1] = ValueId(8); }},
      {"operand-order", [](auto& m) { v(m, 8).args[1] = ValueId(); }},
      {"operand-order", [](auto& m) { v(m, 11).address.row_slot = ValueId(12); }},
      {"operand-count", [](auto& m) { v(m, 8).args.pop_back(); }},
      {"operand-types", [](auto& m) { v(m, 8).args[1] = ValueId(5); }},
      {"operand-types", [](auto& m) { v(m, 7).args[0] = ValueId(5); }},
      {"result-type", [](auto& m) { v(m, 3).type = mir::Type::F64; }},
      {"result-type", [](auto& m) { v(m, 7).type = mir::Type::I64; }},
      {"shift-count", [](auto& m) { v(m, 3).integer = 64; }},
      {"shift-count", [](auto& m) { v(m, 3).integer = -1; }},
      {"tables", [](auto& m) { v(m, 10).index = 1; }},
      {"tables", [](auto& m) { v(m, 6).index = 1; }},
      {"tables", [](auto& m) { m.tables[mir::TableId(0)].numbers.clear(); }},
      {"tables", [](auto& m) { k(m).row_tables[0].a = ValueId(2); }},
      {"tables", [](auto& m) { k(m).row_tables[0].b = ValueId(); }},
      {"tables", [](auto& m) { k(m).row_tables[0].b = ValueId(9); }},
      {"tables", [](auto& m) { v(m, 6).args[0] = ValueId(5), v(m, 6).level = mir::Row; }},
      {"calls", [](auto& m) { v(m, 7).function = mir::FunctionId(9); }},
      {"calls", [](auto& m) { v(m, 7).function = {}; }},
      {"calls", [](auto& m) { f(m, 1).results.push_back(ValueId(0)); }},
      {"recursion", [](auto& m) { f(m, 1).values[ValueId(1)].function = mir::FunctionId(1); }},
      {"closed-functions", [](auto& m) { f(m, 0).values[ValueId(1)].op = Op::ColumnF; }},
      {"closed-functions",
       [](auto& m) {
         auto& value = f(m, 0).values[ValueId(1)];
         value.op = Op::FutureNo;
         value.type = mir::Type::I64;
       }},
      {"closed-functions", [](auto& m) { f(m, 0).values[ValueId(1)].op = Op::Load; }},
      {"function-levels", [](auto& m) { f(m, 0).values[ValueId(2)].level = mir::Row; }},
      {"parameters", [](auto& m) { f(m, 0).values[ValueId(1)].op = Op::Param; }},
      {"parameters", [](auto& m) { f(m, 0).values[ValueId(0)].index = 3; }},
      {"parameters", [](auto& m) { f(m, 0).parameters.resize(9); }},
      {"parameters", [](auto& m) { v(m, 1).op = Op::Param; }},
      {"results", [](auto& m) { f(m, 1).results.clear(); }},
      {"results", [](auto& m) { f(m, 1).results[0] = ValueId(8); }},
      {"state", [](auto& m) { k(m).state[0].next = {}; }},
      {"state", [](auto& m) { k(m).state[0].next = ValueId(4); }},
      {"state", [](auto& m) { v(m, 9).index = 1; }},
      {"levels", [](auto& m) { v(m, 0).level = mir::Constant; }},
      {"levels", [](auto& m) { v(m, 3).level = mir::Future | mir::Period; }},
      {"levels", [](auto& m) { v(m, 11).level = mir::Row | mir::Future; }},
      {"effects", [](auto& m) { v(m, 12).level = mir::Row; }},
      {"addresses", [](auto& m) { v(m, 11).address.row_slot = ValueId(4); }},
      {"addresses", [](auto& m) { v(m, 11).address.period_slot = ValueId(3); }},
      {"addresses", [](auto& m) { v(m, 11).address.period_slot = ValueId(15), v(m, 11).address.period_slot = ValueId(0); }},
      {"slots", [](auto& m) { v(m, 11).address.base = 2; }},
      {"slots", [](auto& m) { v(m, 13).address.base = 5; }},
      {"slots", [](auto& m) { k(m).columns[1].integers[0] = -2; }},
  };
  return all;
}

TEST(Verify, TheSampleIsSound) {
  const mir::ParseResult parsed = mir::parse(sound);
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(mir::verify(parsed.module), std::vector<std::string>{});
}

TEST(Verify, EachInvariantIsNamedWhenBroken) {
  for (std::size_t i = 0; i < cases().size(); ++i) {
    mir::Module module = mir::parse(sound).module;
    cases()[i].change(module);
    EXPECT_THAT(mir::verify(module),
                ::testing::Contains(::testing::StartsWith(std::string(cases()[i].invariant) + ": ")))
        << "case " << i;
  }
}

}  // namespace
}  // namespace horizon
