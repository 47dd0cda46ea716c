// A value where a type is declared: what adapts, what is refused (rules.md D4, D5, D8).
#include <algorithm>
#include <cmath>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

ExprId Checker::broadcast(ExprId expr, const std::vector<DimensionId>& by, Span span) {
  for (const DimensionId dimension : by) {
    Type type = type_of(expr);
    if (std::find(type.by.begin(), type.by.end(), dimension) != type.by.end()) continue;
    type.by.push_back(dimension);
    std::sort(type.by.begin(), type.by.end());
    const std::vector<ExprId> same(model_.dimensions[dimension].labels.size(), expr);
    expr = make(Op::MapOf, type, same, span);
    model_.exprs[expr].dimension = dimension;
  }
  return expr;
}

bool Checker::check_literal_range(ExprId expr, Sort sort, Span span, const std::string& what) {
  const auto known = constant_of(expr);
  if (!known) return true;
  if (sort == Sort::Share && (*known < 0 || *known > 1)) {
    error(Code::OutOfRange, span, {what, "between 0 % and 100 %"});
    return false;
  }
  if (sort == Sort::Factor && *known < 0) {
    error(Code::OutOfRange, span, {what, "positive"});
    return false;
  }
  if (sort == Sort::Count && (*known < 0 || std::floor(*known) != *known)) {
    error(Code::OutOfRange, span, {what, "a whole number, not below zero"});
    return false;
  }
  if (sort == Sort::Change && *known <= -1) {
    error(Code::OutOfRange, span, {what, "above -100 %"});
    return false;
  }
  return true;
}

ExprId Checker::coerce(Val val, const DeclType& want, Span span, const std::string& what, bool* unchecked) {
  if (val.is_error()) return error_expr(span);
  if (val.kind != Val::Kind::Number) {
    if (val.kind == Val::Kind::Absent) {
      error(Code::BlockAbsent, span, {val.absent});
    } else {
      error(Code::WrongType, span, {what, type_text(want.type), describe(val)});
    }
    return error_expr(span);
  }
  const Type type = type_of(val.expr);
  if (type.sort == Sort::Unknown) return val.expr;
  if (want.form == DeclType::Form::Money) {
    bool money = false;
    for (const types::UnitFactor& factor : type.unit.factors) {
      money = money || (factor.power == 1 && model_.vocabulary.is_currency(factor.atom));
    }
    if (money || val.zero) return val.expr;
    error(Code::WrongType, span, {what, "an amount of money", type_text(type)});
    return error_expr(span);
  }
  if (want.form != DeclType::Form::Value) return error_expr(span);
  const Type& to = want.type;
  // `by` narrows nothing: dimensions that are not declared must be summed first.
  const auto spread = [&](ExprId expr) {
    for (const DimensionId dimension : type_of(expr).by) {
      if (std::find(to.by.begin(), to.by.end(), dimension) != to.by.end()) continue;
      const std::string name = model_.dimensions[dimension].name;
      error(Code::WrongType, span, {what, type_text(to), type_text(type_of(expr))}).mend =
          diag::Mend{"sum it, `sum(... over " + name + ")`, or declare it `by " + name + "`", {}, ""};
      return error_expr(span);
    }
    return broadcast(expr, to.by, span);
  };
  const auto refuse = [&]() {
    auto& d = error(Code::WrongType, span, {what, type_text(to), type_text(type)});
    if (!to.unit.is_number() && !type.unit.is_number()) {
      const Unit month{{{model_.vocabulary.time(), 1, {}}}};
      if (types::same_dimensions(type.unit, to.unit)) {
        d.mend = diag::Mend{"a discount leads from one price basis to the other: `rebase(... , ...)`", {}, ""};
      } else if (types::same_dimensions(types::multiply(type.unit, month).unit, to.unit)) {
        d.mend = diag::Mend{"this is per time and a total is wanted: multiply it by a duration", {}, ""};
      } else if (types::same_dimensions(types::multiply(to.unit, month).unit, type.unit)) {
        d.mend = diag::Mend{"this is a total and an amount per time is wanted: divide it by a duration", {}, ""};
      }
    }
    return error_expr(span);
  };
  if (to.sort == Sort::Date) {
    if (type.sort == Sort::Date || val.year) return spread(as_date(val, span, what));
    return refuse();
  }
  if (to.sort == Sort::Duration) {
    const bool months = type.sort == Sort::Amount && type.unit == Unit{{{model_.vocabulary.time(), 1, {}}}};
    if (type.sort == Sort::Duration || months || val.zero) return spread(as_duration(val, span, what));
    auto refused = refuse();
    return refused;
  }
  if (to.sort == Sort::Label) {
    if (type.sort == Sort::Label && type.label_of == to.label_of) return spread(val.expr);
    return refuse();
  }
  if (type.sort == Sort::Date || type.sort == Sort::Duration || type.sort == Sort::Label) {
    // An amount of months may be asked for.
    if (type.sort == Sort::Duration && to.unit == Unit{{{model_.vocabulary.time(), 1, {}}}}) {
      return spread(to_months(val.expr, span));
    }
    return refuse();
  }
  if (to.sort == Sort::Event) {
    const auto known = constant_of(val.expr);
    if (type.sort == Sort::Event || known == 0.0 || known == 1.0) return spread(val.expr);
    return refuse();
  }
  if (val.zero) {
    Type zero = to;
    zero.by.clear();
    return spread(constant(0, zero, span));
  }
  if (!types::unify(type.unit, to.unit)) return refuse();
  if (!check_literal_range(val.expr, to.unit.is_number() ? to.sort : Sort::Number, span, what)) return error_expr(span);
  if (unchecked && to.unit.is_number() && type.sort != to.sort && (to.sort == Sort::Share || to.sort == Sort::Change)) {
    *unchecked = true;
  }
  return spread(val.expr);
}

}  // namespace horizon::sema
