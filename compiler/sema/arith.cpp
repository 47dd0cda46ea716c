// Arithmetic: units multiply and divide, alike adds to alike (rules.md D4, D5, D8, E2, E8).
#include <algorithm>
#include <cmath>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

bool is_pure(const Type& type) {
  if (!type.unit.is_number()) return false;
  switch (type.sort) {
    case Sort::Number: case Sort::Share: case Sort::Factor: case Sort::Change: case Sort::Count: case Sort::Event:
    case Sort::Amount:
      return true;
    case Sort::Date: case Sort::Duration: case Sort::Label: case Sort::Text: case Sort::Unknown:
      return false;
  }
  return false;
}

bool is_amount(const Type& type) {
  return !type.unit.is_number() && type.sort != Sort::Date && type.sort != Sort::Duration && type.sort != Sort::Label;
}

bool in_unit_interval(const Type& type) { return type.sort == Sort::Share || type.sort == Sort::Event; }

}  // namespace

bool Checker::is_positive(ExprId expr) {
  const Type type = type_of(expr);
  if (!type.unit.is_number()) return false;
  return range_of(expr, 6).low >= 0;
}

void Checker::unit_mismatch(ExprId a, ExprId b, Span span, const char* doing) {
  const Type x = type_of(a), y = type_of(b);
  if (types::same_dimensions(x.unit, y.unit)) {
    auto& d = error(Code::BasisDiffers, span, {doing, unit_text(x.unit), unit_text(y.unit)});
    d.mend = diag::Mend{"a discount leads from one to the other: `rebase(price * (1 - discount), ...)`", {}, ""};
    return;
  }
  auto& d = error(Code::UnitsDiffer, span, {doing, type_text(x), type_text(y)});
  // The likely mend: one side is per time and the other is not.
  const Unit month{{{model_.vocabulary.time(), 1, {}}}};
  if (types::same_dimensions(types::multiply(x.unit, month).unit, y.unit) ||
      types::same_dimensions(types::multiply(y.unit, month).unit, x.unit)) {
    d.mend = diag::Mend{"one is an amount per time, the other a total: multiply the one per time by a duration, or divide "
                        "the other by one", {}, ""};
  } else if (x.unit.is_number() || y.unit.is_number()) {
    d.mend = diag::Mend{"give the plain number the unit " + unit_text(x.unit.is_number() ? y.unit : x.unit), {}, ""};
  }
}

bool Checker::align(Val& a, Val& b, Span a_span, Span b_span, Span span, const char* doing) {
  if (type_of(a.expr).sort == Sort::Unknown || type_of(b.expr).sort == Sort::Unknown) return true;
  const auto adapt = [&](Val& x, const Val& y, Span at) {
    const Type to = type_of(y.expr);
    if (to.sort == Sort::Date && x.year) {
      x = date_literal({ast::DateLit::Precision::Day, *x.year, 1, 1}, at);
    } else if (to.sort == Sort::Duration && type_of(x.expr).sort != Sort::Duration) {
      const Type from = type_of(x.expr);
      if (x.zero) {
        x = number(duration(0, 0, at));
      } else if (from.sort == Sort::Amount && from.unit == Unit{{{model_.vocabulary.time(), 1, {}}}}) {
        Type type;
        type.sort = Sort::Duration;
        type.by = from.by;
        x = number(make(Op::ToDuration, type, {x.expr}, at));
      }
    } else if (x.zero && !y.zero && to.sort != Sort::Date && to.sort != Sort::Label && to.sort != Sort::Event) {
      Type type = to;
      type.by.clear();
      x.expr = constant(0, type, at);
    }
  };
  adapt(a, b, a_span);
  adapt(b, a, b_span);
  const Type x = type_of(a.expr), y = type_of(b.expr);
  if (x.sort == y.sort && (x.sort == Sort::Date || x.sort == Sort::Duration)) return true;
  if (x.sort == Sort::Label && y.sort == Sort::Label && x.label_of == y.label_of) return true;
  const bool x_number = is_pure(x) || is_amount(x), y_number = is_pure(y) || is_amount(y);
  if (x_number && y_number) {
    if (types::unify(x.unit, y.unit)) return true;
    unit_mismatch(a.expr, b.expr, span, doing);
    return false;
  }
  auto& d = error(Code::WrongOperand, span, {doing, type_text(x), type_text(y)});
  if ((x.sort == Sort::Date || x.sort == Sort::Duration || y.sort == Sort::Date || y.sort == Sort::Duration) &&
      (is_pure(x) || is_pure(y))) {
    d.mend = diag::Mend{"a number beside a date or a duration needs a unit, such as `4 months`", {}, ""};
  }
  return false;
}

