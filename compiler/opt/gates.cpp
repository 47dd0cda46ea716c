// What no period of a future needs is not drawn. A value of the future level that only choices between periods use is not needed where
// those choices never take that side: lag and erosion of copies that come after the horizon, everything of a product that failed. Such
// values are put behind a `shortcut` at the future level, which machine code makes a branch.
//
// A gate is what alone suffices for a condition never to hold: a mask of the future level, or a comparison with the first or last
// period where the comparison can only change one way as time goes by. A date that is drawn late itself (the loss of exclusivity plus a
// lag) is known to be late from its lower bound, which the draw is not needed for.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/ends.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Builder;
using mir::Op;
using mir::ValueId;
using F = Builder::F;
using M = Builder::M;

constexpr int least_cost = 40;   ///< of what a gate may save, in simple operations

bool is_future(mir::Levels level) { return (level & mir::Future) != 0 && (level & mir::Period) == 0; }

/// A mask, or (`column` >= 0) `date` compared with the first or last number of a period column; `holds`: as it is, else its opposite.
struct Term {
  std::int32_t column = -1;
  Op op = Op::Lt;
  bool last = false, date_first = false, holds = true;
  ValueId value;   ///< the mask, or the date
  auto key() const { return std::tuple(column, op, last, date_first, holds, value); }
  bool operator<(const Term& other) const { return key() < other.key(); }
  bool operator==(const Term& other) const { return key() == other.key(); }
};
/// Any of them suffices.
using Gate = std::set<Term>;

/// Which gates close off each value of a kernel: a tree, root 0. A value at a node is not needed where a gate on the way to it holds.
class Gates {
 public:
  struct Node {
    std::size_t parent = 0;
    Gate gate;
  };
  Gates(const mir::Module& module, const mir::Kernel& kernel) : m_(module), k_(kernel), nodes_(1), states_(kernel.state.size()) {
    for (;;) {   // what a state hands on is needed where its previous value is
      at_.assign(k_.values.size(), std::nullopt);
      sweep();
      if (!widen_states()) break;
    }
    drop_cheap();
  }
  bool is_needed(ValueId id) const { return at_[id.index()].has_value(); }
  std::size_t of(ValueId id) const { return at_[id.index()].value_or(0); }
  const Node& node(std::size_t n) const { return nodes_[n]; }
  std::vector<std::size_t> path(std::size_t n) const {
    std::vector<std::size_t> result;
    for (; n != 0; n = nodes_[n].parent) result.insert(result.begin(), n);
    return result;
  }
  /// Where a value at node `n` is needed, `term` does not hold.
  bool excludes(std::size_t n, const Term& term) const {
    for (; n != 0; n = nodes_[n].parent)
      if (nodes_[n].gate.contains(term)) return true;
    return false;
  }
  /// The node at which `user` uses its operand `arg`.
  std::size_t at_use(ValueId user, std::size_t arg) const { return renamed(use_[user.index()][arg]); }

  /// A comparison of a date with a period, as the term that says it is `what` in no period.
  std::optional<Term> comparison(ValueId mask, bool what) const {
    const mir::Value& v = value(mask);
    if (v.op != Op::Lt && v.op != Op::Le) return std::nullopt;
    for (const std::size_t p : {std::size_t{0}, std::size_t{1}}) {
      const mir::Value &period = value(v.args[p]), &date = value(v.args[1 - p]);
      if (!rises(period) || (date.level & mir::Period) != 0) continue;
      // With the period on the left it holds, then does not: never true if not in the first, never false if in the last.
      Term term{period.index, v.op, false, p == 1, !what, v.args[1 - p]};
      term.last = (p == 0) != what;
      return term;
    }
    return std::nullopt;
  }

 private:
  const mir::Module& m_;
  const mir::Kernel& k_;
  std::vector<Node> nodes_;
  std::vector<std::optional<std::size_t>> at_, states_;
  std::vector<std::vector<std::size_t>> use_;   ///< by value and operand
  std::vector<std::size_t> new_name_;

