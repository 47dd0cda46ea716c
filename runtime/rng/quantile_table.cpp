#include "runtime/rng/quantile_table.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "runtime/rng/constants.hpp"
#include "runtime/rng/quantile.hpp"
#include "runtime/rng/solve.hpp"
#include "runtime/rng/special.hpp"
#include "runtime/rng/taylor.hpp"

namespace horizon::rng {

namespace {

constexpr int kCoefficients = HZ_TABLE_COEFFICIENTS;
constexpr int kDepths = HZ_TABLE_DEPTHS;
constexpr int kBatch = 8;  // rows built at once; changes no bit

/// Everything the recurrence needs of `rows` rows: lane 2i is the lower side of row i, lane 2i+1 its upper
/// side. The upper side of a beta is the lower side of its mirror image 1 - X.
template <int rows>
struct Batch {
  static constexpr int lanes = 2 * rows;
  bool beta = true;
  int small_shape = 0;  // TaylorOrders row
  double first[lanes];  // a - 1 or k - 1
  double sum[lanes];    // a + b - 2 or 1
  double x[lanes], slope[lanes];
  double factor[lanes], anchor[lanes];  // value = anchor + factor * x
  double* out[rows];
};

/// Shapes below 1 make x a high power of w: more terms of the series.
int order_class(const HzTableStart& start) {
  const double smallest = start.gamma != 0 ? start.a : std::min(start.a, start.b);
  return smallest < 0.4 ? 2 : smallest < 1 ? 1 : 0;
}

template <int rows>
void place(Batch<rows>& batch, int i, const HzTableStart& start, double scale, double offset, double* out) {
  const int lower = 2 * i, upper = lower + 1;
  batch.out[i] = out;
  batch.factor[lower] = scale;
  batch.anchor[lower] = offset;
  if (start.gamma == 0) {
    batch.first[lower] = start.a - 1;
    batch.first[upper] = start.b - 1;
    batch.sum[lower] = batch.sum[upper] = start.a + start.b - 2;
    batch.factor[upper] = -scale;
    batch.anchor[upper] = offset + scale;
  } else {
    batch.first[lower] = batch.first[upper] = start.a - 1;
    batch.sum[lower] = batch.sum[upper] = 1;
    batch.factor[upper] = scale;
    batch.anchor[upper] = offset;
  }
  for (int side = 0; side < 2; ++side) {
    batch.x[lower + side] = start.value[side];
    batch.slope[lower + side] = start.slope[side];
  }
}

using Vector = double __attribute__((vector_size(64)));

/// Element i of vector j becomes element j of vector i.
[[gnu::always_inline]] inline void transpose(Vector (&v)[8]) {
  using Order = long long __attribute__((vector_size(64)));
  const auto exchange = [&](int distance, const Order& low, const Order& high) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      if (i & distance) continue;
      const Vector a = v[i], b = v[i + distance];
      v[i] = __builtin_shuffle(a, b, low);
      v[i + distance] = __builtin_shuffle(a, b, high);
    }
  };
  exchange(1, Order{0, 8, 2, 10, 4, 12, 6, 14}, Order{1, 9, 3, 11, 5, 13, 7, 15});
  exchange(2, Order{0, 1, 8, 9, 4, 5, 12, 13}, Order{2, 3, 10, 11, 6, 7, 14, 15});
  exchange(4, Order{0, 1, 2, 3, 8, 9, 10, 11}, Order{4, 5, 6, 7, 12, 13, 14, 15});
}

