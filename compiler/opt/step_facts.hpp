#pragma once
// What is known of a kernel before its periods are put together in steps. Private to compiler/opt; steps.cpp says what for.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/mir/mir.hpp"
#include "compiler/opt/exact.hpp"

namespace horizon::opt {

constexpr auto innermost = static_cast<mir::Levels>(mir::Period | mir::Future);

/// a + b x, or a - b x, of a power x: `steady` is a; `factor` is b, none: 1.
struct Affine {
  mir::ValueId steady, factor, power;
  bool minus = false;
};

/// A product with a quotient d / (c + power), c a number of 1 or more, d the same in all periods. It is 0 where `mask` is not `when`.
struct Term {
  mir::ValueId mask;
  bool when = true;
  std::vector<mir::ValueId> steady;   ///< factors that do not vary with the period
  std::vector<mir::ValueId> timed;    ///< that do, but not with the future
  std::vector<mir::ValueId> quiet;    ///< choices that are 1 up to some period, or from it on
  std::vector<mir::ValueId> others;
  mir::ValueId quotient, power;
  double addend = 1;
  bool geometric = false;             ///< the product of `timed` grows by the same factor from each period to the next
};

/// What is known of a kernel before it is rewritten.
class StepFacts {
 public:
  StepFacts(const mir::Module& module, const mir::Kernel& kernel) : m_(module), k_(kernel), exact_(kernel) {
    for (std::size_t i = 0; i < kernel.values.size(); ++i) {
      const mir::Value& v = kernel.values[mir::ValueId(i)];
      bool carried = v.op == mir::Op::Prev;
      for (const mir::ValueId a : v.args) carried = carried || carried_[a.index()];
      carried_.push_back(carried);
      least_.push_back(least_of(v));
    }
    find_terms();
  }
  const mir::Value& value(mir::ValueId id) const { return k_.values[id]; }
  bool varies(mir::ValueId id) const { return (value(id).level & mir::Period) != 0; }
  /// Depends on what the period before left.
  bool carried(mir::ValueId id) const { return carried_[id.index()]; }

