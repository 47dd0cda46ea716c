#include "tests/unit/compiler/opt/modules.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

namespace horizon::test {

using mir::Builder;

mir::Column column(std::vector<double> numbers) { return {"c", mir::Type::F64, std::move(numbers), {}}; }

std::size_t count(const mir::Module& module, mir::Op op) {
  std::size_t n = 0;
  for (const mir::Value& v : module.kernels[mir::KernelId(0)].values) n += v.op == op;
  return n;
}

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

Evaluated evaluate(const mir::Module& module, const std::vector<double>& slots, bool shortcuts_agree) {
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

}  // namespace horizon::test
