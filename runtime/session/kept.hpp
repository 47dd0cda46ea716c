#pragma once
// What a Keeper keeps from one run to the next; private to the session.
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/exec/exec.hpp"
#include "runtime/session/columns.hpp"
#include "runtime/session/keeper.hpp"

namespace horizon::session {

/// Between runs the values of a whole run without fault. During a run: what of them still holds.
struct Kept {
  std::uint64_t memory_limit = Keeper::usual_memory;
  KeeperCounters counters;

  std::optional<plan::Plan> plan;                     ///< of the run before; none: nothing is kept
  std::uint64_t futures = 0, seed = 0;
  std::vector<std::unique_ptr<exec::Slots>> blocks;   ///< the first blocks, as many as fit
  std::optional<Columns> columns;                     ///< all outputs
  std::vector<store::Statistics> statistics;          ///< by output

  std::vector<bool> stages;                           ///< to be run
  std::vector<std::atomic<bool>> moved;               ///< by output: some value is not that of the run before

  /// Makes ready for a run of `plan`, all outputs in one group. False: it is to be run without keeping, and nothing is kept. Throws
  /// std::bad_alloc.
  bool begin(const plan::Plan& plan, const RunOptions& options);
  /// The run came to its end.
  void end(const plan::Plan& plan);
  void forget();

  /// Computes a block; its outputs then stand in the workspace.
  void run_block(const plan::Plan& plan, std::uint64_t block, std::uint32_t lanes, exec::Workspace& workspace);
  /// Takes a part of a column over into `columns`.
  void take(std::uint32_t output, std::uint64_t first, std::uint32_t count, const double* values);

 private:
  bool begin_again(const plan::Plan& next);
  void begin_anew(const plan::Plan& next, std::uint64_t written_slots);
  bool first_ = false;   // no column holds anything yet
};

/// session::run; `kept` may be null.
Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options, Kept* kept);

}  // namespace horizon::session
