#include "compiler/opt/opt.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "compiler/mir/builder.hpp"
#include "tests/harness/in_a_row.hpp"

namespace horizon {
namespace {

using mir::Builder;

mir::Column column(std::vector<double> numbers) { return {"c", mir::Type::F64, std::move(numbers), {}}; }

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

std::size_t count(const mir::Module& module, mir::Op op) {
  std::size_t n = 0;
  for (const mir::Value& v : module.kernels[mir::KernelId(0)].values) n += v.op == op;
  return n;
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

/// if load(2) <= t then exp(load(0) + load(1) t) else 0 over 1,200 periods, stored.
mir::Module growth() {
  mir::Module module;
  module.periods = 1200;
  module.slots = 1203;
  module.outputs = test::in_a_row(0, 1203);
  module.period_columns = {column({})};
  for (int p = 0; p < 1200; ++p) module.period_columns[0].numbers.push_back(20000.5 + 31 * p);
  mir::Function f;
  f.name = "exp";
  Builder fb(module, f);
  Builder::F last{fb.param(mir::Type::F64)};
  for (int i = 0; i < 20; ++i) last = fb.add(last, fb.c(i + 1));   // long enough to be worth it; never evaluated
  f.results = {last.id};
  const auto exp = module.functions.add(std::move(f));
  mir::Kernel kernel;
  kernel.name = "k";
  kernel.rows = 1;
  kernel.row_names = {"a"};
  Builder b(module, kernel);
  const auto start = b.load({0, {}, 0, {}}), slope = b.load({1, {}, 0, {}}), from = b.load({2, {}, 0, {}});
  const Builder::F e{b.call(exp, {b.add(start, b.mul(slope, b.period(0))).id})};
  b.store({3, {}, 1, {}}, b.select(b.le(from, b.period(0)), b.add(e, b.c(0)), b.c(0)));
  module.kernels.add(std::move(kernel));
  module.stages.push_back({{mir::KernelId(0)}, false});
  return module;
}

/// What `growth` stores; masks are 0 and 1.
struct Evaluated {
  std::vector<double> stored;
};
Evaluated evaluate(const mir::Module& module, const std::vector<double>& slots, bool shortcuts_agree = true) {
  const mir::Kernel& k = module.kernels[mir::KernelId(0)];
  Evaluated result;
  std::vector<double> state(k.state.size(), 0.0), x(k.values.size());
  for (std::size_t step = 0; step < module.periods / k.step; ++step) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const mir::Value& v = k.values[mir::ValueId(i)];
      const auto a = [&](std::size_t n) { return x[v.args[n].index()]; };
      const auto at = static_cast<std::size_t>(v.index);
      const std::size_t p = step * k.step + static_cast<std::size_t>(v.integer);
      switch (v.op) {
        case mir::Op::ConstF: x[i] = v.number; break;
        case mir::Op::ConstI: x[i] = static_cast<double>(v.integer); break;
        case mir::Op::PeriodF: x[i] = module.period_columns[at].numbers[p]; break;
        case mir::Op::PeriodI: x[i] = static_cast<double>(module.period_columns[at].integers[p]); break;
        case mir::Op::Prev: x[i] = step == 0 && k.state[at].first ? x[k.state[at].first.index()] : state[at]; break;
        case mir::Op::Load: x[i] = slots[v.address.base]; break;
        case mir::Op::Add: x[i] = a(0) + a(1); break;
        case mir::Op::TableF: x[i] = module.tables[mir::TableId(at)].numbers[static_cast<std::size_t>(a(0))]; break;
        case mir::Op::Abs: x[i] = std::abs(a(0)); break;
        case mir::Op::Max: x[i] = a(0) > a(1) ? a(0) : a(1); break;
        case mir::Op::ColumnF: x[i] = k.columns[at].numbers[0]; break;
        case mir::Op::Sub: x[i] = a(0) - a(1); break;
        case mir::Op::Mul: x[i] = a(0) * a(1); break;
        case mir::Op::Div: x[i] = a(0) / a(1); break;
        case mir::Op::Fma: x[i] = std::fma(a(0), a(1), a(2)); break;
        case mir::Op::Neg: x[i] = -a(0); break;
        case mir::Op::Eq: x[i] = a(0) == a(1); break;
        case mir::Op::Lt: x[i] = a(0) < a(1); break;
        case mir::Op::Le: x[i] = a(0) <= a(1); break;
        case mir::Op::IEq: x[i] = a(0) == a(1); break;
        case mir::Op::And: x[i] = a(0) != 0 && a(1) != 0; break;
        case mir::Op::Or: x[i] = a(0) != 0 || a(1) != 0; break;
        case mir::Op::Not: x[i] = a(0) == 0; break;
        case mir::Op::Shortcut:
          EXPECT_TRUE(!shortcuts_agree || a(0) == 0 || a(1) == a(2) || (std::isnan(a(1)) && std::isnan(a(2)))) << "not the same where the mask holds";
          x[i] = shortcuts_agree || a(0) == 0 ? a(2) : a(1);
          break;
        case mir::Op::Select: x[i] = a(0) != 0 ? a(1) : a(2); break;
        case mir::Op::Call: x[i] = std::exp(a(0)); break;
        case mir::Op::Store: result.stored.push_back(a(0)); break;
        case mir::Op::Accumulate: result.stored.push_back(a(0)); break;
        default: ADD_FAILURE() << mir::info(v.op).text;
      }
    }
    for (std::size_t s = 0; s < state.size(); ++s) state[s] = x[k.state[s].next.index()];
  }
  return result;
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

/// A share of the market that grows from load(2) on, in proportion to load(3), lost from load(4) on: what `rise and wane` adds up.
mir::Module rise_and_wane() {
  mir::Module module = growth();
  mir::Kernel kernel;
  kernel.name = "k";
  kernel.rows = 1;
  kernel.row_names = {"a"};
  module.slots = 1210;
  module.outputs = test::in_a_row(0, 1210);
  Builder b(module, kernel);
  const auto now = b.period(0);
  const auto load = [&](std::uint32_t slot) { return b.load({slot, {}, 0, {}}); };
  const auto exp = [&](Builder::F x) { return Builder::F{b.call(mir::FunctionId(0), {x.id})}; };
  const auto from = load(2), until = load(4);
  const auto up = b.select(b.lt(now, from), b.c(0), b.div(b.c(1), b.add(b.c(1), exp(b.mul(load(0), b.sub(now, from))))));
  const auto down = b.select(b.lt(now, until), b.c(1), b.add(b.c(0.25), exp(b.mul(load(1), b.sub(now, until)))));
  const auto sales = b.mul(b.mul(b.mul(up, load(3)), b.c(3)), down);
  b.accumulate({10, {}, 1, {}}, b.select(b.lt(b.c(0), load(5)), sales, b.c(0)));
  module.kernels = {};
  module.kernels.add(std::move(kernel));
  return module;
}

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
  opt::optimise(module, {.reciprocals = false, .factors = false, .steps = false, .recurrences = false, .gates = false, .two_registers = false, .gathered_rows = 0, .dead_values = false});
  EXPECT_EQ(mir::print(module), before);
}

}  // namespace
}  // namespace horizon
