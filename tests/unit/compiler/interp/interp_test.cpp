#include "compiler/interp/interp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "runtime/rng/quantile_table.hpp"
#include "tests/harness/run_mir.hpp"
#include "tests/harness/synthetic_mir.hpp"

namespace horizon {
namespace {

mir::Module read(const std::string& text) {
  mir::ParseResult parsed = mir::parse(text);
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(mir::verify(parsed.module), std::vector<std::string>{});
  return std::move(parsed.module);
}

constexpr const char* stateful = R"(module periods 3 slots 8 output 0 8
period_column f64 "growth" 1 2 3
kernel "balance" rows 2 "a" "b"
  column f64 "start" 10 20
  column i64 "slot" 0 3
  state %7
  state %4
  %0 f64/r = column #0
  %1 i64/r = icolumn #1
  %2 f64/p = period #0
  %3 f64/rp = mul %0 %2
  %4 f64/rpf = prev #0
  %5 f64/rpf = prev #1
  %6 f64/rpf = add %4 %5
  %7 f64/rpf = add %6 %3
  %8 none/rpf = store [0 row %1 stride 1] %7
  %9 i64/f = future
  %10 i64/ = iconst 2
  %11 mask/f = ilt %9 %10
  %12 none/f = require %11
  %13 none/rpf = accumulate [6] %2
  %14 none/rf = accumulate [7] %0
end
)";

/// x_t = x_(t-1) + x_(t-2) + start * growth_t, by hand: 10, 30, 70 and 20, 60, 140.
void expect_balance(const std::string& stage) {
  std::string text = stateful;
  // the accumulated period value depends on period and future only
  text.replace(text.find("%13 none/rpf"), 12, "%13 none/pf ");
  const mir::Module module = read(text + stage);
  const testing::Block block = testing::run_block(module, testing::interpreted(module), 8);
  const double expected[] = {10, 30, 70, 20, 60, 140, 2 * (1 + 2 + 3), 30};
  for (std::size_t slot = 0; slot < 8; ++slot) {
    for (std::size_t lane = 0; lane < 8; ++lane) EXPECT_EQ(block.buffers[slot * 8 + lane], expected[slot]) << slot;
  }
  EXPECT_EQ(block.fault, (std::vector<std::uint8_t>{0, 0, 1, 1, 1, 1, 1, 1}));
}
TEST(Interpreter, StateAtAStretch) { expect_balance("stage at_a_stretch 0\n"); }
TEST(Interpreter, StatePeriodByPeriod) { expect_balance("stage by_period 0\n"); }

TEST(Interpreter, OperationsMeanWhatTheySay) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  struct Case {
    const char* text;
    double x, y, expected;
  };
  const Case cases[] = {{"min %0 %1", 1, 2, 1},       {"min %0 %1", nan, 2, 2},    {"min %0 %1", 2, nan, nan},
                        {"min %0 %1", 0.0, -0.0, -0.0}, {"max %0 %1", 1, 2, 2},    {"max %0 %1", nan, 2, 2},
                        {"floor %0", -0.5, 0, -1},    {"ceil %0", -0.5, 0, -0.0},  {"floor %0", 0x1p60, 0, 0x1p60},
                        {"fma %0 %1 %1", 0x1.0000001p0, 0x1p-40, std::fma(0x1.0000001p0, 0x1p-40, 0x1p-40)},
                        {"sqrt %0", 2, 0, std::sqrt(2.0)}, {"neg %0", 0.0, 0, -0.0}, {"abs %0", -3, 0, 3}};
  for (const Case& c : cases) {
    mir::Module m = read("module periods 1 slots 1 output 0 1\nkernel \"k\" rows 1\n  column f64 \"x\" 1\n"
                         "  column f64 \"y\" 1\n  %0 f64/r = column #0\n  %1 f64/r = column #1\n  %2 f64/r = " +
                         std::string(c.text) + "\n  %3 none/rf = store [0] %2\nend\nstage at_a_stretch 0\n");
    m.kernels[mir::KernelId(0)].columns[0].numbers[0] = c.x;
    m.kernels[mir::KernelId(0)].columns[1].numbers[0] = c.y;
    const double found = testing::run_block(m, testing::interpreted(m), 8).buffers[3];
    if (std::isnan(c.expected))
      EXPECT_TRUE(std::isnan(found)) << c.text;
    else
      EXPECT_EQ(std::bit_cast<std::uint64_t>(found), std::bit_cast<std::uint64_t>(c.expected)) << c.text << ": " << found;
  }
}

