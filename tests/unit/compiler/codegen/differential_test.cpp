// Interpreter against machine code, on random modules, for every processor level that this machine has.
#include <gtest/gtest.h>

#include <set>

#include "compiler/codegen/codegen.hpp"
#include "tests/harness/random_mir.hpp"
#include "tests/harness/run_mir.hpp"

namespace horizon {
namespace {

using codegen::Cpu;
constexpr std::uint64_t seeds = 60;
constexpr std::array all_cpus = {Cpu::X86_64, Cpu::X86_64_v3, Cpu::X86_64_v4};

std::vector<testing::EngineKernel> compiled(const std::shared_ptr<codegen::Code>& code) {
  std::vector<testing::EngineKernel> result;
  for (const codegen::CompiledKernel& kernel : code->kernels()) {
    testing::EngineKernel k;
    k.run = [code, run = kernel.run](const HzKernelArgs& args) { run(&args); };
    if (kernel.setup != nullptr) k.setup = [code, setup = kernel.setup](const HzKernelArgs& args) { setup(&args); };
    result.push_back(std::move(k));
  }
  return result;
}

class Differential : public ::testing::TestWithParam<Cpu> {};

TEST_P(Differential, RandomModulesHaveTheSameBits) {
  if (!codegen::supported(GetParam())) GTEST_SKIP() << "this machine has no " << codegen::to_text(GetParam());
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const mir::Module module = testing::RandomMir(seed).make();
    ASSERT_EQ(mir::verify(module), std::vector<std::string>{}) << "seed " << seed;
    const auto code = codegen::compile(module, GetParam());
    ASSERT_TRUE(code) << "seed " << seed << ": " << code.error();
    const std::uint32_t lanes = std::array{16u, 32u, 48u, 64u, 80u}[seed % 5];
    const auto expected = testing::run_block(module, testing::interpreted(module), lanes, seed * 977, seed * 1024);
    const auto found = testing::run_block(module, compiled(*code), lanes, seed * 977, seed * 1024);
    const auto at = testing::first_difference(expected, found);
    ASSERT_EQ(at, -1) << "seed " << seed << " slot " << at / static_cast<std::ptrdiff_t>(lanes) << " lane "
                      << at % static_cast<std::ptrdiff_t>(lanes);
  }
}
std::string cpu_name(const ::testing::TestParamInfo<Cpu>& parameter) {
  std::string name = codegen::to_text(parameter.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Cpus, Differential, ::testing::ValuesIn(all_cpus), cpu_name);

TEST(RandomModules, ReachEveryOperationAtEveryLevel) {
  std::set<std::pair<mir::Op, mir::Levels>> seen;
  std::set<mir::Op> ops, in_functions;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const mir::Module module = testing::RandomMir(seed).make();
    for (const mir::Kernel& k : module.kernels) {
      for (const mir::Value& v : k.values) seen.emplace(v.op, v.level), ops.insert(v.op);
    }
    for (const mir::Function& f : module.functions) {
      for (const mir::Value& v : f.values) in_functions.insert(v.op);
    }
  }
#define MIR_OP(name, text, result, operands, traits) \
  EXPECT_TRUE(mir::Op::name == mir::Op::Param || ops.contains(mir::Op::name)) << text;
#include "compiler/mir/ops.def"
#undef MIR_OP
  for (const mir::Op op : {mir::Op::Add, mir::Op::Fma, mir::Op::IMul, mir::Op::Select, mir::Op::Lt}) {
    for (mir::Levels level = 0; level < 8; ++level)
      EXPECT_TRUE(seen.contains({op, level})) << mir::info(op).text << " at level " << int{level};
  }
  EXPECT_GE(in_functions.size(), 38u);
}

/// The same module with each `from` turned into `to`: a wrong engine.
mir::Module with_fault(mir::Module module, mir::Op from, mir::Op to) {
  for (mir::Kernel& k : module.kernels) {
    for (mir::Value& v : k.values) {
      if (v.op == from) v.op = to;
    }
  }
  return module;
}

TEST(PlantedFaults, AreFound) {
  using mir::Op;
  const std::pair<Op, Op> faults[] = {{Op::Add, Op::Sub},     {Op::Mul, Op::Div},   {Op::Min, Op::Max},
                                      {Op::Floor, Op::Ceil},  {Op::Lt, Op::Le},     {Op::ILt, Op::IUlt},
                                      {Op::UMul32, Op::IMul}, {Op::Shr, Op::Sar},   {Op::And, Op::Or},
                                      {Op::Accumulate, Op::Store}, {Op::Neg, Op::Abs}, {Op::IEq, Op::IUlt}};
  std::vector<bool> found(std::size(faults));
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const mir::Module module = testing::RandomMir(seed).make();
    const auto code = codegen::compile(module, codegen::host_cpu());
    ASSERT_TRUE(code);
    const auto right = testing::run_block(module, compiled(*code), 16, seed);
    for (std::size_t i = 0; i < std::size(faults); ++i) {
      if (found[i]) continue;
      const mir::Module wrong = with_fault(module, faults[i].first, faults[i].second);
      found[i] = testing::first_difference(right, testing::run_block(wrong, testing::interpreted(wrong), 16, seed)) >= 0;
    }
  }
  for (std::size_t i = 0; i < std::size(faults); ++i)
    EXPECT_TRUE(found[i]) << mir::info(faults[i].first).text << " as " << mir::info(faults[i].second).text;
}

}  // namespace
}  // namespace horizon
