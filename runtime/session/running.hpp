#pragma once
// What one run keeps in hand, and what its two ways share: values stored (stored.cpp) or streamed
// (streamed.cpp). Private to the session.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/exec/exec.hpp"
#include "runtime/session/batch.hpp"
#include "runtime/session/controls.hpp"
#include "runtime/session/kept.hpp"
#include "runtime/session/run.hpp"
#include "runtime/session/workers.hpp"

namespace horizon::session {

using Clock = std::chrono::steady_clock;

/// Where a cell stands: its forecast and its place there.
struct CellPlace {
  std::size_t forecast, cell;
};

/// How values are treated.
struct Way {
  /// Futures that fix the brackets, a multiple of 4096. With 8,192, brackets hold a quarter of the values at
  /// first; a tenth once eight times as many futures have made them narrower.
  std::uint64_t pilot_futures = 8'192;
  /// Below this, values are stored.
  std::uint64_t least_streamed = 65'536;
  /// And below so many a thread: a thread does 4096 in a row, and all wait for the last whenever brackets are
  /// made narrower.
  std::uint64_t least_per_thread = 16'384;
};

/// The block that begins at `first` where futures up to `end` are wanted.
inline Block block_from(std::uint64_t first, std::uint64_t end) {
  return {first, static_cast<std::uint32_t>(std::min<std::uint64_t>(exec::block_lanes, end - first))};
}

/// All futures of a run, cut into blocks: whole ones, as many for each thread, and what is left in equal parts, so that threads end
/// together. Small ones throughout would read the tables of all rows more often.
class Blocks {
 public:
  /// `alike`: whole ones, but for the last.
  Blocks(std::uint64_t futures, std::uint32_t threads, bool alike);
  std::uint64_t count() const { return whole_ + rest_.size(); }
  Block operator[](std::uint64_t number) const {
    return number < whole_ ? Block{number * exec::block_lanes, exec::block_lanes} : rest_[number - whole_];
  }

 private:
  std::uint64_t whole_ = 0;
  std::vector<Block> rest_;
};

struct Run {
  const plan::Plan& plan;
  const RunOptions& options;
  Way way{};
  std::uint32_t threads = 1;
  std::uint32_t passes = 1;  // over all futures, as far as is known
  std::uint32_t runs_a_pass = 1;  // 2 where halves are run as well
  Clock::time_point start = Clock::now();
  std::atomic<std::uint64_t> futures_done{0};
  std::vector<std::vector<CellPlace>> cells_of_output;
  store::ResultSet results{};
  Kept* kept = nullptr;  // null: nothing is kept
  Adjustment adjustment{};  // of a plan with Sobol points

  std::unique_ptr<Batch> batch{};  // of a plan in parts, else null

  bool cancelled = false;  // stays true: once work was left out there is no result

  bool report(Progress::Phase phase);
  /// Items on all threads, `phase` reported meanwhile.
  std::optional<RunError> for_each(std::uint64_t items, Progress::Phase phase,
                                   const std::function<Worker()>& make_worker);
  /// The same for items that look at futures, which compute_block() then has: of a plan in parts, the blocks of some items are computed
  /// first, then these are called. `add_blocks` adds those of an item, in rising order.
  std::optional<RunError> for_each_simulated(std::uint64_t items, const std::function<void(std::uint64_t, std::vector<Block>&)>& add_blocks,
                                             const std::function<Worker()>& make_worker);
  /// Adds the time since `begin` to `seconds`, and returns now.
  static Clock::time_point add_time(Clock::time_point begin, double& seconds);
};

/// session::run; `kept` may be null.
Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options, Kept* kept,
                                         Way way);

/// The lowest future at fault. Blocks begin in rising order and a block that was begun is finished, so
/// whatever lies below the first fault seen has been looked at when all threads are done.
class FirstFault {
 public:
  void note(std::uint64_t future);
  std::optional<RunError> error() const;

 private:
  std::mutex mutex_;
  std::optional<std::uint64_t> future_;
};

/// The workspace where the outputs of a block stand: computed now in `workspace`, or already.
const exec::Workspace& compute_block(Run& run, Block block, exec::Workspace& workspace);
/// Looks at that block: false if a future in it is at fault.
bool look_for_fault(const Run& run, Block block, const exec::Workspace& workspace, FirstFault& fault);

/// Puts a column's statistics into every cell that shows it. `share_over` of a budget.
void put_statistics(Run& run, std::uint32_t output, const store::Statistics& statistics,
                    const std::function<double(double budget)>& share_over);

/// Every value of as many columns as fit at a time, then their statistics.
std::optional<RunError> run_stored(Run& run);

/// Values pass by once and are not stored (aggregate/brackets.hpp).
bool can_be_streamed(const Run& run);
std::optional<RunError> run_streamed(Run& run);

}  // namespace horizon::session