Val Checker::arithmetic(ast::BinaryOp op, Val a, Val b, Span a_span, Span b_span, Span span) {
  const ExprId x = as_number(a, a_span), y = as_number(b, b_span);
  if (a.kind != Val::Kind::Number || b.kind != Val::Kind::Number) return {};
  const auto wrap = [&](ExprId expr) {
    return type_of(expr).sort == Sort::Unknown && model_.exprs[expr].op == Op::Const ? Val{} : number(expr);
  };
  switch (op) {
    case ast::BinaryOp::Add: return wrap(add(Op::Add, a, b, a_span, b_span, span));
    case ast::BinaryOp::Sub: return wrap(add(Op::Sub, a, b, a_span, b_span, span));
    case ast::BinaryOp::Mul: return wrap(multiply(x, y, span));
    case ast::BinaryOp::Div: return wrap(divide(x, y, span));
    case ast::BinaryOp::Pow: return wrap(power(x, y, b_span, span));
    default: return {};
  }
}

ExprId Checker::negated(ExprId expr, Span span) {
  Type type = type_of(expr);
  if (model_.exprs[expr].op == Op::Const && type.sort == Sort::Duration) {
    return duration(-model_.exprs[expr].number, -model_.exprs[expr].number2, span);
  }
  return make(Op::Neg, type, {expr}, span);
}

