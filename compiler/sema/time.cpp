// Dates, durations, the calendar (rules.md A3, D10, E1 to E3).
#include <cmath>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

double ticks(int year, int month, int day) { return 31.0 * (12 * (year - 1970) + month - 1) + (day - 1); }

bool leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : days[month - 1];
}

}  // namespace

double Checker::horizon_from() const { return 31.0 * model_.grid.start; }
double Checker::horizon_until() const { return 31.0 * (model_.grid.start + model_.grid.months * model_.grid.periods); }

std::string Checker::date_text(double at) const {
  const int month = static_cast<int>(std::floor(at / 31));
  const int year = 1970 + (month >= 0 ? month / 12 : -((11 - month) / 12));
  const int of_year = month - 12 * (year - 1970) + 1;
  const int day = static_cast<int>(at - 31.0 * month) + 1;
  std::string text = std::to_string(year) + "-" + (of_year < 10 ? "0" : "") + std::to_string(of_year);
  if (day > 1) text += (day < 10 ? "-0" : "-") + std::to_string(day);
  return text;
}

std::string Checker::horizon_text() const {
  return date_text(horizon_from()) + ".." + date_text(horizon_until() - 31);
}

Val Checker::date_literal(const ast::DateLit& node, Span span) {
  Type type;
  type.sort = Sort::Date;
  const double from = ticks(node.year, node.month, node.day);
  double until = from;
  switch (node.precision) {
    case ast::DateLit::Precision::Month: until = ticks(node.year, node.month + 1, 1); break;
    case ast::DateLit::Precision::Quarter: until = ticks(node.year, node.month + 3, 1); break;
    case ast::DateLit::Precision::Day:
      until = node.day >= days_in(node.year, node.month) ? ticks(node.year, node.month + 1, 1) : from + 1;
      break;
  }
  Val val = number(constant(from, type, span));
  val.period = PeriodVal{from, until};
  return val;
}

Val Checker::date_range(const ast::DateRange& node, Span span, const Env& env) {
  const auto end = [&](const ast::Expr& expr) -> std::optional<PeriodVal> {
    const Val val = eval(expr, env);
    if (val.year) return PeriodVal{year_start(*val.year), year_start(*val.year + 1)};
    if (val.period) return val.period;
    if (!val.is_error()) error(Code::WrongType, expr.span, {"an end of this range", "a date, such as `2026-01`", describe(val)});
    return std::nullopt;
  };
  const auto from = end(*node.from), to = end(*node.to);
  if (!from || !to) return {};
  Type type;
  type.sort = Sort::Date;
  Val val = number(constant(from->from, type, span));
  val.period = PeriodVal{from->from, to->until};
  return val;
}

ExprId Checker::as_date(const Val& val, Span span, const std::string& what) {
  if (val.kind == Val::Kind::Number) {
    if (val.year) return date_literal({ast::DateLit::Precision::Day, *val.year, 1, 1}, span).expr;
    const Sort sort = type_of(val.expr).sort;
    if (sort == Sort::Date || sort == Sort::Unknown) return val.expr;
    error(Code::WrongType, span, {what, "a date", type_text(type_of(val.expr))});
    return error_expr(span);
  }
  if (val.kind == Val::Kind::Absent) error(Code::BlockAbsent, span, {val.absent});
  else if (!val.is_error()) error(Code::WrongType, span, {what, "a date", describe(val)});
  return error_expr(span);
}

ExprId Checker::as_duration(const Val& val, Span span, const std::string& what) {
  if (val.kind == Val::Kind::Number) {
    const Type type = type_of(val.expr);
    if (type.sort == Sort::Duration || type.sort == Sort::Unknown) return val.expr;
    if (val.zero) return duration(0, 0, span);
    if (type.sort == Sort::Amount && type.unit == Unit{{{model_.vocabulary.time(), 1, {}}}}) {
      Type to;
      to.sort = Sort::Duration;
      to.by = type.by;
      return make(Op::ToDuration, to, {val.expr}, span);
    }
    error(Code::WrongType, span, {what, "a duration, such as `4 months`", type_text(type)});
    return error_expr(span);
  }
  if (val.kind == Val::Kind::Absent) error(Code::BlockAbsent, span, {val.absent});
  else if (!val.is_error()) error(Code::WrongType, span, {what, "a duration, such as `4 months`", describe(val)});
  return error_expr(span);
}

