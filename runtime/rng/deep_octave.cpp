// Octaves of a quantile table that are not in memory.
#include "runtime/rng/octave.hpp"
#include "runtime/rng/quantile.hpp"

namespace horizon::rng {

namespace {

using OneSide = Pack<double, 1, 1>;

TableRow parameters_at(const double* from) {
  return {from[HZ_TABLE_ROW_GAMMA] != 0 ? TableRow::Kind::gamma : TableRow::Kind::beta, from[HZ_TABLE_ROW_A], from[HZ_TABLE_ROW_B],
          from[HZ_TABLE_ROW_SCALE], from[HZ_TABLE_ROW_OFFSET]};
}

/// The numbers of one side of an octave that is not in memory, the anchor last.
struct DeepOctave {
  double numbers[kCoefficients + 1];
};

/// From a point of its own.
DeepOctave deep_octave(const TableRow& row, bool upper, int depth) {
  DeepOctave result{};
  if (depth >= HZ_TABLE_DEPTHS) return result;
  const Side side = side_of(row, upper);
  const TailPoint point = point_near(row, upper, log_constant(row), middle_of(depth));
  const Equation<OneSide> equation{row.kind == TableRow::Kind::beta, OneSide::all(side.first), OneSide::all(side.sum)};
  OneSide x = OneSide::all(point.x), slope = OneSide::all(point.slope / point.x), xs[kTaylorTerms], slopes[kTaylorTerms];
  const int terms = taylor_terms(order_class(row), depth);
  taylor_series(equation, x, slope, terms, xs, slopes);
  move(x, slope, xs, slopes, terms, OneSide::all(point.distance));
  taylor_series(equation, x, slope, terms, xs, slopes);
  polynomial_of(xs, terms, x * side.factor, [&](int c, const OneSide& number) { number.store(result.numbers + c); });
  result.numbers[HZ_TABLE_ANCHOR] = side.anchor;
  return result;
}

}  // namespace

void table_numbers(const double* table, std::uint64_t index, std::uint64_t count, double* to) {
  constexpr std::uint64_t run = 16, level_size = HZ_TABLE_LEVEL_DOUBLES;
  for (const std::uint64_t end = index + run * count; index < end;) {
    if (index < HZ_TABLE_STORED) {
      *to = table[index];
      index += run, to += run;
      continue;
    }
    // All that are wanted of an octave.
    const std::uint64_t level = index / level_size, within = index % level_size, place = within % run;
    const DeepOctave octave = deep_octave(parameters_at(table + HZ_TABLE_STORED), place >= 8, static_cast<int>(8 * level + place % 8));
    for (std::uint64_t c = within / run; c <= HZ_TABLE_ANCHOR && index < end; ++c, index += run, to += run) *to = octave.numbers[c];
  }
}

double table_number(const double* table, std::uint64_t index) {
  if (index < HZ_TABLE_STORED) return table[index];
  double number;
  table_numbers(table, index, 1, &number);
  return number;
}

double table_value(std::span<const double> table, std::uint64_t bits) {
  ScalarArith a;
  return table_quantile(
      a, [&](std::uint64_t index) { return table_number(table.data(), index); }, bits);
}

}  // namespace horizon::rng
