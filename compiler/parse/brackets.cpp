// Balances brackets, so that one forgotten bracket gives one message.
#include "compiler/parse/token_filter.hpp"

namespace horizon::parse {

using diag::Code;

namespace {

std::size_t closer_of(std::size_t open) {
  return open == Type::LPAREN ? Type::RPAREN : open == Type::LBRACKET ? Type::RBRACKET : Type::RBRACE;
}
std::string_view sign_of(std::size_t type) {
  switch (type) {
    case Type::LPAREN:
      return "(";
    case Type::RPAREN:
      return ")";
    case Type::LBRACKET:
      return "[";
    case Type::RBRACKET:
      return "]";
    case Type::LBRACE:
      return "{";
    default:
      return "}";
  }
}

}  // namespace

bool is_open(std::size_t type) {
  return type == Type::LPAREN || type == Type::LBRACKET || type == Type::LBRACE;
}
bool is_close(std::size_t type) {
  return type == Type::RPAREN || type == Type::RBRACKET || type == Type::RBRACE;
}

bool Filter::is_balanced() const {
  std::vector<std::size_t> open;
  for (const Token* t : in_) {
    const std::size_t type = t->getType();
    if (is_open(type)) open.push_back(type);
    if (!is_close(type)) continue;
    if (open.empty() || closer_of(open.back()) != type) return false;
    open.pop_back();
  }
  return open.empty();
}

void Filter::close(Token& t) {
  const std::size_t type = t.getType();
  if (!balanced_ && type == Type::RBRACE && line_column_ == t.getCharPositionInLine())
    close_inner(line_column_);
  const bool opened = std::any_of(stack_.rbegin(), stack_.rend(),
                                  [&](const Open& o) { return closer_of(o.token->getType()) == type; });
  if (!opened || (type != Type::RBRACE && !reaches(type))) {
    out_.add(Code::BracketNotOpened, span(t), {std::string(sign_of(type))});
    return;
  }
  while (closer_of(top()) != type) forget();
  if (type == Type::RBRACE) {
    end_item(t.getStartIndex());
  } else if (last() == Type::COMMA) {  // `[a, b, ]`
    result_.tokens.pop_back();
    result_.depth.pop_back();
  }
  pop();
  push(&t);
}

bool Filter::reaches(std::size_t type) const {
  for (auto open = stack_.rbegin(); open != stack_.rend(); ++open) {
    if (open->token->getType() == Type::LBRACE) return false;
    if (closer_of(open->token->getType()) == type) return true;
  }
  return false;
}

void Filter::close_inner(std::size_t column) {
  std::size_t keep = stack_.size();
  while (keep > 0 && stack_[keep - 1].column > column) --keep;
  if (keep == 0 || keep == stack_.size()) return;
  if (stack_[keep - 1].token->getType() != Type::LBRACE || stack_[keep - 1].column != column) return;
  bool first = true;
  while (stack_.size() > keep) {
    forget(first);
    first = false;
  }
}

void Filter::open_block(const antlr4::Token& after) {
  const std::size_t offset = after.getStopIndex();
  Token& brace = result_.made.emplace_back(Type::LBRACE, offset, offset, std::size_t{0});
  push(&brace);
  stack_.push_back({&brace, line_column_});
}

void Filter::forget(bool report) {
  const Token& open = *stack_.back().token;
  const std::size_t type = open.getType();
  if (report) out_.add(Code::BracketNotClosed, span(open), {std::string(sign_of(type))});
  const std::size_t offset = result_.tokens.back() == nullptr ? 0 : result_.tokens.back()->getStopIndex();
  if (type == Type::LBRACE) end_item(offset);
  pop();
  make(closer_of(type), offset);
}

void Filter::end_item(std::size_t offset) {
  const std::size_t l = last();
  if (l != no_token && l != Type::NL && l != Type::SEMI && l != Type::LBRACE && l != Type::COMMA)
    make(Type::NL, offset);
}

}  // namespace horizon::parse
