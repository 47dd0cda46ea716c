// Expressions: precedence over the flat lists of the grammar, by climbing. The table is in grammar/README.md.
#include "compiler/parse/build.hpp"
#include "compiler/parse/code_points.hpp"
#include "compiler/parse/parse.hpp"

namespace horizon::parse {
namespace {

using ast::BinaryOp;

// Levels from loose to tight; each operator takes operands of tighter levels.
enum Level : int {
  level_where = 1,
  level_range,
  level_or,
  level_and,
  level_not,
  level_compare,
  level_add,
  level_multiply,
  level_unary,
  level_power,
  level_postfix,
  level_tightest
};

int level_of(std::size_t type) {
  switch (type) {
    case Type::WHERE:
      return level_where;
    case Type::TO:
    case Type::INTERVAL:
      return level_range;
    case Type::OR:
      return level_or;
    case Type::AND:
      return level_and;
    case Type::EQEQ:
    case Type::NE:
    case Type::LT:
    case Type::LE:
    case Type::GT:
    case Type::GE:
    case Type::IN:
      return level_compare;
    case Type::PLUS:
    case Type::MINUS:
      return level_add;
    case Type::STAR:
    case Type::SLASH:
      return level_multiply;
    case Type::CARET:
      return level_power;
    default:
      return level_postfix;  // at of growing from otherwise
  }
}

BinaryOp binary_of(std::size_t type) {
  switch (type) {
    case Type::OR:
      return BinaryOp::Or;
    case Type::AND:
      return BinaryOp::And;
    case Type::EQEQ:
      return BinaryOp::Eq;
    case Type::NE:
      return BinaryOp::Ne;
    case Type::LT:
      return BinaryOp::Lt;
    case Type::LE:
      return BinaryOp::Le;
    case Type::GT:
      return BinaryOp::Gt;
    case Type::GE:
      return BinaryOp::Ge;
    case Type::IN:
      return BinaryOp::In;
    case Type::PLUS:
      return BinaryOp::Add;
    case Type::MINUS:
      return BinaryOp::Sub;
    case Type::STAR:
      return BinaryOp::Mul;
    case Type::SLASH:
      return BinaryOp::Div;
    case Type::CARET:
      return BinaryOp::Pow;
    case Type::AT:
      return BinaryOp::At;
    case Type::OF:
      return BinaryOp::Of;
    default:
      return BinaryOp::Otherwise;
  }
}

const ast::NameRef* bare_name(const ast::ExprPtr& expr) {
  return expr == nullptr ? nullptr : std::get_if<ast::NameRef>(&expr->node);
}

}  // namespace

template <class Node>
Builder::Built Builder::make(source::Span span, Node node, unsigned height) {
  if (height > max_nesting) {
    if (!too_high_) out_.add(diag::Code::NestedTooDeep, span, {std::to_string(max_nesting)});
    too_high_ = true;
    return error(span);  // what was built so far is given up here, while it is not too high to walk
  }
  auto expr = std::make_unique<ast::Expr>();
  expr->span = span;
  expr->node = std::move(node);
  return {std::move(expr), height};
}

Builder::Built Builder::error(source::Span span) {
  auto expr = std::make_unique<ast::Expr>();
  expr->span = span;
  return {std::move(expr), 1};
}

ast::ExprPtr Builder::expr(P::ExprContext* c) { return build(c).expr; }

Builder::Built Builder::build(P::ExprContext* c) {
  if (c == nullptr) return error({file_, 0, 0});
  if (c->condition != nullptr) {
    Built condition = build(c->condition), yes = build(c->thenValue), no = build(c->elseValue);
    const unsigned height = 1 + std::max({condition.height, yes.height, no.height});
    return make(span(c), ast::If{std::move(condition.expr), std::move(yes.expr), std::move(no.expr)}, height);
  }
  if (c->operands.empty()) return error(span(c));
  if (c->result != nullptr) {
    Flat flat{c};
    Built parameter = climb(flat, level_where);
    const ast::NameRef* name = bare_name(parameter.expr);
    if (name == nullptr) {
      out_.add(diag::Code::MisplacedWord, parameter.expr->span,
               {"before `->` stands the name of one parameter"});
      return error(span(c));
    }
    ast::Lambda lambda{{name->name, parameter.expr->span}, nullptr};
    Built result = build(c->result);
    lambda.body = std::move(result.expr);
    return make(span(c), std::move(lambda), result.height + 1);
  }
  Flat flat{c};
  return climb(flat, level_where);
}

/// Reads one operand and then every operator that binds at least as tightly as `least`.
Builder::Built Builder::climb(Flat& flat, int least) {
  if (++flat.depth > max_nesting) return too_deep(flat);
  Built left = rest(flat, prefixed(flat, 0, least), least);
  --flat.depth;
  return left;
}

Builder::Built Builder::too_deep(Flat& flat) {
  if (!too_high_) out_.add(diag::Code::NestedTooDeep, span(flat.context), {std::to_string(max_nesting)});
  too_high_ = true;
  flat.at = flat.context->ops.size();
  return error(span(flat.context));
}

/// The operators after `left` that bind at least as tightly as `least`.
Builder::Built Builder::rest(Flat& flat, Built left, int least) {
  int last_level = level_tightest;
  bool said = false;
  while (const antlr4::Token* op = flat.op()) {
    const int level = level_of(op->getType());
    if (level < least) break;
    const bool once = level == level_compare || level == level_range || level == level_where;
    if (once && last_level == level && !said) {
      said = true;
      if (level == level_compare) {
        out_.add(diag::Code::ComparisonChain, span(op)).mend = diag::Mend{"write `a < b and b < c`", {}, {}};
      } else {
        out_.add(diag::Code::MisplacedWord, span(op),
                 {level == level_range ? "a range has two ends: only one `to` can stand here"
                                       : "only one `where` can stand here; join the conditions with `and`"});
      }
    }
    last_level = level;
    left = infix(flat, std::move(left), *op, level);
  }
  return left;
}

Builder::Built Builder::prefixed(Flat& flat, std::size_t prefix, int least) {
  if (flat.at >= flat.context->operands.size()) return error(span(flat.context));
  P::OperandContext* c = flat.context->operands[flat.at];
  if (c->prefixes.size() > max_nesting) return too_deep(flat);
  if (prefix >= c->prefixes.size()) return suffixed(c->value);
  const antlr4::Token* sign = c->prefixes[prefix];
  // A prefix takes what binds more tightly than itself, so it may read operators after its operand, too.
  int inner = level_power;
  ast::UnaryOp op = ast::UnaryOp::Neg;
  if (sign->getType() == Type::NOT) {
    op = ast::UnaryOp::Not;
    inner = level_compare;
    if (least > level_not && (prefix == 0 || c->prefixes[prefix - 1]->getType() != Type::NOT)) {
      out_.add(diag::Code::NeedsParentheses, span(sign), {"not"}).mend =
          diag::Mend{"put it in parentheses: `(not ...)`", {}, {}};
    }
  } else if (sign->getType() == Type::CHANCE) {
    op = ast::UnaryOp::Chance;
  } else if (sign->getType() == Type::HAS) {
    op = ast::UnaryOp::Has;
  }
  // After `at`, `of`, `growing`, `otherwise` only the operand itself belongs to the sign: `growing -2% per
  // year from 2026`.
  if (least >= level_postfix) inner = level_tightest;
  Built operand = rest(flat, prefixed(flat, prefix + 1, inner), inner);
  const source::Span whole = source::join(span(sign), operand.expr->span);
  const unsigned height = operand.height + 1;
  return make(whole, ast::Unary{op, std::move(operand.expr)}, height);
}

Builder::Built Builder::infix(Flat& flat, Built left, const antlr4::Token& op, int level) {
  const std::size_t type = op.getType();
  ++flat.at;
  if (level == level_range) return interval(flat, std::move(left), op);
  const int right_level = level == level_power ? static_cast<int>(level_unary) : level + 1;
  Built right = climb(flat, right_level);
  const source::Span whole = source::join(left.expr->span, right.expr->span);
  unsigned height = 1 + std::max(left.height, right.height);
  if (type == Type::FROM) {
    out_.add(diag::Code::MisplacedWord, span(&op),
             {"`from` stands only after `growing`: `a growing 2% per year from 2026`"});
    return error(whole);
  }
  if (type == Type::GROWING) {
    ast::Growing growing{std::move(left.expr), std::move(right.expr), nullptr};
    source::Span all = whole;
    if (const antlr4::Token* next = flat.op(); next != nullptr && next->getType() == Type::FROM) {
      ++flat.at;
      Built from = climb(flat, level_tightest);
      all = source::join(all, from.expr->span);
      height = std::max(height, from.height + 1);
      growing.from = std::move(from.expr);
    }
    return make(all, std::move(growing), height);
  }
  if (type == Type::WHERE)
    return make(whole, ast::Where{std::move(left.expr), std::move(right.expr)}, height);
  return make(whole, ast::Binary{binary_of(type), std::move(left.expr), std::move(right.expr)}, height);
}

Builder::Built Builder::interval(Flat& flat, Built left, const antlr4::Token& op) {
  Built low = climb(flat, level_range + 1);
  if (op.getType() == Type::TO) {
    const source::Span whole = source::join(left.expr->span, low.expr->span);
    const unsigned height = 1 + std::max(left.height, low.height);
    return make(whole, ast::Interval{nullptr, std::move(left.expr), std::move(low.expr)}, height);
  }
  const antlr4::Token* to = flat.op();
  if (to == nullptr || to->getType() != Type::TO) {
    out_.add(diag::Code::MisplacedWord, span(&op), {"an interval has two ends: `90% interval 3 to 5`"});
    return error(source::join(left.expr->span, low.expr->span));
  }
  ++flat.at;
  Built high = climb(flat, level_range + 1);
  const source::Span whole = source::join(left.expr->span, high.expr->span);
  const unsigned height = 1 + std::max({left.height, low.height, high.height});
  return make(whole, ast::Interval{std::move(left.expr), std::move(low.expr), std::move(high.expr)}, height);
}

Builder::Built Builder::suffixed(P::SuffixedContext* c) {
  if (c == nullptr) return error({file_, 0, 0});
  Built base = primary(c->base);
  for (P::SuffixContext* suffix : c->suffixes) base = apply(std::move(base), suffix);
  return base;
}

Builder::Built Builder::apply(Built base, P::SuffixContext* c) {
  const source::Span whole = source::join(base.expr->span, span(c));
  unsigned height = base.height + 1;
  if (c->member != nullptr) {
    return make(whole, ast::Member{std::move(base.expr), *name_of(c->member)}, height);
  }
  if (c->index != nullptr) {
    Built index = build(c->index);
    height = std::max(height, index.height + 1);
    return make(whole, ast::Index{std::move(base.expr), std::move(index.expr)}, height);
  }
  if (c->upTo != nullptr) {
    Built end = primary(c->upTo);
    height = std::max(height, end.height + 1);
    return make(whole, ast::DateRange{std::move(base.expr), std::move(end.expr)}, height);
  }
  if (c->call == nullptr) return base;
  ast::Call call{std::move(base.expr), {}};
  for (P::ArgContext* a : c->args) {
    unsigned inner = 0;
    call.args.push_back(arg(a, inner));
    height = std::max(height, inner + 1);
  }
  return make(whole, std::move(call), height);
}

Builder::Built Builder::primary(P::PrimaryContext* c) {
  if (c == nullptr) return error({file_, 0, 0});
  const source::Span whole = span(c);
  if (c->amount != nullptr) return make(whole, quantity(c->amount), 1);
  if (c->date != nullptr) {
    const auto date = parse_date(text(c->date));
    return date ? make(whole, *date, 1) : error(whole);
  }
  if (c->text != nullptr) return make(whole, ast::StringLit{string_value(c->text)}, 1);
  if (c->kindName != nullptr) return make(whole, ast::AllOf{*name_of(c->kindName)}, 1);
  if (c->id != nullptr) return make(whole, ast::NameRef{to_nfc(text(c->id->start))}, 1);
  if (c->map != nullptr) return map(c);
  if (c->list != nullptr) {
    ast::List list;
    unsigned height = 1;
    for (P::ExprContext* item : c->items) {
      Built built = build(item);
      height = std::max(height, built.height + 1);
      list.items.push_back(std::move(built.expr));
    }
    return make(whole, std::move(list), height);
  }
  if (c->inner == nullptr) return error(whole);
  Built inner = build(c->inner);
  inner.expr->span = whole;  // the parentheses belong to it: a message underlines both
  return inner;
}

Builder::Built Builder::map(P::PrimaryContext* c) {
  ast::Map map;
  unsigned height = 1;
  for (P::EntryContext* e : c->entries) {
    ast::MapEntry entry;
    entry.span = span(e);
    entry.is_otherwise = e->otherwise != nullptr;
    entry.is_from = e->from != nullptr;
    if (e->key != nullptr) {
      Built key = build(e->key);
      height = std::max(height, key.height + 1);
      entry.key = std::move(key.expr);
    }
    Built value = build(e->value);
    height = std::max(height, value.height + 1);
    entry.value = std::move(value.expr);
    if (e->splitKey != nullptr) {
      Built split = build(e->splitKey);
      height = std::max(height, split.height + 1);
      entry.split = std::move(split.expr);
    }
    map.entries.push_back(std::move(entry));
  }
  return make(span(c), std::move(map), height);
}

ast::Arg Builder::arg(P::ArgContext* c, unsigned& height) {
  ast::Arg arg;
  arg.span = span(c);
  const auto take = [&](P::ExprContext* e) {
    Built built = build(e);
    height = std::max(height, built.height);
    return std::move(built.expr);
  };
  arg.is_otherwise = c->otherwise != nullptr;
  arg.is_from = c->from != nullptr;
  if (c->key != nullptr) arg.key = take(c->key);
  if (c->head == nullptr) {
    arg.value = take(c->value);
    return arg;
  }
  ast::ExprPtr head = take(c->head);
  arg.over = names(c->over);
  if (c->value != nullptr) {
    if (const ast::NameRef* name = bare_name(head)) {
      arg.name = ast::Name{name->name, head->span};
    } else {
      out_.add(diag::Code::EqualsCompares, head->span).mend = diag::Mend{"write `==` to compare", {}, {}};
    }
    arg.value = take(c->value);
  } else if (c->keyed != nullptr) {
    arg.key = std::move(head);
    arg.value = take(c->keyed);
  } else {
    arg.value = std::move(head);
    if (c->each != nullptr) arg.each = for_clause(c->each, height);
  }
  return arg;
}

ast::ForClause Builder::for_clause(P::FamilyContext* c, unsigned& height) {
  ast::ForClause clause;
  if (auto name = name_of(c->variable)) clause.variable = *std::move(name);
  Built set = build(c->set);
  height = std::max(height, set.height);
  if (auto* where = std::get_if<ast::Where>(&set.expr->node)) {
    ast::ExprPtr condition = std::move(where->condition);
    ast::ExprPtr inner = std::move(where->set);
    clause.set = std::move(inner);
    clause.where = std::move(condition);
  } else {
    clause.set = std::move(set.expr);
  }
  return clause;
}

ast::ForClause Builder::family(P::FamilyContext* c) {
  unsigned height = 0;
  return for_clause(c, height);
}

}  // namespace horizon::parse
