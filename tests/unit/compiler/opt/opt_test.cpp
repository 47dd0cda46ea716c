#include "compiler/opt/opt.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/compiler/opt/modules.hpp"

namespace horizon {
namespace {

using mir::Builder;
using test::column;
using test::count;
using test::evaluate;
using test::growth;
using test::rise_and_wane;

mir::Module sample() {
  mir::Module module;
  module.periods = 3;
  module.slots = 4;
  module.outputs = test::in_a_row(0, 4);
  mir::Kernel kernel;
  kernel.name = "k";
  kernel.rows = 2;
  kernel.row_names = {"a", "b"};
  kernel.columns = {column({5, 6}), column({7, 8}), column({5, 6}), column({9, 9})};
  kernel.state.resize(2);
  Builder b(module, kernel);
  const auto dead = b.add(b.column(3), b.prev(0));
  const auto x = b.add(b.column(0), b.column(1)), y = b.add(b.column(2), b.column(1));
  kernel.state[0].next = dead.id;
  const auto running = b.add(b.prev(1), x);
  kernel.state[1].next = running.id;
  b.load({3, {}, 0, {}});
  b.store({0, {}, 1, {}}, b.mul(running, y));
  module.kernels.add(std::move(kernel));
  module.stages.push_back({{mir::KernelId(0)}, false});
  return module;
}

TEST(Optimise, DropsWhatNoEffectNeeds) {
  mir::Module module = sample();
  ASSERT_TRUE(mir::verify(module).empty()) << mir::verify(module)[0];
  opt::drop_dead_values(module);
  ASSERT_TRUE(mir::verify(module).empty()) << mir::verify(module)[0];
  const mir::Kernel& kernel = module.kernels[mir::KernelId(0)];
  EXPECT_EQ(kernel.columns.size(), 3u);
  EXPECT_EQ(kernel.state.size(), 1u);
  EXPECT_EQ(count(module, mir::Op::Load), 0u);
  EXPECT_EQ(count(module, mir::Op::Store), 1u);
  EXPECT_EQ(count(module, mir::Op::Add), 3u);
}

TEST(Optimise, EqualColumnsBecomeOne) {
  mir::Module module = sample();
  opt::optimise(module, {.identical_columns = true});
  ASSERT_TRUE(mir::verify(module).empty()) << mir::verify(module)[0];
  EXPECT_EQ(module.kernels[mir::KernelId(0)].columns.size(), 2u);
  EXPECT_EQ(count(module, mir::Op::Add), 2u);   // x and y are one
}

/// x / y with x of the period and y of the row, used by `use`.
template <class Use>
mir::Module quotient(Use&& use) {
  mir::Module module;
  module.periods = 2;
  module.slots = 4;
  module.outputs = test::in_a_row(0, 4);
  module.period_columns = {column({1, 2})};
  mir::Kernel kernel;
  kernel.name = "k";
  kernel.rows = 2;
  kernel.row_names = {"a", "b"};
  kernel.columns = {column({5, 6})};
  Builder b(module, kernel);
  use(b, b.div(b.period(0), b.column(0)));
  module.kernels.add(std::move(kernel));
  module.stages.push_back({{mir::KernelId(0)}, false});
  return module;
}

TEST(Optimise, DivisionsLeaveTheLoopOverPeriods) {
  mir::Module module = quotient([](Builder& b, Builder::F q) { b.store({0, {}, 1, {}}, q); });
  opt::use_reciprocals(module);
  ASSERT_TRUE(mir::verify(module).empty()) << mir::verify(module)[0];
  EXPECT_EQ(count(module, mir::Op::Mul), 1u);
  for (const mir::Value& v : module.kernels[mir::KernelId(0)].values)
    EXPECT_FALSE(v.op == mir::Op::Div && (v.level & mir::Period) != 0);
}

TEST(Optimise, QuotientsThatAreComparedStay) {
  const auto compared = [](Builder& b, Builder::F q) {
    b.store({0, {}, 1, {}}, b.select(b.lt(b.add(q, b.c(1)), b.c(3)), b.c(1), b.c(2)));
  };
  mir::Module module = quotient(compared);
  const std::string before = mir::print(module);
  opt::use_reciprocals(module);
  EXPECT_EQ(mir::print(module), before);
  const auto required = [](Builder& b, Builder::F q) {
    b.require(b.le(q, b.c(3)));
    b.store({0, {}, 1, {}}, q);
  };
  module = quotient(required);
  opt::use_reciprocals(module);
  EXPECT_EQ(count(module, mir::Op::Mul), 1u);
}

/// 3 / (exp(load(0)) 4): with another use of the exponential, or compared.
mir::Module quotient_of_exponential(bool used_again, bool compared) {
  mir::Module module = growth();
  mir::Kernel kernel;
  kernel.name = "k";
  kernel.rows = 1;
  kernel.row_names = {"a"};
  Builder b(module, kernel);
  const Builder::F e{b.call(mir::FunctionId(0), {b.fma(b.c(2), b.load({0, {}, 0, {}}), b.c(-1)).id})};
  const auto q = b.div(b.c(3), b.mul(e, b.c(4)));
  b.store({3, {}, 0, {}}, compared ? b.select(b.lt(q, b.c(1)), b.c(1), b.c(2)) : q);
  if (used_again) b.store({4, {}, 0, {}}, e);
  module.kernels = {};
  module.kernels.add(std::move(kernel));
  return module;
}

TEST(Optimise, QuotientsOfExponentialsNeedNoDivision) {
  const mir::Module plain = quotient_of_exponential(false, false);
  mir::Module inverted = plain;
  opt::use_negative_exponents(inverted);
  ASSERT_TRUE(mir::verify(inverted).empty()) << mir::verify(inverted)[0];
  for (const mir::Value& v : inverted.kernels[mir::KernelId(0)].values)
    EXPECT_FALSE(v.op == mir::Op::Div && (v.level & mir::Future) != 0);
  for (const double x : {0.0, 1.25, -3.5, 300.0, 400.0, -400.0, -330.0, 1e10, -1e10, double(INFINITY), -double(INFINITY), double(NAN)}) {
    const double expected = evaluate(plain, {x}).stored[0], actual = evaluate(inverted, {x}).stored[0];
    if (std::isfinite(expected) && expected != 0)
      EXPECT_NEAR(actual / expected, 1, 1e-15) << x;
    else
      EXPECT_TRUE(actual == expected || (std::isnan(actual) && std::isnan(expected))) << x;
  }
}

TEST(Optimise, QuotientsOfExponentialsStayWhereTheyMust) {
  for (const bool compared : {false, true}) {
    mir::Module module = quotient_of_exponential(!compared, compared);
    const std::string before = mir::print(module);
    opt::use_negative_exponents(module);
    EXPECT_EQ(mir::print(module), before);
  }
}

TEST(Optimise, GrowthIsCarriedFromPeriodToPeriod) {
  const mir::Module plain = growth();
  mir::Module carried = plain;
  opt::use_recurrences(carried);
  ASSERT_TRUE(mir::verify(carried).empty()) << mir::verify(carried)[0];
  EXPECT_EQ(carried.kernels[mir::KernelId(0)].state.size(), 1u);
  // Gentle; through overflow and underflow; steps that overflow by themselves; a late start; no number at all.
  const std::vector<std::vector<double>> cases = {{-20, 0.001, 0},   {20, -0.001, 25000}, {-1500, 0.05, 0},  {1500, -0.05, 0},
                                                  {1e6, -30, 30000}, {-8e5, 40, 0},       {0, 0, 21000},     {-900, 0.045, 40000},
                                                  {1e300, 1e10, 0},  {NAN, 1, 0},         {0, INFINITY, 0}, {700, -0.035, 0}};
  for (const auto& slots : cases) {
    const auto expected = evaluate(plain, slots).stored, actual = evaluate(carried, slots).stored;
    ASSERT_EQ(expected.size(), actual.size());
    for (std::size_t p = 0; p < expected.size(); ++p) {
      if (std::isnan(expected[p]) || std::isinf(expected[p]) || std::abs(expected[p]) < 1e-300)
        EXPECT_TRUE(actual[p] == expected[p] || (std::isnan(actual[p]) && std::isnan(expected[p]))) << slots[0] << " " << p;
      else
        EXPECT_NEAR(actual[p] / expected[p], 1, 1e-12) << slots[0] << " " << p;
    }
  }
}

/// From a date on, which is column 0 plus a lag of 0 or more times column 1, sales shrink; none if load(1) is 0 or less.
mir::Module late_copies(double exclusivity, double scale) {
  mir::Module module = growth();
  mir::Kernel kernel;
  kernel.name = "k";
  kernel.rows = 1;
  kernel.row_names = {"a"};
  kernel.columns = {column({exclusivity}), column({scale})};
  Builder b(module, kernel);
  const auto now = b.period(0);
  const auto exp = [&](Builder::F x) { return Builder::F{b.call(mir::FunctionId(0), {x.id})}; };
  const auto lag = b.max(b.c(0), b.sub(exp(b.load({0, {}, 0, {}})), b.c(1))), entry = b.add(b.column(0), b.mul(b.column(1), lag));
  const auto erosion = exp(b.add(exp(b.load({2, {}, 0, {}})), b.c(0.5))), size = exp(exp(exp(b.load({2, {}, 0, {}}))));
  const auto left = b.select(b.lt(now, entry), b.c(1), b.div(b.c(1), b.add(b.c(1), b.mul(erosion, b.sub(now, entry)))));
  b.accumulate({3, {}, 1, {}}, b.select(b.lt(b.c(0), b.load({1, {}, 0, {}})), b.mul(size, left), b.c(0)));
  module.kernels = {};
  module.kernels.add(std::move(kernel));
  return module;
}

TEST(Optimise, GatesCloseOffWhatNoPeriodNeeds) {
  for (const double exclusivity : {20'000.0, 30'000.0, 57'169.5, 57'170.0, 60'000.0}) {
    for (const double scale : {0.0, 31.0, -31.0, 1e6, double{NAN}}) {
      const mir::Module plain = late_copies(exclusivity, scale);
      mir::Module gated = plain;
      opt::use_gates(gated);
      ASSERT_TRUE(mir::verify(gated).empty()) << mir::verify(gated)[0];
      EXPECT_GE(count(gated, mir::Op::Shortcut), 3u);                                 // size, entry, and erosion behind a gate of its own
      EXPECT_EQ(count(gated, mir::Op::Select), count(plain, mir::Op::Select) + 2u);   // the date's bound stands for it where it is late
      for (const std::vector<double>& slots : {std::vector<double>{0.5, 1, 0.1}, {3, 1, -2}, {5, 0, 0.1}, {-1, 1, 0.1}, {NAN, 1, 0.1}, {1, NAN, 0.1}}) {
        const auto expected = evaluate(plain, slots).stored, actual = evaluate(gated, slots, false).stored;
        ASSERT_EQ(expected.size(), actual.size());
        for (std::size_t p = 0; p < expected.size(); ++p) {
          // A lag that is no number counts where it decides: not where the date is beyond the horizon for any lag.
          const bool decided = std::isnan(slots[0]) && exclusivity > 57'169.5 && scale >= 0;
          EXPECT_TRUE(decided || expected[p] == actual[p] || (std::isnan(expected[p]) && std::isnan(actual[p])))
              << exclusivity << " " << scale << " " << slots[0] << " " << p << ": " << expected[p] << " " << actual[p];
        }
      }
    }
  }
}

TEST(Optimise, KernelsThatAreMuchOfTheWorkComputeTwoRegisters) {
  mir::Module module = late_copies(30'000, 31);
  opt::use_two_registers(module);
  EXPECT_EQ(module.kernels[mir::KernelId(0)].registers, 1u);   // short
  mir::Module steps = rise_and_wane();
  opt::use_steps(steps);
  opt::use_two_registers(steps);
  EXPECT_EQ(steps.kernels[mir::KernelId(0)].registers, 2u);
}

/// By rows and registers; a kernel that no longer is one of them loses it.
TEST(Optimise, KernelsOfManyRowsMayGatherFutures) {
  mir::Module module;
  for (const std::uint32_t rows : {15u, 16u, 17u})
    for (const std::uint32_t registers : {1u, 2u}) {
      mir::Kernel kernel;
      kernel.rows = rows;
      kernel.registers = registers;
      module.kernels.add(std::move(kernel));
    }
  const auto gathered = [&] {
    std::vector<bool> result;
    for (const mir::Kernel& k : module.kernels) result.push_back(k.gathered);
    return result;
  };
  opt::gather_futures(module, 16);
  EXPECT_EQ(gathered(), (std::vector<bool>{false, false, false, true, false, true}));
  opt::gather_futures(module, 17);
  EXPECT_EQ(gathered(), (std::vector<bool>{false, false, false, false, false, true}));
  opt::gather_futures(module, 1);
  EXPECT_EQ(gathered(), (std::vector<bool>{false, true, false, true, false, true}));
}

TEST(Optimise, GathersFuturesBehindAllElse) {
  const auto flagged = [](std::uint32_t rows, const opt::Options& options, std::uint32_t periods = 60) {
    mir::Module module = rise_and_wane();
    module.periods = periods;
    module.period_columns[0].numbers.resize(periods);
    mir::Kernel& kernel = module.kernels[mir::KernelId(0)];
    for (mir::Column& c : kernel.columns) {
      if (!c.numbers.empty()) c.numbers.resize(rows, c.numbers[0]);
      if (!c.integers.empty()) c.integers.resize(rows, c.integers[0]);
    }
    kernel.rows = rows;
    kernel.row_names.resize(rows, "a");
    opt::optimise(module, options);
    EXPECT_EQ(mir::verify(module), std::vector<std::string>{});
    return module.kernels[mir::KernelId(0)].gathered;
  };
  EXPECT_TRUE(flagged(16, {}));
  EXPECT_FALSE(flagged(15, {}));
  EXPECT_TRUE(flagged(15, {.gathered_rows = 15}));
  EXPECT_FALSE(flagged(16, {.gathered_rows = 0}));
  EXPECT_FALSE(flagged(16, {.two_registers = false}));
  EXPECT_TRUE(flagged(16, {}, 120));
  EXPECT_FALSE(flagged(16, {}, 132));   // sums stand on the stack
}

TEST(Optimise, GrowthOverUnequalPeriodsStays) {
  mir::Module module = growth();
  module.period_columns[0].numbers[700] += 1;
  opt::use_recurrences(module);
  EXPECT_EQ(count(module, mir::Op::Prev), 0u);
  EXPECT_EQ(count(module, mir::Op::Mul), 1u);
}

TEST(Optimise, CodeDoesNotDependOnEqualNumbers) {
  mir::Module equal = sample(), different = sample();
  different.kernels[mir::KernelId(0)].columns[2].numbers = {50, 60};
  opt::optimise(equal);
  opt::optimise(different);
  EXPECT_EQ(equal.kernels[mir::KernelId(0)].values.size(), different.kernels[mir::KernelId(0)].values.size());
}

TEST(Optimise, EachPassCanBeLeftOut) {
  mir::Module module = sample();
  const std::string before = mir::print(module);
  opt::optimise(module, {.reciprocals = false, .negative_exponents = false, .factors = false, .steps = false, .recurrences = false, .gates = false, .two_registers = false, .gathered_rows = 0, .dead_values = false});
  EXPECT_EQ(mir::print(module), before);
}

}  // namespace
}  // namespace horizon
