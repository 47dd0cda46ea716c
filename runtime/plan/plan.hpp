#pragma once
// Everything a run needs, ready to execute: kernels as callables with their constants, the order of stages, the meaning of
// the result columns. Knows nothing of the compiler; its parts may own machine code.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/abi/draw_layout.h"
#include "runtime/abi/kernel_abi.h"
#include "runtime/abi/sobol_draw.h"
#include "runtime/plan/report_spec.hpp"

namespace horizon::plan {

/// Slots [begin, end) of a block's buffers.
struct SlotRange {
  std::uint32_t begin = 0, end = 0;
  bool operator==(const SlotRange&) const = default;
};

/// What tells a kernel from others, so that one of a later plan may be known to compute the same. Slots are in rising order; no range
/// touches the next.
struct Footprint {
  const void* code = nullptr;         ///< equal for equal code, while the plan lives; null: not known
  std::vector<SlotRange> reads;       ///< at most these
  std::vector<SlotRange> writes;      ///< at most these
};

/// One kernel and its read-only data. `run` must be safe to call from several threads at once, with different blocks.
/// `setup` computes what does not depend on the period (only for stages that go period by period; else empty): it stores what
/// `run` needs into the state. A kernel run at a stretch gets all periods in one call of `run`; its rows are those that its arrays hold, of a
/// kernel in parts only some.
struct Kernel {
  std::string name;
  std::uint32_t rows = 0;
  std::uint32_t state_slots = 0;      ///< per row
  std::uint32_t periods_per_step = 1;   ///< a "period" of its arguments is so many periods of the plan; 1 where a stage goes period by period
  std::vector<double> constants;
  std::vector<double> row_values;     ///< [row][row_value]
  std::vector<double> time_values;    ///< [period][time_value]
  std::vector<double> both_values;    ///< [row][period][both_value]
  std::shared_ptr<const void> tables;        ///< owns the quantile tables; copies of a plan share them
  std::size_t table_count = 0;
  std::vector<const double*> row_tables;     ///< [row][row_table], into `tables`
  /// In place of `tables`, `row_tables` and `both_values`, where these would take much memory: a run makes them for some rows at a time.
  /// Not in a stage that goes period by period.
  std::vector<HzTableStart> starts;
  std::vector<std::uint32_t> row_starts;     ///< [row][row_table], into `starts`
  std::size_t both_of_row = 0;               ///< numbers by period of a row
  /// Those of rows [row_begin, row_end), [row - row_begin][period][both_value]. Several threads may call it at once; empty where a row has none.
  std::function<void(std::uint32_t row_begin, std::uint32_t row_end, double* both)> make_both;
  bool in_parts() const { return !starts.empty() || make_both; }
  std::function<void(const HzKernelArgs&)> setup;
  std::function<void(const HzKernelArgs&)> run;
  std::optional<Footprint> footprint;        ///< none: not known, as in plans made by hand
};

struct Stage {
  std::vector<std::uint32_t> kernels;
  bool period_by_period = false;
};

/// A function of the uniform u of one draw with mean 0: 1{u < p} - p for a `chance p`, else u - 1/2.
struct ControlFactor {
  std::uint32_t draw = 0;             ///< of SobolDraws::draws
  std::optional<double> chance;       ///< p, in (0, 1)
};

/// A control variate: the product of the factors of one draw or two, whose mean over all possible futures is exactly 0.
struct Control {
  ControlFactor first;
  std::optional<ControlFactor> second;
};

/// Rows cut in two such that no draw of one half takes part in the other: a column that is a sum over rows is then the sum of two independent
/// numbers, and a future's half goes with any other future's rest (docs/language/draws.md, "Quantiles of pairs").
struct Halves {
  std::vector<std::vector<std::uint8_t>> first;   ///< [kernel][row]: 1 if in the first half; empty where all rows are run for either
  std::vector<std::uint8_t> columns;              ///< [result column]: 1 if such a sum
  std::vector<std::uint8_t> second_draws;         ///< [SobolDraws::draws]: 1 if only rows of the second half read it
};

/// Where the bits of some draws stand instead of being computed from their id: those of draws[k] in slot `first_slot` + k. Kernels know
/// which of their draws these are.
struct SobolDraws {
  std::uint32_t first_slot = 0;
  std::vector<HzSobolDraw> draws;     ///< the most important first
  std::vector<Control> controls;      ///< the most important first
  std::optional<Halves> halves;       ///< none: no column has two
  std::vector<std::uint8_t> left_out; ///< [draw]: 1 if its slot is not needed; empty: all are
};

/// A result column that rises with another, x: ((f0 x + f1 x) + f2 x) ..., each operation rounded. Said for the statistics: kernels compute
/// both.
struct Multiple {
  std::uint32_t output = 0, base = 0;
  std::vector<double> factors;        ///< one at least; finite, none below 0

  double of(double x) const {
    double sum = factors[0] * x;
    for (std::size_t i = 1; i < factors.size(); ++i) sum += factors[i] * x;
    return sum;
  }
};

/// Two accumulating kernels never share a slot; slots are zeroed before each block.
struct Plan {
  std::uint32_t periods = 0;
  std::uint32_t slots = 0;
  std::vector<std::uint32_t> outputs;   ///< by result column: the slot where it stands at the end of a block; no slot twice
  std::vector<Multiple> multiples;      ///< by rising output; no base is a multiple itself
  std::vector<Kernel> kernels;
  std::vector<Stage> stages;
  ReportSpec report;
  std::optional<SobolDraws> sobol;    ///< of `--sampling sobol`; futures then fall into randomisations (runtime/rng/sobol.hpp)
  std::shared_ptr<const void> code;   ///< keeps machine code alive
  std::string engine;                 ///< "jit x86-64-v4", "interpreter": for the manifest
};

/// Where rows pass in parts (Kernel::starts), so many futures at least go through a part before the next: each time its tables are built
/// anew. A multiple of 4096, the futures whose sums have one order.
inline std::uint64_t futures_in_parts(std::uint32_t slots) {
  constexpr std::uint64_t least = 4096, usual_bytes = std::uint64_t{64} << 20;
  return std::max<std::uint64_t>(1, usual_bytes / (std::max<std::uint64_t>(1, slots) * sizeof(double) * least)) * least;
}
/// Bytes of quantile tables and of numbers by row and period that a plan of so many slots holds at most: about what parts would need in
/// their place, which are the slots of those futures less those of the few blocks that any run has.
inline std::uint64_t most_row_bytes(std::uint32_t slots) {
  constexpr std::uint64_t usual_bytes = std::uint64_t{28} << 20;
  return std::max(usual_bytes, futures_in_parts(slots) * slots * sizeof(double) / 2);
}

}  // namespace horizon::plan
