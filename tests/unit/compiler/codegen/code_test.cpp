// What the machine code looks like: registers, calls, sizes; and what does not belong in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "compiler/codegen/codegen.hpp"
#include "tests/harness/random_mir.hpp"
#include "tests/harness/synthetic_mir.hpp"

namespace horizon {
namespace {

using codegen::Cpu;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string assembly(const mir::Module& module, Cpu cpu) {
  const auto text = codegen::assembly_text(module, cpu);
  return text ? *text : "error: " + text.error();
}

TEST(Registers, AreAsWideAsTheProcessorLevelSays) {
  const mir::Module module = testing::synthetic_module(3, 1, 12);
  const std::string v1 = assembly(module, Cpu::X86_64), v3 = assembly(module, Cpu::X86_64_v3),
                    v4 = assembly(module, Cpu::X86_64_v4);
  EXPECT_THAT(v4, HasSubstr("%zmm"));
  EXPECT_THAT(v3, HasSubstr("%ymm"));
  EXPECT_THAT(v3, Not(HasSubstr("%zmm")));
  EXPECT_THAT(v1, HasSubstr("%xmm"));
  EXPECT_THAT(v1, Not(HasSubstr("%ymm")));
  EXPECT_THAT(v4, ContainsRegex("vfmadd[0-9]*pd.*%zmm"));
  EXPECT_THAT(v3, ContainsRegex("vfmadd[0-9]*pd.*%ymm"));
  EXPECT_THAT(v1, Not(HasSubstr("vfmadd")));
  EXPECT_THAT(v1, HasSubstr("horizon_soft_fma"));
}

TEST(Contraction, NeverHappens) {
  mir::Module m;
  m.periods = 1;
  m.slots = 4;
  mir::Kernel k;
  k.name = "a * b + c";
  k.rows = 1;
  mir::Builder b(m, k);
  const auto load = [&](std::uint32_t slot) {
    mir::Address a;
    a.base = slot;
    return b.load(a);
  };
  mir::Address to;
  to.base = 3;
  b.store(to, b.add(b.mul(load(0), load(1)), load(2)));
  m.kernels.add(k);
  m.stages.push_back({{mir::KernelId(0)}, false});
  const std::string text = assembly(m, Cpu::X86_64_v4);
  EXPECT_THAT(text, HasSubstr("vmulpd"));
  EXPECT_THAT(text, HasSubstr("vaddpd"));
  EXPECT_THAT(text, Not(HasSubstr("vfm")));
}

TEST(Calls, GoToNothingButOurOwnFunctions) {
  for (std::uint64_t seed = 100; seed < 105; ++seed) {
    const mir::Module module = testing::RandomMir(seed).make();
    for (const Cpu cpu : {Cpu::X86_64, Cpu::X86_64_v3, Cpu::X86_64_v4}) {
      const auto text = codegen::llvm_text(module, cpu);
      ASSERT_TRUE(text);
      EXPECT_THAT(*text, Not(ContainsRegex("fast |contract |reassoc |nnan |afn ")));
      std::size_t at = 0;
      const std::string code = assembly(module, cpu);
      while ((at = code.find("@PLT", at)) != std::string::npos) {
        const std::size_t begin = code.find_last_of(" \t", at) + 1;
        EXPECT_THAT(code.substr(begin, at - begin), ::testing::StartsWith("horizon_"));
        ++at;
      }
    }
  }
}

/// The random modules of the differential test reach what codegen does beyond one instruction an operation.
TEST(RandomModules, ReachBranchesPairsAndPermutations) {
  std::size_t branches = 0, pairs = 0, permutations = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto text = codegen::llvm_text(testing::RandomMir(seed).make(), Cpu::X86_64_v4);
    ASSERT_TRUE(text);
    branches += text->find("chosen:") != std::string::npos ? 1 : 0;
    pairs += text->find("of pairs") != std::string::npos ? 1 : 0;
    permutations += text->find("beyond_first_run:") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(branches, 5u);
  EXPECT_GE(pairs, 5u);
  EXPECT_GE(permutations, 5u);
}

/// Fences (fences.hpp) leave the rounds of a draw as they are: each product of two 32-bit numbers one instruction.
TEST(Fences, AreThereAndCostNothing) {
  const mir::Module module = testing::synthetic_module(3, 1, 12);
  const auto text = codegen::llvm_text(module, Cpu::X86_64_v4);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("@llvm.arithmetic.fence"), std::string::npos);
  const std::string code = assembly(module, Cpu::X86_64_v4);
  const std::size_t begin = code.find("by 4\":"), end = code.find("retq", begin);
  ASSERT_NE(end, std::string::npos);
  const std::string draw = code.substr(begin, end - begin);
  std::size_t products = 0;
  for (std::size_t at = draw.find("vpmuludq"); at != std::string::npos; at = draw.find("vpmuludq", at + 1)) ++products;
  EXPECT_GE(products, 8u);   // two a round, in each of one register or more; of the rounds of the loop there are two, and one on either side
  for (const char* dear : {"vpmullq", "call", "rsp"}) EXPECT_EQ(draw.find(dear), std::string::npos) << dear;
}

TEST(Size, DoesNotDependOnRows) {
  const auto few = codegen::compile(testing::synthetic_module(100, 2), codegen::host_cpu());
  const auto many = codegen::compile(testing::synthetic_module(10'000, 2), codegen::host_cpu());
  ASSERT_TRUE(few && many);
  EXPECT_GT((*few)->code_bytes(), 0u);
  EXPECT_EQ((*few)->code_bytes(), (*many)->code_bytes());
  EXPECT_EQ((*few)->llvm_instructions(), (*many)->llvm_instructions());
}

TEST(Errors, BrokenMirIsRefused) {
  mir::Module module = testing::synthetic_module(3, 1, 12);
  module.stages.clear();
  const auto code = codegen::compile(module, codegen::host_cpu());
  ASSERT_FALSE(code);
  EXPECT_THAT(code.error(), HasSubstr("stages"));
}

TEST(Threads, SeveralCompileAtOnce) {
  std::vector<std::thread> threads;
  std::array<std::size_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    threads.emplace_back([&bytes, i] {
      const auto code = codegen::compile(testing::synthetic_module(3, 1, 12), codegen::host_cpu());
      bytes[i] = code ? (*code)->code_bytes() : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(bytes[0], 0u);
  for (const std::size_t b : bytes) EXPECT_EQ(b, bytes[0]);
}

TEST(Cpu, HostRunsWhatItSays) {
  EXPECT_TRUE(codegen::supported(Cpu::X86_64));
  EXPECT_TRUE(codegen::supported(codegen::host_cpu()));
  EXPECT_EQ(codegen::to_text(Cpu::X86_64_v3), "x86-64-v3");
}

}  // namespace
}  // namespace horizon
