// The walk of the token filter: each token is let through, changed, or left out. Here: words that stand where only a
// name can, and the limit of nesting. The other rules are in the files that token_filter.hpp names.
#include "compiler/parse/token_filter.hpp"

#include "compiler/parse/parse.hpp"

namespace horizon::parse {
namespace {

using diag::Code;
/// So many tokens without a comma or a line end make a tree higher than `max_nesting`: no need to parse them.
constexpr std::size_t max_run = 100'000;

}  // namespace

Filter::Filter(const Lexed& lexed, std::string_view text, source::FileId file, diag::Diagnostics& out)
    : in_(lexed.tokens), text_(text), file_(file), out_(out) {
  result_.tokens.reserve(in_.size() + 16);
  result_.depth.reserve(in_.size() + 16);
  balanced_ = is_balanced();
}

Filtered Filter::run() {
  for (at_ = 0; at_ < in_.size(); ++at_) {
    if (!take(*in_[at_])) break;
  }
  return std::move(result_);
}

void Filter::push(Token* token) {
  token->setTokenIndex(result_.tokens.size());
  result_.tokens.push_back(token);
  result_.depth.push_back(static_cast<std::uint32_t>(stack_.size()));
}

void Filter::make(std::size_t type, std::size_t offset) {
  push(&result_.made.emplace_back(type, offset, offset, std::size_t{0}));
}

bool Filter::take(Token& t) {
  const std::size_t type = t.getType();
  if (type == antlr4::Token::EOF) return finish(t);
  if (type == Type::NL) {
    newline(t);
    return true;
  }
  if (at_ == 0 || type_at(at_ - 1) == Type::NL) line_column_ = t.getCharPositionInLine();
  if (is_close(type)) {
    close(t);
    return true;
  }
  if (at_ == without_equals_ || !look_at_text(t) || habit(t)) return true;
  if (type == Type::SLASH && type_at(at_ + 1) == Type::STAR &&
      in_[at_ + 1]->getStartIndex() == t.getStopIndex()) {
    skip_comment(t);
    return true;
  }
  rename(t);
  if (is_open(t.getType())) {
    push(&t);
    stack_.push_back({&t, line_column_});
  } else {
    push(&t);
    count_nesting(t.getType());
  }
  if (stack_.size() + inner_ <= max_nesting && run_ <= max_run) return true;
  out_.add(Code::NestedTooDeep, span(t), {std::to_string(max_nesting)});
  result_.cut = true;
  at_ = in_.size() - 1;
  return finish(*in_[at_]);
}

void Filter::count_nesting(std::size_t type) {
  ++run_;
  if (type == Type::COMMA || type == Type::SEMI || type == Type::NL) run_ = 0;
  unsigned& own = stack_.empty() ? outer_ : stack_.back().inner;
  if (type == Type::IF || type == Type::ARROW) {
    ++own;
    ++inner_;
  } else if (type == Type::COMMA || type == Type::SEMI || type == Type::NL) {
    inner_ -= own;
    own = 0;
  }
}

void Filter::pop() {
  inner_ -= stack_.back().inner;
  stack_.pop_back();
}

bool Filter::finish(Token& end) {
  bool first = !result_.cut;
  const std::size_t offset = end.getStartIndex();
  while (!stack_.empty()) {
    forget(first);
    first = false;
  }
  end_item(offset);
  push(&end);
  return false;
}

/// Behind the first word of a line and before a brace, as in `forecast all {`.
bool Filter::names_block(std::size_t next) const {
  const auto& tokens = result_.tokens;
  if (next != Type::LBRACE || last() != Type::ID) return false;
  const std::size_t before = tokens.size() > 1 ? tokens[tokens.size() - 2]->getType() : std::size_t{Type::NL};
  return before == Type::NL || before == Type::SEMI || before == Type::LBRACE;
}

void Filter::rename(Token& t) {
  const std::size_t type = t.getType();
  const std::size_t l = last();
  const std::size_t next = type_at(at_ + 1);
  const bool line_start = l == no_token || l == Type::NL || l == Type::SEMI || l == Type::LBRACE;
  if (type == Type::FROM) {
    const bool entry = line_start ? top() == Type::LBRACE : (l == Type::COMMA || l == Type::LPAREN);
    if (entry && (next == Type::NUMBER || next == Type::DATE || next == Type::ALL || next == Type::LPAREN ||
                  next == Type::ID)) {
      t.setType(Type::FROM_KEY);
    }
    return;
  }
  if (!is_reserved_word(type)) return;
  const bool assigned =
      next == Type::EQ || next == Type::TILDE || (next == Type::COLON && type != Type::OTHERWISE);
  const bool named = (line_start || l == Type::COMMA || l == Type::LPAREN) && assigned;
  const bool declared = l == Type::KIND || l == Type::TABLE || l == Type::FN || l == Type::VARIANT ||
                        l == Type::CURRENCY || l == Type::BASIS || l == Type::DIMENSION;
  if (!named && !declared && !names_block(next) && l != Type::DOT) return;
  if (type == Type::HORIZON && next == Type::EQ && type_at(at_ + 2) == Type::DATE && stack_.empty()) {
    out_.add(Code::UnexpectedText, span(ahead(1)),
             {"a horizon is written without `=`, such as `horizon 2026-01..2030-12 by month`"})
        .mend = diag::Mend{"leave out the `=`", span(ahead(1)), ""};
    without_equals_ = at_ + 1;
    return;
  }
  const std::string word(text(t));
  out_.add(Code::ReservedWord, span(t), {word}).mend =
      diag::Mend{"choose another name, say `" + word + "_`", {}, {}};
  t.setType(Type::ID);
}

Filtered filter(const Lexed& lexed, std::string_view text, source::FileId file, diag::Diagnostics& out) {
  return Filter(lexed, text, file, out).run();
}

}  // namespace horizon::parse