  const mir::Value& value(ValueId id) const { return k_.values[id]; }
  std::size_t renamed(std::size_t n) const { return new_name_.empty() ? n : new_name_[n]; }
  bool rises(const mir::Value& v) const {
    if (v.op != Op::PeriodF) return false;
    const std::vector<double>& numbers = m_.period_columns[static_cast<std::size_t>(v.index)].numbers;
    return std::is_sorted(numbers.begin(), numbers.end());
  }
  void never(ValueId mask, bool what, Gate& gate) const {
    const mir::Value& v = value(mask);
    if (v.op == Op::Not) return never(v.args[0], !what, gate);
    if (v.op == (what ? Op::And : Op::Or)) {
      never(v.args[0], what, gate);
      return never(v.args[1], what, gate);
    }
    if ((v.level & mir::Period) == 0) {
      gate.insert(Term{-1, Op::Lt, false, false, !what, mask});
    } else if (const auto term = comparison(mask, what)) {
      gate.insert(*term);
    }
  }
  std::size_t child(std::size_t parent, ValueId mask, bool what) {
    Gate gate;
    never(mask, what, gate);
    std::erase_if(gate, [&](const Term& t) { return excludes(parent, t); });
    if (gate.empty()) return parent;
    for (std::size_t n = 1; n < nodes_.size(); ++n)
      if (nodes_[n].parent == parent && nodes_[n].gate == gate) return n;
    nodes_.push_back({parent, std::move(gate)});
    return nodes_.size() - 1;
  }
  std::size_t common(std::size_t a, std::size_t b) const {
    while (a != b) (a > b ? a : b) = nodes_[a > b ? a : b].parent;   // parents have smaller numbers
    return a;
  }
  void use(ValueId id, std::size_t where) {
    std::optional<std::size_t>& has = at_[id.index()];
    has = has ? common(*has, where) : where;
  }
  void sweep() {
    use_.assign(k_.values.size(), {});
    for (std::size_t s = 0; s < states_.size(); ++s) {
      if (!states_[s]) continue;
      use(k_.state[s].next, *states_[s]);
      if (k_.state[s].first) use(k_.state[s].first, *states_[s]);
    }
    for (std::size_t i = at_.size(); i-- > 0;) {
      const mir::Value& v = value(ValueId(i));
      if (mir::info(v.op).effect && v.op != Op::Load) at_[i] = 0;
      if (!at_[i]) continue;   // not needed at all
      const bool chooses = v.op == Op::Select && (v.level & mir::Future) != 0 && (v.level & mir::Period) != 0;
      for (std::size_t a = 0; a < v.args.size(); ++a) {
        const std::size_t where = chooses && a > 0 ? child(*at_[i], v.args[0], a == 1) : *at_[i];
        use_[i].push_back(where);
        use(v.args[a], where);
      }
    }
  }
  bool widen_states() {
    bool changed = false;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      const mir::Value& v = value(ValueId(i));
      if (v.op != Op::Prev || !at_[i]) continue;
      std::optional<std::size_t>& state = states_[static_cast<std::size_t>(v.index)];
      const std::size_t wanted = state ? common(*state, *at_[i]) : *at_[i];
      changed = changed || state != wanted;
      state = wanted;
    }
    return changed;
  }

  int cost(const mir::Value& v) const {
    switch (v.op) {
      case Op::Call:
        return static_cast<int>(m_.functions[v.function].values.size());
      case Op::Div:
      case Op::Sqrt:
      case Op::TableF:
      case Op::RowTableF:
        return 8;
      case Op::SolveBeta:
      case Op::SolveGamma:
      case Op::SolvePoisson:
        return 1000;
      default:
        return 1;
    }
  }
  /// Gates that save little are left open.
  void drop_cheap() {
    std::vector<int> costs(nodes_.size());
    for (std::size_t i = 0; i < at_.size(); ++i)
      if (at_[i] && is_future(value(ValueId(i)).level)) costs[*at_[i]] += cost(value(ValueId(i)));
    for (std::size_t n = nodes_.size(); n-- > 1;) costs[nodes_[n].parent] += costs[n];
    new_name_.resize(nodes_.size());
    for (std::size_t n = 1; n < nodes_.size(); ++n) {
      nodes_[n].parent = new_name_[nodes_[n].parent];
      new_name_[n] = costs[n] < least_cost ? nodes_[n].parent : n;
    }
    for (std::optional<std::size_t>& at : at_)
      if (at) at = new_name_[*at];
    for (std::optional<std::size_t>& s : states_)
      if (s) s = new_name_[*s];
  }
};

class Rewriter {
 public:
  Rewriter(mir::Module& module, mir::Kernel& kernel)
      : k_(kernel), gates_(module, kernel), ends_(module), b_(module, result_), now_(kernel.values.size()), behind_(kernel.values.size()) {}

