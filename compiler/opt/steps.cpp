// Steps of several periods: the body of a kernel's loop is repeated for the periods of a step, which lets neighbouring periods share
// work. A step depends on no other (but through `prev`), and what is shared stays within a lane:
// - exp(x) and pow(c, x) of an x that grows evenly are called for the first period of all; the others are products;
// - a + b x of such a power x is one operation;
// - four divisions become one, and nine products; what a quotient 1 / (1 + x) of a power is multiplied with goes into them;
// - a branch over code that no lane needs is taken once for four periods, on the step's last (or first) period where a comparison
//   with the time can only change one way.
// What may not be accurate (products out of range, divisors too large) is computed as written, behind a branch.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/ends.hpp"
#include "compiler/opt/opt.hpp"
#include "compiler/opt/step_facts.hpp"

namespace horizon::opt {
namespace {

using mir::Builder;
using mir::Op;
using mir::ValueId;

constexpr std::uint32_t batch = 4;                        ///< periods whose code is mixed: as many as registers bear
constexpr double least = 1e-280, most = 1e280;            ///< of products: then all factors are normal numbers
constexpr double least_step = 1e-20, most_step = 1e20;    ///< at most 12 of them are multiplied
constexpr double largest = 640, largest_step = 46;        ///< the same of exp, as arguments
constexpr double least_factor = 1e-20, most_factor = 1e20;   ///< of a power, unless 0
/// In a term all products of divisors, and the dividend by them, are normal numbers: a divisor is between 1 / `most_timed` and a little
/// more than `most_divisor`, four of them between 1e-60 and 1e241, the dividend by them between 1e-271 and 1e90.
constexpr double least_dividend = 1e-30, most_dividend = 1e30;   ///< unless 0
constexpr double least_timed = 1e-15, most_timed = 1e15;         ///< of factors that go into the divisors
constexpr double least_ratio = 1e-3, most_ratio = 1e3;           ///< of those, from period to period
constexpr double most_divisor = 1e60;
constexpr double least_other = 1e-200, most_other = 1e200;       ///< of factors that quotients are multiplied with, unless 0
constexpr double largest_divisor = 1e300;                 ///< of the product of a batch of divisors of 1 or more
/// Of all bodies with steps: code and its compile time stay small where a scenario has many kernels of a few rows each.
constexpr std::size_t most_values = 1500;

class Rewriter {
 public:
  Rewriter(mir::Module& module, mir::Kernel& kernel, std::uint32_t step)
      : m_(module), k_(kernel), facts_(module, kernel), step_(step), b_(module, result_), fixed_(kernel.values.size()),
        copies_(kernel.values.size()), powers_(kernel.values.size()), affine_(kernel.values.size()), terms_(kernel.values.size()),
        ends_(module) {}

  void run() {
    for (std::uint32_t first = 0; first < step_; first += batch) {
      for (std::size_t i = 0; i < fixed_.size(); ++i) {
        const ValueId id(i);
        if (facts_.is_absorbed(id)) continue;
        if (!facts_.varies(id)) {
          fixed(id);
        } else if (value(id).op == Op::Accumulate) {
          accumulate(id, first);
        } else {
          for (std::uint32_t j = first; j < first + batch; ++j) at(id, j);
        }
      }
    }
    for (mir::StateSlot& s : k_.state) {
      s.next = at(s.next, step_ - 1);
      if (s.first) s.first = fixed(s.first);
    }
    k_.state.insert(k_.state.end(), carried_.begin(), carried_.end());
    for (mir::RowTable& t : k_.row_tables) {
      if (t.a) t.a = fixed(t.a);
      if (t.b) t.b = fixed(t.b);
    }
    k_.values = std::move(result_.values);
    k_.step = step_;
  }

