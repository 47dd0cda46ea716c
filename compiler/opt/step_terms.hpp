#pragma once
// Terms of a step: products with a quotient whose divisor is a power and a constant. Four divisions become one, and what a quotient is
// multiplied with goes into it. Private to compiler/opt/steps.cpp.
#include "compiler/opt/step_powers.hpp"

namespace horizon::opt {

class StepTerms : public StepPowers {
 public:
  StepTerms(mir::Module& module, mir::Kernel& kernel, std::uint32_t step) : StepPowers(module, kernel, step), terms_(kernel.values.size()) {}

 protected:
  /// In a term all products of divisors, and the dividend by them, are normal numbers: a divisor is between 1 / `most_timed` and a little
  /// more than `most_divisor`, four of them between 1e-60 and 1e241, the dividend by them between 1e-271 and 1e90.
  static constexpr double least_dividend = 1e-30, most_dividend = 1e30;   ///< unless 0
  static constexpr double least_timed = 1e-15, most_timed = 1e15;         ///< of factors that go into the divisors
  static constexpr double least_ratio = 1e-3, most_ratio = 1e3;           ///< of those, from period to period
  static constexpr double most_divisor = 1e60;
  static constexpr double least_other = 1e-200, most_other = 1e200;       ///< of factors that quotients are multiplied with, unless 0

  /// A term in the making.
  struct Shared {
    F ratio{}, product{}, dividend{};             ///< `product`: of the power by that of `timed`
    F sign{}, largest_of{};                       ///< `largest_of`: no number where nothing is accurate
    M none{}, quick{};
  };
  std::vector<std::optional<Shared>> terms_;

