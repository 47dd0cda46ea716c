#pragma once
// Under which conditions between periods the values of a kernel are needed. Private to compiler/opt; gates.cpp says what for.
#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "compiler/mir/mir.hpp"

namespace horizon::opt {

inline bool is_future(mir::Levels level) { return (level & mir::Future) != 0 && (level & mir::Period) == 0; }

/// A mask, or (`column` >= 0) `date` compared with the first or last number of a period column; `holds`: as it is, else its opposite.
struct Term {
  std::int32_t column = -1;
  mir::Op op = mir::Op::Lt;
  bool last = false, date_first = false, holds = true;
  mir::ValueId value;   ///< the mask, or the date
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
  bool is_needed(mir::ValueId id) const { return at_[id.index()].has_value(); }
  std::size_t of(mir::ValueId id) const { return at_[id.index()].value_or(0); }
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
  std::size_t at_use(mir::ValueId user, std::size_t arg) const { return renamed(use_[user.index()][arg]); }

  /// A comparison of a date with a period, as the term that says it is `what` in no period.
  std::optional<Term> comparison(mir::ValueId mask, bool what) const {
    const mir::Value& v = value(mask);
    if (v.op != mir::Op::Lt && v.op != mir::Op::Le) return std::nullopt;
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
  static constexpr int least_cost = 40;   ///< of what a gate may save, in simple operations

  const mir::Module& m_;
  const mir::Kernel& k_;
  std::vector<Node> nodes_;
  std::vector<std::optional<std::size_t>> at_, states_;
  std::vector<std::vector<std::size_t>> use_;   ///< by value and operand
  std::vector<std::size_t> new_name_;

  const mir::Value& value(mir::ValueId id) const { return k_.values[id]; }
  std::size_t renamed(std::size_t n) const { return new_name_.empty() ? n : new_name_[n]; }
  bool rises(const mir::Value& v) const {
    if (v.op != mir::Op::PeriodF) return false;
    const std::vector<double>& numbers = m_.period_columns[static_cast<std::size_t>(v.index)].numbers;
    return std::is_sorted(numbers.begin(), numbers.end());
  }
  void never(mir::ValueId mask, bool what, Gate& gate) const {
    const mir::Value& v = value(mask);
    if (v.op == mir::Op::Not) return never(v.args[0], !what, gate);
    if (v.op == (what ? mir::Op::And : mir::Op::Or)) {
      never(v.args[0], what, gate);
      return never(v.args[1], what, gate);
    }
    if ((v.level & mir::Period) == 0) {
      gate.insert(Term{-1, mir::Op::Lt, false, false, !what, mask});
    } else if (const auto term = comparison(mask, what)) {
      gate.insert(*term);
    }
  }
  std::size_t child(std::size_t parent, mir::ValueId mask, bool what) {
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
  void use(mir::ValueId id, std::size_t where) {
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
      const mir::Value& v = value(mir::ValueId(i));
      if (mir::info(v.op).effect && v.op != mir::Op::Load) at_[i] = 0;
      if (!at_[i]) continue;   // not needed at all
      const bool in_periods = (v.level & mir::Future) != 0 && (v.level & mir::Period) != 0;
      const bool chooses = in_periods && (v.op == mir::Op::Select || v.op == mir::Op::Shortcut);
      for (std::size_t a = 0; a < v.args.size(); ++a) {
        const std::size_t where = chooses && a > (v.op == mir::Op::Shortcut ? 1u : 0u) ? child(*at_[i], v.args[0], a == 1) : *at_[i];
        use_[i].push_back(where);
        use(v.args[a], where);
      }
    }
  }
  bool widen_states() {
    bool changed = false;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      const mir::Value& v = value(mir::ValueId(i));
      if (v.op != mir::Op::Prev || !at_[i]) continue;
      std::optional<std::size_t>& state = states_[static_cast<std::size_t>(v.index)];
      const std::size_t wanted = state ? common(*state, *at_[i]) : *at_[i];
      changed = changed || state != wanted;
      state = wanted;
    }
    return changed;
  }

  int cost(const mir::Value& v) const {
    switch (v.op) {
      case mir::Op::Call:
        return static_cast<int>(m_.functions[v.function].values.size());
      case mir::Op::Div:
      case mir::Op::Sqrt:
      case mir::Op::TableF:
      case mir::Op::RowTableF:
        return 8;
      case mir::Op::SolveBeta:
      case mir::Op::SolveGamma:
      case mir::Op::SolvePoisson:
        return 1000;
      default:
        return 1;
    }
  }
  /// Gates that save little are left open.
  void drop_cheap() {
    std::vector<int> costs(nodes_.size());
    for (std::size_t i = 0; i < at_.size(); ++i)
      if (at_[i] && is_future(value(mir::ValueId(i)).level)) costs[*at_[i]] += cost(value(mir::ValueId(i)));
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

}  // namespace horizon::opt
