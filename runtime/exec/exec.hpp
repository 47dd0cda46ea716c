#pragma once
// Runs one block of futures of a plan. Pure in its arguments, single threaded; the session spreads blocks
// over threads.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/large_memory.hpp"
#include "runtime/exec/parts.hpp"
#include "runtime/plan/plan.hpp"

namespace horizon::exec {

/// Futures a block, at most. A constant that depends on nothing (not on the machine, the threads or the plan).
/// A slot is some 2 kB: the working set of a kernel stays in the first-level cache. 34 cache lines, not 32, since slots lie
/// one behind the other: with 256 lanes, those that kernels touch for the same futures would all fall into two of the cache's 64 sets.
inline constexpr std::uint32_t block_lanes = 272;
/// Lanes come in multiples of this: two of the widest vectors of any target.
inline constexpr std::uint32_t lane_multiple = 16;

/// Lanes of a block that are computed at a time: a multiple of lane_multiple, so few that a plan of many slots keeps its working set in
/// the second-level cache, where [slot][lane] of a whole block would be a page for every other slot. No result depends on it.
std::uint32_t part_lanes(std::uint32_t slots);

/// The slots of one block, kept from one run to the next: all zero at first. Memory is taken only where something is written. May throw
/// std::bad_alloc when made.
class Slots {
 public:
  Slots(std::uint32_t slots, std::uint32_t lanes);

 private:
  /// [slot][lane] of the lanes from `first_lane` on, a multiple of part_lanes.
  double* part(std::uint32_t first_lane) { return data_ + std::size_t{slots_} * first_lane; }

  friend void rerun_stages(const plan::Plan&, const std::vector<bool>&, std::uint64_t, std::uint64_t, Slots&, class Workspace&);
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
  double* data_ = nullptr;  // aligned as a workspace's
  std::uint32_t slots_ = 0, lanes_ = 0;
};

/// The memory that blocks of one plan need, reused from block to block. One a thread. May throw
/// std::bad_alloc when made.
class Workspace {
 public:
  explicit Workspace(const plan::Plan& plan);

  /// Values of an output column, [lane], after run_block.
  const double* output(std::uint32_t index) const {
    return last_ + std::size_t{slot_of_output_[index]} * block_lanes_;
  }
  const std::uint8_t* faults() const { return fault_.get(); }
  /// Says that the values of an output are not looked at again. They are still in the nearest cache, so where the next run_block would set them
  /// to zero, it is done here.
  void let_go(std::uint32_t output);

  /// Gives the memory of the slots back to the system, outputs with it; the next block takes it anew. For a workspace that waits.
  void release();

 private:
  friend void run_block(const plan::Plan&, std::uint64_t, std::uint64_t, std::uint32_t, Workspace&);
  friend void rerun_stages(const plan::Plan&, const std::vector<bool>&, std::uint64_t, std::uint64_t, Slots&, Workspace&);
  friend void begin_block(const plan::Plan&, std::uint64_t, std::uint64_t, std::uint32_t, Workspace&);
  friend void run_part(const plan::Plan&, const Parts&, std::size_t, std::uint64_t, std::uint64_t, Workspace&);
  struct Free {
    void operator()(void* memory) const;
  };
  template <class T>
  using Array = std::unique_ptr<T[], Free>;  // aligned to 64 bytes: a cache line and the widest vector

  /// What all kernels share for the lanes of a block from `first` on, `lanes` of them.
  HzKernelArgs part_args(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future, std::uint32_t first,
                         std::uint32_t lanes, double* slots);
  void take_outputs(const plan::Plan& plan, const HzKernelArgs& part, std::uint32_t first);
  double* slots() const { return static_cast<double*>(slots_.data()); }
  /// Zeros in all slots of the part that comes next.
  void clear(std::uint32_t lanes);

  std::size_t buffer_doubles_ = 0;
  LargeMemory slots_;                // of part_lanes_ of a block; of all its lanes if the plan is in parts
  Array<double> state_;              // of part_lanes_
  Array<double> outputs_;            // [output][lane] of a block that is computed in parts
  const double* last_ = nullptr;     // outputs of the last block: there, or its slots
  std::vector<std::uint32_t> slots_of_outputs_, in_a_row_;   // places of outputs among slots, and by themselves
  const std::uint32_t* slot_of_output_ = nullptr;   // which of the two holds for `last_`
  Array<std::uint8_t> fault_;
  std::vector<std::uint8_t> has_one_output_, is_zero_;   // by slot: one output alone stands there; zeros since the last part
  std::size_t cleared_ = 0;          // numbers of slots_ that are zeros but for slots of the last part
  std::uint32_t lanes_before_ = 0;   // of the last part
  std::uint32_t part_lanes_ = 0;
  std::uint32_t block_lanes_ = 0;  // of the last block run: the distance between outputs
  bool in_parts_ = false;
  std::unique_ptr<Parts> parts_;   // for run_block, of a plan in parts
};

/// Computes futures [first_future, first_future + lanes). `lanes` is a multiple of 16, at most block_lanes;
/// `first_future` is a multiple of 16. Results stay in the workspace until the next block.
void run_block(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future, std::uint32_t lanes,
               Workspace& workspace);

/// The same by parts, so that several blocks can pass one part's tables: begins a block, and does one part of its work, whose tables are
/// there. All parts in order; after the last, outputs stand in the workspace.
void begin_block(const plan::Plan& plan, std::uint64_t seed, std::uint64_t first_future, std::uint32_t lanes, Workspace& workspace);
void run_part(const plan::Plan& plan, const Parts& parts, std::size_t part, std::uint64_t seed, std::uint64_t first_future,
              Workspace& workspace);

/// Computes a block's futures again, in the slots of an earlier run: stages where `stages` is true start from slots of zeros, what the
/// others wrote is still there. The same results as run_block if all kernels have a footprint, no two write to one slot, nothing was at
/// fault in the earlier run, and each stage that is left out has the code and the data of then and reads only from such stages.
/// In a run of its own or a first run: all stages.
void rerun_stages(const plan::Plan& plan, const std::vector<bool>& stages, std::uint64_t seed, std::uint64_t first_future, Slots& slots,
                  Workspace& workspace);

/// The first of the first `count` lanes of the last block in which a requirement failed or an output is NaN
/// or infinite.
std::optional<std::uint32_t> first_fault(const plan::Plan& plan, const Workspace& workspace,
                                         std::uint32_t count);

}  // namespace horizon::exec
