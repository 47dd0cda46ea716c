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
int order_class(const TableRow& row) {
  const double smallest = row.kind == TableRow::Kind::beta ? std::min(row.a, row.b) : row.a;
  return smallest < 0.4 ? 2 : smallest < 1 ? 1 : 0;
}

template <int rows>
void start_row(Batch<rows>& batch, int i, const TableRow& row, double* out) {
  const double w = vecmath::kSqrt2 * 0x1p-53;  // the middle, in ln w, of the deepest octave
  const int lower = 2 * i, upper = lower + 1;
  batch.out[i] = out;
  batch.factor[lower] = row.scale;
  batch.anchor[lower] = row.offset;
  TailPoint low, high;
  if (row.kind == TableRow::Kind::beta) {
    const double log_c = log_beta_function(row.a, row.b);
    low = solve_beta_lower(row.a, row.b, log_c, w);
    high = solve_beta_lower(row.b, row.a, log_c, w);
    batch.first[lower] = row.a - 1;
    batch.first[upper] = row.b - 1;
    batch.sum[lower] = batch.sum[upper] = row.a + row.b - 2;
    batch.factor[upper] = -row.scale;
    batch.anchor[upper] = row.offset + row.scale;
  } else {
    const double log_c = log_gamma(row.a);
    low = solve_gamma_lower(row.a, log_c, w);
    high = solve_gamma_upper(row.a, log_c, w);
    batch.first[lower] = batch.first[upper] = row.a - 1;
    batch.sum[lower] = batch.sum[upper] = 1;
    batch.factor[upper] = row.scale;
    batch.anchor[upper] = row.offset;
  }
  batch.x[lower] = low.x;
  batch.slope[lower] = low.slope / low.x;
  batch.x[upper] = high.x;
  batch.slope[upper] = high.slope / high.x;
}

/// From the deepest octave to the shallowest; inwards, because errors shrink that way.
template <class Lanes, int rows>
[[gnu::always_inline]] inline void fill(const Batch<rows>& batch) {
  constexpr int lanes = 2 * rows;
  Equation<Lanes> equation{batch.beta, Lanes::load(batch.first), Lanes::load(batch.sum)};
  Lanes x = Lanes::load(batch.x), slope = Lanes::load(batch.slope);
  const Lanes factor = Lanes::load(batch.factor);
  Lanes xs[kTaylorTerms], slopes[kTaylorTerms];
  double values[lanes];
  for (int depth = kDepths - 1; depth >= 0; --depth) {
    const int terms = taylor_terms(batch.small_shape, depth);
    taylor_series(equation, x, slope, terms, xs, slopes);
    const int place = (depth / 8) * HZ_TABLE_LEVEL_DOUBLES + depth % 8;
    const Lanes scale = x * factor;
    for (int c = 0; c < kCoefficients; ++c) {
      const double* weights = kSeriesToPolynomial[c];
      Lanes sum = xs[terms - 1] * weights[terms - 1];
      for (int j = terms - 2; j >= 0; --j) sum = sum + xs[j] * weights[j];
      (sum * scale).store(values);
      for (int lane = 0; lane < lanes; ++lane)
        batch.out[lane / 2][place + 16 * c + 8 * (lane % 2)] = values[lane];
    }
    for (int lane = 0; lane < lanes; ++lane) {
      batch.out[lane / 2][place + 16 * HZ_TABLE_ANCHOR + 8 * (lane % 2)] = batch.anchor[lane];
    }
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
using Vector = double __attribute__((vector_size(64)));
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

void build_tables(std::span<const TableRow> rows, std::span<double> out) {
  HZ_CHECK(out.size() == rows.size() * HZ_TABLE_DOUBLES);
  std::fill(out.begin(), out.end(), 0.0);
  // Rows of one kind and order go together, in the order given.
  std::array<std::vector<std::size_t>, 6> groups;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    HZ_CHECK(in_range(rows[i]));
    groups[3 * static_cast<std::size_t>(rows[i].kind == TableRow::Kind::gamma) +
           static_cast<std::size_t>(order_class(rows[i]))]
        .push_back(i);
  }
  for (const auto& group : groups) {
    std::size_t next = 0;
    const auto start = [&](auto& batch, int slot, std::size_t member) {
      const std::size_t i = group[member];
      batch.beta = rows[i].kind == TableRow::Kind::beta;
      batch.small_shape = order_class(rows[i]);
      start_row(batch, slot, rows[i], out.data() + i * HZ_TABLE_DOUBLES);
    };
    for (; next + kBatch <= group.size(); next += kBatch) {
      Batch<kBatch> batch;
      for (int slot = 0; slot < kBatch; ++slot) start(batch, slot, next + static_cast<std::size_t>(slot));
      fill_eight(batch);
    }
    for (; next < group.size(); ++next) {
      Batch<1> batch;
      start(batch, 0, next);
      fill_one(batch);
    }
  }
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
