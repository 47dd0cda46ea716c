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
#include <vector>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/ends.hpp"
#include "compiler/opt/gates.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Builder;
using mir::Op;
using mir::ValueId;
using F = Builder::F;
using M = Builder::M;

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