Val Checker::growing(const ast::Growing& node, Span span, const Env& env, const DeclType* want) {
  const Val base = eval(*node.base, env, want);
  const ExprId amount = as_number(base, node.base->span);
  const ExprId rate = value(*node.rate, without_draw(env, "a growth rate"));
  const Type rate_type = type_of(rate), amount_type = type_of(amount);
  if (rate_type.sort == Sort::Unknown || amount_type.sort == Sort::Unknown) return {};
  const Unit per_month{{{model_.vocabulary.time(), -1, {}}}};
  if (rate_type.unit != per_month || rate_type.sort == Sort::Duration) {
    error(Code::RateNeeded, node.rate->span, {type_text(rate_type)}).mend =
        diag::Mend{"write it `per year`, such as `2% per year`", {}, ""};
    return {};
  }
  if (amount_type.sort == Sort::Date || amount_type.sort == Sort::Label || amount_type.sort == Sort::Event) {
    error(Code::NotANumber, node.base->span, {type_text(amount_type)});
    return {};
  }
  std::set<std::uint32_t> seen;
  if (varies_with_time(rate, seen)) return not_built(NotBuilt::MovingGrowth, node.rate->span);
  // The amount is that of the middle of `from`; without it, of the horizon's first calendar year (D10).
  const int first_year = 1970 + model_.grid.start / 12;
  PeriodVal from{year_start(first_year), year_start(first_year + 1)};
  if (node.from) {
    const Val at = eval(*node.from, env);
    if (at.is_error()) return {};
    if (at.year) {
      from = {year_start(*at.year), year_start(*at.year + 1)};
    } else if (at.period) {
      from = *at.period;
    } else {
      error(Code::WrongType, node.from->span, {"what stands after `from`", "a year or a date", describe(at)});
      return {};
    }
    if (from.until <= horizon_from() || from.from >= horizon_until()) {
      error(Code::OutsideHorizon, node.from->span, {"`" + ast::to_text(*node.from) + "`", horizon_text()});
      return {};
    }
  }
  Type date, years, factor, yearly;
  date.sort = Sort::Date;
  const ExprId middle = constant((from.from + from.until) / 2, date, span);
  Type span_type;
  span_type.sort = Sort::Duration;
  const ExprId now = make(Op::Now, date, {}, span);
  const ExprId elapsed = to_months(make(Op::DateDiff, span_type, {now, middle}, span), span);
  Type month_type = type_of(elapsed);
  const ExprId in_years = make(Op::Div, years, {elapsed, constant(12, month_type, span)}, span);
  // (1 + g) for each year; g is kept per month, so twelve of it.
  yearly.by = rate_type.by;
  const ExprId g = make(Op::Mul, yearly, {rate, constant(12, month_type, span)}, span);
  factor.sort = Sort::Factor;
  factor.by = rate_type.by;
  const ExprId one_more = make(Op::Add, factor, {constant(1, years, span), g}, span);
  const ExprId grown = make(Op::Pow, factor, {one_more, in_years}, span);
  Type type = amount_type;
  if (type.unit.is_number() && type.sort != Sort::Factor && type.sort != Sort::Duration) type.sort = is_positive(amount) ? Sort::Factor : Sort::Number;
  type.by = union_by({amount, grown});
  if (type.sort == Sort::Duration) return number(make(Op::Mul, type, {grown, amount}, span));
  return number(make(Op::Mul, type, {amount, grown}, span));
}

}  // namespace horizon::sema