ExprId Checker::add(Op op, Val a, Val b, Span a_span, Span b_span, Span span) {
  const char* doing = op == Op::Add ? "adding" : "subtracting";
  const auto is = [&](const Val& val, Sort sort) { return type_of(val.expr).sort == sort; };
  // Dates: a year beside a duration is a date, too (A3).
  if (a.year && is(b, Sort::Duration)) a = date_literal({ast::DateLit::Precision::Day, *a.year, 1, 1}, a_span);
  if (b.year && op == Op::Add && is(a, Sort::Duration)) b = date_literal({ast::DateLit::Precision::Day, *b.year, 1, 1}, b_span);
  const bool month_amount_b = is(b, Sort::Amount) && type_of(b.expr).unit == Unit{{{model_.vocabulary.time(), 1, {}}}};
  if (is(a, Sort::Date) && (is(b, Sort::Duration) || month_amount_b || b.zero)) {
    Type type;
    type.sort = Sort::Date;
    type.by = union_by({a.expr, b.expr});
    ExprId by = as_duration(b, b_span, "what is added to a date");
    if (op == Op::Sub) by = negated(by, b_span);
    return make(Op::AddMonths, type, {a.expr, by}, span);
  }
  if (op == Op::Add && is(a, Sort::Duration) && is(b, Sort::Date)) return add(op, b, a, b_span, a_span, span);
  if (op == Op::Sub && (is(a, Sort::Date) || a.year) && (is(b, Sort::Date) || (b.year && is(a, Sort::Date))) &&
      (is(a, Sort::Date) || is(b, Sort::Date))) {
    Type type;
    type.sort = Sort::Duration;
    const ExprId x = as_date(a, a_span, "the left side"), y = as_date(b, b_span, "the right side");
    type.by = union_by({x, y});
    return make(Op::DateDiff, type, {x, y}, span);
  }
  if (is(a, Sort::Date) && is(b, Sort::Date)) {
    error(Code::WrongOperand, span, {doing, "a date", "a date"}).mend =
        diag::Mend{"a date and a duration add up; two dates have a difference", {}, ""};
    return error_expr(span);
  }
  if (!align(a, b, a_span, b_span, span, doing)) return error_expr(span);
  const Type x = type_of(a.expr), y = type_of(b.expr);
  if (grouping_ && x.sort != Sort::Unknown && y.sort != Sort::Unknown) {
    const auto split = [&](const Type& type) { return std::find(type.by.begin(), type.by.end(), grouping_) != type.by.end(); };
    if (split(x) != split(y) && !(split(x) ? b : a).zero) {
      error(Code::ForecastWrong, split(x) ? b_span : a_span,
            {"this part of the measure is not a sum over products, so it cannot be shown by `" + model_.dimensions[grouping_].name + "`"});
      return error_expr(span);
    }
  }
  if (x.sort == Sort::Label || x.sort == Sort::Date) {
    error(Code::WrongOperand, span, {doing, type_text(x), type_text(y)});
    return error_expr(span);
  }
  Type type = join_types(x, y);
  type.by = union_by({a.expr, b.expr});
  if (type.sort == Sort::Duration) {
    if (model_.exprs[a.expr].op == Op::Const && model_.exprs[b.expr].op == Op::Const) {
      const double sign = op == Op::Add ? 1 : -1;
      return duration(model_.exprs[a.expr].number + sign * model_.exprs[b.expr].number,
                      model_.exprs[a.expr].number2 + sign * model_.exprs[b.expr].number2, span);
    }
    return make(op, type, {a.expr, b.expr}, span);
  }
  if (!type.unit.is_number()) {
    type.sort = x.sort == Sort::Change || y.sort == Sort::Change ? Sort::Change : Sort::Amount;
    type.is_signed = type.is_signed || op == Op::Sub;
  } else if (type.sort != Sort::Unknown) {
    const bool complement = op == Op::Sub && constant_of(a.expr) == 1.0 && in_unit_interval(y);
    const bool grown = op == Op::Add && ((constant_of(a.expr) == 1.0 && y.sort == Sort::Change) ||
                                         (constant_of(b.expr) == 1.0 && x.sort == Sort::Change));
    const bool counts = op == Op::Add && x.sort == Sort::Count && y.sort == Sort::Count;
    const bool positive = op == Op::Add && is_positive(a.expr) && is_positive(b.expr);
    type.sort = complement ? Sort::Share : counts ? Sort::Count : grown || positive ? Sort::Factor : Sort::Number;
  }
  return make(op, type, {a.expr, b.expr}, span);
}

ExprId Checker::multiply(ExprId a, ExprId b, Span span) {
  Type x = type_of(a), y = type_of(b);
  Type type;
  type.by = union_by({a, b});
  if (x.sort == Sort::Unknown || y.sort == Sort::Unknown) return make(Op::Mul, type, {a, b}, span);
  for (const Type& side : {x, y}) {
    if (side.sort != Sort::Date && side.sort != Sort::Label) continue;
    error(Code::WrongOperand, span, {"multiplying", type_text(x), type_text(y)});
    return error_expr(span);
  }
  if (x.sort == Sort::Duration && is_pure(y)) {
    std::swap(a, b);
    std::swap(x, y);
  }
  if (y.sort == Sort::Duration && is_pure(x)) {
    if (model_.exprs[a].op == Op::Const && model_.exprs[b].op == Op::Const) {
      return duration(model_.exprs[a].number * model_.exprs[b].number, model_.exprs[a].number * model_.exprs[b].number2, span);
    }
    type.sort = Sort::Duration;
    return make(Op::Mul, type, {a, b}, span);
  }
  if (x.sort == Sort::Duration) a = to_months(a, span);
  if (y.sort == Sort::Duration) b = to_months(b, span);
  x = type_of(a);
  y = type_of(b);
  const types::UnitResult unit = types::multiply(x.unit, y.unit);
  if (unit.clash == types::BasisClash::Clash) {
    error(Code::BasisDiffers, span, {"multiplying", unit_text(x.unit), unit_text(y.unit)});
    return error_expr(span);
  }
  type.unit = unit.unit;
  type.is_signed = x.is_signed || y.is_signed;
  if (!type.unit.is_number()) {
    type.sort = Sort::Amount;
  } else if (!x.unit.is_number()) {
    type.sort = Sort::Number;
  } else if (x.sort == Sort::Event && y.sort == Sort::Event) {
    type.sort = Sort::Event;
  } else if (in_unit_interval(x) && in_unit_interval(y)) {
    type.sort = Sort::Share;
  } else if (x.sort == Sort::Count && y.sort == Sort::Count) {
    type.sort = Sort::Count;
  } else {
    type.sort = is_positive(a) && is_positive(b) ? Sort::Factor : Sort::Number;
  }
  if (is_mask(a)) return make(Op::MaskMul, type, {a, b}, span);
  if (is_mask(b)) return make(Op::MaskMul, type, {b, a}, span);
  return make(Op::Mul, type, {a, b}, span);
}

