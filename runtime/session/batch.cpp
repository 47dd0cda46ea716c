#include "runtime/session/batch.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>

#include "base/check.hpp"

namespace horizon::session {

Batch::Batch(const plan::Plan& plan, std::uint64_t seed, std::uint32_t threads)
    : plan_(plan),
      seed_(seed),
      // Each thread needs a block at least, and another to go on with.
      futures_(std::max<std::uint64_t>(plan::futures_in_parts(plan.slots), std::uint64_t{2} * threads * exec::block_lanes)),
      parts_(plan) {
#ifdef __GLIBC__
  malloc_trim(0);  // what the compiler has left: some 10 MB for 10,000 rows, a millisecond
#endif
}

void Batch::begin(std::vector<Block> blocks) {
  blocks_ = std::move(blocks);
  while (workspaces_.size() < blocks_.size()) workspaces_.push_back(std::make_unique<exec::Workspace>(plan_));
  failed_ = false;
  built_.assign(parts_.all().size(), 0);
  passed_.assign(parts_.all().size(), 0);
  parts_of_.assign(blocks_.size(), 0);
}

bool Batch::wait(const std::size_t& number, std::size_t least) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failed_ || number >= least; });
  return !failed_;
}

void Batch::advance(std::size_t& number) {
  const std::lock_guard lock(mutex_);
  ++number;
  changed_.notify_all();
}

void Batch::fail() {
  const std::lock_guard lock(mutex_);
  failed_ = true;
  changed_.notify_all();
}

bool Batch::work(std::uint64_t item) {
  // One item of tables goes before all others: so the tables of part p + 1 stand before the blocks of part p.
  const std::size_t parts = parts_.all().size(), blocks = blocks_.size();
  try {
    if (item == 0) return build(0);
    const std::size_t part = (item - 1) / (blocks + 1), place = (item - 1) % (blocks + 1);
    if (part + 1 == parts) return run(part, place);
    return place == 0 ? build(part + 1) : run(part, place - 1);
  } catch (...) {
    fail();
    throw;
  }
}

bool Batch::build(std::size_t part) {
  constexpr std::size_t places = exec::Parts::places;
  if (part >= places && !wait(passed_[part - places], blocks_.size())) return false;
  parts_.build(part);
  advance(built_[part]);
  return true;
}

bool Batch::run(std::size_t part, std::size_t number) {
  if (!wait(built_[part], 1) || !wait(parts_of_[number], part)) return false;
  exec::Workspace& workspace = *workspaces_[number];
  const Block& block = blocks_[number];
  if (part == 0) exec::begin_block(plan_, seed_, block.first, block.lanes(), workspace);
  exec::run_part(plan_, parts_, part, seed_, block.first, workspace);
  advance(parts_of_[number]);
  advance(passed_[part]);
  return true;
}

exec::Workspace& Batch::workspace_of(Block block) const {
  const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), block.first,
                                   [](const Block& b, std::uint64_t first) { return b.first < first; });
  HZ_CHECK(at != blocks_.end() && at->first == block.first && at->count == block.count);
  return *workspaces_[static_cast<std::size_t>(at - blocks_.begin())];
}

}  // namespace horizon::session
