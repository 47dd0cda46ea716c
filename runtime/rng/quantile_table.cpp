#include "runtime/rng/quantile_table.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "runtime/rng/octave.hpp"
#include "runtime/rng/vecmath_constants.hpp"

namespace horizon::rng {

namespace {

constexpr int kDepths = HZ_TABLE_STORED_DEPTHS;
constexpr int kBatch = 8;  // rows built at once; changes no bit

/// Everything the recurrence needs of `rows` rows: lane 2i is the lower side of row i, lane 2i+1 its upper
/// side.
template <int rows>
struct Batch {
  static constexpr int lanes = 2 * rows;
  bool beta = true;
  int small_shape = 0;  // TaylorOrders row
  double first[lanes], sum[lanes];                  // of Side
  double x[lanes], slope[lanes], distance[lanes];   // of the start
  double factor[lanes], anchor[lanes];
  double* out[rows];
};

/// The row of a start, with scale 1 and offset 0.
TableRow row_of(const HzTableStart& start) {
  return {start.gamma != 0 ? TableRow::Kind::gamma : TableRow::Kind::beta, start.a, start.b};
}

void put_parameters(const TableRow& row, double* to) {
  std::fill_n(to, HZ_TABLE_DOUBLES - HZ_TABLE_STORED, 0.0);
  const bool gamma = row.kind == TableRow::Kind::gamma;
  to[HZ_TABLE_ROW_A] = row.a;
  to[HZ_TABLE_ROW_B] = gamma ? 1 : row.b;
  to[HZ_TABLE_ROW_SCALE] = row.scale;
  to[HZ_TABLE_ROW_OFFSET] = row.offset;
  to[HZ_TABLE_ROW_GAMMA] = gamma ? 1 : 0;
}

template <int rows>
void place(Batch<rows>& batch, int i, const TableRow& row, const HzTableStart& start, double* out) {
  batch.beta = row.kind == TableRow::Kind::beta;
  batch.small_shape = order_class(row);
  batch.out[i] = out;
  for (int side = 0; side < 2; ++side) {
    const int lane = 2 * i + side;
    const Side s = side_of(row, side == 1);
    batch.first[lane] = s.first;
    batch.sum[lane] = s.sum;
    batch.factor[lane] = s.factor;
    batch.anchor[lane] = s.anchor;
    batch.x[lane] = start.value[side];
    batch.slope[lane] = start.slope[side];
    batch.distance[lane] = start.distance[side];
  }
  put_parameters(row, out + HZ_TABLE_STORED);
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
  const int begin = level * HZ_TABLE_LEVEL_DOUBLES;
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
    std::fill(anchors, anchors + 8, batch.anchor[i]);
  }
}

/// From the deepest octave to the shallowest; inwards, because errors shrink that way.
template <class Lanes, int rows>
[[gnu::always_inline]] inline void fill(const Batch<rows>& batch) {
  constexpr int lanes = 2 * rows;
  Equation<Lanes> equation{batch.beta, Lanes::load(batch.first), Lanes::load(batch.sum)};
  Lanes x = Lanes::load(batch.x), slope = Lanes::load(batch.slope);
  const Lanes factor = Lanes::load(batch.factor);
  Lanes xs[kTaylorTerms], slopes[kTaylorTerms];
  double values[8 * kCoefficients * lanes];  // of a level
  const int first_terms = taylor_terms(batch.small_shape, kDepths - 1);
  taylor_series(equation, x, slope, first_terms, xs, slopes);
  move(x, slope, xs, slopes, first_terms, Lanes::load(batch.distance));
  for (int depth = kDepths - 1; depth >= 0; --depth) {
    const int terms = taylor_terms(batch.small_shape, depth);
    taylor_series(equation, x, slope, terms, xs, slopes);
    polynomial_of(xs, terms, x * factor,
                  [&](int c, const Lanes& number) { number.store(values + (depth % 8 * kCoefficients + c) * lanes); });
    if (depth % 8 == 0) put_level(batch, depth / 8, values);
    if (depth > 0) move(x, slope, xs, slopes, terms, vecmath::kLn2);
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
  HzTableStart start{row.a, row.b, {}, {}, {}, row.kind == TableRow::Kind::gamma};
  if (start.gamma != 0) start.b = 1;
  const double log_c = log_constant(row);
  for (int side = 0; side < 2; ++side) {
    const TailPoint point = point_near(row, side == 1, log_c, middle_of(kDepths - 1));
    start.value[side] = point.x;
    start.slope[side] = point.slope / point.x;
    start.distance[side] = point.distance;
  }
  return start;
}

namespace {

struct Wanted {
  TableRow row;
  HzTableStart start;
};

/// `wanted(i)` for each of `count` tables into `out`.
template <class F>
void build(std::size_t count, F wanted, std::span<double> out) {
  HZ_CHECK(out.size() == count * HZ_TABLE_DOUBLES);
  // Tables of one kind and order go together, in the order given.
  std::array<std::vector<std::size_t>, 6> groups;
  for (std::size_t i = 0; i < count; ++i) {
    const TableRow& row = wanted(i).row;
    groups[(row.kind == TableRow::Kind::gamma ? 3 : 0) + static_cast<std::size_t>(order_class(row))].push_back(i);
  }
  double unused[HZ_TABLE_DOUBLES];
  const auto put = [&](auto& batch, int slot, std::size_t i, double* to) {
    const Wanted& w = wanted(i);
    place(batch, slot, w.row, w.start, to);
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
  for (const TableRow& row : rows) wanted.push_back({row, start_of(row)});
  build(rows.size(), [&](std::size_t i) -> const Wanted& { return wanted[i]; }, out);
}

void build_tables(std::span<const HzTableStart> starts, std::span<const std::uint32_t> which, std::span<double> out) {
  build(which.size(), [&](std::size_t i) { return Wanted{row_of(starts[which[i]]), starts[which[i]]}; }, out);
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

}  // namespace horizon::rng
