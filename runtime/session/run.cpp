#include "runtime/session/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "runtime/aggregate/aggregate.hpp"
#include "runtime/exec/exec.hpp"
#include "runtime/rng/sobol.hpp"
#include "runtime/session/columns.hpp"
#include "runtime/session/kept.hpp"
#include "runtime/session/workers.hpp"

namespace horizon::session {
namespace {

constexpr std::uint32_t most_threads = 1024;

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Where a cell stands: its forecast and its place there.
struct CellPlace {
  std::size_t forecast, cell;
};

/// What one run keeps in hand. Groups of output columns [group_begin, group_end) are computed one after
/// another.
struct Run {
  const plan::Plan& plan;
  const RunOptions& options;
  std::uint32_t threads = 1;
  std::uint32_t group_columns = 0;
  std::uint32_t passes = 1;
  Clock::time_point start = Clock::now();
  std::atomic<std::uint64_t> futures_done{0};
  std::vector<std::vector<CellPlace>> cells_of_output;
  store::ResultSet results{};
  Kept* kept = nullptr;  // null: nothing is kept

  bool cancelled = false;  // stays true: once work was left out there is no result

  bool report(Progress::Phase phase) {
    if (options.progress)
      options.progress({phase, futures_done, options.futures * passes, seconds_since(start)});
    if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed)) cancelled = true;
    return cancelled;
  }
};

void share_out_memory(Run& run) {
  const std::uint64_t outputs = run.plan.outputs;
  const std::uint64_t fit = run.options.memory_limit / sizeof(double) / run.options.futures;
  run.group_columns = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, std::min(outputs, fit)));
  run.passes = static_cast<std::uint32_t>(
      std::max<std::uint64_t>(1, (outputs + run.group_columns - 1) / run.group_columns));
}

/// The lowest future at fault. Blocks begin in rising order and a block that was begun is finished, so
/// whatever lies below the first fault seen has been looked at when all threads are done.
class FirstFault {
 public:
  void note(std::uint64_t future) {
    const std::lock_guard lock(mutex_);
    if (!future_ || future < *future_) future_ = future;
  }
  std::optional<std::uint64_t> future() const { return future_; }

 private:
  std::mutex mutex_;
  std::optional<std::uint64_t> future_;
};

/// One block: false if a future in it is at fault.
bool run_one_block(Run& run, std::uint64_t block, std::uint32_t group_begin, std::uint32_t group_end,
                   exec::Workspace& workspace, Columns& columns, FirstFault& fault) {
  const std::uint64_t first = block * exec::block_lanes;
  const auto count =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(exec::block_lanes, run.options.futures - first));
  const std::uint32_t lanes = (count + exec::lane_multiple - 1) / exec::lane_multiple * exec::lane_multiple;
  if (run.kept != nullptr) {
    run.kept->run_block(run.plan, block, lanes, workspace);
  } else {
    exec::run_block(run.plan, run.options.seed, first, lanes, workspace);
  }
  if (const auto lane = exec::first_fault(run.plan, workspace, count)) {
    fault.note(first + *lane);
    return false;
  }
  for (std::uint32_t output = group_begin; output < group_end; ++output) {
    if (run.kept != nullptr) {
      run.kept->take(output, first, count, workspace.output(output));
    } else {
      std::memcpy(columns.column(output - group_begin) + first, workspace.output(output),
                  count * sizeof(double));
    }
  }
  run.futures_done += count;
  return true;
}

std::optional<RunError> simulate(Run& run, std::uint32_t group_begin, std::uint32_t group_end,
                                 Columns& columns) {
  FirstFault fault;
  const std::uint64_t blocks = (run.options.futures - 1) / exec::block_lanes + 1;
  const auto make_worker = [&]() -> Worker {
    return [&, workspace = std::make_shared<exec::Workspace>(run.plan)](std::uint64_t block) {
      return run_one_block(run, block, group_begin, group_end, *workspace, columns, fault);
    };
  };
  const auto failure = for_each_item(blocks, run.threads, make_worker,
                                     [&] { return run.report(Progress::Phase::Simulating); });
  if (failure) return RunError{RunError::Kind::OutOfMemory, 0, *failure};
  if (fault.future()) {
    return RunError{RunError::Kind::Fault, *fault.future(),
                    "future " + std::to_string(*fault.future()) + " gives no valid result"};
  }
  if (run.cancelled) return RunError{RunError::Kind::Cancelled, 0, "the run was interrupted"};
  return std::nullopt;
}