  void run() {
    find_late();
    find_wrapped();
    if (wrapped_.empty() && late_.empty()) return;
    for (std::size_t i = 0; i < now_.size(); ++i)
      if ((value(ValueId(i)).level & mir::Period) == 0) copy(ValueId(i));
    wrap();
    for (std::size_t i = 0; i < now_.size(); ++i)
      if ((value(ValueId(i)).level & mir::Period) != 0) copy(ValueId(i));
    for (mir::StateSlot& s : k_.state) {
      s.next = seen_by_periods(s.next);
      if (s.first) s.first = seen_by_periods(s.first);
    }
    for (mir::RowTable& t : k_.row_tables) {
      if (t.a) t.a = now_[t.a.index()];
      if (t.b) t.b = now_[t.b.index()];
    }
    k_.values = std::move(result_.values);
  }

 private:
  mir::Kernel& k_;
  Gates gates_;
  PeriodEnds ends_;
  mir::Kernel result_;
  Builder b_;
  std::vector<ValueId> now_;
  std::vector<ValueId> behind_;          ///< by value of the future level that periods use: it behind its gates
  std::vector<ValueId> wrapped_;         ///< those
  std::map<ValueId, Term> late_;         ///< dates of the future level whose bound may tell that the term holds

  const mir::Value& value(ValueId id) const { return k_.values[id]; }

  ValueId seen_by_periods(ValueId id) const {
    const ValueId gated = behind_[id.index()];
    return gated ? gated : now_[id.index()];
  }
  void copy(ValueId id) {
    mir::Value v = value(id);
    const bool in_periods = (v.level & mir::Period) != 0;
    for (ValueId& a : v.args) a = in_periods ? seen_by_periods(a) : now_[a.index()];
    for (ValueId* slot : {&v.address.row_slot, &v.address.period_slot})
      if (*slot) *slot = now_[slot->index()];
    b_.at(v.span);
    v.level = mir::Constant;   // derived anew
    ValueId& now = now_[id.index()];
    now = b_.copy(v);
    const auto late = late_.find(id);
    if (late == late_.end()) return;
    const F bound = bound_of(id, needs_least(late->second));
    now = b_.select(holds(late->second, bound), bound, F{now}).id;
  }

