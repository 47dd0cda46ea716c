// Output columns whose values are all stored, in groups of as many as fit: futures are computed again for
// each group.
#include <algorithm>
#include <cstring>
#include <memory>

#include "runtime/aggregate/aggregate.hpp"
#include "runtime/rng/sobol.hpp"
#include "runtime/session/columns.hpp"
#include "runtime/session/running.hpp"

namespace horizon::session {
namespace {

/// Output columns [begin, end).
struct Group {
  std::uint32_t begin = 0, end = 0;
};

/// One block: false if a future in it is at fault.
bool store_block(Run& run, Block block, Group group, exec::Workspace& workspace, Columns& columns,
                 FirstFault& fault) {
  const exec::Workspace& computed = compute_block(run, block, workspace);
  if (!look_for_fault(run, block, computed, fault)) return false;
  const auto [first, count] = block;
  for (std::uint32_t output = group.begin; output < group.end; ++output) {
    if (run.kept != nullptr) {
      run.kept->take(output, first, count, computed.output(output));
    } else {
      std::memcpy(columns.column(output - group.begin) + first, computed.output(output),
                  count * sizeof(double));
    }
  }
  run.futures_done += count;
  return true;
}

std::optional<RunError> simulate(Run& run, Group group, Columns& columns) {
  FirstFault fault;
  const Blocks blocks(run.options.futures, run.threads, run.kept != nullptr);
  const auto add_block = [&](std::uint64_t number, std::vector<Block>& some) { some.push_back(blocks[number]); };
  const auto error = run.for_each_simulated(blocks.count(), add_block, [&]() -> Worker {
    return [&, workspace = std::make_shared<exec::Workspace>(run.plan)](std::uint64_t number) {
      return store_block(run, blocks[number], group, *workspace, columns, fault);
    };
  });
  if (error && error->kind == RunError::Kind::OutOfMemory) return error;
  if (auto at_fault = fault.error()) return at_fault;
  return error;
}

void summarise_column(Run& run, std::uint32_t output, std::span<const double> values) {
  if (run.cells_of_output[output].empty()) return;
  const bool known = run.kept != nullptr && !run.kept->moved[output] && !run.plan.sobol;
  store::Statistics statistics = known ? run.kept->statistics[output] : aggregate::summarise(values);
  if (run.plan.sobol)
    aggregate::set_replicate_errors(values, rng::kSobolReplicates, run.adjustment.weights, statistics);
  if (run.kept != nullptr) run.kept->statistics[output] = statistics;
  put_statistics(run, output, statistics,
                 [&](double budget) { return aggregate::share_over(values, budget); });
}

std::optional<RunError> summarise(Run& run, Group group, const Columns& columns) {
  return run.for_each(group.end - group.begin, Progress::Phase::Summarising, [&]() -> Worker {
    return [&](std::uint64_t i) {
      const auto column = static_cast<std::uint32_t>(i);
      summarise_column(run, group.begin + column, columns.values(column));
      return true;
    };
  });
}

}  // namespace

std::optional<RunError> run_stored(Run& run) {
  const auto outputs = static_cast<std::uint32_t>(run.plan.outputs.size());
  const std::uint64_t fit = run.options.memory_limit / sizeof(double) / run.options.futures;
  const auto width =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(1, std::min<std::uint64_t>(outputs, fit)));
  run.passes = std::max(1u, (outputs + width - 1) / width);
  if (run.kept != nullptr && (run.passes != 1 || !run.kept->begin(run.plan, run.options))) run.kept = nullptr;
  std::optional<Columns> own;
  if (run.kept == nullptr) own.emplace(width, run.options.futures);
  Columns& columns = run.kept == nullptr ? *own : *run.kept->columns;
  Group group;
  do {  // a plan without outputs still runs once: its requirements are checked
    group.end = std::min(outputs, group.begin + width);
    auto begin = Clock::now();
    if (auto error = simulate(run, group, columns)) return error;
    begin = Run::add_time(begin, run.results.simulate_seconds);
    if (auto error = summarise(run, group, columns)) return error;
    Run::add_time(begin, run.results.summarise_seconds);
    group.begin = group.end;
  } while (group.begin < outputs);
  return std::nullopt;
}

}  // namespace horizon::session
