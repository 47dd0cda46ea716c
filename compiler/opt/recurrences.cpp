// exp(a + b t) at equally spaced t is a product: the value of the period before times exp(b dt). Rounding grows with each
// product, so that every `group` periods the function itself is called again: an anchor. It is called, too, where the
// product leaves the range in which it is accurate, and where the period before did not need the value: there the state is 0.
// A lane's value thus depends on nothing but the lane, and the branch of lazy.cpp leaves the call out where no lane anchors.
#include <cmath>
#include <optional>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/exact.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Builder;
using mir::Op;
using mir::ValueId;

constexpr std::size_t group = 8;                          ///< periods from anchor to anchor
constexpr double least = 1e-280, most = 1e280;            ///< of products: then both factors are normal numbers
constexpr double least_step = 1e-20, most_step = 1e20;
constexpr std::size_t dear = 16;                          ///< operations of a function that is worth a recurrence

/// The distance of numbers that are equally spaced to the last bit.
std::optional<double> spacing(const std::vector<double>& numbers) {
  if (numbers.size() <= group) return std::nullopt;
  const double step = numbers[1] - numbers[0];
  for (std::size_t i = 1; i < numbers.size(); ++i)
    if (!(numbers[i] - numbers[i - 1] == step)) return std::nullopt;
  return step;
}

/// By value, the choices under which alone it is needed: a tree as in codegen's lazy.cpp, root 0.
class Needs {
 public:
  struct Choice {
    ValueId select;
    std::size_t side = 0;
    std::size_t parent = 0;
  };
  explicit Needs(const mir::Kernel& kernel) : at_(kernel.values.size()) {
    for (const mir::StateSlot& s : kernel.state) {
      use(s.next, 0);
      if (s.first) use(s.first, 0);
    }
    for (std::size_t i = at_.size(); i-- > 0;) {
      const mir::Value& v = kernel.values[ValueId(i)];
      if (mir::info(v.op).effect || !at_[i]) at_[i] = 0;
      const bool chooses = v.op == Op::Select && (v.level & mir::Future) != 0;
      for (std::size_t a = 0; a < v.args.size(); ++a) {
        std::size_t where = *at_[i];
        if (chooses && a > 0) {
          where = choices_.size();
          choices_.push_back({ValueId(i), a, *at_[i]});
        }
        use(v.args[a], where);
      }
    }
  }
  std::size_t of(ValueId id) const { return at_[id.index()].value_or(0); }
  const Choice& choice(std::size_t number) const { return choices_[number]; }

 private:
  void use(ValueId id, std::size_t where) {
    std::optional<std::size_t>& has = at_[id.index()];
    if (!has) has = where;
    while (*has != where) {   // parents have smaller numbers
      std::size_t& later = *has > where ? *has : where;
      later = choices_[later].parent;
    }
  }
  std::vector<std::optional<std::size_t>> at_;
  std::vector<Choice> choices_{Choice{}};
};

class Rewriter {
 public:
  Rewriter(mir::Module& module, mir::Kernel& kernel)
      : m_(module), k_(kernel), exact_(kernel), needs_(kernel), b_(module, result_), now_(kernel.values.size()) {}

  void run() {
    for (std::size_t i = 0; i < now_.size(); ++i) emit(ValueId(i));
    k_.values = std::move(result_.values);
    for (mir::StateSlot& s : k_.state) {
      s.next = now_[s.next.index()];
      if (s.first) s.first = now_[s.first.index()];
    }
    k_.state.insert(k_.state.end(), added_.begin(), added_.end());
    for (mir::RowTable& t : k_.row_tables) {
      if (t.a) t.a = now_[t.a.index()];
      if (t.b) t.b = now_[t.b.index()];
    }
  }

 private:
  using F = Builder::F;
  using M = Builder::M;
  mir::Module& m_;
  mir::Kernel& k_;
  Exact exact_;
  Needs needs_;
  mir::Kernel result_;
  Builder b_;
  std::vector<ValueId> now_;
  std::vector<mir::StateSlot> added_;

  const mir::Value& value(ValueId id) const { return k_.values[id]; }
  bool varies(ValueId id) const { return (value(id).level & mir::Period) != 0; }

  void emit(ValueId id) {
    if (now_[id.index()]) return;
    mir::Value v = value(id);
    for (ValueId& arg : v.args) {
      emit(arg);
      arg = now_[arg.index()];
    }
    for (ValueId* slot : {&v.address.row_slot, &v.address.period_slot}) {
      if (!*slot) continue;
      emit(*slot);
      *slot = now_[slot->index()];
    }
    if (carried(id)) {
      b_.at(v.span);
      if (const std::optional<F> slope = slope_of(value(id).args.back())) {
        now_[id.index()] = carry(id, v, *slope).id;
        return;
      }
    }
    v.level = mir::Constant;   // derived anew
    now_[id.index()] = b_.copy(v);
  }

