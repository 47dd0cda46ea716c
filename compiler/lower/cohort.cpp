// Cohorts (rules.md H2): everyone enters evenly over a period; the age in a later period is spread as a triangle over two
// periods, in the period of entry as its right half (mass 1/2). Each is weighted by a Gauss rule of three nodes.
//
// In general every lag has a weight and every past inflow a state: O(T) a period. A curve A exp(-age B + C) with B the same in all
// periods needs one state only: what is left of all past inflows shrinks by one factor a period. Both sum the same rule.
#include <algorithm>
#include <array>

#include "compiler/lower/kernel.hpp"

namespace horizon::lower {

using model::Op;
using types::Sort;

namespace {

struct Node {
  double at, weight;   ///< age in periods past the lag, mass
};
using Rule = std::array<Node, 3>;

Rule first_rule() {
  Rule rule;
  for (std::size_t i = 0; i < 3; ++i) rule[i] = {model::cohort_start_rule.node[i], model::cohort_start_rule.weight[i]};
  return rule;
}

constexpr double kSpreadAt = 0.63245553203367588;   // sqrt(2/5): exact up to degree 5 for 1 - |x| on -1..1
constexpr Rule kLaterRule = {Node{-kSpreadAt, 5.0 / 24}, {0, 7.0 / 12}, {kSpreadAt, 5.0 / 24}};

}  // namespace

/// A curve taken apart: the product of `factors` and `masks` by exp(slope * age + shift), the age in months. Empty cells: absent.
struct KernelLowering::Decay {
  std::vector<Cells> factors, divisors, masks;
  Cells slope, shift;
};

bool KernelLowering::uses_age(ExprId id) {
  if (const auto known = uses_age_.find(id.value); known != uses_age_.end()) return known->second;
  const model::Expr& e = model_.exprs[id];
  const bool uses = e.op == Op::Bound || std::any_of(e.args.begin(), e.args.end(), [&](ExprId arg) { return uses_age(arg); });
  return uses_age_[id.value] = uses;
}

/// Adds `sign` times an expression that is a line in the age; false where it is none.
bool KernelLowering::add_line(ExprId id, const types::Type& result, const Scope& scope, const Cells& scale, Decay& into) {
  const model::Expr& e = model_.exprs[id];
  const auto combine = [&](const Cells& x, const Cells& y, auto operation) {
    Cells out;
    for (std::size_t i = 0; i < x.size(); ++i) out.push_back(operation(x[i], y[i]));
    return out;
  };
  const auto multiply = [&](B::F x, B::F y) { return b_.mul(x, y); };
  const auto add_to = [&](Cells& sum, const Cells& more) {
    sum = sum.empty() ? more : combine(sum, more, [&](B::F x, B::F y) { return b_.add(x, y); });
  };
  const auto scaled = [&](ExprId by, auto operation) { return combine(scale, spread(by, result, scope), operation); };
  if (!uses_age(id)) {
    add_to(into.shift, scaled(id, multiply));
    return true;
  }
  switch (e.op) {
    case Op::Bound:
      add_to(into.slope, scale);
      return true;
    case Op::ToMonths:
      return add_line(e.args[0], result, scope, scale, into);
    case Op::Neg: {
      Cells negative;
      for (const B::F x : scale) negative.push_back(b_.neg(x));
      return add_line(e.args[0], result, scope, negative, into);
    }
    case Op::Add:
      return add_line(e.args[0], result, scope, scale, into) && add_line(e.args[1], result, scope, scale, into);
    case Op::Sub: {
      Cells negative;
      for (const B::F x : scale) negative.push_back(b_.neg(x));
      return add_line(e.args[0], result, scope, scale, into) && add_line(e.args[1], result, scope, negative, into);
    }
    case Op::Mul:
      if (!uses_age(e.args[0])) return add_line(e.args[1], result, scope, scaled(e.args[0], multiply), into);
      if (!uses_age(e.args[1])) return add_line(e.args[0], result, scope, scaled(e.args[1], multiply), into);
      return false;
    case Op::Div:
      if (uses_age(e.args[1])) return false;
      return add_line(e.args[0], result, scope, scaled(e.args[1], [&](B::F x, B::F y) { return b_.div(x, y); }), into);
    default:
      return false;
  }
}

/// Takes a curve apart; false where it is not of that shape.
bool KernelLowering::add_decay(ExprId id, const types::Type& result, const Scope& scope, Decay& into) {
  const model::Expr& e = model_.exprs[id];
  if (!uses_age(id)) {
    into.factors.push_back(spread(id, result, scope));
    return true;
  }
  switch (e.op) {
    case Op::Exp:
      return add_line(e.args[0], result, scope, Cells(cells(result), b_.c(1)), into);
    case Op::Mul:
      return add_decay(e.args[0], result, scope, into) && add_decay(e.args[1], result, scope, into);
    case Op::MaskMul:
      if (uses_age(e.args[0])) return false;
      into.masks.push_back(spread(e.args[0], result, scope));
      return add_decay(e.args[1], result, scope, into);
    case Op::Div:
      if (uses_age(e.args[1])) return false;
      into.divisors.push_back(spread(e.args[1], result, scope));
      return add_decay(e.args[0], result, scope, into);
    default:
      return false;
  }
}

Cells KernelLowering::cohort(ExprId, const model::Expr& e, const Scope& scope) {
  Decay decay;
  const bool decays = add_decay(e.args[1], e.type, scope, decay) && !decay.slope.empty() &&
                      std::none_of(decay.slope.begin(), decay.slope.end(), [&](B::F x) { return (b_.level(x.id) & mir::Period) != 0; });
  return decays ? decaying_cohort(e, decay, scope) : general_cohort(e, scope);
}

Cells KernelLowering::decaying_cohort(const model::Expr& e, const Decay& decay, const Scope& scope) {
  const Cells inflow = spread(e.args[0], e.type, scope);
  const double step = model_.grid.months;
  b_.at(e.span);
  Cells out;
  for (std::size_t i = 0; i < inflow.size(); ++i) {
    const auto left_after = [&](double periods) { return program_.functions.exp(b_, b_.mul(decay.slope[i], b_.c(periods * step))); };
    const auto weight = [&](const Rule& rule, double lag) {
      B::F sum = b_.mul(left_after(lag + rule[0].at), b_.c(rule[0].weight));
      for (std::size_t k = 1; k < 3; ++k) sum = b_.add(sum, b_.mul(left_after(lag + rule[k].at), b_.c(rule[k].weight)));
      return sum;
    };
    // `earlier`: the inflows of all past periods, each shrunk by the periods since the last one.
    const std::size_t slot = draft_.kernel.state.size();
    draft_.kernel.state.resize(slot + 1);
    const B::F earlier = b_.select(is_first(), b_.c(0), b_.prev(static_cast<std::int32_t>(slot)));
    next_values_.emplace_back(slot, b_.add(inflow[i], b_.mul(left_after(1), earlier)));
    B::F value = b_.add(b_.mul(inflow[i], weight(first_rule(), 0)), b_.mul(earlier, weight(kLaterRule, 1)));
    value = b_.mul(value, b_.c(step));
    if (!decay.shift.empty()) value = b_.mul(value, program_.functions.exp(b_, decay.shift[i]));
    for (const Cells& factor : decay.factors) value = b_.mul(value, factor[i]);
    for (const Cells& divisor : decay.divisors) value = b_.div(value, divisor[i]);
    for (const Cells& mask : decay.masks) value = b_.mask_mul(mask[i], value);
    out.push_back(value);
  }
  return out;
}

/// Rule H2: a curve that differs from future to future is computed at all its ages in each of them. Over a few periods nobody would
/// notice.
void KernelLowering::warn_of_slow_cohort(const model::Expr& e, const std::vector<Cells>& weight, std::size_t lags) {
  constexpr std::size_t few_periods = 24;
  if (lags < program_.periods || program_.periods < few_periods) return;
  mir::Levels levels = 0;
  for (const Cells& at_lag : weight) {
    for (const B::F x : at_lag) levels |= b_.level(x.id);
  }
  if ((levels & mir::Future) == 0) return;
  const std::size_t values = 3 * lags * ((levels & mir::Period) != 0 ? program_.periods : 1);
  program_.diagnostics
      .add(diag::Code::SlowCohort, e.span, {std::to_string(values), std::to_string(lags * program_.periods)})
      .mend = diag::Mend{"a curve `exp(-age / duration)`, times anything that has nothing to do with the age, takes " + std::to_string(program_.periods) +
                             " products; a curve of fixed numbers is computed once for all futures",
                         {}, ""};
}

Cells KernelLowering::general_cohort(const model::Expr& e, const Scope& scope) {
  const Cells inflow = spread(e.args[0], e.type, scope);
  const double step = model_.grid.months;
  Cells out;
  std::vector<Cells> weight;   // [lag]
  for (std::size_t lag = 0; lag < program_.periods; ++lag) {
    Cells sum;
    for (const Node& node : lag == 0 ? first_rule() : kLaterRule) {
      const double age = (static_cast<double>(lag) + node.at) * step;
      const Cells bound = {b_.c(age * dates::kTicksPerMonth), b_.c(0)};
      Scope inner = scope;
      inner.bound = &bound;
      const Cells value = spread(e.args[1], e.type, inner);
      for (std::size_t i = 0; i < value.size(); ++i) {
        const B::F part = b_.mul(value[i], b_.c(node.weight * step));
        if (sum.size() <= i) sum.push_back(part);
        else sum[i] = b_.add(sum[i], part);
      }
    }
    weight.push_back(std::move(sum));
  }
  // A curve that is nothing from some age on needs no inflow from before it.
  std::size_t lags = program_.periods;
  const auto is_nothing = [&](const Cells& of) {
    return std::all_of(of.begin(), of.end(), [&](B::F x) { return b_.constant(x) == 0.0; });
  };
  while (lags > 1 && is_nothing(weight[lags - 1])) --lags;
  warn_of_slow_cohort(e, weight, lags);
  b_.at(e.span);
  for (std::size_t i = 0; i < inflow.size(); ++i) {
    B::F sum = b_.mul(inflow[i], weight[0][i]);
    B::F shifted = inflow[i];   // state: the inflow one period ago, two periods ago...
    for (std::size_t lag = 1; lag < lags; ++lag) {
      const std::size_t slot = draft_.kernel.state.size();
      draft_.kernel.state.resize(slot + 1);
      next_values_.emplace_back(slot, shifted);
      shifted = b_.select(is_first(), b_.c(0), b_.prev(static_cast<std::int32_t>(slot)));
      sum = b_.add(sum, b_.mul(shifted, weight[lag][i]));
    }
    out.push_back(sum);
  }
  return out;
}

}  // namespace horizon::lower
