// Order statistics without a full sort: values are counted into equal-width buckets between the smallest and
// the largest, only buckets that hold a wanted rank are gathered, and those are treated the same way again
// until they are small. The bucket number is a non-decreasing function of the value even with rounding, so
// the result is exact.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>

#include "base/check.hpp"
#include "runtime/aggregate/aggregate.hpp"

namespace horizon::aggregate {
namespace {

constexpr std::size_t bucket_count = 2048;
constexpr std::size_t small = 2048;  // below this, sorting is cheaper than counting
constexpr int max_depth = 6;         // a few huge outliers a level: after six, plain selection takes over

struct Range {
  double low, high;
};

constexpr std::size_t lanes = 8;
using Vector = double __attribute__((vector_size(sizeof(double) * lanes)));
using Numbers = std::int32_t __attribute__((vector_size(sizeof(std::int32_t) * lanes)));
using Shorts = std::uint16_t __attribute__((vector_size(sizeof(std::uint16_t) * lanes)));

[[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]] Range range_of(std::span<const double> values) {
  Vector low = values[0] - Vector{}, high = low;
  std::size_t i = 0;
  for (; i + lanes <= values.size(); i += lanes) {
    Vector x;
    __builtin_memcpy(&x, values.data() + i, sizeof x);
    low = x < low ? x : low;
    high = x > high ? x : high;
  }
  for (; i < values.size(); ++i) {
    low[0] = std::min(low[0], values[i]);
    high[0] = std::max(high[0], values[i]);
  }
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    low[0] = std::min(low[0], low[lane]);
    high[0] = std::max(high[0], high[lane]);
  }
  return {low[0], high[0]};
}

/// `ranks` count from `offset`; results go to `out`, one a rank.
struct Wanted {
  std::span<const std::uint64_t> ranks;
  std::uint64_t offset;
  double* out;
};

void select_by_partition(std::span<double> values, Wanted wanted) {
  auto begin = values.begin();
  for (std::size_t i = 0; i < wanted.ranks.size(); ++i) {
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(wanted.ranks[i] - wanted.offset);
    if (nth >= begin) {
      std::nth_element(begin, nth, values.end());
      begin = nth + 1;  // what stands before is not larger: later ranks lie behind
    }
    wanted.out[i] = *nth;
  }
}

void select(std::span<const double> values, Wanted wanted, int depth);

/// Monotone map of values to buckets. Bucket 0 holds the values equal to the smallest and nothing else: many
/// futures often share it (nothing is spent where a launch fails), and then it needs no second look.
struct Buckets {
  double low, scale;
};

/// The bucket of each value.
[[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]] void number(std::span<const double> values, Buckets buckets,
                                                                                 std::uint16_t* bucket_of) {
  std::size_t i = 0;
  for (; i + lanes <= values.size(); i += lanes) {
    Vector x;
    __builtin_memcpy(&x, values.data() + i, sizeof x);
    const Numbers above = -__builtin_convertvector(x > buckets.low, Numbers);
    const Shorts number = __builtin_convertvector(above + __builtin_convertvector((x - buckets.low) * buckets.scale, Numbers), Shorts);
    __builtin_memcpy(bucket_of + i, &number, sizeof number);
  }
  for (; i < values.size(); ++i) {
    const double x = values[i];
    bucket_of[i] = static_cast<std::uint16_t>((x > buckets.low ? 1 : 0) + static_cast<std::int32_t>((x - buckets.low) * buckets.scale));
  }
}

/// Four tables in turn: consecutive values often fall into one bucket, and would wait for each other's count.
std::vector<std::uint32_t> count(std::span<const std::uint16_t> bucket_of) {
  std::vector<std::array<std::uint32_t, 4>> counts(bucket_count, {0, 0, 0, 0});
  std::size_t i = 0;
  for (; i + 4 <= bucket_of.size(); i += 4) {
    for (std::size_t k = 0; k < 4; ++k) ++counts[bucket_of[i + k]][k];
  }
  for (; i < bucket_of.size(); ++i) ++counts[bucket_of[i]][0];
  std::vector<std::uint32_t> sums(bucket_count);
  for (std::size_t b = 0; b < bucket_count; ++b)
    sums[b] = counts[b][0] + counts[b][1] + counts[b][2] + counts[b][3];
  return sums;
}

/// A bucket that holds wanted ranks: its values will be gathered.
struct Hit {
  std::size_t bucket;
  std::uint64_t before;  // values in lower buckets
  std::size_t size;
  std::size_t first_rank, rank_count;
};

std::vector<Hit> find_hits(const std::vector<std::uint32_t>& counts, Wanted wanted) {
  std::vector<Hit> hits;
  std::uint64_t before = 0;
  std::size_t rank = 0;
  for (std::size_t bucket = 0; bucket < counts.size() && rank < wanted.ranks.size(); ++bucket) {
    const std::uint64_t end = before + counts[bucket];
    const std::size_t first = rank;
    while (rank < wanted.ranks.size() && wanted.ranks[rank] - wanted.offset < end) ++rank;
    if (rank != first) hits.push_back({bucket, before, counts[bucket], first, rank - first});
    before = end;
  }
  return hits;
}

/// The values of all hits but those of bucket 0, one hit after another.
std::vector<double> gather(std::span<const double> values, const std::uint16_t* bucket_of, const std::vector<Hit>& hits) {
  std::vector<std::uint8_t> hit_of(bucket_count, 0);  // 1 + index; there are fewer than 255 ranks
  std::vector<std::size_t> end;                       // where a hit's next value goes
  std::size_t total = 0;
  for (const Hit& hit : hits) {
    end.push_back(total);
    if (hit.bucket == 0) continue;
    hit_of[hit.bucket] = static_cast<std::uint8_t>(end.size());
    total += hit.size;
  }
  // First those of any hit, then to their places: without branches, which would often be guessed wrong.
  std::vector<double> found(total + 1);
  std::vector<std::uint8_t> hit(total + 1);
  std::size_t n = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    found[n] = values[i];
    hit[n] = hit_of[bucket_of[i]];
    n += hit[n] != 0 ? 1u : 0u;
  }
  std::vector<double> gathered(total);
  for (std::size_t i = 0; i < n; ++i) gathered[end[hit[i] - 1u]++] = found[i];
  return gathered;
}

