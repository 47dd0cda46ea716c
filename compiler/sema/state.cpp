// Values of other periods, and dated values: prev, cumulative, dated, lump (rules.md H1, E6, E7).
#include <algorithm>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

Val Checker::prev(const ast::Call& node, Span span, const Env& env) {
  if (!plain_args(node, "prev", 2, 2, span)) return {};
  // The start first: its type serves a quantity that is defined by its own past.
  Val start = eval(*node.args[1].value, env);
  const Val current = eval(*node.args[0].value, env);
  if (start.is_error() || current.is_error()) return {};
  as_number(start, node.args[1].value->span);
  ExprId now = as_number(current, node.args[0].value->span);
  if (start.kind != Val::Kind::Number || current.kind != Val::Kind::Number) return {};
  QuantityId quantity;
  if (model_.exprs[now].op == Op::Ref) {
    quantity = model_.exprs[now].quantity;
  } else {
    quantity = hidden_quantity(env, "prev", now, span);
  }
  Type type = model_.quantities[quantity].type;
  if (type.sort == Sort::Unknown) {
    if (!model_.quantities[quantity].definition) {
      type = type_of(start.expr);
      model_.quantities[quantity].type = type;
    }
  } else {
    Val same = number(now);
    if (!align(same, start, node.args[0].value->span, node.args[1].value->span, span, "starting")) return {};
  }
  type.by = union_by({start.expr});
  const auto& own = model_.quantities[quantity].type.by;
  type.by.insert(type.by.end(), own.begin(), own.end());
  std::sort(type.by.begin(), type.by.end());
  type.by.erase(std::unique(type.by.begin(), type.by.end()), type.by.end());
  const ExprId expr = make(Op::Prev, type, {start.expr}, span);
  model_.exprs[expr].quantity = quantity;
  return number(expr);
}

Val Checker::cumulative(const ast::Call& node, Span span, const Env& env) {
  if (!plain_args(node, "cumulative", 1, 1, span)) return {};
  const ExprId x = value(*node.args[0].value, env);
  Type type = type_of(x);
  if (type.sort == Sort::Unknown) return {};
  if (type.sort == Sort::Date || type.sort == Sort::Duration || type.sort == Sort::Label) {
    error(Code::NotANumber, node.args[0].value->span, {type_text(type)});
    return {};
  }
  bool flow = false;
  for (const types::UnitFactor& factor : type.unit.factors) {
    if (factor.atom == model_.vocabulary.time() && factor.power == -1) flow = true;
  }
  if (flow) {
    type.unit = types::multiply(type.unit, Unit{{{model_.vocabulary.time(), 1, {}}}}).unit;
    type.sort = type.unit.is_number() ? Sort::Number : Sort::Amount;
  } else if (type.unit.is_number()) {
    type.sort = type.sort == Sort::Number || type.sort == Sort::Change ? Sort::Number : Sort::Factor;
  }
  const ExprId expr = make(Op::Cumulative, type, {x}, span);
  model_.exprs[expr].integrate = flow;
  return number(expr);
}

Val Checker::dated(const ast::Call& node, Span span, const Env& env, const DeclType* want) {
  std::vector<ExprId> args;
  Type type;
  double last = 0;
  bool have_last = false;
  for (std::size_t i = 0; i < node.args.size(); ++i) {
    const ast::Arg& arg = node.args[i];
    const bool right = arg.value && !arg.name && !arg.each && arg.over.empty() && !arg.is_otherwise && arg.is_from == (i > 0);
    if (!right) {
      error(Code::WrongArguments, arg.span, {"dated", "a value, then dated ones: `dated(1, from 2026-07-01: 2)`"});
      return {};
    }
    if (i > 0) {
      const ExprId date = as_date(eval(*arg.key, env), arg.key->span, "what stands after `from`");
      if (type_of(date).sort == Sort::Unknown) return {};
      if (const auto known = constant_of(date)) {
        if (have_last && *known <= last) {
          error(Code::WrongArguments, arg.key->span, {"dated", "dates in ascending order"});
          return {};
        }
        last = *known;
        have_last = true;
      }
      args.push_back(date);
    }
    Val val = eval(*arg.value, env, want);
    as_number(val, arg.value->span);
    if (val.kind != Val::Kind::Number) return {};
    if (i > 0) {
      Val first = number(args[0]);
      if (!align(first, val, node.args[0].value->span, arg.value->span, arg.value->span, "joining")) return {};
      args[0] = first.expr;
      type = join_types(type, type_of(val.expr));
    } else {
      type = type_of(val.expr);
    }
    args.push_back(val.expr);
  }
  if (args.size() < 3) {
    error(Code::WrongArguments, span, {"dated", "a value, then dated ones: `dated(1, from 2026-07-01: 2)`"});
    return {};
  }
  if (type.sort == Sort::Event) type.sort = Sort::Share;
  type.by = union_by(args);
  return number(make(Op::Dated, type, args, span));
}

Val Checker::lump(const ast::Call& node, Span span, const Env& env) {
  const ast::Arg* at = named_arg(node, "at");
  if (node.args.size() != 2 || !at || node.args[0].name || !node.args[0].value || node.args[0].key) {
    error(Code::WrongArguments, span, {"lump", "an amount and its date: `lump(3 m DKK, at = 2027-05-01)`"});
    return {};
  }
  const ExprId amount = value(*node.args[0].value, env);
  const ExprId date = as_date(eval(*at->value, env), at->value->span, "`at`");
  Type type = type_of(amount);
  if (type.sort == Sort::Unknown || type_of(date).sort == Sort::Unknown) return {};
  if (type.sort == Sort::Date || type.sort == Sort::Duration || type.sort == Sort::Label) {
    error(Code::NotANumber, node.args[0].value->span, {type_text(type)});
    return {};
  }
  type.unit = types::divide(type.unit, Unit{{{model_.vocabulary.time(), 1, {}}}}).unit;
  type.sort = Sort::Amount;
  type.by = union_by({amount, date});
  return number(make(Op::Lump, type, {amount, date}, span));
}

}  // namespace horizon::sema