TEST(Prologue, RowTablesAreBuiltOnceForEqualParameters) {
  const mir::Module m = read(R"(module periods 1 slots 1 output 0 1
kernel "k" rows 3 "a" "b" "c"
  column f64 "shape" 2 3 2
  row_table beta %0 %1
  row_table gamma %0 %none
  %0 f64/r = column #0
  %1 f64/ = const 2.5
end
stage at_a_stretch 0
)");
  const interp::Prologue p = interp::prologue(m, mir::KernelId(0));
  EXPECT_EQ(p.row_tables, (std::vector<std::size_t>{0, 1, 2, 3, 0, 1}));
  ASSERT_EQ(p.tables.size(), 4u);
  const auto numbers = [](const interp::Prologue& prologue, std::size_t i) { return std::vector(prologue.tables[i].begin(), prologue.tables[i].end()); };
  EXPECT_EQ(numbers(p, 0), rng::build_beta_table(2, 2.5)->coefficients);
  EXPECT_EQ(numbers(p, 3), rng::build_gamma_table(3)->coefficients);
  EXPECT_TRUE(p.errors.empty());
  EXPECT_TRUE(p.starts.empty());

  constexpr std::uint64_t table_bytes = HZ_TABLE_DOUBLES * sizeof(double);
  EXPECT_EQ(interp::prologue(m, mir::KernelId(0), 4 * table_bytes).tables.size(), 4u);
  const interp::Prologue later = interp::prologue(m, mir::KernelId(0), 4 * table_bytes - 1);   // left to the run
  EXPECT_TRUE(later.tables.empty());
  EXPECT_EQ(later.row_tables, p.row_tables);
  ASSERT_EQ(later.starts.size(), 4u);
  for (std::uint32_t i = 0; i < 4; ++i) {
    std::vector<double> table(HZ_TABLE_DOUBLES);
    rng::build_tables(later.starts, std::span(&i, 1), table);
    EXPECT_EQ(table, numbers(p, i));
  }
}

TEST(Prologue, ParametersOutOfRangeNameTheRowAndNotTheNumber) {
  const mir::Module m = read(R"(module periods 1 slots 1 output 0 1
kernel "k" rows 2 "Herceptin" "Enbrel"
  column f64 "shape" 2 -3.75
  row_table gamma %0 %none
  %0 f64/r = column #0
end
stage at_a_stretch 0
)");
  const interp::Prologue p = interp::prologue(m, mir::KernelId(0));
  ASSERT_EQ(p.errors.size(), 1u);
  EXPECT_THAT(p.errors[0], ::testing::HasSubstr("Enbrel"));
  EXPECT_THAT(p.errors[0], ::testing::Not(::testing::HasSubstr("3.75")));
}

/// More periods than lanes of the prologue, so that its groups are seen.
TEST(Prologue, ValuesOfRowAndPeriod) {
  mir::Module m = read(R"(module periods 1 slots 1 output 0 1
period_column f64 "t" 1
kernel "k" rows 2
  column f64 "x" 2 3
  %0 f64/r = column #0
  %1 f64/p = period #0
  %2 f64/rp = mul %0 %1
  %3 none/rpf = accumulate [0] %2
end
stage at_a_stretch 0
)");
  m.periods = 11;
  m.period_columns[0].numbers = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const interp::Prologue p = interp::prologue(m, mir::KernelId(0));
  ASSERT_EQ(p.both_values.size(), 22u);
  for (std::size_t t = 0; t < 11; ++t) {
    EXPECT_EQ(p.both_values[t], 2.0 * static_cast<double>(t + 1));
    EXPECT_EQ(p.both_values[11 + t], 3.0 * static_cast<double>(t + 1));
  }
}

/// Numbers by row and period that are left to the run are those of the whole, for any rows.
TEST(Prologue, ValuesOfRowAndPeriodLeftToTheRun) {
  mir::Module m = read(R"(module periods 1 slots 1 output 0 1
period_column f64 "t" 1
kernel "k" rows 9
  column f64 "x" 1 2 3 4 5 6 7 8 9
  %0 f64/r = column #0
  %1 f64/p = period #0
  %2 f64/ = const 0.1
  %3 f64/ = sqrt %2
  %4 f64/rp = mul %0 %1
  %5 f64/rp = div %3 %4
  %6 none/rpf = accumulate [0] %4
  %7 none/rpf = accumulate [0] %5
end
stage at_a_stretch 0
)");
  m.periods = 7;
  m.period_columns[0].numbers = {1, 2, 3, 4, 5, 6, 7};
  constexpr std::size_t of_row = 7 * 2;
  const interp::Prologue whole = interp::prologue(m, mir::KernelId(0), 9 * of_row * sizeof(double));
  ASSERT_EQ(whole.both_values.size(), 9 * of_row);
  EXPECT_FALSE(whole.make_both);
  EXPECT_EQ(whole.both_values[3 * of_row + 2 * 5 + 1], std::sqrt(0.1) / (4.0 * 6.0));

  const interp::Prologue later = interp::prologue(m, mir::KernelId(0), 9 * of_row * sizeof(double) - 1);
  EXPECT_TRUE(later.both_values.empty());
  EXPECT_EQ(later.row_values, whole.row_values);
  EXPECT_EQ(later.time_values, whole.time_values);
  ASSERT_EQ(later.both_of_row, of_row);
  ASSERT_TRUE(later.make_both);
  m.kernels[mir::KernelId(0)].columns.clear();   // not needed any more
  for (const auto& [begin, end] : {std::pair(0u, 9u), std::pair(2u, 3u), std::pair(1u, 8u)}) {
    std::vector<double> some((end - begin) * of_row);
    later.make_both(begin, end, some.data());
    EXPECT_TRUE(std::equal(some.begin(), some.end(), whole.both_values.begin() + begin * of_row)) << begin;
  }
}

/// Quick enough to be the second engine of the tests: a portfolio's worth of work stays in minutes.
TEST(Interpreter, IsDecentlyQuick) {
  const mir::Module m = testing::synthetic_module(100, 2);
  const auto engine = testing::interpreted(m);
  const auto start = std::chrono::steady_clock::now();
  testing::run_block(m, engine, 256);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double each = seconds / (200.0 * 256 * 60) * 1e9;
  std::printf("interpreter: %.1f ns for a row, period and future\n", each);
  EXPECT_LT(each, 2000);
}

}  // namespace
}  // namespace horizon
