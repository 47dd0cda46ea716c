#pragma once
// Runs of nearly the same plan, one after another: what-ifs, an editor, a watch mode. Kernels whose code and data are those of the run
// before, and which read only what such kernels wrote, are not run again; columns that come out the same are not summarised again.
//
//   session::Keeper keeper;
//   auto before = keeper.run(*session.compiled().plan, options);
//   auto after = keeper.run(*session.edit(path, text).plan, options);   // the cost of what the edit can reach
#include <cstdint>
#include <memory>

#include "runtime/session/run.hpp"

namespace horizon::session {

struct Kept;

/// What one run did; blocks of futures times kernels.
struct KeeperCounters {
  std::uint64_t kernels_run = 0, kernels_kept = 0;
  std::uint64_t columns_summarised = 0, columns_kept = 0;
};

/// Not for several threads at once; `run` itself uses as many as its options say.
class Keeper {
 public:
  /// Bytes that the values passing between kernels may take from one run to the next. What does not fit is computed anew each time.
  static constexpr std::uint64_t usual_memory = std::uint64_t{1} << 30;

  explicit Keeper(std::uint64_t memory_limit = usual_memory);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// What session::run gives for this plan and these options, to the last bit, whatever was run before. Plans of a driver::Session know
  /// what their kernels read and write; others are run as session::run does.
  Expected<store::ResultSet, RunError> run(const plan::Plan& plan, const RunOptions& options);
  const KeeperCounters& last() const;
  /// Gives the memory back; the next run is a first run.
  void forget();

 private:
  std::unique_ptr<Kept> kept_;
};

}  // namespace horizon::session
