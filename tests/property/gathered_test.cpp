// Kernels that gather the futures that count: the naive evaluator, the interpreter, the plain form and machine code of 2, 4 and 8 lanes.
// HORIZON_CASES=n and HORIZON_FIRST_CASE=k in the environment choose other cases than the first ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "tests/property/pipeline.hpp"
#include "tests/property/products.hpp"

namespace horizon::property {
namespace {

constexpr std::array cpus = {codegen::Cpu::X86_64, codegen::Cpu::X86_64_v3, codegen::Cpu::X86_64_v4};

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// What became of the kernels.
struct Seen {
  std::uint64_t cases = 0;
  std::size_t allowed = 0, gathered = 0, straight = 0;   ///< scenarios that have such kernels; straight: with steps that need no branch
};

std::size_t times(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

codegen::Cpu cpu_of(std::uint64_t number) {
  const codegen::Cpu cpu = cpus[number % cpus.size()];
  return codegen::supported(cpu) ? cpu : codegen::host_cpu();
}

/// May be gathered, and has periods in which a future adds nothing.
bool may_gather(const mir::Kernel& k) {
  return k.gathered && std::any_of(k.values.begin(), k.values.end(), [](const mir::Value& v) { return v.op == mir::Op::Shortcut && (v.level & mir::Period) != 0; });
}

/// The flag is a permission: what is made of it shows in the code, where kernels that gather have a loop of this name.
bool look(const Built& built, codegen::Cpu cpu, Seen& seen) {
  const auto allowed = std::count_if(built.module->kernels.begin(), built.module->kernels.end(), may_gather);
  if (allowed == 0) return false;
  ++seen.allowed;
  const auto text = codegen::llvm_text(*built.module, cpu);
  EXPECT_TRUE(text) << text.error();
  const std::size_t kernels = times(*text, "\ncounting:");
  EXPECT_LE(kernels, static_cast<std::size_t>(allowed));
  seen.gathered += kernels > 0 ? 1 : 0;
  seen.straight += times(*text, "\nstraight") > 0 ? 1 : 0;
  return kernels > 0;
}

void expect_agreement(const Scenario& scenario, const Built& built, std::uint64_t number, std::uint32_t futures) {
  const codegen::Cpu cpu = cpu_of(number);
  const std::string told = "case " + std::to_string(number) + ", " + std::to_string(futures) + " futures, " + codegen::to_text(cpu) + "\n" + scenario.text;
  const std::uint64_t seed = 0x9e3779b97f4a7c15ull * (number + 1);
  const Outcome interpreted = run(built, built.module, driver::Engine::Interpreter, std::nullopt, seed, futures);
  ASSERT_EQ(interpreted.futures.size(), futures) << interpreted.error;
  ASSERT_EQ(difference(interpreted, evaluate(built, seed), false), "") << "interpreter and evaluator: " << told;
  const Outcome compiled = run(built, built.module, driver::Engine::Jit, cpu, seed, futures);
  ASSERT_EQ(compiled.futures.size(), futures) << compiled.error;
  ASSERT_EQ(difference(compiled, interpreted, true), "") << "machine code and interpreter: " << told;
}

/// From a single register of futures to more than a block.
TEST(GatheredFutures, ProductsAgree) {
  static constexpr std::uint32_t futures[] = {8, 16, 32, 97, 304, 64, 272};
  Seen seen{.cases = setting("HORIZON_CASES", 48)};
  const std::uint64_t first = setting("HORIZON_FIRST_CASE", 0);
  for (std::uint64_t i = first; i < first + seen.cases; ++i) {
    const Scenario scenario = products(i);
    const Built built = build(scenario, {.gathered_rows = 1});
    ASSERT_EQ(built.error, "") << "case " << i << "\n" << scenario.text;
    look(built, cpu_of(i), seen);
    expect_agreement(scenario, built, i, futures[i % std::size(futures)]);
    if (HasFatalFailure()) return;
  }
  std::cout << seen.allowed << " of " << seen.cases << " scenarios may gather futures, " << seen.gathered << " do, " << seen.straight << " with straight steps\n";
  if (seen.cases < 40) return;   // too few to reach everything
  EXPECT_GE(seen.gathered, seen.cases * 55 / 100);
  EXPECT_GE(seen.straight, seen.cases * 40 / 100);
}

/// Whatever else may be written, over long horizons.
TEST(GatheredFutures, RandomScenariosAgree) {
  static constexpr int months[] = {16, 24, 36, 60, 64, 120};
  Seen seen{.cases = setting("HORIZON_CASES", 200)};
  const std::uint64_t first = setting("HORIZON_FIRST_CASE", 0);
  for (std::uint64_t i = first; i < first + seen.cases; ++i) {
    const Scenario scenario = generate(0x6a7'000 + i, months[i % std::size(months)]);
    const Built built = build(scenario, {.gathered_rows = 1});
    ASSERT_EQ(built.error, "") << "case " << i << "\n" << scenario.text;
    if (!look(built, cpu_of(i), seen)) continue;
    expect_agreement(scenario, built, i, 48);
    if (HasFatalFailure()) return;
  }
  std::cout << seen.allowed << " of " << seen.cases << " scenarios may gather futures, " << seen.gathered << " do\n";
  if (seen.cases < 200) return;
  EXPECT_GE(seen.gathered, seen.cases / 100);
}

}  // namespace
}  // namespace horizon::property
