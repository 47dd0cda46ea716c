// Curves given by points: `points(0 months: 0%, 3 months: 90%)`, linear between them, level outside.
#include "compiler/sema/checker.hpp"

namespace horizon::sema {

Val Checker::points(const ast::Call& node, Span span, const Env& env, const DeclType* want) {
  auto curve = std::make_shared<CurveVal>();
  curve->env = std::make_shared<Env>(env);
  const bool typed = want && want->form == DeclType::Form::Curve && want->result;
  if (typed) {
    curve->parameter = want->parameter;
    curve->result = want->result;
  }
  const Env inside = without_draw(env, "a curve");
  std::optional<double> last;
  for (const ast::Arg& arg : node.args) {
    if (!arg.key || !arg.value || arg.is_from || arg.is_otherwise) {
      error(Code::WrongArguments, arg.span, {"points", "pairs, such as `points(0 months: 0%, 3 months: 90%)`"});
      return {};
    }
    const ExprId x = value(*arg.key, inside, typed ? want->parameter.get() : nullptr);
    const Val y_val = eval(*arg.value, inside, typed ? want->result.get() : nullptr);
    if (y_val.is_error() || type_of(x).sort == Sort::Unknown) return {};
    const ExprId y = typed && want->result->form == DeclType::Form::Value
                         ? coerce(y_val, *want->result, arg.value->span, "a value of the curve")
                         : as_number(y_val, arg.value->span);
    if (type_of(y).sort == Sort::Unknown) return {};
    if (typed && want->parameter->form == DeclType::Form::Value && want->parameter->type.sort == Sort::Duration &&
        type_of(x).sort != Sort::Duration && type_of(x).unit.is_number() && constant_of(x) != 0.0) {
      error(Code::WrongType, arg.key->span, {"a place on this curve", "a duration", type_text(type_of(x))}).mend =
          diag::Mend{"write its unit, for example `" + ast::to_text(*arg.key) + " months`", {}, ""};
      return {};
    }
    const ExprId place = type_of(x).sort == Sort::Duration ? to_months(x, arg.key->span) : x;
    const auto rows = rows_of(place, env.group);
    if (rows && !rows->per_row) {
      if (last && rows->at(0) <= *last) {
        error(Code::WrongArguments, arg.key->span, {"points", "points in ascending order"});
        return {};
      }
      last = rows->at(0);
    }
    if (!curve->points.empty()) {
      Val a = number(curve->points.front().first), b = number(x);
      Val c = number(curve->points.front().second), d = number(y);
      if (!align(a, b, arg.key->span, arg.key->span, arg.key->span, "comparing")) return {};
      if (!align(c, d, arg.value->span, arg.value->span, arg.value->span, "joining")) return {};
    }
    curve->points.emplace_back(x, y);
  }
  if (curve->points.size() < 2) {
    error(Code::WrongArguments, span, {"points", "at least two points"});
    return {};
  }
  Val val;
  val.kind = Val::Kind::Curve;
  val.curve = curve;
  return val;
}

Val Checker::along_points(const CurveVal& curve, Val age, Span age_span, Span span) {
  Val first = number(curve.points.front().first);
  if (!align(age, first, age_span, span, age_span, "comparing")) return {};
  const auto place = [&](ExprId expr) {
    return type_of(expr).sort == Sort::Duration ? to_months(expr, span) : expr;
  };
  const ExprId at = place(age.expr);
  if (type_of(at).sort == Sort::Unknown) return {};
  std::vector<ExprId> xs, ys;
  for (const auto& [x, y] : curve.points) {
    xs.push_back(place(x));
    ys.push_back(y);
  }
  Type type = type_of(ys[0]);
  for (const ExprId y : ys) type = join_types(type, type_of(y));
  Type event, part, change = type;
  event.sort = Sort::Event;
  if (change.unit.is_number() && change.sort != Sort::Duration) change.sort = Sort::Number;
  ExprId result = ys.back();
  for (std::size_t i = ys.size() - 1; i >= 1; --i) {
    const Type place_type = type_of(at);
    const auto with_by = [&](Type t, const std::vector<ExprId>& of) {
      t.by = union_by(of);
      return t;
    };
    const ExprId along = make(Op::Sub, with_by(place_type, {at, xs[i - 1]}), {at, xs[i - 1]}, span);
    const ExprId width = make(Op::Sub, with_by(place_type, {xs[i], xs[i - 1]}), {xs[i], xs[i - 1]}, span);
    const ExprId ratio = make(Op::Div, with_by(part, {along, width}), {along, width}, span);
    const ExprId rise = make(Op::Sub, with_by(change, {ys[i], ys[i - 1]}), {ys[i], ys[i - 1]}, span);
    const ExprId step = make(Op::Mul, with_by(change, {rise, ratio}), {ratio, rise}, span);
    const ExprId here = make(Op::Add, with_by(type, {ys[i - 1], step}), {ys[i - 1], step}, span);
    const ExprId before = make(Op::Lt, with_by(event, {at, xs[i]}), {at, xs[i]}, span);
    result = make(Op::Select, with_by(type, {before, here, result}), {before, here, result}, span);
  }
  const ExprId early = make(Op::Lt, event, {at, xs[0]}, span);
  model_.exprs[early].type.by = union_by({at, xs[0]});
  type.by = union_by({early, ys[0], result});
  return number(make(Op::Select, type, {early, ys[0], result}, span));
}

}  // namespace horizon::sema
