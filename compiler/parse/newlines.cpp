// Drops the newlines that end nothing, so that a NL token always ends an item; where the brackets of a file
// do not match, the line that follows shows which one was forgotten.
#include "compiler/parse/token_filter.hpp"

namespace horizon::parse {

using diag::Code;

void Filter::newline(Token& t) {
  const std::size_t next = next_index(at_);
  if (!balanced_ && heads_block(next)) return;
  if (type_at(next) != antlr4::Token::EOF) close_forgotten(next);
  if (top() == Type::LPAREN || top() == Type::LBRACKET) return;
  const std::size_t l = last();
  if (l == no_token || l == Type::NL || l == Type::SEMI || l == Type::LBRACE) return;
  const std::size_t after = type_at(next_index(next + 1));
  const bool new_item = is_name(type_at(next)) && (after == Type::EQ || after == Type::TILDE ||
                                                   (after == Type::COLON && l != Type::COLON) ||
                                                   (after == Type::EQEQ && l == Type::PER));
  if (joins_next_line(l, before_last()) && (!new_item || l == Type::COMMA)) return;
  if (joins_line_before(type_at(next), after)) return;
  if (type_at(next) == Type::LBRACE && (is_name(l) || l == Type::STRING)) {
    out_.add(Code::UnexpectedText, span(*in_[next]),
             {"a `{` stands at the end of the line that it belongs to"});
    return;
  }
  push(&t);
  count_nesting(Type::NL);
}

bool Filter::heads_block(std::size_t next) {
  const auto& tokens = result_.tokens;
  std::size_t n = tokens.size();
  const bool round = n > 0 && tokens[n - 1]->getType() == Type::LPAREN;
  if (round) --n;
  if (n > 0 && tokens[n - 1]->getType() == Type::STRING) --n;
  if (n < 2 || tokens[n - 1]->getType() != Type::ID || tokens[n - 2]->getType() != Type::ID) return false;
  if (n > 2 && tokens[n - 3]->getType() != Type::NL && tokens[n - 3]->getType() != Type::LBRACE) return false;
  if (next != at_ + 1 || in_[next]->getCharPositionInLine() <= line_column_ ||
      type_at(next) == Type::LBRACE ||
      (type_at(next + 1) != Type::EQ && type_at(next + 1) != Type::TILDE && type_at(next + 1) != Type::COLON))
    return false;
  const antlr4::Token& end = *tokens.back();
  if (round) {
    out_.add(Code::UnexpectedText, span(end), {"the fields of a block stand between `{` and `}`"}).mend =
        diag::Mend{"write `{`", span(end), "{"};
    stack_.back().token->setType(Type::LBRACE);
  } else {
    const auto at = static_cast<std::uint32_t>(end.getStopIndex());
    out_.add(Code::UnexpectedText, span(end), {"a `{` is missing at the end of this line"}).mend =
        diag::Mend{"add it", source::Span{file_, at, at}, " {"};
    open_block(end);
  }
  return true;
}

void Filter::close_forgotten(std::size_t next) {
  if (balanced_) return;
  const std::size_t type = type_at(next);
  const std::size_t column = in_[next]->getCharPositionInLine();
  const std::size_t after = type_at(next + 1);
  while (top() == Type::LPAREN || top() == Type::LBRACKET) {
    const bool starts =
        heads_declaration(type) || type == Type::RBRACE ||
        (is_name(type) && (after == Type::EQ || after == Type::TILDE || after == Type::COLON ||
                           after == Type::ID || after == Type::STRING));
    if (column > stack_.back().column || !starts) return;
    forget();
  }
  bool first = true;
  while (top() == Type::LBRACE && heads_declaration(type) && column <= stack_.front().column) {
    forget(first);
    first = false;
  }
}

}  // namespace horizon::parse
