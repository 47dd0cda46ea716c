// A function whose result is a shortcut: code behind a branch where its mask does not hold in all lanes.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "compiler/codegen/codegen.hpp"
#include "tests/harness/in_a_row.hpp"
#include "tests/harness/run_mir.hpp"
#include "tests/harness/synthetic_mir.hpp"

namespace horizon {
namespace {

using codegen::Cpu;

/// A slot for each scale: e to the power of (future - 24) x scale.
mir::Module powers(const std::vector<double>& scales, unsigned registers) {
  mir::Module m;
  m.periods = 1;
  m.slots = static_cast<std::uint32_t>(scales.size());
  m.outputs = test::in_a_row(0, m.slots);
  const testing::SyntheticFunctions fs = testing::synthetic_functions(m);
  mir::Kernel k;
  k.name = "powers";
  k.rows = 1;
  k.registers = registers;
  mir::Builder b(m, k);
  const auto number = rng::signed_i2f(b, b.isub(b.future(), b.ci(24)));
  for (std::size_t i = 0; i < scales.size(); ++i) {
    mir::Address slot;
    slot.base = static_cast<std::uint32_t>(i);
    b.accumulate(slot, mir::Builder::F{b.call(fs.exp, {b.mul(number, b.c(scales[i])).id})});
  }
  m.kernels.add(std::move(k));
  m.stages.push_back({{mir::KernelId(0)}, false});
  return m;
}

/// Moderate numbers in all lanes, in some and in none; what is too large, too small or no number among them.
TEST(Shortcuts, OfFunctions) {
  const double last = std::nextafter(690.0, 0);
  const std::vector<double> scales{0, 0.3, 29.5, 31, 60, last / 24, 690.0 / 24, -30, 1e5, 1e300, double{INFINITY}, std::nan("")};
  for (const unsigned registers : {1u, 2u}) {
    const mir::Module m = powers(scales, registers);
    const auto expected = testing::run_block(m, testing::interpreted(m), 48);
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const double of_last = std::exp(23 * scales[i]), got = expected.buffers[i * 48 + 47];
      EXPECT_TRUE(std::isnan(of_last) ? std::isnan(got) : of_last == got || std::abs(got / of_last - 1) < 1e-15) << scales[i] << ": " << got << " " << of_last;
    }
    for (const Cpu cpu : {Cpu::X86_64, Cpu::X86_64_v3, Cpu::X86_64_v4}) {
      if (!codegen::supported(cpu)) continue;
      const auto code = codegen::compile(m, cpu);
      ASSERT_TRUE(code) << code.error();
      std::vector<testing::EngineKernel> engine;
      for (const codegen::CompiledKernel& kernel : (*code)->kernels())
        engine.push_back({nullptr, [run = kernel.run](const HzKernelArgs& args) { run(&args); }});
      const auto at = testing::first_difference(expected, testing::run_block(m, engine, 48));
      EXPECT_EQ(at, -1) << codegen::to_text(cpu) << ": e^(" << at % 48 - 24 << " x " << scales[static_cast<std::size_t>(at) / 48] << ")";
    }
  }
}

}  // namespace
}  // namespace horizon
