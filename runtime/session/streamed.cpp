// Large runs: no value is stored but those near a quantile (rules N9, aggregate/brackets.hpp). The first
// futures are stored and fix the brackets; the others go by in rounds, between which brackets get narrower.
#include <algorithm>
#include <cmath>
#include <memory>

#include "base/check.hpp"
#include "runtime/aggregate/brackets.hpp"
#include "runtime/session/columns.hpp"
#include "runtime/session/members.hpp"
#include "runtime/session/running.hpp"

namespace horizon::session {
namespace {

using aggregate::Column;
using aggregate::Sums;
using aggregate::Tally;

constexpr std::uint64_t span = aggregate::sum_block;  // futures of one work item: their sums have one order
static_assert(exec::block_lanes <= aggregate::sift_block && exec::block_lanes % aggregate::sum_lanes == 0);

std::uint64_t spans_in(std::uint64_t futures) { return (futures - 1) / span + 1; }

/// A span's blocks; the one after the last is empty.
Block block_at(const Run& run, std::uint64_t first, std::uint64_t number) {
  return block_from(first, std::min((number + 1) * span, run.options.futures));
}
Block first_block(const Run& run, std::uint64_t number) { return block_at(run, number * span, number); }
Block next_block(const Run& run, Block block) {
  return block_at(run, block.first + block.count, block.first / span);
}

/// The end of the round after `done` futures: eight times as many, and from some number on, twice.
std::uint64_t next_end(const Run& run, std::uint64_t done) {
  const std::uint64_t futures = run.options.futures, middle = 32 * run.way.pilot_futures;
  const std::uint64_t next = done * 8 <= middle ? done * 8 : std::max(done * 2, middle);
  return next >= futures - futures / 8 ? futures : next;
}

/// One thread's own.
struct Share {
  exec::Workspace workspace;
  Members members;
  std::vector<Tally> tallies;
  Share(const plan::Plan& plan, std::size_t columns)
      : workspace(plan), members(columns, aggregate::sift_room), tallies(columns) {}
};

/// Threads come and go with each round; what they own stays.
class Shares {
 public:
  Shares(const plan::Plan& plan, std::size_t columns) : plan_(plan), columns_(columns) {}
  Share& take(const std::vector<Column>& columns) {
    const std::lock_guard lock(mutex_);
    if (taken_ == shares_.size()) {
      shares_.push_back(std::make_unique<Share>(plan_, columns_));
      reset(*shares_.back(), columns);
    }
    return *shares_[taken_++];
  }
  /// Between rounds: all are free, and empty.
  void reset(const std::vector<Column>& columns) {
    taken_ = 0;
    for (auto& share : shares_) reset(*share, columns);
  }
  const std::vector<std::unique_ptr<Share>>& all() const { return shares_; }

 private:
  static void reset(Share& share, const std::vector<Column>& columns) {
    share.members.clear();
    for (std::size_t c = 0; c < columns.size(); ++c) share.tallies[c] = Tally(columns[c].sieve);
  }

