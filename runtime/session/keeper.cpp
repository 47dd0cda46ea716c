#include "runtime/session/keeper.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "runtime/abi/draw_layout.h"
#include "runtime/session/kept.hpp"

namespace horizon::session {
namespace {

/// Bit by bit: -0 is not 0 here, and a NaN is itself.
bool same(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

bool same_tables(const plan::Kernel& a, const plan::Kernel& b) {
  return std::equal(a.row_tables.begin(), a.row_tables.end(), b.row_tables.begin(), b.row_tables.end(),
                    [](const double* x, const double* y) {
                      if (x == nullptr || y == nullptr) return x == y;
                      return same({x, HZ_TABLE_DOUBLES}, {y, HZ_TABLE_DOUBLES});
                    });
}

/// The same code on the same data.
bool same(const plan::Kernel& a, const plan::Kernel& b) {
  return a.footprint->code == b.footprint->code && a.rows == b.rows && a.state_slots == b.state_slots &&
         a.periods_per_step == b.periods_per_step && same(a.constants, b.constants) && same(a.row_values, b.row_values) &&
         same(a.time_values, b.time_values) && same(a.both_values, b.both_values) && same_tables(a, b);
}

/// Slots and their order of use; what may differ between plans are code and numbers.
bool same_structure(const plan::Plan& a, const plan::Plan& b) {
  const auto same_stage = [](const plan::Stage& x, const plan::Stage& y) {
    return x.kernels == y.kernels && x.period_by_period == y.period_by_period;
  };
  const auto same_slots = [](const plan::Kernel& x, const plan::Kernel& y) {
    return x.footprint->reads == y.footprint->reads && x.footprint->writes == y.footprint->writes;
  };
  return a.periods == b.periods && a.slots == b.slots && a.outputs == b.outputs &&
         std::equal(a.stages.begin(), a.stages.end(), b.stages.begin(), b.stages.end(), same_stage) &&
         std::equal(a.kernels.begin(), a.kernels.end(), b.kernels.begin(), b.kernels.end(), same_slots);
}

template <class Visit>
void for_each_slot(const std::vector<plan::SlotRange>& ranges, Visit&& visit) {
  for (const plan::SlotRange& range : ranges) {
    for (std::uint32_t slot = range.begin; slot < range.end; ++slot) visit(slot);
  }
}

/// How many slots are written, or nothing if stages cannot be run one by one: a kernel that is not known, a slot with two writers, one
/// that is read before it is written.
std::optional<std::uint64_t> written_slots(const plan::Plan& plan) {
  if (plan.sobol) return std::nullopt;   // draws stand in slots that no kernel writes
  std::vector<std::size_t> writer(plan.slots);   // stage + 1; 0: none
  std::uint64_t written = 0;
  bool good = true;
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    for (const std::uint32_t k : plan.stages[s].kernels) {
      const auto& footprint = plan.kernels[k].footprint;
      if (!footprint || footprint->code == nullptr) return std::nullopt;
      for_each_slot(footprint->writes, [&](std::uint32_t slot) {
        good = good && writer[slot] == 0;
        writer[slot] = s + 1;
        ++written;
      });
    }
  }
  for (std::size_t s = 0; s < plan.stages.size(); ++s) {
    const std::size_t before = plan.stages[s].period_by_period ? s + 1 : s;
    for (const std::uint32_t k : plan.stages[s].kernels) {
      for_each_slot(plan.kernels[k].footprint->reads, [&](std::uint32_t slot) { good = good && writer[slot] <= before; });
    }
  }
  return good ? std::optional(written) : std::nullopt;
}

/// The stages that the difference between two plans of one structure can reach.
std::vector<bool> reached(const plan::Plan& before, const plan::Plan& now) {
  std::vector<bool> stages(now.stages.size());
  std::vector<bool> differs(now.slots);
  for (std::size_t s = 0; s < now.stages.size(); ++s) {
    bool changed = false;
    for (const std::uint32_t k : now.stages[s].kernels) {
      changed = changed || !same(before.kernels[k], now.kernels[k]);
      for_each_slot(now.kernels[k].footprint->reads, [&](std::uint32_t slot) { changed = changed || differs[slot]; });
    }
    stages[s] = changed;
    if (!changed) continue;
    for (const std::uint32_t k : now.stages[s].kernels) {
      for_each_slot(now.kernels[k].footprint->writes, [&](std::uint32_t slot) { differs[slot] = true; });
    }
  }
  return stages;
}

std::uint64_t blocks_of(std::uint64_t futures) { return (futures - 1) / exec::block_lanes + 1; }

}  // namespace

bool Kept::begin(const plan::Plan& next, const RunOptions& options) {
  const std::optional<std::uint64_t> written = written_slots(next);
  if (!written) {
    forget();
    return false;
  }
  counters = {};
  if (!plan || futures != options.futures || seed != options.seed || !same_structure(*plan, next)) {
    forget();
    futures = options.futures;
    seed = options.seed;
    begin_anew(next, *written);
  } else {
    stages = reached(*plan, next);
  }
  for (std::atomic<bool>& m : moved) m = first_;
  for (std::size_t s = 0; s < next.stages.size(); ++s) {
    const std::uint64_t all = next.stages[s].kernels.size() * blocks_of(futures);
    const std::uint64_t kept = stages[s] ? 0 : next.stages[s].kernels.size() * blocks.size();
    counters.kernels_kept += kept;
    counters.kernels_run += all - kept;
  }
  plan.reset();   // until the end nothing can be relied on
  return true;
}

void Kept::begin_anew(const plan::Plan& next, std::uint64_t written) {
  const std::uint64_t block_bytes = std::max<std::uint64_t>(1, written) * exec::block_lanes * sizeof(double);
  const std::uint64_t fit = std::min(blocks_of(futures), memory_limit / block_bytes);
  for (std::uint64_t block = 0; block < fit; ++block) {
    const std::uint64_t count = std::min<std::uint64_t>(exec::block_lanes, futures - block * exec::block_lanes);
    const auto lanes = static_cast<std::uint32_t>((count + exec::lane_multiple - 1) / exec::lane_multiple * exec::lane_multiple);
    blocks.push_back(std::make_unique<exec::Slots>(next.slots, lanes));
  }
  columns.emplace(static_cast<std::uint32_t>(std::max<std::size_t>(1, next.outputs.size())), futures);
  statistics.resize(next.outputs.size());
  moved = std::vector<std::atomic<bool>>(next.outputs.size());
  stages.assign(next.stages.size(), true);
  first_ = true;
}

void Kept::end(const plan::Plan& done) {
  for (const std::atomic<bool>& m : moved) ++(m ? counters.columns_summarised : counters.columns_kept);
  plan = done;
  first_ = false;
}

void Kept::forget() {
  plan.reset();
  blocks.clear();
  columns.reset();
  statistics.clear();
  stages.clear();
  moved.clear();
}

void Kept::run_block(const plan::Plan& now, std::uint64_t block, std::uint32_t lanes, exec::Workspace& workspace) {
  const std::uint64_t first = block * exec::block_lanes;
  if (block < blocks.size()) {
    exec::rerun_stages(now, stages, seed, first, *blocks[block], workspace);
  } else {
    exec::run_block(now, seed, first, lanes, workspace);
  }
}

void Kept::take(std::uint32_t output, std::uint64_t first, std::uint32_t count, const double* values) {
  double* const to = columns->column(output) + first;
  if (!first_ && std::memcmp(to, values, count * sizeof(double)) == 0) return;
  std::memcpy(to, values, count * sizeof(double));
  moved[output].store(true, std::memory_order_relaxed);
}

Keeper::Keeper(std::uint64_t memory_limit) : kept_(std::make_unique<Kept>()) { kept_->memory_limit = memory_limit; }
Keeper::~Keeper() = default;

Expected<store::ResultSet, RunError> Keeper::run(const plan::Plan& plan, const RunOptions& options) {
  auto results = session::run(plan, options, kept_.get());
  if (!results) forget();   // blocks may have stopped half-way
  return results;
}

const KeeperCounters& Keeper::last() const { return kept_->counters; }
void Keeper::forget() { kept_->forget(); }

}  // namespace horizon::session
