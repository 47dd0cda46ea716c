// Comparisons and `in`: numbers, dates, labels; texts and codes are compared when the scenario compiles.
#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {

ExprId Checker::text_column(std::vector<double> truth, bool per_row, Span span, const Env& env) {
  Type event;
  event.sort = Sort::Event;
  if (!per_row) return constant(truth.at(0), event, span);
  model::Group& group = model_.groups[env.group];
  model::Column column;
  column.name = "test#" + std::to_string(group.columns.size());
  column.type = event;
  column.values = std::move(truth);
  group.columns.push_back(std::move(column));
  const auto index = static_cast<std::int32_t>(group.columns.size() - 1);
  const ExprId expr = make(Op::Column, event, {}, span);
  model_.exprs[expr].index = index;
  column_group_[expr.value] = env.group;
  return expr;
}

Val Checker::texts_equal(const Val& a, const Val& b, bool negate, Span span, const Env& env) {
  const bool per_row = a.text->per_row || b.text->per_row;
  const std::size_t rows = a.text->per_row ? a.text->texts.size() : b.text->per_row ? b.text->texts.size() : 1;
  std::vector<double> truth;
  for (std::size_t row = 0; row < rows; ++row) truth.push_back((a.text->at(row) == b.text->at(row)) != negate);
  return number(text_column(std::move(truth), per_row, span, env));
}

Val Checker::compare(Op op, Val a, Val b, Span a_span, Span b_span, Span span, const Env& env) {
  const bool equality = op == Op::Eq || op == Op::Ne;
  if (a.kind == Val::Kind::Text && b.kind == Val::Kind::Text && equality) {
    return texts_equal(a, b, op == Op::Ne, span, env);
  }
  if (a.kind == Val::Kind::Instance || b.kind == Val::Kind::Instance) return not_built(NotBuilt::OneOf, span);
  as_number(a, a_span);
  as_number(b, b_span);
  if (a.kind != Val::Kind::Number || b.kind != Val::Kind::Number) return {};
  if (!align(a, b, a_span, b_span, span, "comparing")) return {};
  if (type_of(a.expr).sort == Sort::Duration) a.expr = to_months(a.expr, a_span);
  if (type_of(b.expr).sort == Sort::Duration) b.expr = to_months(b.expr, b_span);
  Type event;
  event.sort = Sort::Event;
  event.by = union_by({a.expr, b.expr});
  const ExprId expr = make(op, event, {a.expr, b.expr}, span);
  if (constant_of(a.expr) && constant_of(b.expr)) {
    if (const auto rows = rows_of(expr, env.group)) return number(constant(rows->at(0), event, span));
  }
  return number(expr);
}

Val Checker::contains(const ast::Binary& node, Span span, const Env& env) {
  const Val a = eval(*node.lhs, env);
  if (a.is_error()) return {};
  const DeclType beside = type_beside(a);
  Type event;
  event.sort = Sort::Event;
  std::vector<const ast::Expr*> items;
  if (const auto* list = std::get_if<ast::List>(&node.rhs->node)) {
    for (const ast::ExprPtr& item : list->items) items.push_back(item.get());
  } else {
    items.push_back(node.rhs.get());
  }
  if (a.kind == Val::Kind::Text) {
    const std::size_t rows = a.text->texts.size();
    std::vector<double> truth(rows, 0);
    for (const ast::Expr* item : items) {
      const Val b = eval(*item, env, &beside);
      if (b.is_error()) return {};
      if (b.kind != Val::Kind::Text || b.text->per_row) {
        error(Code::WrongType, item->span, {"what stands after `in`", a.text->is_code ? "a code, such as `L01`" : "a text", describe(b)});
        return {};
      }
      for (std::size_t row = 0; row < rows; ++row) {
        const std::string& text = a.text->texts[row];
        // A code is in every group above it: L04AC05 is in L04AC, L04 and L.
        if (a.text->is_code ? text.rfind(b.text->texts[0], 0) == 0 : text == b.text->texts[0]) truth[row] = 1;
      }
    }
    return number(text_column(std::move(truth), a.text->per_row, span, env));
  }
  const ExprId subject = as_number(a, node.lhs->span);
  if (a.kind != Val::Kind::Number) return {};
  ExprId any;
  for (const ast::Expr* item : items) {
    Val b = eval(*item, env, &beside);
    if (b.is_error()) return {};
    if (b.year && beside.type.sort == Sort::Date) b.period = PeriodVal{year_start(*b.year), year_start(*b.year + 1)};
    ExprId test;
    if (beside.type.sort == Sort::Date && b.period) {
      Type date;
      date.sort = Sort::Date;
      event.by = type_of(subject).by;
      const ExprId from = make(Op::Ge, event, {subject, constant(b.period->from, date, item->span)}, item->span);
      const ExprId until = make(Op::Lt, event, {subject, constant(b.period->until, date, item->span)}, item->span);
      test = make(Op::And, event, {from, until}, item->span);
    } else {
      const Val equal = compare(Op::Eq, a, b, node.lhs->span, item->span, item->span, env);
      if (equal.is_error()) return {};
      test = equal.expr;
    }
    if (!any) {
      any = test;
    } else {
      event.by = union_by({any, test});
      any = make(Op::Or, event, {any, test}, span);
    }
  }
  if (!any) return number(constant(0, event, span));
  return number(any);
}

}  // namespace horizon::sema