  /// exp(x), or pow(c, x) with c the same in all periods, which no draw or comparison depends on.
  bool carried(ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != Op::Call || (v.level & mir::Future) == 0 || (v.level & mir::Period) == 0 || exact_[id]) return false;
    const mir::Function& f = m_.functions[v.function];
    if (f.values.size() < dear) return false;
    if (f.name == "exp") return v.args.size() == 1;
    return f.name == "pow" && v.args.size() == 2 && !varies(v.args[0]);
  }

  /// By how much the value grows from each period to the next, where that is the same for all.
  std::optional<F> slope_of(ValueId id) {
    const mir::Value& v = value(id);
    if (!varies(id)) return b_.c(0);
    const auto now = [&](std::size_t arg) { return F{now_[v.args[arg].index()]}; };
    const auto scaled = [&](std::size_t x, std::size_t by) -> std::optional<F> {
      if (varies(v.args[by])) return std::nullopt;
      const auto slope = slope_of(v.args[x]);
      return slope ? std::optional(b_.mul(*slope, now(by))) : std::nullopt;
    };
    if (v.op == Op::PeriodF) {
      const auto step = spacing(m_.period_columns[static_cast<std::size_t>(v.index)].numbers);
      return step ? std::optional(b_.c(*step)) : std::nullopt;
    }
    if (v.op == Op::Mul) return varies(v.args[0]) ? scaled(0, 1) : scaled(1, 0);
    if (v.op != Op::Add && v.op != Op::Sub && v.op != Op::Neg && v.op != Op::Div) return std::nullopt;
    const auto x = slope_of(v.args[0]);
    if (!x) return std::nullopt;
    if (v.op == Op::Neg) return b_.neg(*x);
    if (v.op == Op::Div) return varies(v.args[1]) ? std::nullopt : std::optional(b_.div(*x, now(1)));
    const auto y = slope_of(v.args[1]);
    if (!y) return std::nullopt;
    return v.op == Op::Add ? b_.add(*x, *y) : b_.sub(*x, *y);
  }

  F carry(ValueId id, const mir::Value& call, F slope) {
    std::vector<ValueId> args = call.args;
    args.back() = slope.id;
    const F step{b_.call(call.function, std::move(args))};
    const auto slot = static_cast<std::int32_t>(k_.state.size() + added_.size());
    const F product = b_.mul(b_.prev(slot), step);
    const M steady = b_.mand(b_.lt(b_.c(least_step), step), b_.lt(step, b_.c(most_step)));
    const M sound = b_.mand(steady, b_.mand(b_.lt(b_.c(least), product), b_.lt(product, b_.c(most))));
    const M fresh = b_.mor(b_.ieq(b_.iperiod(anchors()), b_.ci(0)), b_.mnot(sound));
    const F exactly{b_.call(call.function, call.args)};
    F result = b_.select(fresh, exactly, product);
    if (const std::optional<M> needed = need_of(id)) result = b_.select(*needed, result, b_.c(0));
    added_.push_back({result.id, {}});
    return result;
  }

  /// Where the value is needed at all; none if that is everywhere, or known only later.
  std::optional<M> need_of(ValueId id) {
    std::optional<M> all;
    for (std::size_t at = needs_.of(id); at != 0; at = needs_.choice(at).parent) {
      const Needs::Choice& choice = needs_.choice(at);
      const ValueId mask = value(choice.select).args[0];
      if (!known_before(mask, id)) continue;
      emit(mask);
      M one{now_[mask.index()]};
      if (choice.side == 2) one = b_.mnot(one);
      all = all ? b_.mand(*all, one) : one;
    }
    return all;
  }
  /// Can be computed now: takes nothing that must keep its place, nor `later` itself.
  bool known_before(ValueId id, ValueId later) const {
    if (now_[id.index()]) return true;
    if (id == later || mir::info(value(id).op).effect) return false;
    for (const ValueId arg : value(id).args)
      if (!known_before(arg, later)) return false;
    return true;
  }

  /// The period column that is 0 at anchors.
  std::int32_t anchors() {
    const std::string name = "place among " + std::to_string(group);
    for (std::size_t i = 0; i < m_.period_columns.size(); ++i)
      if (m_.period_columns[i].name == name) return static_cast<std::int32_t>(i);
    mir::Column column{name, mir::Type::I64, {}, {}};
    for (std::uint32_t p = 0; p < m_.periods; ++p) column.integers.push_back(p % group);
    m_.period_columns.push_back(std::move(column));
    return static_cast<std::int32_t>(m_.period_columns.size() - 1);
  }
};

}  // namespace

void use_recurrences(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels)
    if (kernel.step == 1) Rewriter(module, kernel).run();
}

}  // namespace horizon::opt
