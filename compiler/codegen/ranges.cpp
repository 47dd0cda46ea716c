#include "compiler/codegen/ranges.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace horizon::codegen {
namespace {

using mir::Op;
using mir::ValueId;

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Range {
  double low = -infinity, high = infinity;
};
/// Bits that are set for sure, and those that may be.
struct Bits {
  std::uint64_t sure = 0, possible = ~std::uint64_t{0};
};

Bits bits_of(const mir::Kernel& k, ValueId id) {
  const mir::Value& v = k.values[id];
  if (v.op == Op::ConstI) return {static_cast<std::uint64_t>(v.integer), static_cast<std::uint64_t>(v.integer)};
  if (v.op != Op::IAnd && v.op != Op::IOr) return {};
  const Bits a = bits_of(k, v.args[0]), b = bits_of(k, v.args[1]);
  if (v.op == Op::IAnd) return {a.sure & b.sure, a.possible & b.possible};
  return {a.sure | b.sure, a.possible | b.possible};
}

/// By the same operations as those of the values, whose rounding is monotone.
Range range_of(const mir::Kernel& k, ValueId id) {
  const mir::Value& v = k.values[id];
  const auto of = [&](std::size_t arg) { return range_of(k, v.args[arg]); };
  switch (v.op) {
    case Op::ConstF:
      return {v.number, v.number};
    case Op::FromBits: {
      const Bits bits = bits_of(k, v.args[0]);   // numbers from 0 on are in the order of their bits
      constexpr std::uint64_t of_infinity = std::bit_cast<std::uint64_t>(infinity);
      return bits.possible < of_infinity ? Range{std::bit_cast<double>(bits.sure), std::bit_cast<double>(bits.possible)} : Range{};
    }
    case Op::Sub: {
      const Range a = of(0), b = of(1);
      return {a.low - b.high, a.high - b.low};
    }
    case Op::Mul: {
      const Range a = of(0), b = of(1);
      return a.low >= 0 && b.low >= 0 && a.high < infinity && b.high < infinity ? Range{a.low * b.low, a.high * b.high} : Range{};
    }
    case Op::Select: {
      const Range a = of(1), b = of(2);
      return {std::min(a.low, b.low), std::max(a.high, b.high)};
    }
    default:
      return {};
  }
}

}  // namespace

double highest(const mir::Kernel& kernel, ValueId id) { return range_of(kernel, id).high; }

}  // namespace horizon::codegen