/// The coefficients of eight depths, [depth][coefficient][lane], go to their tables.
template <int rows>
[[gnu::always_inline]] inline void put_level(const Batch<rows>& batch, int level, const double* values) {
  constexpr int lanes = 2 * rows, depth_size = kCoefficients * lanes;
  const int depths = std::min(8, kDepths - 8 * level), begin = level * HZ_TABLE_LEVEL_DOUBLES;
  for (int c = 0; c < kCoefficients; ++c) {
    for (int lane = 0; lane < lanes; lane += 8) {
      const double* const from = values + c * lanes + lane;
      if constexpr (lanes % 8 == 0) {
        Vector v[8];
#pragma GCC unroll 8
        for (int d = 0; d < 8; ++d) __builtin_memcpy(&v[d], from + d * depth_size, sizeof v[d]);
        transpose(v);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) __builtin_memcpy(batch.out[(lane + i) / 2] + begin + 16 * c + 8 * (i % 2), &v[i], sizeof v[i]);
      } else {
        for (int i = 0; i < lanes; ++i)
          for (int d = 0; d < 8; ++d) batch.out[i / 2][begin + 16 * c + 8 * (i % 2) + d] = from[d * depth_size + i];
      }
    }
  }
  for (int i = 0; i < lanes; ++i) {
    double* const anchors = batch.out[i / 2] + begin + 16 * HZ_TABLE_ANCHOR + 8 * (i % 2);
    for (int d = 0; d < 8; ++d) anchors[d] = d < depths ? batch.anchor[i] : 0;
  }
}

/// From the deepest octave to the shallowest; inwards, because errors shrink that way.
template <class Lanes, int rows>
[[gnu::always_inline]] inline void fill(const Batch<rows>& batch) {
  constexpr int lanes = 2 * rows;
  constexpr int at_once = 4;  // sums that do not wait for each other
  static_assert(kCoefficients % at_once == 0);
  Equation<Lanes> equation{batch.beta, Lanes::load(batch.first), Lanes::load(batch.sum)};
  Lanes x = Lanes::load(batch.x), slope = Lanes::load(batch.slope);
  const Lanes factor = Lanes::load(batch.factor);
  Lanes xs[kTaylorTerms], slopes[kTaylorTerms];
  double values[8 * kCoefficients * lanes] = {};  // of a level; nothing beyond the deepest octave
  for (int depth = kDepths - 1; depth >= 0; --depth) {
    const int terms = taylor_terms(batch.small_shape, depth);
    taylor_series(equation, x, slope, terms, xs, slopes);
    const Lanes scale = x * factor;
    for (int c = 0; c < kCoefficients; c += at_once) {
      Lanes sums[at_once];
#pragma GCC unroll 4
      for (int k = 0; k < at_once; ++k) sums[k] = xs[terms - 1] * kSeriesToPolynomial[c + k][terms - 1];
      for (int j = terms - 2; j >= 0; --j) {
#pragma GCC unroll 4
        for (int k = 0; k < at_once; ++k) sums[k] = sums[k] + xs[j] * kSeriesToPolynomial[c + k][j];
      }
      for (int k = 0; k < at_once; ++k) (sums[k] * scale).store(values + (depth % 8 * kCoefficients + c + k) * lanes);
    }
    if (depth % 8 == 0) put_level(batch, depth / 8, values);
    Lanes ratio = xs[terms - 1];
    slope = slopes[terms - 1];
    for (int j = terms - 2; j >= 0; --j) {
      ratio = ratio * vecmath::kLn2 + xs[j];
      slope = slope * vecmath::kLn2 + slopes[j];
    }
    x = x * ratio;
    slope = slope / ratio;
  }
}

using OneRow = Pack<double, 1, 2>;
using EightRows = Pack<Vector, 8, 2>;

// The same operations on wider registers: no fma is formed (-ffp-contract=off), so the bits are the same.
[[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]] void fill_eight(
    const Batch<kBatch>& batch) {
  fill<EightRows>(batch);
}

void fill_one(const Batch<1>& batch) { fill<OneRow>(batch); }

bool within(double value, double low, double high) { return value >= low && value <= high; }

}  // namespace

bool in_range(const TableRow& row) {
  const double finite = row.scale - row.scale + (row.offset - row.offset);  // NaN for an infinity
  if (finite != 0) return false;
  if (row.kind == TableRow::Kind::gamma) return within(row.a, kMinGammaShape, kMaxGammaShape);
  return within(row.a, kMinBetaShape, kMaxBetaShape) && within(row.b, kMinBetaShape, kMaxBetaShape) &&
         row.a + row.b >= kMinBetaSum;
}