/// Statistics of one column, put into every cell that shows it.
void summarise_column(Run& run, std::uint32_t output, std::span<const double> values) {
  if (run.cells_of_output[output].empty()) return;
  const bool known = run.kept != nullptr && !run.kept->moved[output];
  store::Statistics statistics = known ? run.kept->statistics[output] : aggregate::summarise(values);
  if (run.plan.sobol) aggregate::set_replicate_errors(values, rng::kSobolReplicates, statistics);
  if (run.kept != nullptr) run.kept->statistics[output] = statistics;
  for (const CellPlace& place : run.cells_of_output[output]) {
    store::CellResult& result = run.results.forecasts[place.forecast][place.cell];
    result.statistics = statistics;
    const auto& budget = run.plan.report.forecasts[place.forecast].cells[place.cell].budget;
    if (budget) result.p_over = aggregate::share_over(values, *budget);
  }
}

std::optional<RunError> summarise(Run& run, std::uint32_t group_begin, std::uint32_t group_end,
                                  const Columns& columns) {
  const auto make_worker = [&]() -> Worker {
    return [&](std::uint64_t i) {
      summarise_column(run, group_begin + static_cast<std::uint32_t>(i),
                       columns.values(static_cast<std::uint32_t>(i)));
      return true;
    };
  };
  const auto failure = for_each_item(group_end - group_begin, run.threads, make_worker,
                                     [&] { return run.report(Progress::Phase::Summarising); });
  if (failure) return RunError{RunError::Kind::OutOfMemory, 0, *failure};
  if (run.cancelled) return RunError{RunError::Kind::Cancelled, 0, "the run was interrupted"};
  return std::nullopt;
}

void prepare_results(Run& run) {
  const plan::ReportSpec& report = run.plan.report;
  run.results.report = report;
  run.results.futures = run.options.futures;
  run.results.seed = run.options.seed;
  run.results.threads = run.threads;
  run.results.engine = run.plan.engine;
  run.results.passes = run.passes;
  run.cells_of_output.resize(run.plan.outputs);
  for (std::size_t f = 0; f < report.forecasts.size(); ++f) {
    const auto& cells = report.forecasts[f].cells;
    run.results.forecasts.emplace_back(cells.size());
    for (std::size_t c = 0; c < cells.size(); ++c) {
      HZ_CHECK(cells[c].output < run.plan.outputs);
      run.cells_of_output[cells[c].output].push_back({f, c});
    }
  }
}

std::optional<RunError> run_groups(Run& run) {
  std::optional<Columns> own;
  if (run.kept == nullptr) own.emplace(std::max<std::uint32_t>(1, run.group_columns), run.options.futures);
  Columns& columns = run.kept == nullptr ? *own : *run.kept->columns;
  std::uint32_t begin = 0;
  do {  // a plan without outputs still runs once: its requirements are checked
    const std::uint32_t end = std::min(run.plan.outputs, begin + run.group_columns);
    const auto simulating = Clock::now();
    if (auto error = simulate(run, begin, end, columns)) return error;
    const auto summarising = Clock::now();
    if (auto error = summarise(run, begin, end, columns)) return error;
    run.results.simulate_seconds += std::chrono::duration<double>(summarising - simulating).count();
    run.results.summarise_seconds += seconds_since(summarising);
    begin = end;
  } while (begin < run.plan.outputs);
  return std::nullopt;
}

}  // namespace

Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options) {
  return run(plan, options, nullptr);
}

Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options, Kept* kept) {
  HZ_CHECK(options.futures > 0);
  Run run{plan, options};
  run.threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  run.threads = std::min(run.threads, most_threads);
  try {
    share_out_memory(run);
    prepare_results(run);
    if (kept != nullptr && run.passes == 1 && kept->begin(plan, options)) run.kept = kept;
    if (auto error = run_groups(run)) return Unexpected{*error};
  } catch (const std::bad_alloc&) {
    return Unexpected{RunError{
        RunError::Kind::OutOfMemory, 0,
        "there is not enough memory for the values of " + std::to_string(options.futures) + " futures"}};
  }
  if (run.kept != nullptr) run.kept->end(plan);
  return std::move(run.results);
}

}  // namespace horizon::session
