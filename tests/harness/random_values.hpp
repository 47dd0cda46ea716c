#pragma once
// What random MIR is made of: numbers, leaves and operations on values that exist, in the function or kernel at hand.
#include <algorithm>
#include <bit>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "compiler/mir/mir.hpp"

namespace horizon::testing {

class RandomValues {
 protected:
  explicit RandomValues(std::uint64_t seed) : random_(seed) {}

  using Op = mir::Op;
  using Type = mir::Type;
  using ValueId = mir::ValueId;

  std::mt19937_64 random_;
  mir::Module m_;
  Store<ValueId, mir::Value>* values_ = nullptr;
  std::set<ValueId> hidden_;   ///< values that no other operation may use
  mir::Kernel* kernel_ = nullptr;   ///< null inside functions

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  double number() {
    static constexpr double special[] = {0.0, -0.0, 1, -1, 0.5, -0.5, 2.5, -1.5, 3, 0.1, 1e-3, 1e3, 0x1p52, 0x1p52 + 1,
                                         0x1p51 + 0.5, -0x1p53, 1e308, -1e308, 5e-324, 1e-310, 1e-200, 1e200,
                                         std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                                         std::numeric_limits<double>::quiet_NaN()};
    const std::size_t kind = below(4);
    if (kind == 0) return special[below(std::size(special))];
    if (kind == 1) return std::bit_cast<double>(random_() & 0xBFFFFFFFFFFFFFFF);   // finite, at most 2
    return (static_cast<double>(random_() >> 11) * 0x1p-53 - 0.5) * (kind == 2 ? 4.0 : 1e3);
  }
  std::int64_t integer() {
    static constexpr std::int64_t special[] = {0, 1, -1, 63, 0xffffffff, std::numeric_limits<std::int64_t>::min(),
                                               std::numeric_limits<std::int64_t>::max()};
    return below(2) == 0 ? special[below(std::size(special))] : static_cast<std::int64_t>(random_());
  }
  mir::Column floats(std::size_t n) {
    mir::Column c{"floats", Type::F64, {}, {}};
    for (std::size_t i = 0; i < n; ++i) c.numbers.push_back(number());
    return c;
  }
  mir::Column integers(std::size_t n, std::size_t limit) {
    mir::Column c{"integers", Type::I64, {}, {}};
    for (std::size_t i = 0; i < n; ++i)
      c.integers.push_back(limit == 0 ? integer() : static_cast<std::int64_t>(below(limit)));
    return c;
  }

  // ---- values
  ValueId add(mir::Value v) {
    if (v.op != Op::Param && v.op != Op::Call) v.type = mir::info(v.op).result;
    mir::Levels level = kernel_ != nullptr ? mir::own_level(v) : mir::Levels{0};
    const auto join = [&](ValueId id) {
      if (id) level = static_cast<mir::Levels>(level | (*values_)[id].level);
    };
    for (const ValueId a : v.args) join(a);
    join(v.address.row_slot);
    join(v.address.period_slot);
    v.level = level;
    if (below(3) == 0) v.span = {source::FileId(0), 10, static_cast<std::uint32_t>(11 + below(9))};
    return values_->add(std::move(v));
  }
  ValueId leaf(Op op, std::int32_t index = -1) {
    mir::Value v{};
    v.op = op;
    v.index = index;
    if (op == Op::PeriodF || op == Op::PeriodI) v.integer = static_cast<std::int64_t>(below(kernel_->step));
    return add(v);
  }
  ValueId constant(double x) {
    mir::Value v{};
    v.op = Op::ConstF;
    v.number = x;
    return add(v);
  }
  ValueId constant(std::int64_t x) {
    mir::Value v{};
    v.op = Op::ConstI;
    v.integer = x;
    return add(v);
  }
  ValueId apply(Op op, std::vector<ValueId> args, std::int32_t index = -1) {
    mir::Value v{};
    v.op = op;
    v.args = std::move(args);
    v.index = index;
    if (op == Op::Shl || op == Op::Shr || op == Op::Sar) v.integer = static_cast<std::int64_t>(below(64));
    return add(v);
  }
  ValueId any(Type type) {
    for (int attempt = 0; attempt < 200; ++attempt) {
      const std::size_t n = values_->size(), reach = below(2) == 0 ? std::min<std::size_t>(n, 10) : n;
      const ValueId id(n - 1 - below(reach));
      if ((*values_)[id].type == type && !hidden_.contains(id)) return id;
    }
    if (type == Type::F64) return constant(number());
    const ValueId i = constant(integer());
    return type == Type::I64 ? i : apply(Op::ILt, {i, constant(std::int64_t{0})});
  }
  ValueId any_future(Type type) {
    for (int attempt = 0; attempt < 200; ++attempt) {
      const ValueId id = any(type);
      if (((*values_)[id].level & mir::Future) != 0) return id;
    }
    const ValueId future = leaf(Op::FutureNo);
    return type == Type::I64 ? future : apply(Op::FromBits, {future});
  }
  ValueId index_below(std::int64_t size, bool future = false) {
    return apply(Op::IAnd, {future ? any_future(Type::I64) : any(Type::I64), constant(size - 1)});
  }
  /// The bits of a NaN are nobody's promise: they are never looked at.
  ValueId not_nan(ValueId x) { return apply(Op::Select, {apply(Op::Eq, {x, x}), x, constant(0.25)}); }
};

}  // namespace horizon::testing
