// Which words and signs do what at the end of a line. grammar/README.md says it for readers.
#include "compiler/parse/tokens.hpp"

namespace horizon::parse {

bool is_reserved_word(std::size_t type) { return type >= Type::IF && type <= Type::AS; }
bool is_soft_word(std::size_t type) { return type >= Type::BY && type <= Type::FORMERLY; }

bool ends_operand(std::size_t type) {
  switch (type) {
    case Type::RPAREN:
    case Type::RBRACKET:
    case Type::RBRACE:
    case Type::NUMBER:
    case Type::PERCENT:
    case Type::DATE:
    case Type::STRING:
      return true;
    default:
      return is_name(type);
  }
}

bool heads_declaration(std::size_t type) {
  switch (type) {
    case Type::KIND:
    case Type::TABLE:
    case Type::FN:
    case Type::VARIANT:
    case Type::TEST:
    case Type::HORIZON:
    case Type::CURRENCY:
    case Type::BASIS:
    case Type::DIMENSION:
      return true;
    default:
      return false;
  }
}

bool joins_next_line(std::size_t last, std::size_t before) {
  switch (last) {
    case Type::EQ:
    case Type::TILDE:
    case Type::ARROW:
    case Type::PLUS:
    case Type::MINUS:
    case Type::STAR:
    case Type::SLASH:
    case Type::CARET:
    case Type::COMMA:
    case Type::COLON:
    case Type::TO:
    case Type::THEN:
    case Type::ELSE:
    case Type::AND:
    case Type::OR:
    case Type::NOT:
    case Type::WHERE:
    case Type::PER:
    case Type::LT:
    case Type::LE:
    case Type::GT:
    case Type::GE:
    case Type::EQEQ:
    case Type::NE:
    case Type::FOR:
    case Type::IS:
    case Type::IF:
    case Type::INTERVAL:
    case Type::GROWING:
    case Type::OTHERWISE:
    case Type::CHANCE:
    case Type::HAS:
    case Type::AS:
      return true;
    case Type::OF:  // soft words: only where they stand between operands, not as the name that ends `x =
                    // agreement.from`
    case Type::AT:
    case Type::OVER:
    case Type::BY:
    case Type::FROM:
    case Type::IN:
      return ends_operand(before) || before == Type::AS;
    default:
      return false;
  }
}

bool joins_line_before(std::size_t next, std::size_t after) {
  switch (next) {
    case Type::SLASH:
      return after != Type::STAR;  // `/*` is no division

    case Type::PLUS:
    case Type::MINUS:
    case Type::STAR:
    case Type::CARET:
    case Type::COMMA:
    case Type::ARROW:
    case Type::EQEQ:
    case Type::NE:
    case Type::LT:
    case Type::LE:
    case Type::GT:
    case Type::GE:
    case Type::EQ:
      return true;
    case Type::TO:
    case Type::THEN:
    case Type::ELSE:
    case Type::AND:
    case Type::OR:
    case Type::WHERE:
    case Type::AS:
    case Type::WITHIN:
    case Type::GROWING:
    case Type::OTHERWISE:
    case Type::INTERVAL:
    case Type::PER:
      return after != Type::EQ && after != Type::TILDE && after != Type::COLON;
    case Type::OF:  // soft words: a field may have such a name
    case Type::AT:
    case Type::OVER:
    case Type::BY:
    case Type::IN:
    case Type::SOURCE:
    case Type::NOTE:
    case Type::OWNER:
    case Type::CONFIDENTIAL:
    case Type::FORMERLY:
    case Type::LAYER:
      return after != Type::EQ && after != Type::TILDE && after != Type::COLON && after != Type::EACH &&
             after != Type::DOT && after != Type::LBRACE;
    default:
      return false;
  }
}

}  // namespace horizon::parse
