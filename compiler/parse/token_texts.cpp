// Tokens that are wrong by themselves: texts, dates, characters that are no part of the language.
#include "compiler/parse/code_points.hpp"
#include "compiler/parse/parse.hpp"
#include "compiler/parse/token_filter.hpp"

namespace horizon::parse {

using diag::Code;

bool Filter::look_at_text(Token& t) {
  switch (t.getType()) {
    case Type::UNCLOSED_STRING:
      out_.add(Code::TextNotClosed, span(t));
      t.setType(Type::STRING);
      if (text(t).ends_with('{')) {  // the text has taken the bracket that its block begins with
        push(&t);
        open_block(t);
        return false;
      }
      return true;
    case Type::CURLY_STRING:
      curly(t);
      return true;
    case Type::BAD_CHAR:
      return strange(t);
    case Type::DATE:
      date(t);
      return true;
    case Type::ID:
      if (static_cast<std::size_t>(t.getStopIndex() - t.getStartIndex()) > 1 && mixes_scripts(text(t))) {
        const std::string name = to_nfc(text(t));
        if (std::find(mixed_.begin(), mixed_.end(), name) == mixed_.end()) {
          out_.add(Code::MixedScripts, span(t), {name});
          mixed_.push_back(name);
        }
      }
      return true;
    default:
      return true;
  }
}

void Filter::curly(Token& t) {
  const CodePoints inside = decode(text(t));
  const std::string_view all = text(t);
  const std::string_view middle =
      all.substr(inside.bytes[1], inside.bytes[inside.chars.size() - 1] - inside.bytes[1]);
  out_.add(Code::CurlyQuotes, span(t)).mend =
      diag::Mend{"use straight double quotes", span(t), '"' + std::string(middle) + '"'};
  t.setType(Type::STRING);
}

bool Filter::strange(Token& t) {
  const std::string_view bytes = text(t);
  const bool joined = last_strange_ == t.getStartIndex();
  last_strange_ = t.getStopIndex();
  if (joined || (bytes.size() == 1 && static_cast<unsigned char>(bytes[0]) >= 0x80)) return false;
  const auto byte = static_cast<unsigned char>(bytes[0]);
  std::string shown = '`' + std::string(bytes) + '`';
  static constexpr std::string_view unseen[] = {"\u200b", "\u200c", "\u200d", "\u200e",
                                                "\u200f", "\u2060", "\u00ad"};
  if (std::find(std::begin(unseen), std::end(unseen), bytes) != std::end(unseen))
    shown = "an invisible character, pasted from elsewhere,";
  if (byte < 0x20 || byte == 0x7f) shown = "a control character (byte " + std::to_string(byte) + ")";
  source::Span where = span(t);
  if (const Token& twin = *in_[std::min(at_ + 1, in_.size() - 1)];  // `&&`
      twin.getType() == Type::BAD_CHAR && twin.getStartIndex() == t.getStopIndex() && text(twin) == bytes) {
    where.end = static_cast<std::uint32_t>(twin.getStopIndex());
  }
  diag::Diagnostic& d = out_.add(Code::StrangeCharacter, where, {shown});
  if ((bytes == "\u2013" || bytes == "\u2014") && draws()) {  // `~ 15%–40%`
    d.mend = diag::Mend{"a range is written with `to`", where, " to "};
    t.setType(Type::TO);
    return true;
  }
  struct Replacement {
    std::string_view from, to, text;
    std::size_t type;  ///< read as this; `none` reads over it
  };
  static constexpr Replacement known[] = {{"\u2212", "-", "write `-`", Type::MINUS},
                                          {"\u2013", "-", "write `-`", Type::MINUS},
                                          {"\u2014", "-", "write `-`", Type::MINUS},
                                          {"\u00d7", "*", "write `*`", Type::STAR},
                                          {"\u00b7", "*", "write `*`", Type::STAR},
                                          {"\u00f7", "/", "write `/`", Type::SLASH},
                                          {"\u2264", "<=", "write `<=`", Type::LE},
                                          {"\u2265", ">=", "write `>=`", Type::GE},
                                          {"\u2260", "!=", "write `!=`", Type::NE},
                                          {"&", "and", "write `and`", Type::AND},
                                          {"|", "or", "write `or`", Type::OR},
                                          {"!", "not ", "write `not`", Type::NOT},
                                          {"#", "//", "a comment begins with `//`", no_token}};
  for (const Replacement& r : known) {
    if (bytes != r.from) continue;
    d.mend = diag::Mend{std::string(r.text), where, std::string(r.to)};
    if (r.type == no_token) break;
    t.setType(r.type);
    return true;
  }
  if (bytes == "#") skip_line();
  return false;
}

bool Filter::draws() const {
  for (std::size_t i = result_.tokens.size(); i-- > 0;) {
    const std::size_t type = result_.tokens[i]->getType();
    if (type == Type::TILDE) return true;
    if (type == Type::NL || type == Type::SEMI || type == Type::LBRACE || type == Type::EQ) return false;
  }
  return false;
}

void Filter::date(Token& t) {
  const std::string_view shape = text(t);
  const Token* next = in_[std::min(at_ + 1, in_.size() - 1)];
  const auto follows = [&](const Token& left, const Token& right) {
    return left.getStopIndex() == right.getStartIndex();
  };
  bool glued = follows(t, *next) && (next->getType() == Type::NUMBER || is_name(next->getType()));
  std::size_t extra = 1;
  if (const Token* digits = in_[std::min(at_ + 2, in_.size() - 1)];
      next->getType() == Type::MINUS && digits->getType() == Type::NUMBER && follows(t, *next) &&
      follows(*next, *digits)) {
    glued = true;  // `2026-01-1`
    extra = 2;
    next = digits;
  }
  if (!glued && parse_date(shape)) return;
  std::string why = "a date is `2026-03`, `2026-Q2` or `2026-03-15`";
  const bool is_year = shape.substr(0, 4) >= "1900" && shape.substr(0, 4) <= "2199";
  source::Span where = span(t);
  if (glued) {
    where.end = static_cast<std::uint32_t>(next->getStopIndex());
    at_ += extra;  // one mistake, one message: the glued-on part is not read
  } else if (shape[5] == 'Q') {
    why = "quarters are Q1 to Q4";
  } else if (const auto month = shape.substr(5, 2); month < "01" || month > "12") {
    why = "there is no such month";
  } else if (!is_year) {
    why = "years go from 1900 to 2199";
  } else {
    why = "that month has no such day";
  }
  diag::Diagnostic& d = out_.add(Code::NotADate, where, {why});
  if (glued && extra == 1 && next->getType() == Type::NUMBER && where.end - where.begin == 9 &&
      shape[5] != 'Q') {
    const std::string_view years = text_.substr(where.begin, 9);  // `2026-2029`
    d.mend = diag::Mend{"from one year to another is written with `..`", where,
                        std::string(years.substr(0, 4)) + ".." + std::string(years.substr(5))};
  }
  if (!glued && !is_year && shape.size() == 7 && shape[5] != 'Q') {   // else a month was meant
    d.mend = diag::Mend{"a subtraction has blanks round the `-`", span(t),
                        std::string(shape.substr(0, 4)) + " - " + std::string(shape.substr(5))};
  }
}

}  // namespace horizon::parse