void select_by_buckets(std::span<const double> values, Buckets buckets, Wanted wanted, int depth) {
  const auto bucket_of = std::make_unique_for_overwrite<std::uint16_t[]>(values.size());
  number(values, buckets, bucket_of.get());
  const std::vector<Hit> hits = find_hits(count({bucket_of.get(), values.size()}), wanted);
  std::vector<double> gathered = gather(values, bucket_of.get(), hits);
  std::size_t begin = 0;
  for (const Hit& hit : hits) {
    double* out = wanted.out + hit.first_rank;
    if (hit.bucket == 0) {
      std::fill_n(out, hit.rank_count, buckets.low);
      continue;
    }
    const std::span<double> own = std::span(gathered).subspan(begin, hit.size);
    const Wanted here{wanted.ranks.subspan(hit.first_rank, hit.rank_count), wanted.offset + hit.before, out};
    if (hit.size <= small) {
      select_by_partition(own, here);
    } else {
      select(own, here, depth + 1);
    }
    begin += hit.size;
  }
}

void select(std::span<const double> values, Wanted wanted, int depth) {
  const bool countable =
      values.size() > small && depth < max_depth && values.size() < std::numeric_limits<std::uint32_t>::max();
  if (countable) {
    const Range range = range_of(values);
    if (range.low == range.high) {
      std::fill_n(wanted.out, wanted.ranks.size(), range.low);
      return;
    }
    // One less for bucket 0, one less so that the largest value still falls into the last.
    const double scale = static_cast<double>(bucket_count - 2) / (range.high - range.low);
    if (std::isfinite(scale) && scale > 0) {
      select_by_buckets(values, {range.low, scale}, wanted, depth);
      return;
    }
  }
  std::vector<double> copy(values.begin(), values.end());
  select_by_partition(copy, wanted);
}

}  // namespace

std::vector<double> order_statistics(std::span<const double> values, std::span<const std::uint64_t> ranks) {
  HZ_CHECK(!values.empty() && ranks.size() < 255);
  HZ_CHECK(std::is_sorted(ranks.begin(), ranks.end()) && (ranks.empty() || ranks.back() < values.size()));
  std::vector<double> found(ranks.size());
  select(values, {ranks, 0, found.data()}, 0);
  return found;
}

}  // namespace horizon::aggregate
