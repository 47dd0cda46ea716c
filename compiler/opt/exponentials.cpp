#include <algorithm>
#include <optional>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/exact.hpp"
#include "compiler/opt/moved.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Builder;
using mir::Op;
using mir::ValueId;
using F = Builder::F;

bool is_exp(const mir::Module& module, const mir::Value& v) { return v.op == Op::Call && module.functions[v.function].name == "exp"; }

/// Seen before anything is counted or copied: most kernels have no such quotient.
bool may_have_one(const mir::Module& module, const mir::Kernel& kernel) {
  const auto is_exponential = [&](const mir::Value& y) {
    return is_exp(module, y) || (y.op == Op::Mul && std::any_of(y.args.begin(), y.args.end(), [&](ValueId a) { return is_exp(module, kernel.values[a]); }));
  };
  return std::any_of(kernel.values.begin(), kernel.values.end(),
                     [&](const mir::Value& v) { return v.op == Op::Div && is_exponential(kernel.values[v.args[1]]); });
}

class Rewriter {
 public:
  Rewriter(mir::Module& module, mir::Kernel& kernel)
      : m_(module), k_(kernel), exact_(kernel), b_(module, result_), now_(kernel.values.size()), uses_(kernel.values.size()) {
    for (const mir::Value& v : kernel.values)
      for (const ValueId a : v.args) ++uses_[a.index()];
    for (const mir::StateSlot& s : kernel.state)
      for (const ValueId id : {s.next, s.first})
        if (id) ++uses_[id.index()];
  }

  void run() {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const auto divisor = divisor_of(ValueId(i));
      now_[i] = divisor ? inverted(k_.values[ValueId(i)], *divisor) : copy(k_.values[ValueId(i)]);
    }
    k_.values = std::move(result_.values);
    move_uses(k_, [&](ValueId& id) { move(id); });
  }

 private:
  mir::Module& m_;
  mir::Kernel& k_;
  Exact exact_;
  mir::Kernel result_;
  Builder b_;
  std::vector<ValueId> now_;
  std::vector<int> uses_;

  const mir::Value& value(ValueId id) const { return k_.values[id]; }
  bool is_below(ValueId id) const { return (value(id).level & (mir::Future | mir::Period)) == 0; }
  void move(ValueId& id) {
    if (id) id = now_[id.index()];
  }

  /// exp(x) c, or exp(x).
  struct Divisor {
    ValueId exp, c;
  };
  std::optional<Divisor> divisor_of(ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != Op::Div || exact_[id] || !is_below(v.args[0])) return std::nullopt;
    const ValueId y = v.args[1];
    if (is_lone_exp(y)) return Divisor{y, {}};
    if (value(y).op != Op::Mul || uses_[y.index()] != 1) return std::nullopt;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
      if (is_lone_exp(value(y).args[side]) && is_below(value(y).args[1 - side])) return Divisor{value(y).args[side], value(y).args[1 - side]};
    return std::nullopt;
  }
  /// Of the future level, and of no use but this.
  bool is_lone_exp(ValueId id) const {
    const bool is_future = (value(id).level & (mir::Future | mir::Period)) == mir::Future;
    return is_exp(m_, value(id)) && is_future && uses_[id.index()] == 1;
  }
  ValueId inverted(const mir::Value& quotient, const Divisor& divisor) {
    b_.at(quotient.span);
    F by{now_[quotient.args[0].index()]};
    if (divisor.c) by = b_.div(by, F{now_[divisor.c.index()]});
    const mir::Value& exp = value(divisor.exp);
    return b_.mul(by, F{b_.call(exp.function, {negated(exp.args[0]).id})}).id;
  }
  F negated(ValueId id) {
    const mir::Value& x = value(id);
    const auto of = [&](std::size_t arg) { return F{now_[x.args[arg].index()]}; };
    if (x.op == Op::Fma && is_below(x.args[0]) && is_below(x.args[2])) return b_.fma(b_.neg(of(0)), of(1), b_.neg(of(2)));
    return b_.neg(F{now_[id.index()]});
  }
  ValueId copy(mir::Value v) {
    move_operands(v, [&](ValueId& id) { move(id); });
    v.level = mir::Constant;   // derived anew
    return b_.copy(v);
  }
};

}  // namespace

void use_negative_exponents(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels)
    if (may_have_one(module, kernel)) Rewriter(module, kernel).run();
}

}  // namespace horizon::opt