  // ---- dates
  M holds(const Term& t, F date) {
    const F end = t.last ? ends_.last(b_, t.column) : ends_.first(b_, t.column);
    const F x = t.date_first ? date : end, y = t.date_first ? end : date;
    const M m = t.op == Op::Lt ? b_.lt(x, y) : b_.le(x, y);
    return t.holds ? m : b_.mnot(m);
  }
  /// Dates that are used only in comparisons that one term decides, and where that term does not hold. Where the term holds for a bound
  /// of the date, which is known by row, the bound stands for the date: the comparisons come out the same, and nothing else is needed.
  void find_late() {
    struct Use {
      ValueId user;
      std::size_t node;
    };
    std::map<ValueId, std::vector<Use>> dates;
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const mir::Value& v = value(ValueId(i));
      for (std::size_t a = 0; a < v.args.size() && gates_.is_needed(ValueId(i)); ++a)
        if (is_future(value(v.args[a]).level) && has_bounds(v.args[a])) dates[v.args[a]].push_back({ValueId(i), gates_.at_use(ValueId(i), a)});
    }
    for (std::size_t s = 0; s < k_.state.size(); ++s)
      for (const ValueId id : {k_.state[s].next, k_.state[s].first})
        if (id && dates.contains(id)) dates[id].push_back({ValueId(), 0});
    for (const auto& [date, uses] : dates) {
      for (const bool what : {false, true}) {
        std::optional<Term> term;
        for (const Use& use : uses)
          if (const auto t = compared(use.user, date, what); t && !term) term = t;
        if (!term || !has_bound(date, needs_least(*term))) continue;
        const bool decides = std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
          const auto t = compared(use.user, date, what);
          return t ? *t == *term : gates_.excludes(use.node, *term);
        });
        if (decides) late_.emplace(date, *term);
      }
    }
  }
  std::optional<Term> compared(ValueId user, ValueId date, bool what) const {
    if (!user) return std::nullopt;
    const auto term = gates_.comparison(user, what);
    return term && term->value == date ? term : std::nullopt;
  }
  /// A term that holds for a lower bound holds for the date; else that is so for an upper one.
  static bool needs_least(const Term& t) { return t.holds != t.date_first; }

  bool has_bounds(ValueId id) const { return has_bound(id, true) || has_bound(id, false); }
  bool has_bound(ValueId id, bool least) const {
    const mir::Value& v = value(id);
    if ((v.level & mir::Future) == 0) return true;
    switch (v.op) {
      case Op::Add:
        return has_bound(v.args[0], least) && has_bound(v.args[1], least);
      case Op::Sub:
        return has_bound(v.args[0], least) && has_bound(v.args[1], !least);
      case Op::Mul: {
        const std::size_t x = (value(v.args[0]).level & mir::Future) != 0 ? 0 : 1;
        return (value(v.args[1 - x]).level & mir::Future) == 0 && has_bound(v.args[x], least);
      }
      case Op::Max:
        return least && ((value(v.args[0]).level & mir::Future) == 0);
      default:
        return false;
    }
  }
  /// No value is below (above) it, by the same operations, whose rounding is monotone. Not a number where that is not known.
  F bound_of(ValueId id, bool least) {
    const mir::Value& v = value(id);
    if ((v.level & mir::Future) == 0) return F{now_[id.index()]};
    switch (v.op) {
      case Op::Add:
        return b_.add(bound_of(v.args[0], least), bound_of(v.args[1], least));
      case Op::Sub:
        return b_.sub(bound_of(v.args[0], least), bound_of(v.args[1], !least));
      case Op::Mul: {
        const std::size_t x = (value(v.args[0]).level & mir::Future) != 0 ? 0 : 1;
        const F by{now_[v.args[1 - x].index()]};
        return b_.select(b_.le(b_.c(0), by), b_.mul(by, bound_of(v.args[x], least)), b_.c(std::nan("")));
      }
      default:
        return F{now_[v.args[0].index()]};   // max
    }
  }

  // ---- gates
  /// Values of the future level that code of periods uses, all of whose uses lie behind gates.
  void find_wrapped() {
    std::set<ValueId> found;
    const auto look = [&](ValueId id) {
      const mir::Value& v = value(id);
      const bool fits = v.type == mir::Type::F64 || v.type == mir::Type::Mask;
      if (is_future(v.level) && fits && v.op != Op::Load && gates_.of(id) != 0) found.insert(id);
    };
    for (const mir::Value& v : k_.values)
      if ((v.level & mir::Period) != 0)
        for (const ValueId a : v.args) look(a);
    for (const mir::StateSlot& s : k_.state)
      if (s.first) look(s.first);
    wrapped_.assign(found.begin(), found.end());
  }
  /// From the innermost gate outwards, all values behind one gate side by side.
  void wrap() {
    std::map<ValueId, F> inner;
    std::map<std::vector<std::size_t>, std::vector<ValueId>> groups;
    std::size_t depth = 0;
    for (const ValueId id : wrapped_) {
      inner[id] = value(id).type == mir::Type::Mask ? b_.number(M{now_[id.index()]}) : F{now_[id.index()]};
      depth = std::max(depth, gates_.path(gates_.of(id)).size());
    }
    for (; depth > 0; --depth) {
      groups.clear();
      for (const ValueId id : wrapped_) {
        std::vector<std::size_t> path = gates_.path(gates_.of(id));
        if (path.size() < depth) continue;
        path.resize(depth);
        groups[path].push_back(id);
      }
      for (const auto& [path, values] : groups) {
        std::optional<M> gate;
        for (const Term& t : gates_.node(path.back()).gate) {
          const M m = mask_of(t);
          gate = gate ? b_.mor(*gate, m) : m;
        }
        for (const ValueId id : values) inner[id] = b_.shortcut(*gate, b_.c(0), inner[id]);
      }
    }
    for (const ValueId id : wrapped_) behind_[id.index()] = value(id).type == mir::Type::Mask ? b_.truth_of(inner[id]).id : inner[id].id;
  }
  M mask_of(const Term& t) {
    const ValueId now = now_[t.value.index()];
    if (t.column >= 0) return holds(t, F{now});
    return t.holds ? M{now} : b_.mnot(M{now});
  }
};

}  // namespace

void use_gates(mir::Module& module) {
  for (const mir::Stage& stage : module.stages) {
    if (stage.period_by_period) continue;
    for (const mir::KernelId id : stage.kernels) Rewriter(module, module.kernels[id]).run();
  }
}

}  // namespace horizon::opt
