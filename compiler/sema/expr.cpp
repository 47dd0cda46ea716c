// Expressions, by form.
#include "base/match.hpp"
#include "compiler/sema/atc.hpp"
#include "compiler/sema/checker.hpp"
#include "compiler/sema/rehearsal.hpp"

namespace horizon::sema {

ExprId Checker::as_number(const Val& val, Span span) {
  if (val.kind == Val::Kind::Number) return val.expr;
  if (val.kind == Val::Kind::Absent) {
    error(Code::BlockAbsent, span, {val.absent});
  } else if (!val.is_error()) {
    error(Code::NotANumber, span, {describe(val)});
  }
  return error_expr(span);
}

ExprId Checker::value(const ast::Expr& expr, const Env& env, const DeclType* want) {
  return as_number(eval(expr, env, want), expr.span);
}

Val Checker::eval(const ast::Expr& expr, const Env& env, const DeclType* want) {
  const Span span = expr.span;
  return match(
      expr.node, [&](const ast::ErrorExpr&) -> Val { return {}; },
      [&](const ast::Quantity& node) -> Val { return quantity_literal(node, span, want); },
      [&](const ast::DateLit& node) -> Val { return date_literal(node, span); },
      [&](const ast::StringLit& node) -> Val {
        auto text = std::make_shared<TextVal>();
        text->texts = {node.value};
        Val val;
        val.kind = Val::Kind::Text;
        val.text = text;
        return val;
      },
      [&](const ast::NameRef& node) -> Val { return resolve(node.name, span, env, want); },
      [&](const ast::AllOf& node) -> Val { return all_of(node, span, env); },
      [&](const ast::Member& node) -> Val { return member(node, span, env); },
      [&](const ast::Index& node) -> Val { return index(node, span, env, want); },
      [&](const ast::DateRange& node) -> Val { return date_range(node, span, env); },
      [&](const ast::Call& node) -> Val { return call(node, span, env, want); },
      [&](const ast::Map& node) -> Val { return map(node, span, env, want); },
      [&](const ast::List& node) -> Val { return list(node, env, want); },
      [&](const ast::Unary& node) -> Val { return unary(node, span, env, want); },
      [&](const ast::Binary& node) -> Val { return binary(node, span, env, want); },
      [&](const ast::Growing& node) -> Val { return growing(node, span, env, want); },
      [&](const ast::Interval& node) -> Val { return interval(node, span, env, want); },
      [&](const ast::If& node) -> Val { return if_then_else(node, span, env, want); },
      [&](const ast::Lambda& node) -> Val {
        auto curve = std::make_shared<CurveVal>();
        const Env captured = without_draw(env, "a curve");
        curve->env = std::make_shared<Env>(captured);
        curve->lambda = &node;
        if (want && want->form == DeclType::Form::Curve) {
          curve->parameter = want->parameter;
          curve->result = want->result;
        }
        Val val;
        val.kind = Val::Kind::Curve;
        val.curve = curve;
        return val;
      },
      [&](const ast::Where& node) -> Val { return where(node, span, env); });
}

Val Checker::list(const ast::List& node, const Env& env, const DeclType* want) {
  auto items = std::make_shared<ListVal>();
  for (const ast::ExprPtr& item : node.items) items->items.push_back(eval(*item, env, want));
  Val val;
  val.kind = Val::Kind::List;
  val.list = items;
  return val;
}

Val Checker::quantity_literal(const ast::Quantity& node, Span span, const DeclType* want) {
  if (want && want->form == DeclType::Form::Code) {
    const std::string text(sources_.text(span));
    error(Code::NotACode, span, {text, atc_fault(text).value_or("it is a number")});
    return {};
  }
  ReadUnit read;
  if (node.unit) {
    read = read_unit(*node.unit, true);
    if (!read.ok) return {};
  }
  Type type;
  type.sort = Sort::Number;
  double number = node.value;
  if (node.percent) {
    number = node.value / 100;
    type.sort = Sort::Share;
    // A rate, `2% per year`, may be a fall, and a plain percentage above 100 is a number.
    if (!read.unit.is_number()) type.sort = Sort::Change;
    else if (number > 1) type.sort = Sort::Number;
  }
  if (read.is_time) {
    const double scaled = number;
    if (read.days) return as_literal(duration(0, scaled * *read.days, span), node);
    return as_literal(duration(scaled * read.scale * 31, 0, span), node);
  }
  if (!read.unit.is_number()) {
    type.unit = read.unit;
    if (!node.percent) type.sort = Sort::Amount;
  } else if (!node.percent && number >= 0 && want && want->form == DeclType::Form::Value &&
             (want->type.sort == Sort::Count || want->type.sort == Sort::Factor)) {
    type.sort = want->type.sort;
  }
  // A scale below one is one over a whole number (a year's twelfth): divided, 100 per year over a year is 100 again.
  const double canonical = read.scale < 1 ? number / (1 / read.scale) : number * read.scale;
  return as_literal(constant(canonical, type, span), node);
}

Val Checker::as_literal(ExprId expr, const ast::Quantity& node) {
  Val val = number(expr);
  val.zero = node.value == 0 && !node.unit;
  if (node.is_integer && !node.percent && !node.unit && node.value >= 1900 && node.value <= 2199) {
    val.year = static_cast<int>(node.value);
  }
  return val;
}

Val Checker::if_then_else(const ast::If& node, Span span, const Env& env, const DeclType* want) {
  Env inner = env;
  const Val condition_val = eval(*node.condition, without_draw(env, "a condition"));
  ExprId condition = as_number(condition_val, node.condition->span);
  const Type tested = type_of(condition);
  if (tested.sort != Sort::Event && tested.sort != Sort::Unknown) {
    error(Code::WrongType, node.condition->span, {"what stands after `if`", "a condition", type_text(tested)});
    return {};
  }
  // Which blocks exist is known now; the other branch may speak of what is missing (C6).
  if (mentions_has(*node.condition)) {
    if (const auto known = constant_of(condition)) {
      return eval(*known != 0 ? *node.then_value : *node.else_value, inner, want);
    }
  }
  Val then = eval(*node.then_value, inner, want);
  Val other = eval(*node.else_value, inner, want);
  if (then.is_error() || other.is_error()) return {};
  as_number(then, node.then_value->span);
  as_number(other, node.else_value->span);
  if (then.kind != Val::Kind::Number || other.kind != Val::Kind::Number) return {};
  if (!align(then, other, node.then_value->span, node.else_value->span, span, "choosing between")) return {};
  Type type = join_types(type_of(then.expr), type_of(other.expr));
  type.by = union_by({condition, then.expr, other.expr});
  return number(make(Op::Select, type, {condition, then.expr, other.expr}, span));
}

Env Checker::without_draw(const Env& env, const char* inside) {
  Env inner = env;
  if (env.draw && inside) inner.no_draw = inside;
  inner.draw = nullptr;
  return inner;
}

Type Checker::join_types(const Type& a, const Type& b) {
  Type type = a;
  if (a.sort == Sort::Unknown) return b;
  if (b.sort == Sort::Unknown) return a;
  if (a.sort != b.sort) {
    // Both are pure numbers of a kind, or align would have refused.
    const auto positive = [](Sort sort) {
      return sort == Sort::Share || sort == Sort::Factor || sort == Sort::Count || sort == Sort::Event;
    };
    const auto unit_interval = [](Sort sort) { return sort == Sort::Share || sort == Sort::Event; };
    type.sort = unit_interval(a.sort) && unit_interval(b.sort) ? Sort::Share
                : positive(a.sort) && positive(b.sort)         ? Sort::Factor
                : a.unit.is_number()                           ? Sort::Number
                                                               : Sort::Amount;
  }
  if (const auto unit = types::unify(a.unit, b.unit)) type.unit = *unit;
  type.is_signed = a.is_signed || b.is_signed;
  return type;
}

bool Checker::mentions_has(const ast::Expr& expr) {
  if (const auto* node = std::get_if<ast::Unary>(&expr.node)) {
    return node->op == ast::UnaryOp::Has || mentions_has(*node->operand);
  }
  if (const auto* node = std::get_if<ast::Binary>(&expr.node)) return mentions_has(*node->lhs) || mentions_has(*node->rhs);
  return false;
}

Val Checker::unary(const ast::Unary& node, Span span, const Env& env, const DeclType* want) {
  switch (node.op) {
    case ast::UnaryOp::Chance:
      return chance(*node.operand, span, env);
    case ast::UnaryOp::Has: {
      const Val operand = eval(*node.operand, env);
      if (operand.is_error()) return {};
      Type event;
      event.sort = Sort::Event;
      if (operand.kind != Val::Kind::Absent && operand.kind != Val::Kind::Instance) {
        error(Code::WrongType, node.operand->span, {"what stands after `has`", "a block", describe(operand)});
        return {};
      }
      return number(constant(operand.kind == Val::Kind::Instance ? 1 : 0, event, span));
    }
    case ast::UnaryOp::Not: {
      const ExprId operand = value(*node.operand, env);
      const Type type = type_of(operand);
      if (type.sort == Sort::Unknown) return number(operand);
      if (type.sort != Sort::Event) {
        error(Code::WrongType, node.operand->span, {"what stands after `not`", "a condition", type_text(type)});
        return {};
      }
      if (const auto known = constant_of(operand)) return number(constant(*known == 0, type, span));
      return number(make(Op::Not, type, {operand}, span));
    }
    case ast::UnaryOp::Neg:
      break;
  }
  const Val val = eval(*node.operand, env, want);
  const ExprId operand = as_number(val, node.operand->span);
  Type type = type_of(operand);
  switch (type.sort) {
    case Sort::Unknown:
      return number(make(Op::Neg, type, {operand}, span));
    case Sort::Date:
    case Sort::Label:
    case Sort::Text:
    case Sort::Event:
      error(Code::NotANumber, node.operand->span, {type_text(type)});
      return {};
    case Sort::Share:
    case Sort::Factor:
    case Sort::Count:
      type.sort = type.unit.is_number() ? Sort::Number : Sort::Change;
      break;
    case Sort::Change:
      if (type.unit.is_number()) type.sort = Sort::Number;
      break;
    case Sort::Number:
    case Sort::Amount:
    case Sort::Duration:
      break;
  }
  type.is_signed = true;
  Val result;
  if (model_.exprs[operand].op == Op::Const) {
    const double first = -model_.exprs[operand].number, second = -model_.exprs[operand].number2;
    const ExprId negative = constant(first, type, span);
    if (type.sort == Sort::Duration) model_.exprs[negative].number2 = second;
    result = number(negative);
  } else {
    result = number(make(Op::Neg, type, {operand}, span));
  }
  result.zero = val.zero;
  return result;
}

Val Checker::otherwise(const ast::Binary& node, Span span, const Env& env, const DeclType* want) {
  const Val val = eval(*node.lhs, env, want);
  if (val.kind == Val::Kind::Absent) return eval(*node.rhs, env, want);
  if (val.is_error()) return {};
  // What is given there must fit with the value that stands in for it elsewhere; it is checked, and not used.
  Val given = val;
  Val instead = eval(*node.rhs, without_draw(env), want);
  if (given.kind == Val::Kind::Number && instead.kind == Val::Kind::Number) {
    align(given, instead, node.lhs->span, node.rhs->span, span, "replacing");
  }
  return val;
}

/// `21_450 DKK / pack`: a unit where a value is needed. Nothing here is named so, but it is known what was meant.
static bool is_unit_divided_by(const ast::Binary& node, const types::Vocabulary& words) {
  const auto* name = std::get_if<ast::NameRef>(&node.rhs->node);
  const auto* amount = std::get_if<ast::Quantity>(&node.lhs->node);
  return node.op == ast::BinaryOp::Div && name && amount && amount->unit && words.find_unit(name->name);
}

Val Checker::binary(const ast::Binary& node, Span span, const Env& env, const DeclType* want) {
  if (is_unit_divided_by(node, model_.vocabulary)) {
    const std::string& unit = std::get<ast::NameRef>(node.rhs->node).name;
    const std::vector<std::string> names = names_in_scope(env);
    if (std::find(names.begin(), names.end(), unit) == names.end()) {
      error(Code::UnknownName, node.rhs->span, {unit}).mend =
          diag::Mend{"it is a unit, and units are joined by `per`", Span{span.file, node.lhs->span.end, node.rhs->span.end}, " per " + unit};
      return {};
    }
  }
  switch (node.op) {
    case ast::BinaryOp::Otherwise:
      return otherwise(node, span, env, want);
    case ast::BinaryOp::Of:
      return of(node, span, env);
    case ast::BinaryOp::At:
      if (!env.expecting) return not_built(NotBuilt::At, span);
      return Rehearsal::period(*this, *node.rhs, "what stands after `at`", env) ? eval(*node.lhs, env) : Val{};
    case ast::BinaryOp::In:
      return contains(node, span, env);
    case ast::BinaryOp::And:
    case ast::BinaryOp::Or: {
      const ExprId a = value(*node.lhs, env), b = value(*node.rhs, env);
      for (const auto& [expr, side] : {std::pair{a, node.lhs.get()}, std::pair{b, node.rhs.get()}}) {
        const Type type = type_of(expr);
        if (type.sort == Sort::Event || type.sort == Sort::Unknown) continue;
        error(Code::WrongType, side->span,
              {node.op == ast::BinaryOp::And ? "each side of `and`" : "each side of `or`", "a condition", type_text(type)});
        return {};
      }
      Type event;
      event.sort = Sort::Event;
      event.by = union_by({a, b});
      const Op op = node.op == ast::BinaryOp::And ? Op::And : Op::Or;
      const auto x = constant_of(a), y = constant_of(b);
      if (x && y) return number(constant(op == Op::And ? (*x != 0 && *y != 0) : (*x != 0 || *y != 0), event, span));
      return number(make(op, event, {a, b}, span));
    }
    case ast::BinaryOp::Lt: case ast::BinaryOp::Le: case ast::BinaryOp::Gt: case ast::BinaryOp::Ge:
    case ast::BinaryOp::Eq: case ast::BinaryOp::Ne: {
      // A label is looked up by the type of the other side (C9).
      Val a = eval(*node.lhs, env), b;
      const DeclType beside = type_beside(a);
      b = eval(*node.rhs, env, &beside);
      if (a.is_error() || b.is_error()) return {};
      const Op op = node.op == ast::BinaryOp::Lt   ? Op::Lt
                    : node.op == ast::BinaryOp::Le ? Op::Le
                    : node.op == ast::BinaryOp::Gt ? Op::Gt
                    : node.op == ast::BinaryOp::Ge ? Op::Ge
                    : node.op == ast::BinaryOp::Eq ? Op::Eq
                                                   : Op::Ne;
      return compare(op, a, b, node.lhs->span, node.rhs->span, span, env);
    }
    case ast::BinaryOp::Add: case ast::BinaryOp::Sub: case ast::BinaryOp::Mul: case ast::BinaryOp::Div:
    case ast::BinaryOp::Pow:
      break;
  }
  // An expected unit says nothing of the factors of a product; it does of the terms of a sum.
  const bool sum = node.op == ast::BinaryOp::Add || node.op == ast::BinaryOp::Sub;
  const DeclType* inside = sum && want && want->form == DeclType::Form::Value && want->type.sort == Sort::Amount ? want : nullptr;
  const Val a = eval(*node.lhs, env, inside), b = eval(*node.rhs, env, inside);
  if (a.is_error() || b.is_error()) return {};
  return arithmetic(node.op, a, b, node.lhs->span, node.rhs->span, span);
}

DeclType Checker::type_beside(const Val& val) {
  DeclType type;
  if (val.kind == Val::Kind::Number) {
    type.form = DeclType::Form::Value;
    type.type = type_of(val.expr);
    type.type.by.clear();
  } else if (val.kind == Val::Kind::Text) {
    type.form = val.text->is_code ? DeclType::Form::Code : DeclType::Form::Text;
  }
  return type;
}

}  // namespace horizon::sema
