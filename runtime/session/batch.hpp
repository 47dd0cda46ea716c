#pragma once
// Blocks of a plan in parts (runtime/exec/parts.hpp), so many at once that the building of tables does not weigh; private to the session.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/exec/exec.hpp"
#include "runtime/session/workers.hpp"

namespace horizon::session {

/// Futures [first, first + count) that are computed together.
struct Block {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  /// Those, and futures that are ignored: a multiple of what kernels compute at once.
  std::uint32_t lanes() const { return (count + exec::lane_multiple - 1) / exec::lane_multiple * exec::lane_multiple; }
};

/// All threads work on the same blocks. In order: the tables of two parts, then for each part its blocks, with the tables of the part after
/// the next before them. What is begun waits only for what was begun before.
class Batch {
 public:
  /// May throw std::bad_alloc.
  Batch(const plan::Plan& plan, std::uint64_t seed, std::uint32_t threads);

  /// Futures of a batch, about.
  std::uint64_t futures() const { return futures_; }
  /// The next blocks, in rising order. Work items 0 .. items() - 1, begun in this order, compute them.
  void begin(std::vector<Block> blocks);
  std::uint64_t items() const { return parts_.all().size() * (1 + blocks_.size()); }
  /// False: another thread could not do its work.
  bool work(std::uint64_t item);
  /// One of the blocks, computed.
  const exec::Workspace& computed(Block block) const { return workspace_of(block); }
  /// The same block is not needed any more: its memory is given back until the next batch.
  void release(Block block) { workspace_of(block).release(); }

 private:
  exec::Workspace& workspace_of(Block block) const;
  /// Waits until `number` is at least `least`.
  bool wait(const std::size_t& number, std::size_t least);
  void advance(std::size_t& number);
  void fail();
  bool build(std::size_t part);
  bool run(std::size_t part, std::size_t block);

  const plan::Plan& plan_;
  const std::uint64_t seed_, futures_;
  exec::Parts parts_;
  std::vector<Block> blocks_;
  std::vector<std::unique_ptr<exec::Workspace>> workspaces_;   // by block

  std::mutex mutex_;
  std::condition_variable changed_;
  // Under the mutex:
  bool failed_ = false;
  std::vector<std::size_t> built_;      // by part: 1 if its tables are there
  std::vector<std::size_t> passed_;     // by part: blocks that are through
  std::vector<std::size_t> parts_of_;   // by block: parts that are done
};

}  // namespace horizon::session
