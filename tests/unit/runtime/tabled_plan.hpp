#pragma once
// A small plan made by hand whose rows read quantile tables, with the tables and numbers in memory or left to the run.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/plan/plan.hpp"
#include "runtime/rng/quantile_table.hpp"
#include "tests/harness/in_a_row.hpp"

namespace horizon::testing {

/// Row r reads the tables of beta(1 + r / 8, 2), one that it shares with the row before or after, and of gamma(3), which all share, r itself
/// and, by period t, the numbers r + 1 / (1 + t) and t. Each period adds what they say to a slot of its own; a second kernel of the stage counts its calls; then a stage that goes period by period
/// sums all up in the last slot. `slots` more than needed make a block go a few lanes at a time.
inline plan::Plan tabled_plan(std::uint32_t periods, std::uint32_t rows, bool whole, std::uint32_t more_slots = 0) {
  plan::Plan plan;
  plan.periods = periods;
  plan.outputs = test::in_a_row(more_slots, periods + 2);
  plan.slots = more_slots + periods + 2;
  plan.engine = "test";

  plan::Kernel months;
  months.rows = rows;
  months.state_slots = 1;
  months.constants = {static_cast<double>(more_slots)};
  months.run = [](const HzKernelArgs& a) {
    const auto first_slot = static_cast<std::uint32_t>(a.constants[0]);
    for (std::uint32_t row = a.row_begin; row < a.row_end; ++row) {
      for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
        double& state = a.state[row * a.lanes + lane];
        for (std::uint32_t t = 0; t < a.periods; ++t) {
          std::uint64_t bits = (a.seed + (a.first_future + lane) * 31 + static_cast<std::uint64_t>(a.row_values[row]) * 1009 + t * 7 + 1) * 0x9e3779b97f4a7c15u;
          bits = (bits ^ (bits >> 29)) * 0xbf58476d1ce4e5b9u;
          bits = (bits & (std::uint64_t{1} << HZ_DRAW_SIDE_BIT | HZ_DRAW_N_MASK)) | HZ_DRAW_N_ODD;
          for (std::uint32_t table = 0; table < 3; ++table)
            state += rng::table_value({a.row_tables[row * 3 + table], HZ_TABLE_DOUBLES}, bits);
          const double* const numbers = a.both_values + (row * a.periods + t) * 2;
          state += numbers[0] * (1 + numbers[1]);
          a.buffers[(first_slot + t) * a.lanes + lane] += state;
        }
      }
    }
  };
  const auto want = [&](rng::TableRow row) {
    months.starts.push_back(rng::start_of(row));
    return static_cast<std::uint32_t>(months.starts.size() - 1);
  };
  const std::uint32_t common = want({rng::TableRow::Kind::gamma, 3});
  std::uint32_t shared = common;
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (row % 2 == 0) shared = want({rng::TableRow::Kind::beta, 2, 1 + row / 16.0});
    const std::uint32_t own = want({rng::TableRow::Kind::beta, 1 + row / 8.0, 2});
    months.row_starts.insert(months.row_starts.end(), {own, shared, common});
    months.row_values.push_back(row);
  }
  months.both_of_row = 2 * std::size_t{periods};
  months.make_both = [periods](std::uint32_t begin, std::uint32_t end, double* to) {
    for (std::uint32_t row = begin; row < end; ++row) {
      for (std::uint32_t t = 0; t < periods; ++t) {
        *to++ = row + 1.0 / (1 + t);
        *to++ = t;
      }
    }
  };

  plan::Kernel calls;
  calls.rows = 2;
  calls.constants = {static_cast<double>(more_slots + periods)};
  calls.run = [](const HzKernelArgs& a) {
    const auto slot = static_cast<std::uint32_t>(a.constants[0]);
    for (std::uint32_t lane = 0; lane < a.lanes; ++lane) a.buffers[slot * a.lanes + lane] += a.row_end - a.row_begin;
  };
  plan::Kernel total;
  total.rows = 1;
  total.state_slots = 1;
  total.constants = months.constants;
  total.run = [](const HzKernelArgs& a) {
    const auto first_slot = static_cast<std::uint32_t>(a.constants[0]);
    for (std::uint32_t t = a.period_begin; t < a.period_end; ++t) {
      for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
        a.state[lane] += a.buffers[(first_slot + t) * a.lanes + lane];
        a.buffers[(first_slot + a.periods + 1) * a.lanes + lane] = a.state[lane];
      }
    }
  };
  if (whole) {
    auto tables = std::make_shared<std::vector<std::vector<double>>>(months.starts.size(), std::vector<double>(HZ_TABLE_DOUBLES));
    for (std::uint32_t i = 0; i < tables->size(); ++i) rng::build_tables(months.starts, std::span(&i, 1), (*tables)[i]);
    for (const std::uint32_t start : months.row_starts) months.row_tables.push_back((*tables)[start].data());
    months.tables = std::move(tables);
    months.both_values.resize(rows * months.both_of_row);
    months.make_both(0, rows, months.both_values.data());
    months.starts.clear();
    months.row_starts.clear();
    months.both_of_row = 0;
    months.make_both = nullptr;
  }
  plan.kernels = {months, calls, total};
  plan.stages = {{{0, 1}, false}, {{2}, true}};
  plan.report.scenario = "tabled";
  plan::ForecastSpec cells{"all", "All", "DKK", {}, {}, false};
  for (std::uint32_t output = 0; output < plan.outputs.size(); ++output)
    cells.cells.push_back({"cell " + std::to_string(output), {}, output, std::nullopt});
  plan.report.forecasts = {cells};
  return plan;
}

}  // namespace horizon::testing
