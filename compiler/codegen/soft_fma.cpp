#include "compiler/codegen/soft_fma.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace horizon::codegen {
namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr std::uint64_t fraction_mask = 0x000FFFFFFFFFFFFF;

/// A finite number other than 0: (negative ? -1 : 1) * significand * 2^exponent.
struct Parts {
  bool negative;
  int exponent;
  std::uint64_t significand;
};
Parts parts(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int field = static_cast<int>(bits >> 52) & 0x7ff;
  const std::uint64_t fraction = bits & fraction_mask;
  if (field == 0) return {(bits >> 63) != 0, -1074, fraction};
  return {(bits >> 63) != 0, field - 1075, fraction | (std::uint64_t{1} << 52)};
}

int bit_length(Wide x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(static_cast<std::uint64_t>(x));
}

/// x >> n with all lost bits or-ed into the last one, so that a later rounding sees that something was there.
Wide shift_right_sticky(Wide x, int n) {
  if (n <= 0) return x;
  if (n >= 128) return x != 0 ? 1 : 0;
  const Wide kept = x >> n;
  return (kept << n) != x ? kept | 1 : kept;
}

/// x * 2^exponent to nearest even; x is not 0, and its last bit may be sticky if it has at least 56 bits.
double round_to_double(bool negative, Wide x, int exponent) {
  const int length = bit_length(x);
  int lost = length - 53;
  if (exponent + lost < -1074) lost = -1074 - exponent;   // subnormal: fewer bits are kept
  std::uint64_t kept = 0;
  if (lost <= 0) {
    kept = static_cast<std::uint64_t>(x) << -lost;
  } else if (lost < 128) {
    kept = static_cast<std::uint64_t>(x >> lost);
    const Wide rest = x & ((Wide{1} << lost) - 1), half = Wide{1} << (lost - 1);
    if (rest > half || (rest == half && (kept & 1) != 0)) ++kept;
  }
  // kept * 2^(exponent + lost), kept <= 2^53; adding to the exponent's field carries a round-up into it.
  const std::uint64_t sign = negative ? std::uint64_t{1} << 63 : 0;
  if (kept < (std::uint64_t{1} << 52)) return std::bit_cast<double>(sign | kept);
  const int field = exponent + lost + 1075 + (kept >> 53 != 0 ? 1 : 0);
  if (field >= 0x7ff) return std::bit_cast<double>(sign | (std::uint64_t{0x7ff} << 52));
  if (kept >> 53 != 0) kept >>= 1;
  return std::bit_cast<double>(sign | (static_cast<std::uint64_t>(field) << 52) | (kept & fraction_mask));
}

}  // namespace

double soft_fma(double a, double b, double c) {
  // Where nothing finite has to be added up, the separate operations are exact: NaN, infinities, a product of zero.
  if (!std::isfinite(a) || !std::isfinite(b)) return a * b + c;
  if (!std::isfinite(c)) return c + c;
  if (a == 0 || b == 0) return a * b + c;

  const Parts x = parts(a), y = parts(b);
  const bool product_negative = x.negative != y.negative;
  Wide product = Wide{x.significand} * y.significand;   // up to 106 bits
  int product_exponent = x.exponent + y.exponent;
  if (c == 0) return round_to_double(product_negative, product, product_exponent);
  const Parts z = parts(c);
  Wide addend = z.significand;
  int addend_exponent = z.exponent;

  // Both as large as fits below 2^126, so that the larger keeps all its bits and the smaller loses only sticky ones.
  const int up_product = 126 - bit_length(product), up_addend = 126 - bit_length(addend);
  product <<= up_product;
  product_exponent -= up_product;
  addend <<= up_addend;
  addend_exponent -= up_addend;
  const int exponent = std::max(product_exponent, addend_exponent);
  product = shift_right_sticky(product, exponent - product_exponent);
  addend = shift_right_sticky(addend, exponent - addend_exponent);

  if (product_negative == z.negative) return round_to_double(product_negative, product + addend, exponent);
  if (product == addend) return 0.0;   // exact cancellation gives +0 when rounding to nearest
  if (product > addend) return round_to_double(product_negative, product - addend, exponent);
  return round_to_double(z.negative, addend - product, exponent);
}

}  // namespace horizon::codegen
