// Kernels that gather the futures that count: machine code against the interpreter and against the plain form, at the borders of groups, blocks, rows, the
// horizon, and of what a future has to add.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <span>

#include "compiler/codegen/codegen.hpp"
#include "compiler/mir/builder.hpp"
#include "compiler/opt/opt.hpp"
#include "runtime/rng/philox.hpp"
#include "runtime/rng/quantile.hpp"
#include "tests/harness/in_a_row.hpp"
#include "tests/harness/run_mir.hpp"
#include "tests/harness/synthetic_mir.hpp"

namespace horizon {
namespace {

using codegen::Cpu;
using mir::Builder;
using F = Builder::F;
using M = Builder::M;
constexpr std::array all_cpus = {Cpu::X86_64, Cpu::X86_64_v3, Cpu::X86_64_v4};
constexpr std::uint32_t guard = 3;   ///< slots that nothing adds to, before and behind the sums
constexpr double never = 1e9;

/// A product of each row, in months: it succeeds with `chance`, sales begin up to `spread` months behind `launch`, copies come behind `entry`.
struct Row {
  double chance = 0.6, launch = 3, entry = 20;
  std::int64_t slots = 0;   ///< it adds to the first or the second sum of each month
  double ramp = 0.4, erosion = 0.1;
  double spread = 6;        ///< much of it, and futures are put in order
};

enum class Second : std::uint8_t { None, Alike, OfEarlySales, OfAnotherEvent };
enum class Slots : std::uint8_t { InARow, EveryOther, OfAYear, One };

/// What kernels are made of.
struct Shape {
  std::uint32_t periods = 60;
  int dates = 1;                   ///< of copies: 0 to 2
  bool event = true, launch = true, table = false, requirement = false, load = false;
  bool numbers = false;            ///< the future's number is used, at all levels; and a number is drawn each year
  Second second = Second::None;    ///< another sum of each month
  Slots slots = Slots::InARow;
  int kernels = 2;                 ///< that add to the same sums
  bool again = false;              ///< the number that tells whether a product succeeds is used besides
  double chance = -1;              ///< from 0 on: of all products, in place of their own
};

void add_columns(mir::Kernel& k, const std::vector<Row>& rows, std::uint32_t periods, int salt) {
  const auto column = [&](const char* name, auto&& of) {
    mir::Column c{name, mir::Type::F64, {}, {}};
    for (const Row& row : rows) c.numbers.push_back(of(row));
    k.columns.push_back(std::move(c));
  };
  column("chance", [](const Row& r) { return r.chance; });
  column("launch", [](const Row& r) { return r.launch; });
  column("entry", [](const Row& r) { return r.entry; });
  column("ramp", [](const Row& r) { return r.ramp; });
  column("erosion", [](const Row& r) { return r.erosion; });
  column("parameter", [&](const Row& r) { return 1.5 + static_cast<double>(&r - rows.data()); });
  mir::Column slots{"slots", mir::Type::I64, {}, {}};
  for (const Row& row : rows) slots.integers.push_back(row.slots * periods);
  k.columns.push_back(std::move(slots));
  for (int c = 0; c < 12; ++c) {
    mir::Column key{"key", mir::Type::I64, {}, {}};
    for (std::size_t r = 0; r < rows.size(); ++r)
      key.integers.push_back(static_cast<std::int64_t>(0x9e3779b97f4a7c15ull * (r * 64 + static_cast<std::size_t>(salt * 16 + c + 1))));
    k.columns.push_back(std::move(key));
  }
  column("spread", [](const Row& r) { return r.spread; });
}

mir::Kernel products(mir::Module& m, const testing::SyntheticFunctions& fs, const Shape& shape, const std::vector<Row>& rows, int salt) {
  mir::Kernel k;
  k.name = "products " + std::to_string(salt);
  k.rows = static_cast<std::uint32_t>(rows.size());
  add_columns(k, rows, shape.periods, salt);
  Builder b(m, k);
  if (shape.table || shape.numbers || shape.again) k.row_tables.push_back({mir::RowTable::Family::Beta, b.column(5).id, b.c(4).id});
  int keys = 7;
  const auto bits = [&] { return Builder::I{b.call(fs.draw, {b.seed().id, b.icolumn(keys++).id, b.future().id})}; };
  const auto draw = [&] { return rng::uniform_of(b, bits()).u; };
  const auto exp = [&](F x) { return F{b.call(fs.exp, {x.id})}; };
  const F now = b.period(0);
  const auto quantile = [&] { return rng::table_quantile(b, [&](Builder::I i) { return b.row_table(0, i); }, bits()); };
  const F luck = shape.again ? quantile() : shape.event ? draw() : b.c(0.5);
  const std::array<double, 2> chances{shape.chance, 0};
  const M success = shape.event ? b.lt(luck, shape.chance < 0 ? b.column(0) : b.table(chances.data(), 2, b.ci(0))) : b.truth(true);
  const F late = shape.table ? quantile() : draw();
  F launch = b.add(b.column(1), b.mul(b.column(19), late));
  F ramp = b.mul(b.column(3), b.add(b.c(0.5), draw()));
  if (shape.load) ramp = b.add(ramp, b.load({1, {}, 0, {}}));
  const F number = shape.numbers ? b.row_table(0, b.iand(b.future(), b.ci(127))) : b.c(0);
  if (shape.numbers) launch = b.add(launch, b.mul(b.c(9), number)), ramp = b.add(ramp, number);
  F sales = b.div(b.c(1), b.add(b.c(1), exp(b.sub(b.c(2), b.mul(ramp, b.sub(now, launch))))));
  // Factors that several sums have are not taken apart.
  const M sold = shape.launch ? b.mnot(b.lt(now, launch)) : b.truth(true);
  if (shape.second == Second::None) sales = b.select(sold, sales, b.c(0));
  for (int i = 0; i < shape.dates; ++i) {   // each with copies of its own
    const F entry = b.add(b.add(b.column(2), b.c(9 * i)), b.mul(b.c(5), b.max(b.c(0), b.sub(draw(), b.c(0.25)))));
    const F erosion = b.mul(b.column(4), b.add(b.c(0.5), b.mul(draw(), draw())));   // both only in rows with copies
    sales = b.mul(sales, b.select(b.lt(now, entry), b.c(1), b.add(b.c(0.25), b.mul(b.c(0.75), exp(b.neg(b.mul(erosion, b.sub(now, entry))))))));
  }
  sales = b.mul(b.column(3), sales);
  if (shape.again) sales = b.mul(sales, luck);
  if (shape.numbers) {
    const Builder::I key = b.iadd(b.icolumn(keys++), b.iperiod(1));
    sales = b.mul(sales, b.add(number, rng::uniform_of(b, Builder::I{b.call(fs.draw, {b.seed().id, key.id, b.future().id})}).u));
  }
  const auto if_so = [&](M mask, F x) { return b.select(shape.second == Second::None ? mask : b.mand(mask, sold), x, b.c(0)); };
  mir::Address month;
  month.base = guard;
  if (shape.slots == Slots::OfAYear) month.period_slot = b.iperiod(1).id;
  if (shape.slots == Slots::InARow || shape.slots == Slots::EveryOther) month.period_stride = shape.slots == Slots::InARow ? 1 : 2;
  if (shape.slots != Slots::EveryOther) month.row_slot = b.icolumn(6).id;
  b.accumulate(month, if_so(success, sales));
  month.base += 2 * shape.periods;
  if (shape.second == Second::Alike) b.accumulate(month, if_so(success, b.mul(b.c(0.3), sales)));
  if (shape.second == Second::OfEarlySales) b.accumulate(month, if_so(b.mand(success, b.lt(now, b.column(2))), sales));
  if (shape.second == Second::OfAnotherEvent) b.accumulate(month, if_so(b.lt(draw(), b.column(0)), sales));
  if (shape.requirement) b.require(b.lt(late, b.c(0.9)));
  return k;
}

mir::Module module_of(const Shape& shape, const std::vector<Row>& rows) {
  mir::Module m;
  m.periods = shape.periods;
  m.slots = 4 * shape.periods + 2 * guard;
  m.outputs = test::in_a_row(0, m.slots);
  mir::Column midpoints{"midpoint", mir::Type::F64, {}, {}}, years{"year", mir::Type::I64, {}, {}};
  for (std::uint32_t t = 0; t < shape.periods; ++t) midpoints.numbers.push_back(312.5 + t), years.integers.push_back(t / 12), m.period_numbers.push_back(312.5 + t);
  m.period_columns = {midpoints, years};
  const testing::SyntheticFunctions fs = testing::synthetic_functions(m);
  std::vector<Row> placed = rows;   // the horizon begins in month 312
  for (Row& row : placed) row.launch += 312, row.entry += 312;
  for (int i = 0; i < shape.kernels; ++i) {
    m.kernels.add(products(m, fs, shape, placed, i));
    m.stages.push_back({{mir::KernelId(static_cast<std::size_t>(i))}, false});
  }
  opt::use_reciprocals(m);
  opt::group_factors(m);
  opt::use_steps(m);
  opt::use_gates(m);
  opt::drop_dead_values(m);
  for (mir::Kernel& k : m.kernels) k.registers = 2, k.gathered = true;
  EXPECT_EQ(mir::verify(m), std::vector<std::string>{});
  return m;
}
mir::Module without(mir::Module m) {
  for (mir::Kernel& k : m.kernels) k.gathered = false;
  return m;
}

/// Kernels that are made to gather futures, which shows in the name of a loop.
std::size_t gathering(const mir::Module& m, Cpu cpu) {
  const auto text = codegen::llvm_text(m, cpu);
  EXPECT_TRUE(text) << text.error();
  std::size_t n = 0;
  for (std::size_t at = text->find("\ncounting:"); at != std::string::npos; at = text->find("\ncounting:", at + 1)) ++n;
  return n;
}

/// The same code for any rows is compiled once.
std::vector<testing::EngineKernel> compiled(const mir::Module& module, Cpu cpu) {
  static std::map<std::string, std::shared_ptr<codegen::Code>> all;
  const std::string key = codegen::code_key(module, cpu);
  std::shared_ptr<codegen::Code> code = key.empty() ? nullptr : all[key];
  if (code == nullptr) {
    const auto made = codegen::compile(module, cpu);
    if (!made) throw std::runtime_error(made.error());
    code = *made;
    if (!key.empty()) all[key] = code;
  }
  std::vector<testing::EngineKernel> result;
  for (const codegen::CompiledKernel& kernel : code->kernels())
    result.push_back({nullptr, [code, run = kernel.run](const HzKernelArgs& args) { run(&args); }});
  return result;
}

constexpr std::uint64_t seed = 5, first_future = 4096;

void expect_same(const testing::Block& expected, const testing::Block& block, std::uint32_t lanes, const std::string& what) {
  const auto at = testing::first_difference(expected, block);
  EXPECT_EQ(at, -1) << what << ": slot " << at / std::ptrdiff_t{lanes} << " lane " << at % std::ptrdiff_t{lanes} << " of " << lanes;
}

enum class Form : std::uint8_t { Gathered, Plain };

void expect_agreement(const mir::Module& m, const std::vector<std::uint32_t>& lanes, std::span<const Cpu> cpus = all_cpus, Form form = Form::Gathered) {
  std::map<std::uint32_t, testing::Block> expected;
  for (const std::uint32_t count : lanes) {
    expected[count] = testing::run_block(m, testing::interpreted(m), count, seed, first_future);
    for (std::uint32_t slot = 0; slot < guard; ++slot)
      for (std::uint32_t lane = 0; lane < count; ++lane) ASSERT_EQ(expected[count].buffers[slot * count + lane], 0);
  }
  for (const Cpu cpu : cpus) {
    if (!codegen::supported(cpu)) continue;
    EXPECT_EQ(gathering(m, cpu), form == Form::Gathered ? m.kernels.size() : 0) << codegen::to_text(cpu);
    const auto engine = compiled(m, cpu), plain = compiled(without(m), cpu);
    for (const std::uint32_t count : lanes) {
      expect_same(expected[count], testing::run_block(m, engine, count, seed, first_future), count, codegen::to_text(cpu));
      expect_same(expected[count], testing::run_block(m, plain, count, seed, first_future), count, codegen::to_text(cpu) + ", plain form");
    }
  }
}

const std::vector<Row>& some_rows() {
  static const std::vector<Row> rows = {{}, {0.6, -30, 5}, {0.6, 14, never, 1}, {1, 9, 0, 1}, {0.3, 1, 12}, {0, 5, 7}, {0.05, 40, 50, 1}, {0.9, 2, 30},
                                        {0.8, -4, 30, 0, 0.4, 0.1, 75}, {1, 2, never, 1, 0.4, 0.1, 50}, {0.6, -9, 3, 1, 0.4, 0.1, 200}};
  return rows;
}

TEST(GatheredFutures, AnyNumberOfFutures) {
  expect_agreement(module_of({}, some_rows()), {16, 32, 48, 96, 112, 208, 256, 272});
}

/// One list of first steps or more than eight; steps of 12, 8 and 4 periods.
TEST(GatheredFutures, HorizonsOfAnyLength) {
  for (const std::uint32_t periods : {4u, 8u, 12u, 16u, 36u, 64u, 96u, 108u, 120u, 196u, 240u}) {
    SCOPED_TRACE(periods);
    std::vector<Row> rows = some_rows();
    for (double launch = -9; launch < periods + 4; launch += 3.7)
      rows.push_back({0.7, launch, launch + 8, static_cast<std::int64_t>(rows.size() / 2 % 2), 0.4, 0.1, rows.size() % 3 == 0 ? periods : 6.0});
    expect_agreement(module_of({.periods = periods, .kernels = 1}, rows), {32}, std::span(&all_cpus[periods / 4 % all_cpus.size()], 1));
    if (HasFailure()) return;
  }
}

TEST(GatheredFutures, HorizonsOfNoStepsAreNotGathered) {
  expect_agreement(module_of({.periods = 61}, some_rows()), {32}, all_cpus, Form::Plain);
}

TEST(GatheredFutures, NoneAllOrFewFuturesCount) {
  for (const double chance : {0.0, 1.0, 0.01, 0.02, 0.05, 0.5, 0.98}) {
    SCOPED_TRACE(chance);
    expect_agreement(module_of({}, {{chance, 3, 20}, {chance, 40, 90, 1}, {chance, -50, -20}}), {32, 208});
  }
  expect_agreement(module_of({}, {{0, 3, 20}, {1, 3, 20}, {0, 3, 20, 1}, {std::nan(""), 3, 20}, {0.5, 3, 20, 1}, {0, 3, 20}, {0, 3, 20}}), {16, 32, 112});
}

/// Rows whose chance tells that every product succeeds, beside others; a draw is 1 - 2^-53 at most.
TEST(GatheredFutures, RowsInWhichAllSucceed) {
  std::vector<Row> rows;
  for (const double chance : {1.0, 0.5, 1.0, 1 - 0x1p-53, 1 - 0x1p-52, 2.0, 0.0, 1 + 0x1p-52, double{INFINITY}, std::nan(""), -1.0, 1.0})
    for (const double launch : {-9.0, 3.0, 58.0}) rows.push_back({chance, launch, rows.size() % 2 == 0 ? 20 : never, static_cast<std::int64_t>(rows.size() / 5 % 2)});
  expect_agreement(module_of({}, rows), {16, 32, 48, 112, 272});
  expect_agreement(module_of({.table = true, .numbers = true, .kernels = 1}, rows), {16, 112});
}

TEST(GatheredFutures, AllRowsOfOneChance) {
  for (const double chance : {0.0, 0.3, 1.0}) {
    SCOPED_TRACE(chance);
    expect_agreement(module_of({.kernels = 1, .chance = chance}, some_rows()), {16, 112});
  }
}

/// Gates are looked at with the other draws then.
TEST(GatheredFutures, WhatGatesNeedIsWantedBesides) {
  expect_agreement(module_of({.again = true}, some_rows()), {16, 48, 208});
  expect_agreement(module_of({.second = Second::OfAnotherEvent, .again = true}, some_rows()), {32});
}

/// From before the horizon to behind it, all alike or mixed; copies before the launch, too, and draws that only some rows need.
TEST(GatheredFutures, FirstPeriodsAnywhere) {
  std::vector<Row> rows;
  for (const double launch : {-1e9, -7.0, -6.0, -0.5, 0.0, 0.5, 1.5, 7.0, 8.0, 10.5, 11.5, 12.0, 47.0, 48.5, 53.0, 54.0, 58.5, 59.0, 60.0, 61.0, 1e9})
    for (const double entry : {-1e9, -3.0, 8.0, 33.25, 51.0, 54.5, 57.0, 61.0, never}) rows.push_back({0.8, launch, entry, static_cast<std::int64_t>(rows.size() / 3 % 2)});
  expect_agreement(module_of({}, rows), {48});
  expect_agreement(module_of({.dates = 0}, rows), {48}, std::span(&all_cpus[1], 1));
  expect_agreement(module_of({.dates = 2}, rows), {48}, std::span(&all_cpus[2], 1));
  for (const double launch : {-never, -12.0, 49.0, 60.0, never}) {
    SCOPED_TRACE(launch);
    expect_agreement(module_of({}, std::vector<Row>(3, {0.5, launch, 20})), {32});
  }
}

/// The order of rows is that of sums, whatever a future has to add: small numbers are lost or not.
TEST(GatheredFutures, SumsChangeFromRowToRow) {
  std::vector<Row> rows;
  for (const std::int64_t slots : {0, 1, 0, 0, 1, 1, 1, 0, 1, 0})
    rows.push_back({0.7, static_cast<double>(rows.size()), 20, slots, rows.size() % 3 == 0 ? 1e17 : 0.4});
  expect_agreement(module_of({}, rows), {32, 272});
  for (Row& row : rows) row.slots = 1;
  expect_agreement(module_of({.kernels = 3}, rows), {32});
}

TEST(GatheredFutures, SeveralSums) {
  for (const Second second : {Second::Alike, Second::OfEarlySales, Second::OfAnotherEvent}) {
    const auto number = static_cast<std::size_t>(second);
    SCOPED_TRACE(number);
    expect_agreement(module_of({.second = second}, some_rows()), {32, 112}, std::span(&all_cpus[number % 3], 1));
  }
}

TEST(GatheredFutures, NoEvent) { expect_agreement(module_of({.event = false}, some_rows()), {32, 112}); }
TEST(GatheredFutures, TablesByRow) {
  expect_agreement(module_of({.table = true}, some_rows()), {32, 112});
  expect_agreement(module_of({.event = false, .table = true}, some_rows()), {32, 112}, std::span(&all_cpus[1], 1));
}

TEST(GatheredFutures, TheNumberOfTheFuture) {
  expect_agreement(module_of({.numbers = true}, some_rows()), {32, 112});
}

/// These have no steps of periods in which a future adds nothing, do something else than add, or do not add to fours of neighbouring slots.
TEST(GatheredFutures, OthersAreNotGathered) {
  const Shape others[] = {{.dates = 0, .event = false, .launch = false}, {.requirement = true},      {.load = true},
                          {.slots = Slots::EveryOther},                  {.slots = Slots::OfAYear}, {.slots = Slots::One}};
  std::size_t number = 0;   // one processor each, in turn
  for (const Shape& shape : others) {
    SCOPED_TRACE(number);
    expect_agreement(module_of(shape, some_rows()), {32, 112}, std::span(&all_cpus[number++ % 3], 1), Form::Plain);
  }
}

/// What is no number, or infinite, in a row shows in the same futures and months.
TEST(GatheredFutures, WhatIsNoNumber) {
  std::vector<Row> rows;
  for (const double x : {std::nan(""), double{INFINITY}, -double{INFINITY}, 0.0, -5.0, 90.0, 1e200})
    for (const int which : {0, 1, 2, 3, 4}) {
      Row row{0.7, 4, 20};
      std::array{&row.chance, &row.launch, &row.entry, &row.ramp, &row.erosion}[static_cast<std::size_t>(which)][0] = x;
      rows.push_back(row);
    }
  for (const Row& row : rows) {
    SCOPED_TRACE(&row - rows.data());
    expect_agreement(module_of({}, {row}), {32}, std::span(&all_cpus[static_cast<std::size_t>(&row - rows.data()) % 3], 1));
  }
}

/// Rows may come in several calls, as they do where tables are many.
TEST(GatheredFutures, RowsInParts) {
  const mir::Module m = module_of({}, some_rows());
  const auto rows = static_cast<std::uint32_t>(some_rows().size());
  for (const Cpu cpu : all_cpus) {
    if (!codegen::supported(cpu)) continue;
    const auto engine = compiled(m, cpu);
    const testing::Block expected = testing::run_block(m, testing::interpreted(m), 112, seed, first_future);
    for (std::uint32_t at = 0; at <= rows; ++at) {
      std::vector<testing::EngineKernel> parts = engine;
      for (testing::EngineKernel& kernel : parts) {
        kernel.run = [at, run = kernel.run](const HzKernelArgs& args) {
          HzKernelArgs part = args;
          part.row_end = at;
          run(part);
          part.row_begin = at, part.row_end = args.row_end, part.all_zeros = 0;
          run(part);
        };
      }
      expect_same(expected, testing::run_block(m, parts, 112, seed, first_future), 112, codegen::to_text(cpu) + ", rows from " + std::to_string(at));
    }
  }
}

/// A future's numbers do not depend on where it stands in a block, nor on the others.
TEST(GatheredFutures, FuturesDoNotDependOnTheirBlock) {
  const mir::Module m = module_of({}, some_rows());
  for (const Cpu cpu : all_cpus) {
    if (!codegen::supported(cpu)) continue;
    const auto engine = compiled(m, cpu);
    const testing::Block whole = testing::run_block(m, engine, 272, seed, 0);
    for (const std::uint32_t first : {16u, 96u, 112u, 256u}) {
      const testing::Block part = testing::run_block(m, engine, 16, seed, first);
      for (std::uint32_t slot = 0; slot < m.slots; ++slot)
        for (std::uint32_t lane = 0; lane < 16; ++lane) ASSERT_EQ(whole.buffers[slot * 272 + first + lane], part.buffers[slot * 16 + lane]) << first << " " << slot;
    }
  }
}

/// Sums that stood there before are added to, those that are not added to are left as they were.
TEST(GatheredFutures, SumsThatWereThere) {
  const mir::Module m = module_of({.kernels = 1}, {{0.3, 10, 20, 1}});
  const auto run = [&](const testing::EngineKernel& kernel) {
    testing::Block block;
    testing::KernelData data(m, mir::KernelId(0), false, 48);
    for (std::size_t i = 0; i < std::size_t{m.slots} * 48; ++i) block.buffers.push_back(1e-3 * static_cast<double>(i) - 5);
    block.fault.assign(48, 0);
    data.args.buffers = block.buffers.data();
    data.args.fault = block.fault.data();
    data.args.seed = seed;
    data.args.first_future = first_future;
    kernel.run(data.args);
    return block;
  };
  const testing::Block expected = run(testing::interpreted(m)[0]);
  EXPECT_EQ(expected.buffers[0], -5);
  for (const Cpu cpu : all_cpus)
    if (codegen::supported(cpu)) expect_same(expected, run(compiled(m, cpu)[0]), 48, codegen::to_text(cpu));
}

TEST(GatheredFutures, AreOtherCode) {
  const mir::Module m = module_of({}, some_rows()), fewer = module_of({}, {{0.1, 9, 33}});
  EXPECT_NE(codegen::code_key(m, Cpu::X86_64_v3), codegen::code_key(without(m), Cpu::X86_64_v3));
  EXPECT_EQ(codegen::code_key(m, Cpu::X86_64_v3), codegen::code_key(fewer, Cpu::X86_64_v3));
}

}  // namespace
}  // namespace horizon