ExprId Checker::divide(ExprId a, ExprId b, Span span) {
  Type x = type_of(a), y = type_of(b);
  Type type;
  type.by = union_by({a, b});
  if (x.sort == Sort::Unknown || y.sort == Sort::Unknown) return make(Op::Div, type, {a, b}, span);
  for (const Type& side : {x, y}) {
    if (side.sort != Sort::Date && side.sort != Sort::Label) continue;
    error(Code::WrongOperand, span, {"dividing", type_text(x), type_text(y)});
    return error_expr(span);
  }
  if (x.sort == Sort::Duration && is_pure(y)) {
    if (model_.exprs[a].op == Op::Const && constant_of(b)) {
      return duration(model_.exprs[a].number / *constant_of(b), model_.exprs[a].number2 / *constant_of(b), span);
    }
    Type inverse;
    inverse.by = y.by;
    const ExprId factor = make(Op::Div, inverse, {constant(1, Type{}, span), b}, span);
    type.sort = Sort::Duration;
    return make(Op::Mul, type, {factor, a}, span);
  }
  if (x.sort == Sort::Duration) a = to_months(a, span);
  if (y.sort == Sort::Duration) b = to_months(b, span);
  x = type_of(a);
  y = type_of(b);
  const types::UnitResult unit = types::divide(x.unit, y.unit);
  if (unit.clash == types::BasisClash::Clash) {
    unit_mismatch(a, b, span, "dividing");
    return error_expr(span);
  }
  type.unit = unit.unit;
  type.is_signed = x.is_signed || y.is_signed;
  type.sort = !type.unit.is_number() ? Sort::Amount : is_positive(a) && is_positive(b) ? Sort::Factor : Sort::Number;
  return make(Op::Div, type, {a, b}, span);
}

ExprId Checker::power(ExprId a, ExprId b, Span b_span, Span span) {
  const Type x = type_of(a), y = type_of(b);
  Type type;
  type.by = union_by({a, b});
  if (x.sort == Sort::Unknown || y.sort == Sort::Unknown) return make(Op::Pow, type, {a, b}, span);
  if (!is_pure(y)) {
    error(Code::WrongType, b_span, {"a power", "a plain number", type_text(y)});
    return error_expr(span);
  }
  if (x.sort == Sort::Duration) a = to_months(a, span);
  const Type base = type_of(a);
  if (base.sort == Sort::Date || base.sort == Sort::Label) {
    error(Code::WrongOperand, span, {"raising", type_text(base), type_text(y)});
    return error_expr(span);
  }
  if (!base.unit.is_number()) {
    const auto exponent = constant_of(b);
    if (!exponent || std::floor(*exponent) != *exponent || std::abs(*exponent) > 9) {
      error(Code::PowerOfUnit, span, {type_text(base)});
      return error_expr(span);
    }
    type.unit = types::power(base.unit, static_cast<int>(*exponent));
    type.sort = type.unit.is_number() ? Sort::Number : Sort::Amount;
    return make(Op::Pow, type, {a, b}, span);
  }
  const bool share = base.sort == Sort::Share && is_positive(b);
  type.sort = share ? Sort::Share : is_positive(a) ? Sort::Factor : Sort::Number;
  return make(Op::Pow, type, {a, b}, span);
}

}  // namespace horizon::sema
