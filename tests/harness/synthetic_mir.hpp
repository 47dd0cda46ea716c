#pragma once
// A module of the size and kind of a portfolio's: draws, quantile tables, exponentials, logistic curves by period.
#include <bit>

#include "compiler/mir/builder.hpp"
#include "compiler/mir/mir.hpp"
#include "runtime/rng/philox.hpp"
#include "runtime/rng/quantile.hpp"
#include "runtime/rng/vecmath.hpp"
#include "tests/harness/in_a_row.hpp"

namespace horizon::testing {

struct SyntheticFunctions {
  mir::FunctionId draw, exp, normal, logistic;
};

inline SyntheticFunctions synthetic_functions(mir::Module& m) {
  using mir::Builder;
  using mir::Type;
  const auto make = [&](const char* name, const std::vector<Type>& parameters, auto&& body) {
    mir::Function f;
    f.name = name;
    Builder b(m, f);
    std::vector<mir::ValueId> ids;
    for (const Type type : parameters) ids.push_back(b.param(type));
    f.results = {body(b, ids).id};
    return m.functions.add(std::move(f));
  };
  using F = Builder::F;
  using I = Builder::I;
  SyntheticFunctions r;
  r.draw = make("draw", {Type::I64, Type::I64, Type::I64}, [](Builder& b, const auto& p) {
    return rng::draw_bits(b, I{p[0]}, I{p[1]}, I{p[2]});
  });
  r.exp = make("exp", {Type::F64}, [](Builder& b, const auto& p) { return rng::exp_mostly_moderate(b, F{p[0]}); });
  r.normal = make("normal", {Type::I64}, [](Builder& b, const auto& p) { return rng::normal_inverse(b, I{p[0]}); });
  r.logistic = make("logistic", {Type::F64}, [](Builder& b, const auto& p) { return rng::logistic(b, F{p[0]}); });
  return r;
}

/// One kernel: chance of success, launch time, peak by a row table, logistic uptake, erosion after loss of exclusivity, sums
/// by month and year.
inline mir::Kernel synthetic_kernel(mir::Module& m, const SyntheticFunctions& fs, std::uint32_t rows, int tables) {
  using mir::Builder;
  using F = Builder::F;
  using I = Builder::I;
  mir::Kernel k;
  k.name = "synthetic";
  k.rows = rows;
  for (int c = 0; c < 12; ++c) {
    mir::Column column{"c" + std::to_string(c), mir::Type::F64, {}, {}};
    for (std::uint32_t r = 0; r < rows; ++r) column.numbers.push_back(1.5 + 0.25 * c + 0.001 * r);
    k.columns.push_back(column);
  }
  for (int c = 0; c < 12; ++c) {
    mir::Column column{"i" + std::to_string(c), mir::Type::I64, {}, {}};
    for (std::uint32_t r = 0; r < rows; ++r)
      column.integers.push_back(static_cast<std::int64_t>(0x9E3779B97F4A7C15ull * (r * 16 + static_cast<unsigned>(c) + 1)));
    k.columns.push_back(column);
  }
  Builder b(m, k);
  for (int t = 0; t < tables; ++t)
    k.row_tables.push_back({mir::RowTable::Family::Beta, b.column(t).id, b.column(t + 1).id});
  int draws = 12;
  const auto draw = [&] { return I{b.call(fs.draw, {b.seed().id, b.icolumn(draws++).id, b.future().id})}; };
  const auto pert = [&](int t) {
    return rng::table_quantile(b, [&](I index) { return b.row_table(t, index); }, draw());
  };
  const auto call = [&](mir::FunctionId f, F x) { return F{b.call(f, {x.id})}; };
  const auto success = rng::chance(b, b.mul(b.column(8), b.c(0.2)), draw());
  const auto t = b.period(0);
  F launch = b.mul(pert(0), b.c(700));
  F peak = b.c(1);
  for (int i = 1; i < tables; ++i) peak = b.mul(peak, pert(i));
  peak = b.mul(peak, call(fs.exp, b.fma(F{b.call(fs.normal, {draw().id})}, b.c(0.3), b.column(9))));
  const F speed = b.fma(F{b.call(fs.normal, {draw().id})}, b.c(0.01), b.c(0.1));
  const F x = b.mul(b.sub(t, launch), speed);
  const F uptake = call(fs.logistic, x);
  const F erosion = call(fs.exp, b.neg(b.mul(b.max(b.sub(b.sub(t, launch), b.c(600)), b.c(0)), b.c(0.002))));
  const F price = call(fs.exp, b.mul(t, b.mul(b.column(10), b.c(-1e-4))));
  const F on = b.select(b.mand(success, b.le(launch, t)), b.c(1), b.c(0));
  const F sales = b.mul(b.mul(on, peak), b.mul(b.mul(uptake, erosion), price));
  mir::Address month;
  month.period_stride = 1;
  b.accumulate(month, sales);
  mir::Address year;
  year.base = m.periods;
  year.period_slot = b.iperiod(1).id;
  b.accumulate(year, sales);
  return k;
}

inline mir::Module synthetic_module(std::uint32_t rows, int kernels = 10, std::uint32_t periods = 60) {
  mir::Module m;
  m.periods = periods;
  mir::Column midpoints{"midpoint", mir::Type::F64, {}, {}}, years{"year", mir::Type::I64, {}, {}};
  for (std::uint32_t t = 0; t < periods; ++t) {
    midpoints.numbers.push_back(31.0 * t + 15.5);
    years.integers.push_back(t / 12);
  }
  m.period_columns = {midpoints, years};
  m.outputs = test::in_a_row(periods, periods / 12 + 1);
  m.slots = m.outputs.back() + 1;
  const SyntheticFunctions fs = synthetic_functions(m);
  for (int i = 0; i < kernels; ++i) {
    m.kernels.add(synthetic_kernel(m, fs, rows, 1 + i % 3));
    m.stages.push_back({{mir::KernelId(static_cast<std::size_t>(i))}, false});
  }
  return m;
}

}  // namespace horizon::testing