 private:
  using F = Builder::F;
  using M = Builder::M;
  mir::Module& m_;
  mir::Kernel& k_;
  StepFacts facts_;
  std::uint32_t step_;
  mir::Kernel result_;
  Builder b_;
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
  /// A term in the making.
  struct Shared {
    F ratio{}, product{}, dividend{};             ///< `product`: of the power by that of `timed`
    F sign{}, largest_of{};                       ///< `largest_of`: no number where nothing is accurate
    M none{}, quick{};
  };
  std::vector<std::optional<Shared>> terms_;
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
  /// The value in period `j` of the step.
  ValueId at(ValueId id, std::uint32_t j) {
    if (!facts_.varies(id)) return fixed(id);
    std::vector<ValueId>& copies = copies_[id.index()];
    if (copies.empty()) copies.resize(step_);
    if (copies[j]) return copies[j];
    const std::uint32_t first = j / batch * batch;
    if (facts_.term(id) != nullptr)
      term(id, first);
    else if (facts_.is_power(id))
      power(id, first);
    else if (facts_.affine(id))
      affine(id, first);
    else if (facts_.is_quotient(id))
      quotient(id, first);
    else if (const std::size_t side = facts_.quiet_side(id); side != 0)
      choice(id, side, first);
    else if (value(id).op == Op::Prev && j > 0)
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

  // ---- products with a quotient
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

  // ---- divisions
  void quotient(ValueId id, std::uint32_t first) {
    const mir::Value& v = value(id);
    std::vector<F> up, down;
    for (std::uint32_t j = first; j < first + batch; ++j) {
      up.push_back({at(v.args[0], j)});
      down.push_back({at(v.args[1], j)});
    }
    b_.at(v.span);
    const F left = b_.mul(down[0], down[1]), right = b_.mul(down[2], down[3]), all = b_.mul(left, right);
    const M sound = b_.lt(all, b_.c(largest_divisor));
    const F inverse = b_.div(b_.c(1), all), of_left = b_.mul(inverse, right), of_right = b_.mul(inverse, left);
    std::vector<F> quick, plain;
    for (std::size_t j = 0; j < batch; ++j) quick.push_back(b_.mul(up[j], b_.mul(j < 2 ? of_left : of_right, down[j ^ 1])));
    for (std::size_t j = 0; j < batch; ++j) plain.push_back(b_.div(up[j], down[j]));
    for (std::size_t j = 0; j < batch; ++j) copies_[id.index()][first + j] = b_.select(sound, quick[j], plain[j]).id;
  }

  // ---- what no lane needs
  void choice(ValueId id, std::size_t side, std::uint32_t first) {
    const mir::Value& v = value(id);
    std::vector<F> quiet, all;
    for (std::uint32_t j = first; j < first + batch; ++j) {
      quiet.push_back({at(v.args[side], j)});
      all.push_back({copy(id, j)});
    }
    const M skip = throughout(v.args[0], side == 1);
    b_.at(v.span);
    for (std::size_t j = 0; j < batch; ++j) copies_[id.index()][first + j] = b_.shortcut(skip, quiet[j], all[j]).id;
  }
  /// Holds only where the mask is `what` in all periods of the step.
  M throughout(ValueId mask, bool what) {
    const bool last_decides = (facts_.direction(mask) < 0) == what;
    const M m{at(mask, last_decides ? step_ - 1 : 0)};
    return what ? m : b_.mnot(m);
  }
  /// Adds to `none` what alone suffices for `mask` not to be `what` in any period of the step.
  void never(ValueId mask, bool what, std::optional<M>& none) {
    const mir::Value& v = value(mask);
    if (v.op == Op::Not) return never(v.args[0], !what, none);
    if (v.op == (what ? Op::And : Op::Or)) {
      never(v.args[0], what, none);
      return never(v.args[1], what, none);
    }
    std::optional<M> term;
    if (!facts_.varies(mask)) {
      const M m{fixed(mask)};
      term = what ? b_.mnot(m) : m;
    } else if (facts_.direction(mask) != 0 && !facts_.carried(mask)) {
      term = throughout(mask, !what);
    }
    if (term) none = none ? b_.mor(*none, *term) : *term;
  }
  void accumulate(ValueId id, std::uint32_t first) {
    const mir::Value& v = value(id);
    const mir::Value& x = value(v.args[0]);
    std::vector<F> added;
    for (std::uint32_t j = first; j < first + batch; ++j) added.push_back({at(v.args[0], j)});
    std::optional<M> none;
    if (x.op == Op::Select && facts_.is_zero(x.args[2])) never(x.args[0], true, none);
    if (x.op == Op::Select && facts_.is_zero(x.args[1])) never(x.args[0], false, none);
    b_.at(v.span);
    if (none)
      for (F& y : added) y = b_.shortcut(*none, b_.c(0), y);
    for (std::uint32_t j = 0; j < batch; ++j) {
      mir::Address address = v.address;
      place(address, first + j);
      b_.accumulate(address, added[j]);
    }
  }
};

/// The slots that an access can touch, in all rows and periods.
struct Slots {
  std::int64_t begin = 0, end = 0;
  bool writes = false;
};
std::vector<Slots> accesses(const mir::Module& module, const mir::Kernel& kernel) {
  std::vector<Slots> result;
  for (const mir::Value& v : kernel.values) {
    if (v.op != Op::Load && v.op != Op::Store && v.op != Op::Accumulate) continue;
    Slots slots{v.address.base, std::int64_t{v.address.base} + 1 + std::int64_t{module.periods - 1} * v.address.period_stride, v.op != Op::Load};
    for (const ValueId part : {v.address.row_slot, v.address.period_slot}) {
      if (!part) continue;
      const mir::Value& p = kernel.values[part];
      const std::vector<std::int64_t>* numbers = nullptr;
      if (p.op == Op::ColumnI) numbers = &kernel.columns[static_cast<std::size_t>(p.index)].integers;
      if (p.op == Op::PeriodI) numbers = &module.period_columns[static_cast<std::size_t>(p.index)].integers;
      if (numbers == nullptr || numbers->empty()) {
        slots = {0, module.slots, slots.writes};   // anywhere
        break;
      }
      slots.begin += *std::min_element(numbers->begin(), numbers->end());
      slots.end += *std::max_element(numbers->begin(), numbers->end());
    }
    result.push_back(slots);
  }
  return result;
}
/// No access touches what another writes, so that their order does not matter.
bool are_apart(const std::vector<Slots>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if ((all[i].writes || all[j].writes) && all[i].begin < all[j].end && all[j].begin < all[i].end) return false;
  }
  return true;
}

/// Periods of a step: 1 where there is nothing to gain, or the body would have more values than are `left`, which are then fewer.
std::uint32_t step_for(const mir::Module& module, const mir::Kernel& kernel, std::size_t& left) {
  const StepFacts facts(module, kernel);
  bool gains = false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    const ValueId id(i);
    gains = gains || facts.is_power(id) || facts.is_quotient(id);
    if ((facts.value(id).level & innermost) == innermost) ++size;
  }
  if (!gains || !are_apart(accesses(module, kernel))) return 1;
  for (const std::uint32_t step : {12u, 8u, 4u}) {
    if (module.periods % step != 0 || size * step > left) continue;
    left -= size * step;
    return step;
  }
  return 1;
}

}  // namespace

void use_steps(mir::Module& module) {
  std::vector<bool> by_period(module.kernels.size());
  for (const mir::Stage& stage : module.stages) {
    for (const mir::KernelId id : stage.kernels) by_period[id.index()] = stage.period_by_period;
  }
  std::vector<mir::KernelId> order;   // those with the most rows, whose code runs most often, come first
  for (std::size_t i = 0; i < module.kernels.size(); ++i) order.emplace_back(i);
  std::stable_sort(order.begin(), order.end(), [&](mir::KernelId a, mir::KernelId b) { return module.kernels[a].rows > module.kernels[b].rows; });
  std::size_t left = most_values;
  for (const mir::KernelId id : order) {
    mir::Kernel& kernel = module.kernels[id];
    if (by_period[id.index()] || kernel.step != 1) continue;
    const std::uint32_t step = step_for(module, kernel, left);
    if (step > 1) Rewriter(module, kernel, step).run();
  }
}

}  // namespace horizon::opt
