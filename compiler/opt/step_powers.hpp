#pragma once
// What the rewriting of a body into a step stands on: values that do not vary with the period, copies of those that do, one a period, and
// powers, whose calls become products. Private to compiler/opt/steps.cpp.
#include <cmath>
#include <optional>
#include <vector>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/ends.hpp"
#include "compiler/opt/step_facts.hpp"

namespace horizon::opt {

class StepPowers {
 public:
  StepPowers(mir::Module& module, mir::Kernel& kernel, std::uint32_t step)
      : m_(module), k_(kernel), facts_(module, kernel), step_(step), b_(module, result_), fixed_(kernel.values.size()),
        copies_(kernel.values.size()), powers_(kernel.values.size()), affine_(kernel.values.size()), ends_(module) {}
  virtual ~StepPowers() = default;
  StepPowers(const StepPowers&) = delete;
  StepPowers& operator=(const StepPowers&) = delete;

 protected:
  static constexpr std::uint32_t batch = 4;                        ///< periods whose code is mixed: as many as registers bear
  static constexpr double least = 1e-280, most = 1e280;            ///< of products: then all factors are normal numbers
  static constexpr double least_step = 1e-20, most_step = 1e20;    ///< at most 12 of them are multiplied
  static constexpr double largest = 640, largest_step = 46;        ///< the same of exp, as arguments
  static constexpr double least_factor = 1e-20, most_factor = 1e20;   ///< of a power, unless 0

  using Op = mir::Op;
  using ValueId = mir::ValueId;
  using F = mir::Builder::F;
  using M = mir::Builder::M;
  mir::Module& m_;
  mir::Kernel& k_;
  StepFacts facts_;
  std::uint32_t step_;
  mir::Kernel result_;
  mir::Builder b_;
  std::vector<ValueId> fixed_;                    ///< of values that do not vary with the period
  std::vector<std::vector<ValueId>> copies_;      ///< of those that do: one a period of the step
  /// A power in the making.
  struct Power {
    F factor{}, begin{}, product{};               ///< `begin`: in the step's first period, `product`: in that of the last batch made
    M sound{};
  };
  std::vector<std::optional<Power>> powers_;
  /// a + b x in the making: b x in the first period of the last batch made.
  struct Sum {
    F product{};
    M sound{};
  };
  std::vector<std::optional<Sum>> affine_;
  std::vector<mir::StateSlot> carried_;           ///< of powers: their value in the step's first period
  PeriodEnds ends_;

  const mir::Value& value(ValueId id) const { return k_.values[id]; }

  ValueId fixed(ValueId id) {
    ValueId& now = fixed_[id.index()];
    if (now) return now;
    mir::Value v = value(id);
    for (ValueId& a : v.args) a = fixed(a);
    if (v.address.row_slot) v.address.row_slot = fixed(v.address.row_slot);
    v.level = mir::Constant;   // derived anew
    return now = b_.copy(v);
  }
  /// Fills in the value's copies for the batch that begins with period `first`; false: they are copies like any other.
  virtual bool make(ValueId id, std::uint32_t first) = 0;
  /// The value in period `j` of the step.
  ValueId at(ValueId id, std::uint32_t j) {
    if (!facts_.varies(id)) return fixed(id);
    std::vector<ValueId>& copies = copies_[id.index()];
    if (copies.empty()) copies.resize(step_);
    if (copies[j] || make(id, j / batch * batch)) return copies[j];
    if (value(id).op == Op::Prev && j > 0)
      copies[j] = at(k_.state[static_cast<std::size_t>(value(id).index)].next, j - 1);
    else
      copies[j] = copy(id, j);
    return copies[j];
  }
  ValueId copy(ValueId id, std::uint32_t j) {
    mir::Value v = value(id);
    for (ValueId& a : v.args) a = at(a, j);
    if (v.op == Op::PeriodF || v.op == Op::PeriodI) v.integer = j;
    place(v.address, j);
    v.level = mir::Constant;   // derived anew
    return b_.copy(v);
  }
  void place(mir::Address& address, std::uint32_t j) {
    if (address.row_slot) address.row_slot = fixed(address.row_slot);
    if (address.period_slot) address.period_slot = at(address.period_slot, j);
    address.base += j * address.period_stride;
    address.period_stride *= step_;
  }

