// Products of several factors. What does not vary with the period is multiplied once, outside of the loop; a factor that is 0 in some
// periods (before a launch) makes the product 0 there, whatever the others are (rules.md E8), so that the others are not needed.
#include <cmath>
#include <optional>
#include <vector>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/exact.hpp"
#include "compiler/opt/moved.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Builder;
using mir::Op;
using mir::ValueId;

constexpr auto innermost = static_cast<mir::Levels>(mir::Period | mir::Future);

class Rewriter {
 public:
  Rewriter(mir::Module& module, mir::Kernel& kernel)
      : k_(kernel), exact_(kernel), b_(module, result_), now_(kernel.values.size()), absorbed_(kernel.values.size()) {
    find_absorbed();
  }

  void run() {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (absorbed_[i]) continue;
      b_.at(k_.values[ValueId(i)].span);
      now_[i] = is_term(ValueId(i)) ? product(ValueId(i)) : copy(ValueId(i));
    }
    move_uses(k_, [&](ValueId& id) {
      if (id) id = now_[id.index()];
    });
    k_.values = std::move(result_.values);
  }

 private:
  using F = Builder::F;
  using M = Builder::M;
  mir::Kernel& k_;
  Exact exact_;
  mir::Kernel result_;
  Builder b_;
  std::vector<ValueId> now_;
  std::vector<bool> absorbed_;   ///< by value: becomes part of the only product that uses it

  const mir::Value& value(ValueId id) const { return k_.values[id]; }
  bool is_zero(ValueId id) const {
    const mir::Value& v = value(id);
    return v.op == Op::ConstF && v.number == 0 && !std::signbit(v.number);
  }
  /// The operand of a select that is +0, or 0 if none.
  std::size_t zero_side(const mir::Value& v) const { return is_zero(v.args[1]) ? 1 : is_zero(v.args[2]) ? 2 : 0; }
  bool is_term(ValueId id) const {
    const mir::Value& v = value(id);
    if ((v.level & innermost) != innermost || exact_[id]) return false;
    return v.op == Op::Mul || (v.op == Op::Select && zero_side(v) != 0);
  }
  /// The operands of a term that are its factors: both of a product, one of a choice.
  std::vector<ValueId> factors_of(const mir::Value& v) const {
    if (v.op == Op::Mul) return v.args;
    return {v.args[3 - zero_side(v)]};
  }
  void find_absorbed() {
    std::vector<int> uses(now_.size());
    const auto use = [&](ValueId id) {
      if (id) ++uses[id.index()];
    };
    for (const mir::Value& v : k_.values) {
      for (const ValueId a : v.args) use(a);
    }
    for (const mir::StateSlot& s : k_.state) {
      use(s.next);
      use(s.first);
    }
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (!is_term(ValueId(i))) continue;
      for (const ValueId a : factors_of(value(ValueId(i)))) absorbed_[a.index()] = is_term(a) && uses[a.index()] == 1;
    }
  }

  ValueId copy(ValueId id) {
    mir::Value v = value(id);
    for (ValueId& a : v.args) a = now_[a.index()];
    for (ValueId* slot : {&v.address.row_slot, &v.address.period_slot})
      if (*slot) *slot = now_[slot->index()];
    v.level = mir::Constant;   // derived anew
    return b_.copy(v);
  }

  struct Parts {
    std::vector<F> factors;
    std::optional<M> keep;   ///< 0 elsewhere
    bool changed = false;
  };
  void collect(ValueId id, bool root, Parts& parts) {
    if (!root && !absorbed_[id.index()]) return parts.factors.push_back({now_[id.index()]});
    parts.changed = parts.changed || !root;
    const mir::Value& v = value(id);
    if (v.op == Op::Select) {
      M keep{now_[v.args[0].index()]};
      if (zero_side(v) == 1) keep = b_.mnot(keep);
      parts.keep = parts.keep ? b_.mand(*parts.keep, keep) : keep;
    }
    for (const ValueId a : factors_of(v)) collect(a, false, parts);
  }
  ValueId product(ValueId id) {
    Parts parts;
    collect(id, true, parts);
    if (!parts.changed) return copy(id);
    // Rows and constants, futures, periods, both: each group in the order in which it was written.
    std::optional<F> result;
    const auto times = [&](std::optional<F>& sum, F x) { sum = sum ? b_.mul(*sum, x) : x; };
    for (const mir::Levels group : {mir::Levels{mir::Constant}, mir::Levels{mir::Future}, mir::Levels{mir::Period}}) {
      std::optional<F> part;
      for (const F x : parts.factors)
        if ((b_.level(x.id) & innermost) == group) times(part, x);
      if (part) times(result, *part);
    }
    for (const F x : parts.factors)
      if ((b_.level(x.id) & innermost) == innermost) times(result, x);
    if (parts.keep) result = b_.select(*parts.keep, *result, b_.c(0));
    return result->id;
  }
};

}  // namespace

void group_factors(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels) Rewriter(module, kernel).run();
}

}  // namespace horizon::opt
