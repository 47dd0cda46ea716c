// cohort(inflow, age -> f(age)): what is left of, or comes from, everyone who came in (rules.md H2).
#include <algorithm>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

/// Whether the age of the cohort that is being read shows in an expression (never through a quantity).
bool Checker::uses_age(ExprId id, std::unordered_map<std::uint32_t, bool>& known) {
  if (const auto at = known.find(id.value); at != known.end()) return at->second;
  const std::vector<ExprId> args = model_.exprs[id].args;
  bool uses = model_.exprs[id].op == Op::Bound;
  for (const ExprId arg : args) uses = uses_age(arg, known) || uses;
  return known[id.value] = uses;
}

/// State and draws stand outside of the curve: what needs them becomes a quantity of its own. Nothing where they need the age.
std::optional<ExprId> Checker::without_state(ExprId id, const Env& env, std::unordered_map<std::uint32_t, bool>& ages) {
  const model::Expr expr = model_.exprs[id];
  if (expr.op == Op::Prev || expr.op == Op::Cumulative || expr.op == Op::Cohort || expr.op == Op::Draw) {
    if (uses_age(id, ages)) return std::nullopt;
    const ExprId ref = make(Op::Ref, expr.type, {}, expr.span);
    model_.exprs[ref].quantity = hidden_quantity(env, "cohort", id, expr.span);
    return ref;
  }
  for (std::size_t i = 0; i < expr.args.size(); ++i) {
    const auto arg = without_state(expr.args[i], env, ages);
    if (!arg) return std::nullopt;
    model_.exprs[id].args[i] = *arg;
  }
  return id;
}

Val Checker::cohort(const ast::Call& node, Span span, const Env& env) {
  if (!plain_args(node, "cohort", 2, 2, span)) return {};
  const ExprId inflow = value(*node.args[0].value, env);
  const Span inflow_span = node.args[0].value->span, curve_span = node.args[1].value->span;
  DeclType want;
  auto age_type = std::make_shared<DeclType>();
  age_type->form = DeclType::Form::Value;
  age_type->type.sort = Sort::Duration;
  want.form = DeclType::Form::Curve;
  want.parameter = age_type;
  const Val given = eval(*node.args[1].value, without_draw(env, "a curve"), &want);
  if (given.is_error() || type_of(inflow).sort == Sort::Unknown) return {};
  if (given.kind != Val::Kind::Curve) {
    error(Code::WrongType, curve_span, {"what a cohort does", "a curve of the age, such as `age -> exp(-age / duration)`", describe(given)});
    return {};
  }
  bool flow = false;
  for (const types::UnitFactor& factor : type_of(inflow).unit.factors) flow = flow || (factor.atom == model_.vocabulary.time() && factor.power == -1);
  if (!flow) {
    error(Code::WrongType, inflow_span, {"the inflow of a cohort", "something per time, such as patients per year", type_text(type_of(inflow))});
    return {};
  }
  const ExprId age = make(Op::Bound, age_type->type, {}, curve_span);
  // What a curve promises of its values cannot be checked at an age that is none: the body is read as a check reads it.
  CurveVal curve = *given.curve;
  auto there = std::make_shared<Env>(*curve.env);
  there->dry = true;
  curve.env = there;
  Env inside = without_draw(env, "a curve");
  inside.dry = true;
  const std::size_t before = model_.quantities.size();
  const Val body = call_curve(curve, number(age), curve_span, curve_span, inside);
  if (body.is_error()) return {};
  const ExprId f = as_number(body, curve_span);
  const Type kept = type_of(f);
  if (body.kind != Val::Kind::Number || kept.sort == Sort::Unknown) return {};
  if (kept.sort == Sort::Date || kept.sort == Sort::Duration || kept.sort == Sort::Label) {
    error(Code::NotANumber, curve_span, {type_text(kept)});
    return {};
  }
  std::unordered_map<std::uint32_t, bool> ages;
  auto apart = without_state(f, env, ages);
  for (std::size_t i = before; i < model_.quantities.size(); ++i) {   // `prev` of something with the age, a sum over a set with it
    const ExprId definition = model_.quantities[QuantityId(i)].definition;
    if (definition && uses_age(definition, ages)) apart.reset();
  }
  if (!apart) {
    error(Code::WrongType, curve_span, {"the curve of a cohort", "a formula of the age; `prev`, `cumulative` and sums over a set look at values, which have no age", "one where they look at the age"});
    return {};
  }
  Type type;
  type.sort = Sort::Amount;
  const Unit stock = types::multiply(type_of(inflow).unit, Unit{{{model_.vocabulary.time(), 1, {}}}}).unit;
  type.unit = types::multiply(stock, kept.unit).unit;
  if (type.unit.is_number()) type.sort = is_positive(inflow) && is_positive(f) ? Sort::Factor : Sort::Number;
  type.is_signed = type_of(inflow).is_signed || kept.is_signed;
  type.by = union_by({inflow, *apart});
  return number(make(Op::Cohort, type, {inflow, *apart}, span));
}

}  // namespace horizon::sema
