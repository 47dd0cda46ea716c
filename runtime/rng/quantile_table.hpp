#pragma once
// Row tables of inverse CDFs (N8) and, for parameters that are themselves drawn, direct solves.
//
// A table is a polynomial of degree 11 in the mantissa of w for each side and octave, all 52 of them, so that
// every draw is answered by the table. It is built by Taylor series of the quantile function's differential
// equation in y = ln w, W x'' = x' (W - V x') (G. Steinbrecher and W. T. Shaw, "Quantile mechanics", Eur. J.
// Appl. Math. 19, 2008; beta: W = x(1-x), V = (a-1) - (a+b-2) x; gamma: W = x, V = (k-1) - x). The first 16 octaves
// are in memory, found by stepping inwards from one point; a deeper one is made when a draw asks for it, from a
// point of its own, so that it does not matter when or by whom. Memory layout: runtime/abi/draw_layout.h.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/large_memory.hpp"
#include "runtime/abi/draw_layout.h"

namespace horizon::rng {

/// Shapes that a table or a solve accepts; a beta's two shapes together are at least kMinBetaSum.
inline constexpr double kMinBetaShape = 0.2, kMaxBetaShape = 2000, kMinBetaSum = 0.5;
inline constexpr double kMinGammaShape = 0.2, kMaxGammaShape = 10000;

/// HZ_TABLE_DOUBLES doubles: the levels in memory, and the parameters from which the others are made.
struct QuantileTable {
  std::vector<double> coefficients;
};

/// beta(a, b) on 0..1; nothing where a or b is out of range or not a number.
std::optional<QuantileTable> build_beta_table(double a, double b);
/// gamma(k), scale 1; nothing where k is out of range or not a number.
std::optional<QuantileTable> build_gamma_table(double k);

/// One row to build. `b` is for beta only. The result is that of `offset + scale * X`.
struct TableRow {
  enum class Kind : std::uint8_t { beta, gamma } kind = Kind::beta;
  double a = 1;
  double b = 1;
  double scale = 1;
  double offset = 0;
};

/// True where the row's shapes are in range and scale and offset are finite.
bool in_range(const TableRow& row);

/// Many rows into `out` (rows.size() * HZ_TABLE_DOUBLES doubles), several at once; the same bits as one by one. Every row
/// in range.
void build_tables(std::span<const TableRow> rows, std::span<double> out);

/// The part of building that is done once where a table is built again and again: a quarter of its time. `row` in range; its scale and
/// offset play no part.
HzTableStart start_of(const TableRow& row);
/// The tables of starts[which[i]] one after the other, scale 1 and offset 0: the bits of build_tables().
void build_tables(std::span<const HzTableStart> starts, std::span<const std::uint32_t> which, std::span<double> out);

/// Number `index` < HZ_TABLE_NUMBERS of the table, in memory or not; table_quantile() of quantile.hpp reads these.
double table_number(const double* table, std::uint64_t index);
/// The numbers index, index + 16, ..., `count` of them, into to[0], to[16], ... An octave that is not in memory takes about 1 us.
void table_numbers(const double* table, std::uint64_t index, std::uint64_t count, double* to);

/// Tables one after the other in one piece of memory: what many threads fill, and a run reads through, takes few page faults.
class Tables {
 public:
  Tables() = default;
  /// Numbers that are not set; many of them in `ready`, if given.
  explicit Tables(std::size_t count, ReadyMemory* ready = nullptr);
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::span<const double> operator[](std::size_t i) const { return {numbers_ + i * HZ_TABLE_DOUBLES, HZ_TABLE_DOUBLES}; }
  /// Of tables [begin, begin + count).
  std::span<double> numbers(std::size_t begin, std::size_t count) { return {numbers_ + begin * HZ_TABLE_DOUBLES, count * HZ_TABLE_DOUBLES}; }

 private:
  struct Free {
    void operator()(double* memory) const;
  };
  std::unique_ptr<double[], Free> few_;
  LargeMemory many_;
  double* numbers_ = nullptr;   ///< in one of them
  std::size_t count_ = 0;
};

/// The value of the table at the draw `bits`.
double table_value(std::span<const double> table, std::uint64_t bits);

/// Direct solves: the quantile at the draw `bits`, without a table. NaN where the shapes are out of range.
double beta_quantile(double a, double b, std::uint64_t bits);
double gamma_quantile(double k, std::uint64_t bits);

}  // namespace horizon::rng