  /// By how much a geometric value grows from each period to the next.
  F ratio(ValueId id) {
    const mir::Value& v = value(id);
    if (!facts_.varies(id)) return b_.c(1);
    if (v.op == Op::Mul) return b_.mul(ratio(v.args[0]), ratio(v.args[1]));
    if (v.op == Op::Div) return b_.div(ratio(v.args[0]), ratio(v.args[1]));
    std::vector<ValueId> args;
    for (const ValueId a : v.args) args.push_back(a == v.args.back() ? slope(a).id : fixed(a));
    return {b_.call(v.function, std::move(args))};
  }
  /// What a geometric value is times powers, which have no sign.
  F steady_part(ValueId id) {
    const mir::Value& v = value(id);
    if (!facts_.varies(id)) return {fixed(id)};
    if (v.op == Op::Mul) return b_.mul(steady_part(v.args[0]), steady_part(v.args[1]));
    if (v.op == Op::Div) return b_.div(steady_part(v.args[0]), steady_part(v.args[1]));
    return b_.c(1);
  }
  template <typename Each>
  F product_of(const std::vector<ValueId>& factors, const Each& each) {
    std::optional<F> result;
    for (const ValueId x : factors) result = result ? b_.mul(*result, each(x)) : each(x);
    return result ? *result : b_.c(1);
  }
  F product_at(const std::vector<ValueId>& factors, std::uint32_t j) {
    return product_of(factors, [&](ValueId x) { return F{at(x, j)}; });
  }
  static bool is_scaled(const Term& t) { return t.geometric && !t.timed.empty(); }
  /// f g d / (c + x) with f steady and g geometric is f d / (c / g + x / g), and x / g is a power again. What does not vary with the
  /// period: the factor of x / g, the dividend, and in part whether that is accurate. Where g is 0 it is left out, and the dividend is 0;
  /// where it is below 0 the dividend has its sign.
  void begin_term(ValueId id) {
    const Term& t = *facts_.term(id);
    if (!powers_[t.power.index()]) begin(t.power);
    const Power& p = *powers_[t.power.index()];
    b_.at(value(id).span);
    Shared s;
    s.dividend = product_at(t.steady, 0);
    s.dividend = b_.mul(s.dividend, {fixed(value(t.quotient).args[0])});
    const M moderate = b_.mor(is_zero(s.dividend), b_.lt(b_.c(least_dividend), b_.abs(s.dividend)));
    M sound = b_.mand(p.sound, b_.mand(moderate, b_.lt(b_.abs(s.dividend), b_.c(most_dividend))));
    s.ratio = p.factor;
    if (is_scaled(t)) {
      const F growth = product_of(t.timed, [&](ValueId x) { return ratio(x); });
      const F steady = product_of(t.timed, [&](ValueId x) { return steady_part(x); });
      sound = b_.mand(sound, between(least_ratio, growth, most_ratio));
      s.none = is_zero(steady);
      s.sign = b_.select(b_.lt(steady, b_.c(0)), b_.c(-1), b_.c(1));
      s.dividend = b_.mul(s.dividend, b_.select(s.none, b_.c(0), s.sign));
      s.ratio = b_.mul(s.ratio, b_.select(s.none, b_.c(1), b_.div(b_.c(1), growth)));
    }
    for (const Part& part : parts_of(t)) {   // then quick products, which are sound and made of nothing else, are +0
      if (!goes_into_dividend(t, part)) continue;
      const M m{fixed(part.first)};
      s.dividend = part.second ? b_.select(m, s.dividend, b_.c(0)) : b_.select(m, b_.c(0), s.dividend);
    }
    // x / g is largest in the step's first or last period.
    s.largest_of = b_.select(sound, b_.max(b_.c(1), to_the(s.ratio, step_ - 1)), b_.c(std::nan("")));
    terms_[id.index()] = s;
  }
  /// 1 / g in period `j` of the step. In the first it is no number where g is not in range throughout the step.
  F inverse(const Term& t, const Shared& s, std::uint32_t j) {
    const auto in_range = [&](F g) {
      return b_.mor(b_.mand(s.none, is_zero(g)), b_.mand(b_.mnot(s.none), between(least_timed, b_.mul(s.sign, g), most_timed)));
    };
    const F g = product_at(t.timed, j), result = b_.select(s.none, b_.c(1), b_.div(s.sign, g));
    if (j > 0) return result;
    return b_.select(b_.mand(in_range(g), in_range(product_at(t.timed, step_ - 1))), result, b_.c(std::nan("")));
  }
  /// One division for the batch, the dividend and all; 0 where what is known before the step says so.
  std::vector<F> quick_products(const Term& t, Shared& s, std::uint32_t first) {
    const bool scaled = is_scaled(t);
    std::vector<F> down, result;
    for (std::uint32_t j = 0; j < batch; ++j) {
      const F addend = scaled ? b_.mul(b_.c(t.addend), inverse(t, s, first + j)) : b_.c(t.addend);
      down.push_back(j == 0 ? b_.add(s.product, addend) : b_.fma(s.product, to_the(s.ratio, j), addend));
    }
    const F left = b_.mul(down[0], down[1]), right = b_.mul(down[2], down[3]), shared = b_.div(s.dividend, b_.mul(left, right));
    const F of_left = b_.mul(shared, right), of_right = b_.mul(shared, left);
    for (std::uint32_t j = 0; j < batch; ++j) {
      F x = b_.mul(j < 2 ? of_left : of_right, down[j ^ 1]);
      if (!scaled && !t.timed.empty()) x = b_.mul(x, product_at(t.timed, first + j));
      for (const ValueId other : t.others) x = b_.mul(x, {at(other, first + j)});
      result.push_back(quickly_kept(t, x, first + j));
    }
    return result;
  }
  /// The same as written, but for choices that are 1.
  F plain_product(const Term& t, std::uint32_t j) {
    const mir::Value& quotient = value(t.quotient);
    const F divisor = b_.add(b_.c(t.addend), {copy(t.power, j)});
    F x = b_.mul(b_.mul(product_at(t.steady, j), product_at(t.timed, j)), b_.div({fixed(quotient.args[0])}, divisor));
    for (const ValueId other : t.others) x = b_.mul(x, {at(other, j)});
    return x;
  }
  using Part = std::pair<ValueId, bool>;
  /// What must hold for a mask to be `what`, or the mask itself: with each what it must be.
  void parts_of(ValueId mask, bool what, std::vector<Part>& parts) const {
    const mir::Value& v = value(mask);
    if (v.op == Op::Not) return parts_of(v.args[0], !what, parts);
    if (v.op != (what ? Op::And : Op::Or)) return parts.push_back({mask, what});
    parts_of(v.args[0], what, parts);
    parts_of(v.args[1], what, parts);
  }
  /// Masks that change once, as time goes by: most steps need not look at them.
  bool changes_once(const Part& part) const { return facts_.varies(part.first) && facts_.direction(part.first) != 0; }
  bool goes_into_dividend(const Term& t, const Part& part) const {
    return !facts_.varies(part.first) && t.others.empty() && (is_scaled(t) || t.timed.empty());
  }
  std::vector<Part> parts_of(const Term& t) const {
    std::vector<Part> parts;
    if (t.mask) parts_of(t.mask, t.when, parts);
    return parts;
  }
  /// 0 where the mask says so.
  F kept(const Term& t, F x, std::uint32_t j) {
    if (!t.mask) return x;
    const M m{at(t.mask, j)};
    return t.when ? b_.select(m, x, b_.c(0)) : b_.select(m, b_.c(0), x);
  }
  /// The same for quick products, in periods in which those parts of the mask hold that change once.
  F quickly_kept(const Term& t, F x, std::uint32_t j) {
    std::optional<M> all;
    for (const Part& part : parts_of(t)) {
      if (changes_once(part) || goes_into_dividend(t, part)) continue;
      M m{at(part.first, j)};
      if (!part.second) m = b_.mnot(m);
      all = all ? b_.mand(*all, m) : m;
    }
    return all ? b_.select(*all, x, b_.c(0)) : x;
  }
  /// Where the quick products of a batch are accurate.
  M quick_in_batch(const Term& t, const Shared& s, std::uint32_t first) {
    if (is_scaled(t) || t.timed.empty()) return s.quick;
    M result = s.quick;
    for (std::uint32_t j = first; j < first + batch; ++j) {
      const F g = product_at(t.timed, j);
      result = b_.mand(result, b_.mor(is_zero(g), between(least_other, b_.abs(g), most_other)));
    }
    return result;
  }
  /// In most steps every lane takes the quick products as they are: then one branch leaves out all else.
  void term(ValueId id, std::uint32_t first) {
    const Term& t = *facts_.term(id);
    if (first > 0 && !terms_[id.index()]) at(id, 0);
    if (!terms_[id.index()]) begin_term(id);
    Shared& s = *terms_[id.index()];
    b_.at(value(id).span);
    if (first == 0) {
      const F begin = powers_[t.power.index()]->begin;
      s.product = is_scaled(t) ? b_.mul(begin, inverse(t, s, 0)) : begin;
      s.quick = b_.lt(b_.mul(s.product, s.largest_of), b_.c(most_divisor));
    } else {
      s.product = b_.mul(s.product, to_the(s.ratio, batch));
    }
    const std::vector<F> quick = quick_products(t, s, first);
    const M sound = quick_in_batch(t, s, first);
    M as_they_are = sound;
    bool changes = !t.quiet.empty();
    for (const Part& part : parts_of(t)) {
      if (!changes_once(part)) continue;
      as_they_are = b_.mand(as_they_are, throughout(part.first, part.second));
      changes = true;
    }
    for (const ValueId choice : t.quiet) as_they_are = b_.mand(as_they_are, throughout(value(choice).args[0], facts_.quiet_side(choice) == 1));
    std::vector<F> all;
    for (std::uint32_t j = 0; j < batch; ++j) {   // one after the other: then they are no branch of their own
      const F plain = plain_product(t, first + j);
      all.push_back(b_.select(sound, quick[j], changes ? plain : kept(t, plain, first + j)));
    }
    if (changes) {
      for (std::uint32_t j = 0; j < batch; ++j) all[j] = b_.shortcut(sound, quick[j], all[j]);
      for (const ValueId choice : t.quiet) at(choice, first);
      for (std::uint32_t j = 0; j < batch; ++j) {
        for (const ValueId choice : t.quiet) all[j] = b_.mul(all[j], {at(choice, first + j)});
        all[j] = kept(t, all[j], first + j);
      }
    }
    for (std::uint32_t j = 0; j < batch; ++j) copies_[id.index()][first + j] = b_.shortcut(as_they_are, quick[j], all[j]).id;
  }

  /// Holds only where the mask is `what` in all periods of the step.
  M throughout(ValueId mask, bool what) {
    const bool last_decides = (facts_.direction(mask) < 0) == what;
    const M m{at(mask, last_decides ? step_ - 1 : 0)};
    return what ? m : b_.mnot(m);
  }
};

}  // namespace horizon::opt
