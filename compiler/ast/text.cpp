// Source text of expressions, types and paths, with one blank round operators and only the parentheses that
// are needed.
#include "base/match.hpp"
#include "compiler/ast/ast.hpp"

namespace horizon::ast {
namespace {

// As in grammar/README.md, loose to tight.
enum Level : int {
  any = 0,
  where_,
  range,
  or_,
  and_,
  not_,
  compare,
  add,
  multiply,
  unary,
  power,
  postfix,
  suffix
};

int level_of(BinaryOp op) {
  switch (op) {
    case BinaryOp::Or:
      return or_;
    case BinaryOp::And:
      return and_;
    case BinaryOp::Lt:
    case BinaryOp::Le:
    case BinaryOp::Gt:
    case BinaryOp::Ge:
    case BinaryOp::Eq:
    case BinaryOp::Ne:
    case BinaryOp::In:
      return compare;
    case BinaryOp::Add:
    case BinaryOp::Sub:
      return add;
    case BinaryOp::Mul:
    case BinaryOp::Div:
      return multiply;
    case BinaryOp::Pow:
      return power;
    case BinaryOp::At:
    case BinaryOp::Of:
    case BinaryOp::Otherwise:
      return postfix;
  }
  return any;
}

int level_of(const Expr& e) {
  return match(
      e.node, [](const Where&) { return static_cast<int>(where_); },
      [](const Interval&) { return static_cast<int>(range); },
      [](const Unary& n) { return static_cast<int>(n.op == UnaryOp::Not ? not_ : unary); },
      [](const Binary& n) { return level_of(n.op); },
      [](const Growing&) { return static_cast<int>(postfix); },
      [](const If&) { return static_cast<int>(any); }, [](const Lambda&) { return static_cast<int>(any); },
      [](const auto&) { return static_cast<int>(suffix); });
}

std::string expr_text(const Expr& e, int least);

std::string text_of(const ExprPtr& e, int least) {
  return e == nullptr ? std::string("?") : expr_text(*e, least);
}

std::string two_digits(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::string text_of(const UnitAtom& atom) {
  std::string out = atom.name.text;
  if (atom.basis) out += '[' + atom.basis->text + ']';
  if (atom.power != 1) out += '^' + std::to_string(atom.power);
  return out;
}

std::string text_of(const UnitExpr& unit) {
  std::string out;
  for (const UnitAtom& atom : unit.numerator) out += (out.empty() ? "" : " ") + text_of(atom);
  for (const UnitAtom& atom : unit.denominators) out += (out.empty() ? "per " : " per ") + text_of(atom);
  return out;
}

std::string text_of(const Quantity& n) {
  std::string out = n.text;
  if (n.percent) out += '%';
  if (n.unit) out += ' ' + text_of(*n.unit);
  return out;
}

std::string text_of(const DateLit& n) {
  const std::string year = std::to_string(n.year);
  switch (n.precision) {
    case DateLit::Precision::Quarter:
      return year + "-Q" + std::to_string((n.month + 2) / 3);
    case DateLit::Precision::Month:
      return year + '-' + two_digits(n.month);
    case DateLit::Precision::Day:
      return year + '-' + two_digits(n.month) + '-' + two_digits(n.day);
  }
  return {};
}

std::string text_of(const StringLit& n) {
  std::string out = "\"";
  for (const char c : n.value) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n' || c == '\t') {
      out += c == '\n' ? "\\n" : "\\t";
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string text_of(const std::vector<Name>& names) {
  std::string out;
  for (const Name& name : names) out += (out.empty() ? "" : ", ") + name.text;
  return names.size() == 1 ? out : '(' + out + ')';
}

std::string text_of(const ForClause& clause) {
  std::string out = "for " + clause.variable.text + " in " + text_of(clause.set, range);
  if (clause.where != nullptr) out += " where " + text_of(clause.where, or_);
  return out;
}

std::string text_of(const Arg& a) {
  std::string out;
  if (a.name) out += a.name->text + " = ";
  if (a.is_otherwise) out += "otherwise: ";
  if (a.is_from) out += "from ";
  if (a.key != nullptr) out += text_of(a.key, any) + ": ";
  out += text_of(a.value, any);
  if (!a.over.empty()) out += " over " + text_of(a.over);
  if (a.each) out += ' ' + text_of(*a.each);
  return out;
}

std::string text_of(const Call& n) {
  std::string args;
  for (const Arg& a : n.args) args += (args.empty() ? "" : ", ") + text_of(a);
  return text_of(n.callee, suffix) + '(' + args + ')';
}

std::string text_of(const Map& n) {
  std::string out;
  for (const MapEntry& entry : n.entries) {
    out += out.empty() ? "" : ", ";
    if (entry.is_otherwise) {
      out += "otherwise: ";
    } else {
      out += (entry.is_from ? "from " : "") + text_of(entry.key, any) + ": ";
    }
    out += text_of(entry.value, any);
    if (entry.split != nullptr) out += " split by " + text_of(entry.split, any);
  }
  return out.empty() ? "{}" : "{ " + out + " }";
}

std::string text_of(const List& n) {
  std::string out;
  for (const ExprPtr& item : n.items) out += (out.empty() ? "" : ", ") + text_of(item, any);
  return '[' + out + ']';
}

std::string text_of(const Unary& n) {
  const int inner = n.op == UnaryOp::Not ? not_ : n.op == UnaryOp::Has ? suffix : unary;
  const std::string sign(spelling(n.op));
  return sign + (n.op == UnaryOp::Neg ? "" : " ") + text_of(n.operand, inner);
}

std::string text_of(const Binary& n) {
  const int level = level_of(n.op);
  const bool power_op = n.op == BinaryOp::Pow;
  const int left = power_op || level == compare ? level + 1 : level;
  const int right = power_op ? static_cast<int>(unary) : level + 1;
  return text_of(n.lhs, left) + ' ' + std::string(spelling(n.op)) + ' ' + text_of(n.rhs, right);
}

std::string text_of(const Growing& n) {
  std::string out = text_of(n.base, postfix) + " growing " + text_of(n.rate, suffix);
  if (n.from != nullptr) out += " from " + text_of(n.from, suffix);
  return out;
}

std::string text_of(const Interval& n) {
  std::string out;
  if (n.width != nullptr) out += text_of(n.width, or_) + " interval ";
  return out + text_of(n.low, or_) + " to " + text_of(n.high, or_);
}

std::string text_of(const If& n) {
  return "if " + text_of(n.condition, any) + " then " + text_of(n.then_value, any) + " else " +
         text_of(n.else_value, any);
}

std::string expr_text(const Expr& e, int least) {
  std::string out = match(
      e.node, [](const ErrorExpr&) { return std::string("?"); }, [](const NameRef& n) { return n.name; },
      [](const AllOf& n) { return "all " + n.kind.text; },
      [](const Member& n) { return text_of(n.base, suffix) + '.' + n.name.text; },
      [](const Index& n) { return text_of(n.base, suffix) + '[' + text_of(n.index, any) + ']'; },
      [](const DateRange& n) { return text_of(n.from, suffix) + ".." + text_of(n.to, suffix); },
      [](const Lambda& n) { return n.parameter.text + " -> " + text_of(n.body, any); },
      [](const Where& n) { return text_of(n.set, range) + " where " + text_of(n.condition, or_); },
      [](const auto& n) { return text_of(n); });
  return level_of(e) < least ? '(' + out + ')' : out;
}

std::string base_text(const TypeRef& type) {
  std::string out;
  switch (type.form) {
    case TypeRef::Form::List:
      out = type.element == nullptr ? "[?]" : '[' + to_text(*type.element) + ']';
      break;
    case TypeRef::Form::OneOf:
      out = "one of " + (type.one_of ? type.one_of->text : "?");
      break;
    case TypeRef::Form::Unit:
      out = (type.is_signed ? "signed " : "") + text_of(type.unit);
      break;
  }
  if (!type.by.empty()) out += " by " + text_of(type.by);
  return type.optional ? out + '?' : out;
}

}  // namespace

std::string_view spelling(UnaryOp op) {
  switch (op) {
    case UnaryOp::Neg:
      return "-";
    case UnaryOp::Not:
      return "not";
    case UnaryOp::Chance:
      return "chance";
    case UnaryOp::Has:
      return "has";
  }
  return {};
}

std::string_view spelling(BinaryOp op) {
  switch (op) {
    case BinaryOp::Add:
      return "+";
    case BinaryOp::Sub:
      return "-";
    case BinaryOp::Mul:
      return "*";
    case BinaryOp::Div:
      return "/";
    case BinaryOp::Pow:
      return "^";
    case BinaryOp::Lt:
      return "<";
    case BinaryOp::Le:
      return "<=";
    case BinaryOp::Gt:
      return ">";
    case BinaryOp::Ge:
      return ">=";
    case BinaryOp::Eq:
      return "==";
    case BinaryOp::Ne:
      return "!=";
    case BinaryOp::In:
      return "in";
    case BinaryOp::And:
      return "and";
    case BinaryOp::Or:
      return "or";
    case BinaryOp::At:
      return "at";
    case BinaryOp::Of:
      return "of";
    case BinaryOp::Otherwise:
      return "otherwise";
  }
  return {};
}

std::string to_text(const Expr& expr) { return expr_text(expr, any); }

std::string to_text(const TypeRef& type) {
  std::string out = base_text(type);
  if (type.result != nullptr) out += " -> " + to_text(*type.result);
  return out;
}

std::string to_text(const Path& path) {
  std::string out;
  for (const PathStep& step : path.steps) {
    match(
        step.step, [&](const Name& name) { out += (out.empty() ? "" : ".") + name.text; },
        [&](const ExprPtr& index) { out += '[' + text_of(index, any) + ']'; });
  }
  return out;
}

}  // namespace horizon::ast