HzTableStart start_of(const TableRow& row) {
  HZ_CHECK(in_range(row));
  const double w = vecmath::kSqrt2 * 0x1p-53;  // the middle, in ln w, of the deepest octave
  HzTableStart start{row.a, 1, {}, {}, 0};
  TailPoint low, high;
  if (row.kind == TableRow::Kind::beta) {
    start.b = row.b;
    const double log_c = log_beta_function(row.a, row.b);
    low = solve_beta_lower(row.a, row.b, log_c, w);
    high = solve_beta_lower(row.b, row.a, log_c, w);
  } else {
    start.gamma = 1;
    const double log_c = log_gamma(row.a);
    low = solve_gamma_lower(row.a, log_c, w);
    high = solve_gamma_upper(row.a, log_c, w);
  }
  start.value[0] = low.x;
  start.slope[0] = low.slope / low.x;
  start.value[1] = high.x;
  start.slope[1] = high.slope / high.x;
  return start;
}

namespace {

struct Wanted {
  HzTableStart start;
  double scale = 1, offset = 0;
};

/// `wanted(i)` for each of `count` tables into `out`.
template <class F>
void build(std::size_t count, F wanted, std::span<double> out) {
  HZ_CHECK(out.size() == count * HZ_TABLE_DOUBLES);
  // Tables of one kind and order go together, in the order given.
  std::array<std::vector<std::size_t>, 6> groups;
  for (std::size_t i = 0; i < count; ++i) {
    const HzTableStart& start = wanted(i).start;
    groups[3 * std::size_t{start.gamma} + static_cast<std::size_t>(order_class(start))].push_back(i);
  }
  double unused[HZ_TABLE_DOUBLES];
  const auto put = [&](auto& batch, int slot, std::size_t i, double* to) {
    const Wanted& w = wanted(i);
    batch.beta = w.start.gamma == 0;
    batch.small_shape = order_class(w.start);
    place(batch, slot, w.start, w.scale, w.offset, to);
  };
  for (const auto& group : groups) {
    std::size_t next = 0;
    // The last few together, too, with one of them in the places that are left: a single one takes half as long as eight.
    for (; next + 2 <= group.size(); next += kBatch) {
      Batch<kBatch> batch;
      for (std::size_t slot = 0; slot < kBatch; ++slot) {
        const bool is_one = next + slot < group.size();
        const std::size_t i = group[is_one ? next + slot : next];
        put(batch, static_cast<int>(slot), i, is_one ? out.data() + i * HZ_TABLE_DOUBLES : unused);
      }
      fill_eight(batch);
    }
    if (next < group.size()) {
      Batch<1> batch;
      put(batch, 0, group[next], out.data() + group[next] * HZ_TABLE_DOUBLES);
      fill_one(batch);
    }
  }
}

}  // namespace

void build_tables(std::span<const TableRow> rows, std::span<double> out) {
  std::vector<Wanted> wanted;
  wanted.reserve(rows.size());
  for (const TableRow& row : rows) wanted.push_back({start_of(row), row.scale, row.offset});
  build(rows.size(), [&](std::size_t i) -> const Wanted& { return wanted[i]; }, out);
}

void build_tables(std::span<const HzTableStart> starts, std::span<const std::uint32_t> which, std::span<double> out) {
  build(which.size(), [&](std::size_t i) { return Wanted{starts[which[i]]}; }, out);
}

namespace {

std::optional<QuantileTable> build_one(const TableRow& row) {
  if (!in_range(row)) return std::nullopt;
  QuantileTable table{std::vector<double>(HZ_TABLE_DOUBLES)};
  build_tables(std::span(&row, 1), table.coefficients);
  return table;
}

}  // namespace

std::optional<QuantileTable> build_beta_table(double a, double b) {
  return build_one({TableRow::Kind::beta, a, b});
}

std::optional<QuantileTable> build_gamma_table(double k) { return build_one({TableRow::Kind::gamma, k}); }

double table_value(std::span<const double> coefficients, std::uint64_t bits) {
  ScalarArith a;
  return table_quantile(
      a, [&](std::uint64_t index) { return coefficients[index]; }, bits);
}

}  // namespace horizon::rng
