#pragma once
// The public C++ API of a run: a plan goes in, the statistics of its forecasts come out.
// docs/examples/embed.cpp shows it whole.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "base/expected.hpp"
#include "runtime/plan/plan.hpp"
#include "runtime/store/result_set.hpp"

namespace horizon::session {

struct Progress {
  enum class Phase : std::uint8_t { Simulating, Summarising };
  Phase phase = Phase::Simulating;
  std::uint64_t done = 0, total = 0;  ///< futures computed so far and in all, over all passes
  double seconds = 0;                 ///< since the run began
};

struct RunOptions {
  std::uint64_t futures = 10'000;  ///< at least 1
  std::uint64_t seed = 1;
  std::uint32_t threads = 0;  ///< 0: all cores
  /// Bytes that the values of the outputs may take, about. Beyond it the futures are run again for each group
  /// of output columns that fits (draws are counter based, so every pass has the same futures): quantiles
  /// stay exact, time grows. One column at least is always held. From 65,536 futures on a column takes only
  /// what lies near its quantiles (docs/decisions/0015), so that there are seldom groups.
  std::uint64_t memory_limit = std::uint64_t{2} << 30;
  /// Called on the thread that called `run`: at once, then about ten times a second, and at the end of each
  /// phase.
  std::function<void(const Progress&)> progress;
  /// Set it (from a signal handler, say) to stop; looked at between blocks of futures.
  const std::atomic<bool>* cancel = nullptr;
};

struct RunError {
  enum class Kind : std::uint8_t {
    Fault,  ///< a requirement failed or a forecast is NaN or infinite in `future`: the scenario is at fault
    Cancelled,
    OutOfMemory,  ///< or no thread could be started: the outside world
  };
  Kind kind = Kind::Fault;
  std::uint64_t future =
      0;             ///< Fault: the lowest such future, counted from 0, whatever the number of threads
  std::string text;  ///< a sentence
};

/// Runs all futures and summarises them. The statistics depend on the plan, `futures` and `seed` alone:
/// blocks of futures are spread over threads, but all sums are taken in a fixed order, and quantiles are those
/// of all values.
Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options);

}  // namespace horizon::session
