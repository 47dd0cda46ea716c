// What people write from the habit of a spreadsheet or another language: told with its mend, and read as it
// is meant.
#include "compiler/parse/token_filter.hpp"

namespace horizon::parse {

using diag::Code;

bool Filter::habit(Token& t) {
  switch (t.getType()) {
    case Type::NUMBER:
      return thousands(t) || day_first(t);
    case Type::LT:  // `<>`
      return sign(t, Type::GT, "unequal is written `!=`", "!=", Type::NE);
    case Type::EQ:  // `=>`, `=<`
      return sign(t, Type::GT, "at least is written `>=`", ">=", Type::GE) ||
             sign(t, Type::LT, "at most is written `<=`", "<=", Type::LE);
    case Type::DOTDOT:  // `...`
      return sign(t, Type::DOT, "a range of dates has two points", "..", Type::DOTDOT);
    case Type::MINUS:  // `-- a comment`
      if (ahead(1).getType() != Type::MINUS || !glued(t, 1) || !is_name(ahead(2).getType()) || glued(t, 2))
        return false;
      out_.add(Code::UnexpectedText, through(t, 1), {"a comment begins with `//`"}).mend =
          diag::Mend{"write `//`", through(t, 1), "//"};
      skip_line();
      return true;
    case Type::ID:  // `kr.`
      if (text(t) != "kr" || ahead(1).getType() != Type::DOT || !glued(t, 1) || glued(t, 2)) return false;
      out_.add(Code::UnexpectedText, through(t, 1),
               {"kroner are written with the name of the currency, such as `DKK`"})
          .mend = diag::Mend{"write `DKK`", through(t, 1), "DKK"};
      push(&t);
      ++at_;
      return true;
    default:
      return false;
  }
}

bool Filter::sign(Token& t, std::size_t second, const char* what, const char* right, std::size_t type) {
  if (ahead(1).getType() != second || !glued(t, 1)) return false;
  out_.add(Code::UnexpectedText, through(t, 1), {what}).mend =
      diag::Mend{std::string("write `") + right + '`', through(t, 1), right};
  t.setType(type);
  push(&t);
  count_nesting(type);
  ++at_;
  return true;
}

bool Filter::thousands(Token& t) {
  const std::string_view number = text(t);
  const std::size_t point = number.find('.');
  const auto digits = [](std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (point == std::string_view::npos || point == 0 || point > 3 || number.size() != point + 4 ||
      number[0] == '0' || !digits(number.substr(0, point)) || !digits(number.substr(point + 1)))
    return false;
  std::size_t more = 0;
  while (ahead(more + 1).getType() == Type::DOT && ahead(more + 2).getType() == Type::NUMBER &&
         glued(t, more + 2) && text(ahead(more + 2)).size() == 3)
    more += 2;
  if (more == 0 && number.back() != '0') return false;
  if (ahead(more + 1).getType() == Type::COMMA && ahead(more + 2).getType() == Type::NUMBER &&
      glued(t, more + 2))
    return false;  // `1.000,50`: told as a decimal comma
  const source::Span all = through(t, more);
  std::string shown(text_.substr(all.begin, all.end - all.begin)), right = shown;
  std::replace(right.begin(), right.end(), '.', '_');
  out_.add(Code::PointForThousands, all, {shown}).mend = diag::Mend{"for thousands write `_`", all, right};
  push(&t);
  count_nesting(Type::NUMBER);
  at_ += more;
  return true;
}

bool Filter::day_first(Token& t) {
  const std::size_t by = ahead(1).getType();
  if ((by != Type::MINUS && by != Type::SLASH) || ahead(2).getType() != Type::NUMBER ||
      ahead(3).getType() != by || ahead(4).getType() != Type::NUMBER || !glued(t, 4))
    return false;
  std::string first(text(t)), second(text(ahead(2))), third(text(ahead(4)));
  if (first.size() == 4) std::swap(first, third);
  const auto day_or_month = [](const std::string& s) {
    return s.size() <= 2 && s.find_first_not_of("0123456789") == s.npos;
  };
  if (third.size() != 4 || !day_or_month(first) || !day_or_month(second)) return false;
  const auto two = [](const std::string& s) { return (s.size() == 1 ? "0" : "") + s; };
  const std::string date = third + '-' + two(second) + '-' + two(first);
  diag::Diagnostic& d =
      out_.add(Code::NotADate, through(t, 4), {"a date is written year, month, day, such as `2026-03-15`"});
  if (parse_date(date))
    d.mend = diag::Mend{"write the year first, and each with all its digits", through(t, 4), date};
  push(&t);
  count_nesting(Type::NUMBER);
  at_ += 4;
  return true;
}

void Filter::skip_comment(const Token& t) {
  out_.add(Code::UnexpectedText, span(t), {"a comment begins with `//`, on each of its lines"});
  while (type_at(at_ + 1) != antlr4::Token::EOF) {
    ++at_;
    if (type_at(at_) == Type::SLASH && type_at(at_ - 1) == Type::STAR) return;
  }
}

void Filter::skip_line() {
  while (type_at(at_ + 1) != Type::NL && type_at(at_ + 1) != antlr4::Token::EOF &&
         type_at(at_ + 1) != Type::RBRACE)
    ++at_;
}

}  // namespace horizon::parse
