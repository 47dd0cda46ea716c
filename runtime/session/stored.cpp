// Output columns whose values are all stored, in groups of as many as fit: futures are computed again for
// each group.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>

#include "runtime/aggregate/aggregate.hpp"
#include "runtime/aggregate/pairs.hpp"
#include "runtime/rng/sobol.hpp"
#include "runtime/session/columns.hpp"
#include "runtime/session/halves.hpp"
#include "runtime/session/running.hpp"

namespace horizon::session {
namespace {

/// Output columns [begin, end).
struct Group {
  std::uint32_t begin = 0, end = 0;
};

bool has_halves(const plan::Plan& plan, std::uint32_t output) {
  return plan.sobol && plan.sobol->halves && plan.sobol->halves->columns[output] != 0;
}

/// What is wanted of the futures.
struct Wanted {
  Group group;
  bool halves = false;   ///< first halves: only where columns have them, and faults are those of the futures, not looked at again
};

/// One block: false if a future in it is at fault.
bool store_block(Run& run, Block block, Wanted wanted, exec::Workspace& workspace, Columns& columns, FirstFault& fault) {
  const exec::Workspace& computed = compute_block(run, block, workspace);
  if (!wanted.halves && !look_for_fault(run, block, computed, fault)) return false;
  const auto [first, count] = block;
  for (std::uint32_t output = wanted.group.begin; output < wanted.group.end; ++output) {
    if (run.kept != nullptr) {
      run.kept->take(output, first, count, computed.output(output));
    } else if (!wanted.halves || has_halves(run.plan, output)) {
      std::memcpy(columns.column(output - wanted.group.begin) + first, computed.output(output), count * sizeof(double));
    }
  }
  if (run.batch != nullptr) run.batch->release(block);   // as its values take memory
  run.futures_done += count;
  return true;
}

std::optional<RunError> simulate(Run& run, Wanted wanted, Columns& columns) {
  FirstFault fault;
  const Blocks blocks(run.options.futures, run.threads, run.kept != nullptr);
  const auto add_block = [&](std::uint64_t number, std::vector<Block>& some) { some.push_back(blocks[number]); };
  const auto error = run.for_each_simulated(blocks.count(), add_block, [&]() -> Worker {
    return [&, workspace = std::make_shared<exec::Workspace>(run.plan)](std::uint64_t number) {
      return store_block(run, blocks[number], wanted, *workspace, columns, fault);
    };
  });
  if (error && error->kind == RunError::Kind::OutOfMemory) return error;
  if (auto at_fault = fault.error()) return at_fault;
  return error;
}

/// The same futures once more, with the rows of their first halves.
std::optional<RunError> simulate_halves(Run& run, const plan::Plan& half, Group group, Columns& columns) {
  Run own{half, run.options, run.way};
  own.threads = run.threads;
  own.passes = run.passes;
  own.runs_a_pass = run.runs_a_pass;
  own.start = run.start;
  own.futures_done = run.futures_done.load();
  if (exec::is_in_parts(half)) own.batch = std::make_unique<Batch>(half, run.options.seed, run.threads);
  auto error = simulate(own, {group, true}, columns);
  run.futures_done = own.futures_done.load();
  return error;
}

/// All pairs of halves, where they say more than the futures do; `first_halves` may be empty.
std::optional<aggregate::Pairs> pairs_of(std::span<const double> first_halves, std::span<const double> values) {
  const auto is_finite = [](double x) { return std::isfinite(x); };
  if (first_halves.empty() || values.size() < 2 * rng::kSobolReplicates || !std::all_of(first_halves.begin(), first_halves.end(), is_finite))
    return std::nullopt;
  aggregate::Pairs pairs(first_halves, values);
  if (!pairs.say_more()) return std::nullopt;
  return pairs;
}

/// Returns whether quantiles are those of pairs.
bool summarise_column(Run& run, std::uint32_t output, std::span<const double> values, std::span<const double> first_halves) {
  if (run.cells_of_output[output].empty()) return false;
  const bool known = run.kept != nullptr && !run.kept->moved[output] && !run.plan.sobol;
  store::Statistics statistics = known ? run.kept->statistics[output] : aggregate::summarise(values);
  if (run.plan.sobol)
    aggregate::set_replicate_errors(values, rng::kSobolReplicates, run.adjustment.weights, statistics);
  const std::optional<aggregate::Pairs> pairs = pairs_of(first_halves, values);
  if (pairs) aggregate::set_pair_quantiles(*pairs, first_halves, values, rng::kSobolReplicates, statistics);
  if (run.kept != nullptr) run.kept->statistics[output] = statistics;
  put_statistics(run, output, statistics,
                 [&](double budget) { return pairs ? pairs->share_over(budget) : aggregate::share_over(values, budget); });
  return pairs.has_value();
}

std::optional<RunError> summarise(Run& run, Group group, const Columns& columns, const Columns* first_halves) {
  std::atomic<std::uint64_t> cells_of_pairs{0};
  const auto error = run.for_each(group.end - group.begin, Progress::Phase::Summarising, [&]() -> Worker {
    return [&](std::uint64_t i) {
      const auto column = static_cast<std::uint32_t>(i);
      const std::uint32_t output = group.begin + column;
      const bool halves = first_halves != nullptr && has_halves(run.plan, output);
      if (summarise_column(run, output, columns.values(column), halves ? first_halves->values(column) : std::span<const double>{}))
        cells_of_pairs += run.cells_of_output[output].size();
      return true;
    };
  });
  run.results.cells_of_pairs += cells_of_pairs;
  return error;
}

}  // namespace

std::optional<RunError> run_stored(Run& run) {
  const bool halves = run.plan.sobol && run.plan.sobol->halves;
  const auto outputs = static_cast<std::uint32_t>(run.plan.outputs.size());
  const std::uint64_t fit = run.options.memory_limit / sizeof(double) / run.options.futures / (halves ? 2 : 1);
  const auto width =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(1, std::min<std::uint64_t>(outputs, fit)));
  run.passes = std::max(1u, (outputs + width - 1) / width);
  run.runs_a_pass = halves ? 2 : 1;
  if (run.kept != nullptr && (run.passes != 1 || !run.kept->begin(run.plan, run.options))) run.kept = nullptr;
  std::optional<Columns> own, first_halves;
  if (run.kept == nullptr) own.emplace(width, run.options.futures, run.batch != nullptr);
  Columns& columns = run.kept == nullptr ? *own : *run.kept->columns;
  std::optional<plan::Plan> half;
  if (halves) {
    half = first_half(run.plan);
    first_halves.emplace(width, run.options.futures, run.batch != nullptr);
  }
  Group group;
  do {  // a plan without outputs still runs once: its requirements are checked
    group.end = std::min(outputs, group.begin + width);
    auto begin = Clock::now();
    if (auto error = simulate(run, {group}, columns)) return error;
    if (half) {
      if (auto error = simulate_halves(run, *half, group, *first_halves)) return error;
    }
    begin = Run::add_time(begin, run.results.simulate_seconds);
    if (auto error = summarise(run, group, columns, first_halves ? &*first_halves : nullptr)) return error;
    Run::add_time(begin, run.results.summarise_seconds);
    group.begin = group.end;
  } while (group.begin < outputs);
  return std::nullopt;
}

}  // namespace horizon::session
