#include "runtime/session/run.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>

#include "base/check.hpp"
#include "base/share_out.hpp"
#include "runtime/session/running.hpp"

namespace horizon::session {
namespace {

constexpr std::uint32_t most_threads = 1024;

void prepare_results(Run& run) {
  const plan::ReportSpec& report = run.plan.report;
  run.results.report = report;
  run.results.futures = run.options.futures;
  run.results.seed = run.options.seed;
  run.results.threads = run.threads;
  run.results.engine = run.plan.engine;
  run.cells_of_output.resize(run.plan.outputs.size());
  for (std::size_t f = 0; f < report.forecasts.size(); ++f) {
    const auto& cells = report.forecasts[f].cells;
    run.results.forecasts.emplace_back(cells.size());
    for (std::size_t c = 0; c < cells.size(); ++c) {
      HZ_CHECK(cells[c].output < run.plan.outputs.size());
      run.cells_of_output[cells[c].output].push_back({f, c});
    }
  }
}

}  // namespace

Blocks::Blocks(std::uint64_t futures, std::uint32_t threads, bool alike) {
  constexpr std::uint64_t whole = exec::block_lanes, multiple = exec::lane_multiple;
  const std::uint64_t shares = alike ? 1 : threads;
  whole_ = futures / whole / shares * shares;
  const std::uint64_t left = futures - whole_ * whole;
  const std::uint64_t size = std::min(whole, (left / shares + multiple) / multiple * multiple);
  for (std::uint64_t first = whole_ * whole; first < futures; first += size)
    rest_.push_back({first, static_cast<std::uint32_t>(std::min(size, futures - first))});
}

bool Run::report(Progress::Phase phase) {
  if (options.progress) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    options.progress({phase, futures_done, options.futures * passes * runs_a_pass, seconds});
  }
  if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed)) cancelled = true;
  return cancelled;
}

std::optional<RunError> Run::for_each(std::uint64_t items, Progress::Phase phase,
                                      const std::function<Worker()>& make_worker) {
  if (const auto why = for_each_item(items, threads, make_worker, [&] { return report(phase); }))
    return RunError{RunError::Kind::OutOfMemory, 0, *why};
  if (cancelled) return RunError{RunError::Kind::Cancelled, 0, "the run was interrupted"};
  return std::nullopt;
}

std::optional<RunError> Run::for_each_simulated(std::uint64_t items,
                                                const std::function<void(std::uint64_t, std::vector<Block>&)>& add_blocks,
                                                const std::function<Worker()>& make_worker) {
  if (batch == nullptr) return for_each(items, Progress::Phase::Simulating, make_worker);
  // As many items in each batch.
  std::uint64_t all = 0;
  for (std::uint64_t item = 0; item < items; ++item) {
    std::vector<Block> blocks;
    add_blocks(item, blocks);
    for (const Block& block : blocks) all += block.count;
  }
  const std::uint64_t batches = std::clamp<std::uint64_t>((all + batch->futures() - 1) / batch->futures(), 1, std::max<std::uint64_t>(1, items));
  const std::uint64_t in_each = (items + batches - 1) / batches;

  std::mutex mutex;
  std::vector<Worker> workers;  // the same from batch to batch
  std::atomic<bool> stopped{false};
  for (std::uint64_t begin = 0, end = 0; begin < items && !stopped; begin = end) {
    std::vector<Block> blocks;
    for (; end < std::min(items, begin + in_each); ++end) add_blocks(end, blocks);
    batch->begin(std::move(blocks));
    const auto compute = [&]() -> Worker { return [&](std::uint64_t item) { return batch->work(item); }; };
    if (auto error = for_each(batch->items(), Progress::Phase::Simulating, compute)) return error;
    std::size_t taken = 0;
    const auto look = [&]() -> Worker {
      const std::lock_guard lock(mutex);
      if (taken == workers.size()) workers.push_back(make_worker());
      return [&, worker = workers[taken++]](std::uint64_t item) {
        const bool good = worker(begin + item);
        if (!good) stopped = true;
        return good;
      };
    };
    if (auto error = for_each(end - begin, Progress::Phase::Simulating, look)) return error;
  }
  return std::nullopt;
}

Clock::time_point Run::add_time(Clock::time_point begin, double& seconds) {
  const auto now = Clock::now();
  seconds += std::chrono::duration<double>(now - begin).count();
  return now;
}

void FirstFault::note(std::uint64_t future) {
  const std::lock_guard lock(mutex_);
  if (!future_ || future < *future_) future_ = future;
}

std::optional<RunError> FirstFault::error() const {
  if (!future_) return std::nullopt;
  return RunError{RunError::Kind::Fault, *future_,
                  "future " + std::to_string(*future_) + " gives no valid result"};
}

const exec::Workspace& compute_block(Run& run, Block block, exec::Workspace& workspace) {
  if (run.batch != nullptr) return run.batch->computed(block);
  if (run.kept != nullptr) {
    run.kept->run_block(run.plan, block.first / exec::block_lanes, block.lanes(), workspace);
  } else {
    exec::run_block(run.plan, run.options.seed, block.first, block.lanes(), workspace);
  }
  return workspace;
}

bool look_for_fault(const Run& run, Block block, const exec::Workspace& workspace, FirstFault& fault) {
  const auto lane = exec::first_fault(run.plan, workspace, block.count);
  if (lane) fault.note(block.first + *lane);
  return !lane;
}

void put_statistics(Run& run, std::uint32_t output, const store::Statistics& statistics,
                    const std::function<double(double budget)>& share_over) {
  for (const CellPlace& place : run.cells_of_output[output]) {
    store::CellResult& result = run.results.forecasts[place.forecast][place.cell];
    result.statistics = statistics;
    const auto& budget = run.plan.report.forecasts[place.forecast].cells[place.cell].budget;
    if (budget) result.p_over = share_over(*budget);
  }
}

Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options) {
  return run(plan, options, nullptr, {});
}

Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options, Kept* kept) {
  return run(plan, options, kept, {});
}

Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options, Kept* kept,
                                         Way way) {
  HZ_CHECK(options.futures > 0 && way.pilot_futures > 0);
  Run run{plan, options, way};
  run.threads = options.threads != 0 ? options.threads : static_cast<std::uint32_t>(cores());
  run.threads = std::min(run.threads, most_threads);
  try {
    prepare_results(run);
    run.kept = kept;
    if (exec::is_in_parts(plan)) {
      if (run.kept != nullptr) run.kept->forget();
      run.kept = nullptr;
      run.batch = std::make_unique<Batch>(plan, options.seed, run.threads);
    }
    if (plan.sobol) run.adjustment = adjustment(*plan.sobol, options.seed, options.futures);
    run.results.controls = run.adjustment.controls;
    const auto error = can_be_streamed(run) ? run_streamed(run) : run_stored(run);
    if (error) return Unexpected{*error};
  } catch (const std::bad_alloc&) {
    return Unexpected{RunError{
        RunError::Kind::OutOfMemory, 0,
        "there is not enough memory for the values of " + std::to_string(options.futures) + " futures"}};
  }
  run.results.passes = run.passes;
  if (run.kept != nullptr) run.kept->end(plan);
  return std::move(run.results);
}

}  // namespace horizon::session
