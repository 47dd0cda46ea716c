#include <gtest/gtest.h>

#include <cmath>

#include "compiler/opt/opt.hpp"
#include "tests/unit/compiler/opt/modules.hpp"

namespace horizon {
namespace {

using mir::Builder;
using test::column;
using test::count;
using test::evaluate;
using test::growth;
using test::rise_and_wane;

TEST(Optimise, StepsShareTheWorkOfTheirPeriods) {
  const mir::Module plain = rise_and_wane();
  ASSERT_TRUE(mir::verify(plain).empty()) << mir::verify(plain)[0];
  mir::Module grouped = plain;
  opt::group_factors(grouped);
  ASSERT_TRUE(mir::verify(grouped).empty()) << mir::verify(grouped)[0];
  mir::Module steps = grouped;
  opt::use_steps(steps);
  ASSERT_TRUE(mir::verify(steps).empty()) << mir::verify(steps)[0];
  EXPECT_EQ(steps.kernels[mir::KernelId(0)].step, 12u);
  EXPECT_GT(count(steps, mir::Op::Shortcut), 0u);
  EXPECT_EQ(mir::print(mir::parse(mir::print(steps)).module), mir::print(steps));
  // Gentle; steep, through overflow and underflow; backwards; nothing at all; never; no number in a date, a slope, a factor.
  const std::vector<std::vector<double>> cases = {
      {-0.01, -0.002, 21000, 5, 30000, 1}, {-3, -2, 25000, 5, 26000, 1}, {-40, 30, 40000, 5, 50000, 1}, {0.02, 0.001, 0, 5, 0, 1},
      {-0.01, -0.002, 21000, 5, 30000, 0}, {-0.01, -0.002, 1e9, 5, 1e9, 1}, {-0.01, -0.002, NAN, 5, 30000, 1},
      {NAN, -0.002, 30000, 5, 40000, 1},   {-0.01, INFINITY, 20100, 5, 30000, 1}, {-0.01, -0.002, 20900, 1e-300, 30000, 1}};
  for (const auto& slots : cases) {
    const auto expected = evaluate(plain, slots).stored, actual = evaluate(steps, slots).stored;
    ASSERT_EQ(expected.size(), actual.size());
    for (std::size_t p = 0; p < expected.size(); ++p) {
      const double e = expected[p], a = actual[p];
      if (std::isnan(e) || std::isinf(e) || std::abs(e) < 1e-299)
        EXPECT_TRUE(std::abs(a - e) < 1e-299 || a == e || (std::isnan(a) && std::isnan(e)) || (std::isnan(e) && a == 0)) << slots[0] << " " << p;
      else
        EXPECT_NEAR(a / e, 1, 1e-12) << slots[0] << " " << slots[1] << " " << p;
    }
  }
}

/// What a product sells: column 0 grows by the rate in column 1, or as a second period column says, times load(0), for the share that takes it
/// from load(2) on; it is lost from load(4) on down to column 2; none if load(5) is 0 or less, and times load(6) where that is asked for.
struct Sales {
  bool grows = true;       ///< evenly
  bool factor = false;
  bool seldom = false;     ///< none in periods in which a third period column is 0 or less
};
mir::Module sales(const Sales& how) {
  mir::Module module = growth();
  std::vector<double> season(1200), open(1200);
  for (std::size_t p = 0; p < season.size(); ++p) {
    season[p] = p == 20 ? 0 : 1 + 0.1 * static_cast<double>(p % 7);
    open[p] = p % 5 == 0 ? 0 : 1;
  }
  module.period_columns.push_back(column(season));
  module.period_columns.push_back(column(open));
  mir::Kernel kernel;
  kernel.name = "k";
  kernel.rows = 1;
  kernel.row_names = {"a"};
  kernel.columns = {column({100}), column({0}), column({0.25})};
  module.slots = 1210;
  module.outputs = test::in_a_row(0, 1210);
  Builder b(module, kernel);
  const auto now = b.period(0), one = b.c(1);
  const auto load = [&](std::uint32_t slot) { return b.load({slot, {}, 0, {}}); };
  const auto exp = [&](Builder::F x) { return Builder::F{b.call(mir::FunctionId(0), {x.id})}; };
  const auto from = load(2), until = load(4);
  const auto people = how.grows ? b.mul(b.column(0), exp(b.mul(b.column(1), b.sub(now, b.c(20000))))) : b.mul(b.column(0), b.period(1));
  const auto up = b.select(b.lt(now, from), b.c(0), b.div(one, b.add(one, exp(b.mul(load(3), b.sub(now, from))))));
  const auto floor = b.column(2);
  const auto lost = b.add(floor, b.mul(b.sub(one, floor), exp(b.mul(load(1), b.sub(now, until)))));
  auto result = b.mul(b.mul(b.mul(people, load(0)), up), b.select(b.lt(now, until), one, lost));
  if (how.factor) result = b.mul(result, b.abs(b.mul(b.sub(now, b.c(30000)), load(6))));
  if (how.seldom) result = b.select(b.lt(b.c(0), b.period(2)), result, b.c(0));
  b.accumulate({10, {}, 1, {}}, b.select(b.lt(b.c(0), load(5)), result, b.c(0)));
  module.kernels = {};
  module.kernels.add(std::move(kernel));
  return module;
}
/// Shortcuts of the future level that several conditions open, each alone.
std::size_t gates_of_several(const mir::Module& module) {
  const mir::Kernel& k = module.kernels[mir::KernelId(0)];
  std::size_t n = 0;
  for (const mir::Value& v : k.values) n += v.op == mir::Op::Shortcut && (v.level & mir::Period) == 0 && k.values[v.args[0]].op == mir::Op::Or;
  return n;
}

/// The slots of `sales`, and its columns.
struct Case {
  double size = 5, loss = -0.002, from = 21000, slope = -0.01, until = 30000, success = 1, other = 2, people = 100, rate = 1e-5, floor = 0.25;
};
void expect_same_sales(mir::Module plain, mir::Module steps, const Case& c, const char* what) {
  for (mir::Module* m : {&plain, &steps}) {
    Store<mir::KernelId, mir::Kernel>& kernels = m->kernels;
    for (const auto& [index, number] : {std::pair<std::size_t, double>{0, c.people}, {1, c.rate}, {2, c.floor}})
      kernels[mir::KernelId(0)].columns[index].numbers = {number};
  }
  const std::vector<double> slots = {c.size, c.loss, c.from, c.slope, c.until, c.success, c.other};
  const auto expected = evaluate(plain, slots).stored, actual = evaluate(steps, slots).stored;
  ASSERT_EQ(expected.size(), actual.size());
  for (std::size_t p = 0; p < expected.size(); ++p) {
    const double e = expected[p], a = actual[p];
    const bool same = a == e || (std::isnan(a) && std::isnan(e));
    const bool near = std::isfinite(e) && (std::abs(e) < 1e-290 ? std::abs(a - e) < 1e-290 : std::abs(a / e - 1) < 1e-12);
    ASSERT_TRUE(same || near) << what << " size " << c.size << " slope " << c.slope << " from " << c.from << " people " << c.people << " rate " << c.rate
                              << " floor " << c.floor << " loss " << c.loss << " period " << p << ": " << e << " " << a;
  }
}

TEST(Optimise, StepsDivideWithTheFactorsOfAQuotient) {
  const std::vector<std::pair<Sales, const char*>> kinds = {
      {{}, "even"}, {{.grows = false}, "uneven"}, {{.factor = true}, "factor"}, {{.seldom = true}, "seldom"}, {{.grows = false, .factor = true, .seldom = true}, "all"}};
  for (const auto& [kind, what] : kinds) {
    mir::Module plain = sales(kind);
    opt::group_factors(plain);   // 0 before a launch, also where a factor is no number
    ASSERT_TRUE(mir::verify(plain).empty()) << mir::verify(plain)[0];
    mir::Module steps = plain;
    opt::use_steps(steps);
    ASSERT_TRUE(mir::verify(steps).empty()) << mir::verify(steps)[0];
    EXPECT_EQ(mir::print(mir::parse(mir::print(steps)).module), mir::print(steps));
    mir::Module needed = steps;
    opt::drop_dead_values(needed);
    EXPECT_EQ(needed.kernels[mir::KernelId(0)].state.size(), 2u);
    EXPECT_EQ(count(needed, mir::Op::Fma), 18u);   // three of four divisors, and three of four prices, in three batches
    const auto check = [&](const Case& c) { expect_same_sales(plain, steps, c, what); };
    const double none = NAN, much = INFINITY;
    for (const double size : {5.0, 0.0, -0.0, -3.0, 1e-29, 1e29, -1e31, 1e-31, 1e-300, 1e300, much, -much, none})
      for (const double people : {100.0, 0.0, -7.0, 1e-14, 1e14, 1e16, 1e-16, 1e-280, 1e280, much, none}) check({.size = size, .people = people});
    for (const double slope : {-0.01, 0.02, -3.0, 40.0, -1e-9, 0.0, much, none})
      for (const double rate : {1e-5, -1e-4, 0.01, -0.03, 0.3, 2.0, -900.0, much, none})
        for (const double from : {0.0, 20000.5, 26000.0, 45000.0, 1e9}) check({.from = from, .slope = slope, .rate = rate});
    for (const double floor : {0.25, 0.0, 1.0, 1e-18, 1 - 1e-15, 1e200, much, none})
      for (const double loss : {-0.002, 0.0, -5.0, 0.02, 3.0, -much, none}) check({.loss = loss, .floor = floor});
    for (const double loss : {-0.002, -5.0}) check({.loss = loss, .floor = 1.5});
    for (const double success : {0.0, none})
      for (const double size : {5.0, much, none}) check({.size = size, .success = success});
    for (const double until : {0.0, 21000.5, 1e9, none}) check({.until = until});
    opt::use_gates(steps);   // nothing is drawn for a launch after the last period
    EXPECT_GT(gates_of_several(steps), 0u) << what;
    for (const double other : {0.0, -3.0, 1e-200, much, none}) check({.other = other});
  }
}

TEST(Optimise, PeriodsThatFillNoStepsStay) {
  mir::Module module = rise_and_wane();
  module.periods = 1201;
  module.period_columns[0].numbers.push_back(20000.5 + 31 * 1200);
  module.slots = 1211;
  module.outputs = test::in_a_row(0, 1211);
  const std::string before = mir::print(module);
  opt::use_steps(module);
  EXPECT_EQ(mir::print(module), before);
}

}  // namespace
}  // namespace horizon