  // ---- recurrences
  F slope(ValueId id) {
    const mir::Value& v = value(id);
    if (!facts_.varies(id)) return b_.c(0);
    switch (v.op) {
      case Op::PeriodF:
        return b_.c(*facts_.spacing(v));
      case Op::Mul: {
        const std::size_t x = facts_.varies(v.args[0]) ? 0 : 1;
        return b_.mul(slope(v.args[x]), {fixed(v.args[1 - x])});
      }
      case Op::Div:
        return b_.div(slope(v.args[0]), {fixed(v.args[1])});
      case Op::Neg:
        return b_.neg(slope(v.args[0]));
      case Op::Add:
        return b_.add(slope(v.args[0]), slope(v.args[1]));
      default:
        return b_.sub(slope(v.args[0]), slope(v.args[1]));
    }
  }
  F to_the(F x, std::uint32_t n) {
    if (n == 1) return x;
    const F half = to_the(x, n / 2), square = b_.mul(half, half);
    return n % 2 == 0 ? square : b_.mul(square, x);
  }
  void power(ValueId id, std::uint32_t first) {
    std::vector<ValueId>& copies = copies_[id.index()];
    std::optional<Power>& p = powers_[id.index()];
    if (first > 0 && !p) at(id, 0);   // batches follow one another
    b_.at(value(id).span);
    if (!p) begin(id);
    std::vector<F> products, calls;
    for (std::uint32_t j = first; j < first + batch; ++j)
      products.push_back(p->product = j == 0 ? p->product : b_.mul(p->product, p->factor));
    for (std::uint32_t j = first; j < first + batch; ++j) calls.push_back({copy(id, j)});
    for (std::uint32_t j = first; j < first + batch; ++j)
      copies[j] = b_.select(p->sound, products[j - first], calls[j - first]).id;
  }
  /// Products all the way from the first period of all, and whether they are accurate: they lie between the first and the last.
  void begin(ValueId id) {
    const mir::Value& v = value(id);
    const ValueId x = v.args.back();
    const auto called_with = [&](F argument) {
      std::vector<ValueId> args;
      for (const ValueId a : v.args) args.push_back(a == x ? argument.id : fixed(a));
      return F{b_.call(v.function, std::move(args))};
    };
    Power p;
    const F by = slope(x), from = at_end(x, false);
    p.factor = called_with(by);
    const F start = called_with(from);
    if (v.args.size() == 1) {   // exp: its arguments tell as much
      const auto within = [&](F argument, double bound) { return b_.lt(b_.abs(argument), b_.c(bound)); };
      p.sound = b_.mand(within(by, largest_step), b_.mand(within(from, largest), within(at_end(x, true), largest)));
    } else {
      const F last = b_.mul(start, to_the(p.factor, m_.periods - 1));
      p.sound = b_.mand(between(least_step, p.factor, most_step), b_.mand(between(least, start, most), between(least, last, most)));
    }
    p.begin = p.product = b_.prev(static_cast<std::int32_t>(k_.state.size() + carried_.size()));
    carried_.push_back({b_.mul(p.product, to_the(p.factor, step_)).id, start.id});
    powers_[id.index()] = p;
  }
  M between(double low, F y, double high) { return b_.mand(b_.lt(b_.c(low), y), b_.lt(y, b_.c(high))); }
  M is_zero(F y) { return b_.eq(y, b_.c(0)); }
  /// An even value in the first or last period of all.
  F at_end(ValueId id, bool last) {
    if (!facts_.varies(id)) return {fixed(id)};
    mir::Value v = value(id);
    if (v.op == Op::PeriodF) return last ? ends_.last(b_, v.index) : ends_.first(b_, v.index);
    for (ValueId& a : v.args) a = at_end(a, last).id;
    v.level = mir::Constant;   // derived anew
    return {b_.copy(v)};
  }

  /// a + b x: b x is carried within the step, and each period takes one operation.
  void affine(ValueId id, std::uint32_t first) {
    const Affine a = *facts_.affine(id);
    if (first > 0 && !affine_[id.index()]) at(id, 0);
    if (!powers_[a.power.index()]) begin(a.power);
    const Power& p = *powers_[a.power.index()];
    b_.at(value(id).span);
    std::optional<Sum>& sum = affine_[id.index()];
    if (!sum) {
      sum = Sum{p.begin, p.sound};
      if (a.factor) {
        const F b{fixed(a.factor)};
        sum->product = b_.mul(b, p.begin);
        sum->sound = b_.mand(p.sound, b_.mor(is_zero(b), between(least_factor, b_.abs(b), most_factor)));
      }
      if (a.minus) sum->product = b_.neg(sum->product);
    }
    if (first > 0) sum->product = b_.mul(sum->product, to_the(p.factor, batch));
    const F steady{fixed(a.steady)};
    std::vector<F> quick, plain;
    for (std::uint32_t j = 0; j < batch; ++j)
      quick.push_back(j == 0 ? b_.add(sum->product, steady) : b_.fma(sum->product, to_the(p.factor, j), steady));
    for (std::uint32_t j = first; j < first + batch; ++j) {
      F x{copy(a.power, j)};
      if (a.factor) x = b_.mul({fixed(a.factor)}, x);
      plain.push_back(a.minus ? b_.sub(steady, x) : b_.add(steady, x));
    }
    for (std::uint32_t j = 0; j < batch; ++j) copies_[id.index()][first + j] = b_.select(sum->sound, quick[j], plain[j]).id;
  }
};

}  // namespace horizon::opt