  /// exp(x), or pow(c, x) with c the same in all periods, which no draw or comparison depends on.
  bool is_power(mir::ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != mir::Op::Call || !is_free(id)) return false;
    const mir::Function& f = m_.functions[v.function];
    if (f.values.size() < dear) return false;
    const bool known = (f.name == "exp" && v.args.size() == 1) || (f.name == "pow" && v.args.size() == 2 && !varies(v.args[0]));
    return known && is_even(v.args.back());
  }
  /// x / y with y at least 1 or not a number.
  bool is_quotient(mir::ValueId id) const {
    const mir::Value& v = value(id);
    return v.op == mir::Op::Div && is_free(id) && (value(v.args[1]).level & innermost) == innermost && least_[v.args[1].index()] >= 1;
  }
  /// Nothing where the value is not of this form.
  std::optional<Affine> affine(mir::ValueId id) const {
    const mir::Value& v = value(id);
    if ((v.op != mir::Op::Add && v.op != mir::Op::Sub) || !is_free(id)) return std::nullopt;
    const bool swapped = v.op == mir::Op::Add && varies(v.args[0]);
    Affine result{v.args[swapped ? 1 : 0], {}, v.args[swapped ? 0 : 1], v.op == mir::Op::Sub};
    const mir::Value& x = value(result.power);
    if (x.op == mir::Op::Mul && varies(x.args[0]) != varies(x.args[1])) {
      result.factor = x.args[varies(x.args[0]) ? 1 : 0];
      result.power = x.args[varies(x.args[0]) ? 0 : 1];
    }
    return !varies(result.steady) && is_power(result.power) ? std::optional(result) : std::nullopt;
  }
  /// Null where the value is none.
  const Term* term(mir::ValueId id) const { return terms_[id.index()] ? &*terms_[id.index()] : nullptr; }
  /// Part of the only term that uses it.
  bool is_absorbed(mir::ValueId id) const { return absorbed_[id.index()]; }
  /// Grows by the same factor from each period to the next.
  bool is_geometric(mir::ValueId id) const {
    const mir::Value& v = value(id);
    if (!varies(id)) return true;
    if (v.op == mir::Op::Mul || v.op == mir::Op::Div) return is_geometric(v.args[0]) && is_geometric(v.args[1]);
    if (v.op != mir::Op::Call) return false;
    const std::string& name = m_.functions[v.function].name;
    return is_even(v.args.back()) && ((name == "exp" && v.args.size() == 1) || (name == "pow" && v.args.size() == 2 && !varies(v.args[0])));
  }
  /// 1: false, then true, as time goes by; -1: true, then false; 0: not known.
  int direction(mir::ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op == mir::Op::Not) return -direction(v.args[0]);
    if (v.op != mir::Op::Lt && v.op != mir::Op::Le) return 0;
    if (rises(v.args[0]) && !varies(v.args[1])) return -1;
    return rises(v.args[1]) && !varies(v.args[0]) ? 1 : 0;
  }
  /// A choice that is the same side, which costs little, for all periods up to some one, or from some one on; the other costs much.
  /// Gives that side.
  std::size_t quiet_side(mir::ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != mir::Op::Select || !is_free(id) || direction(v.args[0]) == 0) return 0;
    for (const std::size_t side : {std::size_t{1}, std::size_t{2}})
      if ((value(v.args[side]).level & innermost) != innermost && costs_much(v.args[3 - side], 8)) return side;
    return 0;
  }
  /// The distance of a value from period to period, where it is the same for all.
  bool is_even(mir::ValueId id) const {
    if (!varies(id)) return true;
    const mir::Value& v = value(id);
    switch (v.op) {
      case mir::Op::PeriodF:
        return spacing(v).has_value();
      case mir::Op::Mul:
        return varies(v.args[0]) ? !varies(v.args[1]) && is_even(v.args[0]) : is_even(v.args[1]);
      case mir::Op::Div:
        return !varies(v.args[1]) && is_even(v.args[0]);
      case mir::Op::Neg:
        return is_even(v.args[0]);
      case mir::Op::Add:
      case mir::Op::Sub:
        return is_even(v.args[0]) && is_even(v.args[1]);
      default:
        return false;
    }
  }
  std::optional<double> spacing(const mir::Value& period) const {
    const std::vector<double>& numbers = m_.period_columns[static_cast<std::size_t>(period.index)].numbers;
    if (numbers.size() < 2) return std::nullopt;
    const double step = numbers[1] - numbers[0];
    for (std::size_t i = 1; i < numbers.size(); ++i)
      if (!(numbers[i] - numbers[i - 1] == step)) return std::nullopt;
    return step;
  }
  bool is_zero(mir::ValueId id) const {
    const mir::Value& v = value(id);
    return v.op == mir::Op::ConstF && v.number == 0 && !std::signbit(v.number);
  }

 private:
  static constexpr std::size_t dear = 16;           ///< operations of a function that is worth a recurrence
  static constexpr double largest_addend = 1e6;

  const mir::Module& m_;
  const mir::Kernel& k_;
  Exact exact_;
  std::vector<bool> carried_;
  std::vector<double> least_;   ///< no value is below; -inf where nothing is known
  std::vector<int> uses_;
  std::vector<std::optional<Term>> terms_;
  std::vector<bool> absorbed_;

  bool is_free(mir::ValueId id) const { return (value(id).level & innermost) == innermost && !exact_[id] && !carried(id); }
  bool rises(mir::ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != mir::Op::PeriodF) return false;
    const std::vector<double>& numbers = m_.period_columns[static_cast<std::size_t>(v.index)].numbers;
    for (std::size_t i = 1; i < numbers.size(); ++i)
      if (!(numbers[i - 1] <= numbers[i])) return false;
    return true;
  }
  bool costs_much(mir::ValueId id, int depth) const {
    const mir::Value& v = value(id);
    if ((v.level & innermost) != innermost || depth == 0) return false;
    if (v.op == mir::Op::Call || v.op == mir::Op::Div) return true;
    for (const mir::ValueId a : v.args)
      if (costs_much(a, depth - 1)) return true;
    return false;
  }
  double least_of(const mir::Value& v) const {
    const double unknown = -HUGE_VAL;
    const auto of = [&](std::size_t arg) { return least_[v.args[arg].index()]; };
    switch (v.op) {
      case mir::Op::ConstF:
        return std::isnan(v.number) ? HUGE_VAL : v.number;
      case mir::Op::Call: {
        const std::string& name = m_.functions[v.function].name;
        return name == "exp" || name == "pow" || name == "logistic" ? 0 : unknown;
      }
      case mir::Op::Add:
        return of(0) == unknown || of(1) == unknown ? unknown : of(0) + of(1);
      case mir::Op::Mul:
        return of(0) >= 0 && of(1) >= 0 ? 0 : unknown;
      case mir::Op::Max:
        return of(1);   // also where the first is no number
      case mir::Op::Min:
        return std::min(of(0), of(1));
      case mir::Op::Select:
      case mir::Op::Shortcut:
        return std::min(of(1), of(2));
      default:
        return unknown;
    }
  }

  void find_terms() {
    const std::size_t n = k_.values.size();
    uses_.resize(n);
    terms_.resize(n);
    absorbed_.resize(n);
    const auto use = [&](mir::ValueId id) {
      if (id) ++uses_[id.index()];
    };
    for (const mir::Value& v : k_.values) {
      for (const mir::ValueId a : v.args) use(a);
    }
    for (const mir::StateSlot& s : k_.state) {
      use(s.next);
      use(s.first);
    }
    for (std::size_t i = n; i-- > 0;) {   // users first
      const mir::ValueId id(i);
      if (absorbed_[i] || !is_free(id)) continue;
      Term t;
      std::vector<mir::ValueId> parts;
      if (!collect(id, true, t, parts) || !t.quotient) continue;
      t.geometric = std::all_of(t.timed.begin(), t.timed.end(), [&](mir::ValueId x) { return is_geometric(x); });
      for (const mir::ValueId part : parts) absorbed_[part.index()] = true;
      terms_[i] = std::move(t);
    }
  }
  /// The factors of a product, and the values that become part of it.
  bool collect(mir::ValueId id, bool root, Term& t, std::vector<mir::ValueId>& parts) const {
    const mir::Value& v = value(id);
    const bool product = v.op == mir::Op::Mul && is_free(id);
    if (root && v.op == mir::Op::Select && (is_zero(v.args[1]) || is_zero(v.args[2]))) {
      t.mask = v.args[0];
      t.when = is_zero(v.args[2]);
      const mir::ValueId x = v.args[t.when ? 1 : 2];
      return uses_[x.index()] == 1 && is_free(x) && collect(x, false, t, parts);
    }
    if (product && (root || uses_[id.index()] == 1)) {
      if (!root) parts.push_back(id);
      return collect(v.args[0], false, t, parts) && collect(v.args[1], false, t, parts);
    }
    if (root) return false;
    if (!varies(id)) {
      t.steady.push_back(id);
    } else if ((v.level & mir::Future) == 0) {
      t.timed.push_back(id);
    } else if (const std::size_t side = quiet_side(id); side != 0 && is_one(v.args[side])) {
      t.quiet.push_back(id);
    } else if (!t.quotient && divides(id, t)) {
      parts.push_back(id);
      if (const mir::ValueId divisor = value(id).args[1]; uses_[divisor.index()] == 1) {
        parts.push_back(divisor);
        if (uses_[t.power.index()] == 1) parts.push_back(t.power);
      }
    } else {
      t.others.push_back(id);
    }
    return true;
  }
  bool is_one(mir::ValueId id) const { return value(id).op == mir::Op::ConstF && value(id).number == 1; }
  /// The quotient of a term.
  bool divides(mir::ValueId id, Term& t) const {
    if (!is_quotient(id) || uses_[id.index()] != 1 || varies(value(id).args[0])) return false;
    const auto divisor = affine(value(id).args[1]);
    if (!divisor || divisor->minus || divisor->factor) return false;
    const mir::Value& c = value(divisor->steady);
    if (c.op != mir::Op::ConstF || !(c.number >= 1 && c.number <= largest_addend)) return false;
    t.quotient = id;
    t.power = divisor->power;
    t.addend = c.number;
    return true;
  }
};

}  // namespace horizon::opt