  const plan::Plan& plan_;
  const std::size_t columns_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Share>> shares_;
  std::size_t taken_ = 0;
};

/// A column that rises with another: its order statistics are what the other's give.
struct Follower {
  std::size_t column = 0, base = 0;   // of the stream
  const plan::Multiple* multiple = nullptr;
};

/// Some output columns on their way.
struct Stream {
  Run& run;
  std::vector<std::uint32_t> outputs;
  std::vector<Column> columns;  // one an output
  std::vector<Sums> sums{};     // of the round: [span][column]
  bool again = false;           // a second pass: sums are known, and nothing is at fault
  std::vector<Follower> followers{};   // columns that need no brackets
};

/// Of a stream's columns, which are in rising order.
void find_followers(Stream& stream) {
  const auto place_of = [&](std::uint32_t output) -> std::optional<std::size_t> {
    const auto at = std::lower_bound(stream.outputs.begin(), stream.outputs.end(), output);
    if (at == stream.outputs.end() || *at != output) return std::nullopt;
    return static_cast<std::size_t>(at - stream.outputs.begin());
  };
  for (const plan::Multiple& multiple : stream.run.plan.multiples) {
    const auto column = place_of(multiple.output), base = place_of(multiple.base);
    if (column && base) stream.followers.push_back({*column, *base, &multiple});
  }
}

bool is_follower(const Stream& stream, std::size_t column) {
  const auto at = std::lower_bound(stream.followers.begin(), stream.followers.end(), column,
                                   [](const Follower& f, std::size_t c) { return f.column < c; });
  return at != stream.followers.end() && at->column == column;
}

/// Looks at a span's futures one block after the other; false if there is a fault.
bool look_again(Stream& stream, std::uint64_t number, exec::Workspace& workspace, FirstFault& fault) {
  for (Block block = first_block(stream.run, number); block.count > 0;
       block = next_block(stream.run, block)) {
    if (!look_for_fault(stream.run, block, compute_block(stream.run, block, workspace), fault)) return false;
  }
  return true;
}

/// Requirements, and outputs that are not in the stream. Those that are show in their sums.
bool block_is_good(const Stream& stream, const exec::Workspace& workspace, std::uint32_t count) {
  const std::uint8_t* const faults = workspace.faults();
  if (std::any_of(faults, faults + count, [](std::uint8_t f) { return f != 0; })) return false;
  return stream.outputs.size() == stream.run.plan.outputs.size() ||
         !exec::first_fault(stream.run.plan, workspace, count);
}

bool run_span(Stream& stream, std::uint64_t number, std::uint64_t first_span, Share& share,
              FirstFault& fault) {
  Run& run = stream.run;
  for (Block block = first_block(run, number); block.count > 0; block = next_block(run, block)) {
    const exec::Workspace& computed = compute_block(run, block, share.workspace);
    if (!stream.again && !block_is_good(stream, computed, block.count))
      return look_again(stream, number, share.workspace, fault);
    for (std::size_t c = 0; c < stream.columns.size(); ++c) {
      const std::span<const double> values(computed.output(stream.outputs[c]), block.count);
      const std::size_t kept =
          aggregate::sift(stream.columns[c].sieve, values, share.tallies[c], share.members.room(c));
      share.members.take(c, kept);
      if (&computed == &share.workspace) share.workspace.let_go(stream.outputs[c]);
    }
    run.futures_done += block.count;
  }
  bool finite = true;
  Sums* const sums = stream.sums.data() + (number - first_span) * stream.columns.size();
  for (std::size_t c = 0; c < stream.columns.size(); ++c) {
    sums[c] = take_sums(share.tallies[c]);
    finite = finite && std::isfinite(sums[c].first) && std::isfinite(sums[c].second);
  }
  // Squares of large values may overflow, too: then nothing is wrong.
  return stream.again || finite || look_again(stream, number, share.workspace, fault);
}

std::optional<RunError> simulate(Stream& stream, std::uint64_t first_span, std::uint64_t end_span,
                                 Shares& shares) {
  FirstFault fault;
  stream.sums.assign((end_span - first_span) * stream.columns.size(), {});
  const auto blocks_of = [&](std::uint64_t i, std::vector<Block>& blocks) {
    for (Block block = first_block(stream.run, first_span + i); block.count > 0; block = next_block(stream.run, block)) blocks.push_back(block);
  };
  const auto error = stream.run.for_each_simulated(end_span - first_span, blocks_of, [&]() -> Worker {
    return [&, share = &shares.take(stream.columns)](std::uint64_t i) {
      return run_span(stream, first_span + i, first_span, *share, fault);
    };
  });
  if (error && error->kind == RunError::Kind::OutOfMemory) return error;
  if (auto at_fault = fault.error()) return at_fault;
  return error;
}

/// Brings together what the threads have of one column.
void gather(Stream& stream, std::size_t c, const Shares& shares, std::vector<double>& kept) {
  Column& column = stream.columns[c];
  if (!stream.again) {
    for (std::size_t i = c; i < stream.sums.size(); i += stream.columns.size()) {
      column.sums.first += stream.sums[i].first;
      column.sums.second += stream.sums[i].second;
    }
  }
  std::size_t size = column.kept.size();
  for (const auto& share : shares.all()) size += share->members.size(c);
  kept.clear();
  kept.reserve(size);
  kept.insert(kept.end(), column.kept.begin(), column.kept.end());
  for (const auto& share : shares.all()) {
    aggregate::absorb(column, share->tallies[c]);
    share->members.append_to(c, kept);
  }
  column.kept.swap(kept);
}

/// After a round: narrower brackets.
std::optional<RunError> narrow_all(Stream& stream, std::uint64_t seen, Shares& shares) {
  const auto error = stream.run.for_each(stream.columns.size(), Progress::Phase::Simulating, [&]() -> Worker {
    return [&, kept = std::vector<double>(), scratch = std::vector<double>()](std::uint64_t c) mutable {
      Column& column = stream.columns[c];
      gather(stream, c, shares, kept);
      column.seen = seen;
      aggregate::narrow(column, scratch);
      kept.swap(column.kept);  // the large memory stays here
      column.kept = std::vector<double>(kept.begin(), kept.end());
      return true;
    };
  });
  shares.reset(stream.columns);
  return error;
}

/// After the last round: order statistics.
std::optional<RunError> settle_all(Stream& stream, Shares& shares) {
  return stream.run.for_each(stream.columns.size(), Progress::Phase::Summarising, [&]() -> Worker {
    return [&, kept = std::vector<double>()](std::uint64_t c) mutable {
      Column& column = stream.columns[c];
      gather(stream, c, shares, kept);
      column.seen = column.futures;
      aggregate::settle(column);
      column.kept.swap(kept);
      column.kept = {};
      return true;
    };
  });
}

std::optional<RunError> store_pilot(Stream& stream, Columns& values) {
  Run& run = stream.run;
  FirstFault fault;
  const auto block_of = [&](std::uint64_t number) { return block_from(number * exec::block_lanes, run.way.pilot_futures); };
  const auto add_block = [&](std::uint64_t number, std::vector<Block>& blocks) { blocks.push_back(block_of(number)); };
  const auto error = run.for_each_simulated(
      (run.way.pilot_futures - 1) / exec::block_lanes + 1, add_block, [&]() -> Worker {
        return [&, workspace = std::make_shared<exec::Workspace>(run.plan)](std::uint64_t number) {
          const Block block = block_of(number);
          const exec::Workspace& computed = compute_block(run, block, *workspace);
          if (!look_for_fault(run, block, computed, fault)) return false;
          for (std::size_t c = 0; c < stream.outputs.size(); ++c) {
            std::copy_n(computed.output(stream.outputs[c]), block.count,
                        values.column(static_cast<std::uint32_t>(c)) + block.first);
          }
          run.futures_done += block.count;
          return true;
        };
      });
  if (error && error->kind == RunError::Kind::OutOfMemory) return error;
  if (auto at_fault = fault.error()) return at_fault;
  return error;
}

std::vector<double> budgets_of(const Run& run, std::uint32_t output) {
  std::vector<double> budgets;
  for (const CellPlace& place : run.cells_of_output[output]) {
    const auto& budget = run.plan.report.forecasts[place.forecast].cells[place.cell].budget;
    if (budget) budgets.push_back(*budget);
  }
  return budgets;
}

std::optional<RunError> begin_columns(Stream& stream) {
  Run& run = stream.run;
  Columns values(std::max(1u, static_cast<std::uint32_t>(stream.outputs.size())), run.way.pilot_futures);
  if (auto error = store_pilot(stream, values)) return error;
  stream.columns.resize(stream.outputs.size());
  return run.for_each(stream.outputs.size(), Progress::Phase::Simulating, [&]() -> Worker {
    return [&](std::uint64_t c) {
      const auto begin = is_follower(stream, c) ? aggregate::begin_told_column : aggregate::begin_column;
      stream.columns[c] = begin(run.options.futures, values.values(static_cast<std::uint32_t>(c)), budgets_of(run, stream.outputs[c]));
      return true;
    };
  });
}

/// The first pass, or another group's: all but the columns whose brackets missed is known then.
std::optional<RunError> first_pass(Stream& stream) {
  Run& run = stream.run;
  auto begin = Clock::now();
  if (auto error = begin_columns(stream)) return error;
  Shares shares(run.plan, stream.columns.size());
  const std::uint64_t futures = run.options.futures;
  for (std::uint64_t done = run.way.pilot_futures; done < futures;) {
    const std::uint64_t end = next_end(run, done);
    if (auto error = simulate(stream, done / span, spans_in(end), shares)) return error;
    if (end < futures) {
      if (auto error = narrow_all(stream, end, shares)) return error;
    }
    done = end;
  }
  begin = Run::add_time(begin, run.results.simulate_seconds);
  if (auto error = settle_all(stream, shares)) return error;
  Run::add_time(begin, run.results.summarise_seconds);
  return std::nullopt;
}

/// Once more over all futures, for the columns of `part` alone.
std::optional<RunError> second_pass(Stream& part) {
  Run& run = part.run;
  ++run.passes;
  part.again = true;
  for (Column& column : part.columns) aggregate::widen(column);
  auto begin = Clock::now();
  Shares shares(run.plan, part.columns.size());
  if (auto error = simulate(part, 0, spans_in(run.options.futures), shares)) return error;
  begin = Run::add_time(begin, run.results.simulate_seconds);
  if (auto error = settle_all(part, shares)) return error;
  Run::add_time(begin, run.results.summarise_seconds);
  return std::nullopt;
}

bool is_known(const Column& column) {
  return std::all_of(column.known.begin(), column.known.end(), [](std::uint8_t k) { return k != 0; });
}

/// Columns whose brackets missed, as many at a time as fit.
std::optional<RunError> repair(Stream& stream) {
  Run& run = stream.run;
  std::vector<std::size_t> missed;
  for (std::size_t c = 0; c < stream.columns.size(); ++c) {
    if (!is_known(stream.columns[c]) && !is_follower(stream, c)) missed.push_back(c);
  }
  for (std::size_t i = 0; i < missed.size();) {
    Stream part{run, {}, {}};
    const std::size_t first = i;
    for (std::uint64_t bytes = 0; i < missed.size(); ++i) {
      bytes += aggregate::values_to_widen(stream.columns[missed[i]]) * sizeof(double);
      if (i > first && bytes > run.options.memory_limit) break;
      part.outputs.push_back(stream.outputs[missed[i]]);
      part.columns.push_back(std::move(stream.columns[missed[i]]));
    }
    if (auto error = second_pass(part)) return error;
    for (std::size_t k = 0; k < part.columns.size(); ++k) {
      HZ_CHECK(is_known(part.columns[k]));
      stream.columns[missed[first + k]] = std::move(part.columns[k]);
    }
  }
  return std::nullopt;
}

/// What their bases tell the followers, once these are known.
void tell_followers(Stream& stream) {
  for (const Follower& follower : stream.followers) {
    std::vector<double> order;
    for (const double x : stream.columns[follower.base].order) order.push_back(follower.multiple->of(x));
    aggregate::tell(stream.columns[follower.column], std::move(order));
  }
}

void put_results(Stream& stream) {
  const double futures = static_cast<double>(stream.run.options.futures);
  for (std::size_t c = 0; c < stream.columns.size(); ++c) {
    const Column& column = stream.columns[c];
    std::size_t next = 0;  // budgets stand in the order of the cells
    put_statistics(stream.run, stream.outputs[c], aggregate::statistics_of(column),
                   [&](double) { return static_cast<double>(column.over[next++]) / futures; });
  }
}

/// About what one column takes at most: its stored values, or its members at the end of a round. Brackets
/// hold 24 / sqrt(n) of all values if n futures fixed them.
std::uint64_t column_bytes(const Run& run) {
  const std::uint64_t futures = run.options.futures;
  double most = static_cast<double>(run.way.pilot_futures);
  for (std::uint64_t done = run.way.pilot_futures; done < futures;) {
    const std::uint64_t end = next_end(run, done);
    most =
        std::max(most, std::min(1.0, 24 / std::sqrt(static_cast<double>(done))) * static_cast<double>(end));
    done = end;
  }
  return static_cast<std::uint64_t>(most) * sizeof(double);
}

}  // namespace

bool can_be_streamed(const Run& run) {
  const std::uint64_t futures = run.options.futures;
  const bool large = futures >= run.way.least_streamed && futures / run.threads >= run.way.least_per_thread &&
                     futures > run.way.pilot_futures;
  // Errors of randomisations need each one's values.
  return large && run.kept == nullptr && !run.plan.sobol && !run.plan.outputs.empty();
}

std::optional<RunError> run_streamed(Run& run) {
  std::vector<std::uint32_t> shown;
  for (std::uint32_t output = 0; output < run.plan.outputs.size(); ++output) {
    if (!run.cells_of_output[output].empty()) shown.push_back(output);
  }
  const std::size_t fit = std::max<std::size_t>(1, run.options.memory_limit / column_bytes(run));
  run.passes = static_cast<std::uint32_t>(std::max<std::size_t>(1, (shown.size() + fit - 1) / fit));
  std::size_t begin = 0;
  do {
    const std::size_t end = std::min(shown.size(), begin + fit);
    Stream stream{run,
                  {shown.begin() + static_cast<std::ptrdiff_t>(begin),
                   shown.begin() + static_cast<std::ptrdiff_t>(end)},
                  {}};
    find_followers(stream);
    if (auto error = first_pass(stream)) return error;
    if (auto error = repair(stream)) return error;
    tell_followers(stream);
    put_results(stream);
    begin = end;
  } while (begin < shown.size());
  return std::nullopt;
}

}  // namespace horizon::session
