// Rounds of a function become a loop, and a large kernel two functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/codegen/codegen.hpp"
#include "compiler/codegen/repeats.hpp"
#include "tests/harness/synthetic_mir.hpp"

namespace horizon {
namespace {

using codegen::Cpu;
using codegen::Repeats;
using mir::Op;
using mir::ValueId;

mir::Function draw() {
  mir::Module module;
  return module.functions[testing::synthetic_functions(module).draw];
}

/// Philox has ten rounds; the first product of each is that with this number.
std::vector<std::size_t> rounds_of(const mir::Function& f) {
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < f.values.size(); ++i) {
    const mir::Value& v = f.values[ValueId(i)];
    if (v.op == Op::UMul32 && f.values[v.args[0]].integer == 3528531795) at.push_back(i);
  }
  return at;
}

TEST(Repeats, AreTheRoundsOfADraw) {
  const mir::Function f = draw();
  const std::vector<std::size_t> rounds = rounds_of(f);
  ASSERT_EQ(rounds.size(), 10u);
  const Repeats found = codegen::repeats_of(f);
  EXPECT_EQ(found.count, 4u);
  EXPECT_EQ(found.length, 2 * (rounds[2] - rounds[1]));
  EXPECT_TRUE(found.holds(rounds[5]));
  EXPECT_FALSE(found.holds(rounds[0]));
  EXPECT_FALSE(found.holds(f.results[0].index()));
}

TEST(Repeats, EndWhereARoundDiffers) {
  mir::Function f = draw();
  for (const std::size_t round : {3u, 6u}) {  // what is left is too short
    mir::Value& changed = f.values[ValueId(rounds_of(draw())[round])];
    changed.args[0] = changed.args[1];
  }
  EXPECT_EQ(codegen::repeats_of(f).count, 0u);
}

TEST(Repeats, LeaveOutWhatIsWantedLater) {
  mir::Function f = draw();
  mir::Value& last = f.values[f.results[0]];
  last.args[1] = ValueId(rounds_of(f)[2]);
  EXPECT_FALSE(codegen::repeats_of(f).holds(rounds_of(f)[2]));
  last.args[1] = ValueId(rounds_of(f)[5]);
  EXPECT_EQ(codegen::repeats_of(f).count, 0u);
  last.args[1] = ValueId(rounds_of(f)[9]);
  EXPECT_EQ(codegen::repeats_of(f).count, 4u);
}

TEST(Repeats, AreNotThereInOtherFunctions) {
  mir::Module module;
  const auto functions = testing::synthetic_functions(module);
  for (const mir::FunctionId id : {functions.exp, functions.normal, functions.logistic})
    EXPECT_EQ(codegen::repeats_of(module.functions[id]).count, 0u);
}

TEST(Rounds, AreALoopInRegisters) {
  const auto code = codegen::assembly_text(testing::synthetic_module(3, 1, 12), Cpu::X86_64_v4);
  ASSERT_TRUE(code);
  const std::size_t begin = code->find("by 4\":"), end = code->find("retq", begin);
  ASSERT_NE(end, std::string::npos);
  const std::string drawn = code->substr(begin, end - begin);
  EXPECT_THAT(drawn, ::testing::HasSubstr("jb"));
  for (const char* dear : {"vpextrq", "vpinsrq", "rsp"})
    EXPECT_EQ(drawn.find(dear), std::string::npos) << dear;
}

/// A module of one kernel: `draws` normal draws, and `terms` terms of each month that use them.
mir::Module large_module(int draws, int terms) {
  using mir::Builder;
  using F = Builder::F;
  mir::Module m;
  m.periods = 24;
  mir::Column times{"time", mir::Type::F64, {}, {}};
  for (std::uint32_t t = 0; t < m.periods; ++t) times.numbers.push_back(t);
  m.period_columns = {times};
  m.outputs = test::in_a_row(0, m.periods);
  m.slots = m.periods;
  const testing::SyntheticFunctions fs = testing::synthetic_functions(m);
  mir::Kernel k;
  k.name = "large";
  k.rows = 1;
  mir::Column ids{"ids", mir::Type::I64, {}, {}};
  ids.integers = {7};
  k.columns = {ids};
  Builder b(m, k);
  std::vector<F> drawn;
  for (int i = 0; i < draws; ++i) {
    const mir::ValueId bits = b.call(fs.draw, {b.seed().id, b.iadd(b.icolumn(0), b.ci(i)).id, b.future().id});
    drawn.push_back(rng::exp(b, F{b.call(fs.normal, {bits})}));
  }
  F sum = b.c(0);
  for (int i = 0; i < terms; ++i) sum = b.fma(sum, drawn[static_cast<std::size_t>(i % draws)], b.period(0));
  mir::Address month;
  month.period_stride = 1;
  b.accumulate(month, sum);
  m.kernels.add(std::move(k));
  m.stages.push_back({{mir::KernelId(0)}, false});
  return m;
}

bool is_in_two(const mir::Module& module) {
  const auto text = codegen::llvm_text(module, Cpu::X86_64_v4);
  EXPECT_TRUE(text) << text.error();
  return text && text->find("@kernel_0_run.") != std::string::npos;
}

TEST(LargeKernels, AreTwoFunctions) {
  EXPECT_FALSE(is_in_two(large_module(2, 100)));  // too small
  EXPECT_TRUE(is_in_two(large_module(12, 600)));
  EXPECT_FALSE(is_in_two(large_module(1, 2'000)));  // nearly all in one loop
}

}  // namespace
}  // namespace horizon
