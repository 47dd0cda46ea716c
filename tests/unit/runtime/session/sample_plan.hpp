#pragma once
// A small plan made by hand, with normal values, and what tests of runs do with it.
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "runtime/session/run.hpp"
#include "tests/harness/in_a_row.hpp"

namespace horizon::session {

/// A uniform in (0, 1) of (seed, future, stream): splitmix64. Good enough for a test; the real draws have
/// tests of their own.
inline double uniform(std::uint64_t seed, std::uint64_t future, std::uint64_t stream) {
  std::uint64_t x = seed * 0x9e3779b97f4a7c15u + future * 0xbf58476d1ce4e5b9u + stream * 0x94d049bb133111ebu;
  for (int i = 0; i < 2; ++i) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    x ^= x >> 31;
  }
  return (static_cast<double>(x >> 12) + 0.5) / 4503599627370496.0;
}

/// Rows of normals added to slots 1..periods ("months"), then a second stage sums them into slot periods + 1
/// (the total).
inline plan::Plan sample_plan(std::uint32_t periods, std::uint32_t rows) {
  plan::Plan plan;
  plan.periods = periods;
  plan.slots = periods + 2;
  plan.outputs = test::in_a_row(1, periods + 1);
  plan.engine = "test";
  plan::Kernel months;
  months.name = "months";
  months.rows = rows;
  months.constants = {10, 2};  // mean, sd of a row's value
  months.run = [](const HzKernelArgs& a) {
    const boost::math::normal normal(a.constants[0], a.constants[1]);
    for (std::uint32_t row = a.row_begin; row < a.row_end; ++row) {
      for (std::uint32_t t = a.period_begin; t < a.period_end; ++t) {
        for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
          const double u = uniform(a.seed, a.first_future + lane, row * 1000 + t);
          a.buffers[(t + 1) * a.lanes + lane] += quantile(normal, u);
        }
      }
    }
  };
  plan::Kernel total;
  total.name = "total";
  total.rows = 1;
  total.run = [](const HzKernelArgs& a) {
    for (std::uint32_t t = 0; t < a.periods; ++t) {
      for (std::uint32_t lane = 0; lane < a.lanes; ++lane) {
        a.buffers[(a.periods + 1) * a.lanes + lane] += a.buffers[(t + 1) * a.lanes + lane];
      }
    }
  };
  plan.kernels = {months, total};
  plan.stages = {{{0}, false}, {{1}, false}};
  plan.report.scenario = "sample";
  plan::ForecastSpec month{"month", "By month", "DKK", {}, {}, false};
  for (std::uint32_t t = 0; t < periods; ++t)
    month.cells.push_back({"2026-0" + std::to_string(t + 1), {}, t, std::nullopt});
  plan::ForecastSpec all{"all", "In all", "DKK", {}, {{"all", {}, periods, 10.0 * periods * rows}}, false};
  plan.report.forecasts = {month, all};
  return plan;
}

inline RunOptions options(std::uint64_t futures, std::uint32_t threads) {
  RunOptions o;
  o.futures = futures;
  o.threads = threads;
  return o;
}

inline void append(std::string& bytes, double value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
/// All numbers of a result, bit for bit.
inline std::string bits(const store::ResultSet& results) {
  std::string out;
  for (const auto& cells : results.forecasts) {
    for (const auto& cell : cells) {
      const store::Statistics& s = cell.statistics;
      append(out, s.mean);
      for (const auto& x : {s.sd, s.mc_error, s.mc_error_p50, s.mc_error_p90, cell.p_over})
        append(out, x.value_or(-1));
      for (double q : s.quantiles) append(out, q);
    }
  }
  return out;
}

/// Makes the kernel break at some futures: by a NaN or by the fault flag.
inline void break_at(plan::Plan& plan, std::vector<std::uint64_t> futures, bool by_flag) {
  plan.kernels[1].run = [inner = plan.kernels[1].run, futures, by_flag](const HzKernelArgs& a) {
    inner(a);
    for (std::uint64_t f : futures) {
      if (f < a.first_future || f >= a.first_future + a.lanes) continue;
      const std::size_t lane = f - a.first_future;
      if (by_flag) {
        a.fault[lane] = 1;
      } else {
        a.buffers[2 * a.lanes + lane] = f % 2 ? std::nan("") : -std::numeric_limits<double>::infinity();
      }
    }
  };
}

}  // namespace horizon::session
