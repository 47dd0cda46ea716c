#include "compiler/opt/opt.hpp"

#include <gtest/gtest.h>

#include "compiler/mir/builder.hpp"

namespace horizon {
namespace {

using mir::Builder;

mir::Column column(std::vector<double> numbers) { return {"c", mir::Type::F64, std::move(numbers), {}}; }

mir::Module sample() {
  mir::Module module;
  module.periods = 3;
  module.slots = module.outputs = 4;
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
  opt::optimise(module, {true, true, true});
  ASSERT_TRUE(mir::verify(module).empty()) << mir::verify(module)[0];
  EXPECT_EQ(module.kernels[mir::KernelId(0)].columns.size(), 2u);
  EXPECT_EQ(count(module, mir::Op::Add), 2u);   // x and y are one
}

/// x / y with x of the period and y of the row, used by `use`.
template <class Use>
mir::Module quotient(Use&& use) {
  mir::Module module;
  module.periods = 2;
  module.slots = module.outputs = 4;
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
  opt::optimise(module, {false, false, false});
  EXPECT_EQ(mir::print(module), before);
}

}  // namespace
}  // namespace horizon
