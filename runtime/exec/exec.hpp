#pragma once
// Runs one block of futures of a plan. Pure in its arguments, single threaded; the session spreads blocks
// over threads.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "runtime/plan/plan.hpp"

namespace horizon::exec {

/// Futures a block. A constant that depends on nothing (not on the machine, the threads or the plan), so that
/// blocks fall the same everywhere. 256 lanes are 2 kB a slot: the working set of a kernel stays in the
/// first-level cache.
inline constexpr std::uint32_t block_lanes = 256;
/// Lanes come in multiples of this: the widest vector of any target.
inline constexpr std::uint32_t lane_multiple = 8;

/// The memory that blocks of one plan need, reused from block to block. One a thread. May throw
/// std::bad_alloc when made.
class Workspace {
 public:
  explicit Workspace(const plan::Plan& plan);

  /// Values of an output column, [lane], after run_block.
  const double* output(std::uint32_t index) const {
    return buffers_.get() + std::size_t{output_begin_ + index} * block_lanes_;
  }
  const std::uint8_t* faults() const { return fault_.get(); }

 private:
  friend void run_block(const plan::Plan&, std::uint64_t, std::uint64_t, std::uint32_t, Workspace&);
  struct Free {
    void operator()(void* memory) const;
  };
  template <class T>
  using Array = std::unique_ptr<T[], Free>;  // aligned to 64 bytes: a cache line and the widest vector

  Array<double> buffers_, state_;
  Array<std::uint8_t> fault_;
  std::size_t state_size_ = 0;  // doubles
  std::uint32_t output_begin_ = 0;
  std::uint32_t block_lanes_ = 0;  // of the last block run: the distance between slots
};

/// Computes futures [first_future, first_future + lanes). `lanes` is a multiple of 8, at most block_lanes;
/// `first_future` is a multiple of 8. Results stay in the workspace until the next block.
void run_block(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future, std::uint32_t lanes,
               Workspace& workspace);

/// The first of the first `count` lanes of the last block in which a requirement failed or an output is NaN
/// or infinite.
std::optional<std::uint32_t> first_fault(const plan::Plan& plan, const Workspace& workspace,
                                         std::uint32_t count);

}  // namespace horizon::exec
