// From "this token fits nothing" to a sentence for the writer: the common mistakes first, then what was
// expected.
#include <algorithm>

#include "compiler/parse/recovery.hpp"

namespace horizon::parse {
namespace {

using P = grammar::HorizonParser;
using diag::Code;
constexpr std::size_t none = antlr4::Token::INVALID_TYPE;

class Explainer {
 public:
  Explainer(const Unexpected& where, const Filtered& filtered, std::string_view text, source::FileId file,
            diag::Diagnostics& out)
      : where_(where), tokens_(filtered.tokens), text_(text), file_(file), out_(out) {}

  bool run() {
    if (capital() || excel_if() || split_number() || unit_first() || times() || chance_of() || horizon_word() || no_equals() ||
        second_name() || semicolon())
      return false;
    if (equals() || decimal_comma() || dotted_date() || unit() || hyphen() || two_names() || value_for_type())
      return false;
    if (comma_between_fields()) return true;
    if (comma_missing()) return false;
    if (two_fields()) return second_starts_here_;
    if (operand()) return false;
    out_.add(Code::UnexpectedText, span(where_.index), {expected() + ", found " + shown(where_.index)});
    return false;
  }

 private:
  std::size_t type(std::size_t index) const {
    return index < tokens_.size() ? tokens_[index]->getType() : none;
  }
  std::size_t previous() const { return where_.index == 0 ? none : type(where_.index - 1); }
  std::size_t here() const { return type(where_.index); }
  source::Span span(std::size_t index) const {
    const antlr4::Token& t = *tokens_[std::min(index, tokens_.size() - 1)];
    source::Span s{file_, static_cast<std::uint32_t>(t.getStartIndex()),
                   static_cast<std::uint32_t>(t.getStopIndex())};
    // The end of a line or of the file has no width to point at: point at what stands before it.
    const bool end = t.getType() == Type::NL || t.getType() == antlr4::Token::EOF || s.begin == s.end;
    if (end && index > 0 && index <= where_.index) return span(index - 1);
    return s;
  }
  std::string_view text(std::size_t index) const {
    const antlr4::Token& t = *tokens_[index];
    return text_.substr(t.getStartIndex(), t.getStopIndex() - t.getStartIndex());
  }
  bool glued(std::size_t left, std::size_t right) const {
    return tokens_[left]->getStopIndex() == tokens_[right]->getStartIndex();
  }
  bool is_end(std::size_t t) const { return t == Type::NL || t == Type::SEMI || t == antlr4::Token::EOF; }

  std::string shown(std::size_t index) const {
    switch (type(index)) {
      case Type::NL:
        return "the end of the line";
      case antlr4::Token::EOF:
        return "the end of the file";
      case Type::NUMBER:
        return "a number";
      case Type::DATE:
        return "a date";
      case Type::STRING:
        return "a text";
      default:
        return '`' + std::string(text(index)) + '`';
    }
  }

  /// `if a = b`, `x == 3`
  bool equals() {
    if (here() == Type::EQ && compares()) {
      out_.add(Code::EqualsCompares, span(where_.index)).mend =
          diag::Mend{"write `==`", span(where_.index), "=="};
      return true;
    }
    if (here() == Type::EQEQ && (where_.rule == P::RuleThing || where_.rule == P::RuleFix ||
                                 where_.rule == P::RuleBody || where_.rule == P::RuleStatement)) {
      out_.add(Code::CompareDefines, span(where_.index)).mend =
          diag::Mend{"write `=`", span(where_.index), "="};
      return true;
    }
    return false;
  }
  /// Does the `=` stand where a condition is being written?
  bool compares() const {
    for (std::size_t i = where_.index; i-- > where_.first;) {
      const std::size_t t = type(i);
      if (t == Type::IF || t == Type::WHERE || t == Type::REQUIRE || t == Type::EXPECT) return true;
      if (t == Type::THEN || t == Type::ELSE || t == Type::LBRACE) return false;
    }
    return false;
  }

  /// `4,5 packs`: the parser stops at the comma, or later where an entry `5: ...` could have begun.
  bool decimal_comma() {
    for (std::size_t back = 0; back <= 2 && where_.index > where_.first + back; ++back) {
      const std::size_t comma = where_.index - back;
      if (type(comma) != Type::COMMA || type(comma - 1) != Type::NUMBER || type(comma + 1) != Type::NUMBER)
        continue;
      if (!glued(comma - 1, comma) || !glued(comma, comma + 1)) continue;
      const source::Span number = source::join(span(comma - 1), span(comma + 1));
      diag::Diagnostic& d = out_.add(Code::DecimalComma, number);
      const std::string whole(text(comma - 1));
      const std::string decimals(text(comma + 1));
      if (decimals.size() == 3) {  // `39,000`: thousands, most likely, and a mend must not guess a factor of 1000
        d.mend = diag::Mend{"write `" + whole + '_' + decimals + "` for thousands, `" + whole + '.' + decimals + "` for decimals", {}, {}};
      } else if (whole.find('.') == std::string::npos) {
        d.mend = diag::Mend{"write a point", number, whole + '.' + std::string(text(comma + 1))};
      }
      return true;
    }
    return false;
  }

  diag::Diagnostic& unexpected(source::Span where, std::string sentence) {
    return out_.add(Code::UnexpectedText, where, {std::move(sentence)});
  }

  /// `Use std.curves`
  bool capital() {
    if (where_.first >= tokens_.size() || !is_name(type(where_.first)) || where_.index > where_.first + 2) return false;
    std::string word(text(where_.first));
    if (word.empty() || word[0] < 'A' || word[0] > 'Z') return false;
    for (char& c : word) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    static constexpr std::string_view words[] = {"use", "horizon", "currency", "unit", "dimension", "table", "kind",
                                                 "fn", "basis", "language", "require"};
    if (std::find(std::begin(words), std::end(words), word) == std::end(words)) return false;
    unexpected(span(where_.first), "the words of the language are written small: `" + word + '`').mend =
        diag::Mend{"write `" + word + '`', span(where_.first), word};
    return true;
  }

  /// `IF(a; b; c)`
  bool excel_if() {
    if (here() != Type::SEMI && here() != Type::COMMA) return false;
    for (std::size_t i = where_.index; i-- > where_.first;) {
      const std::size_t t = type(i);
      if (t == Type::NL || t == Type::LBRACE) return false;
      const bool is_if = t == Type::IF || (t == Type::ID && (text(i) == "IF" || text(i) == "HVIS" || text(i) == "If"));
      if (!is_if || type(i + 1) != Type::LPAREN) continue;
      unexpected(span(i), "a choice between two values is written `if a then b else c`");
      return true;
    }
    return false;
  }

  /// `39 000`
  bool split_number() {
    if (here() != Type::NUMBER || previous() != Type::NUMBER || text(where_.index).size() != 3) return false;
    const source::Span all = source::join(span(where_.index - 1), span(where_.index));
    unexpected(all, "a number has no blanks").mend =
        diag::Mend{"for thousands write `_`", all, std::string(text(where_.index - 1)) + '_' + std::string(text(where_.index))};
    return true;
  }

  /// `DKK 39_000`
  bool unit_first() {
    if (here() != Type::NUMBER || previous() != Type::ID) return false;
    const std::string_view word = text(where_.index - 1);
    const bool code = word.size() == 3 && std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!code && word != "kr") return false;
    const source::Span all = source::join(span(where_.index - 1), span(where_.index));
    unexpected(all, "a unit stands behind its number").mend =
        diag::Mend{"turn them round", all, std::string(text(where_.index)) + ' ' + (code ? std::string(word) : "DKK")};
    return true;
  }

  /// `stock x 12`
  bool times() {
    if (type(where_.index) != Type::ID || text(where_.index) != "x" || !ends_operand(previous())) return false;
    if (type(where_.index + 1) != Type::NUMBER && !is_name(type(where_.index + 1))) return false;
    unexpected(span(where_.index), "times is written `*`").mend = diag::Mend{"write `*`", span(where_.index), "*"};
    return true;
  }

  /// `chance of 70%`
  bool chance_of() {
    if (where_.index < 2 || previous() != Type::OF || type(where_.index - 2) != Type::CHANCE) return false;
    const source::Span both = source::join(span(where_.index - 2), span(where_.index - 1));
    unexpected(both, "a chance is written `chance 70%`").mend = diag::Mend{"leave out `of`", both, "chance"};
    return true;
  }

  /// `horizon 2026-01..2029-12 monthly`
  bool horizon_word() {
    if (type(where_.first) != Type::HORIZON || !is_name(here())) return false;
    const std::string_view word = text(where_.index);
    const std::string grain = word == "monthly" ? "month" : word == "quarterly" ? "quarter" : word == "yearly" ? "year" : "";
    diag::Diagnostic& d = unexpected(span(where_.index), "the length of a horizon's periods is written `by month`, `by quarter` or `by year`");
    if (!grain.empty()) d.mend = diag::Mend{"write `by " + grain + '`', span(where_.index), "by " + grain};
    return true;
  }

  /// `discount 32%`
  bool no_equals() {
    if (here() != Type::NUMBER && here() != Type::DATE) return false;
    if (where_.index != where_.first + 1 || !is_name(previous())) return false;
    const std::uint32_t end = span(where_.index - 1).end;
    unexpected(span(where_.index), "a `=` is missing between the name and its value").mend =
        diag::Mend{"write `=`", source::Span{file_, end, end}, " ="};
    return true;
  }

  /// `medicine Darzalex SC {`
  bool second_name() {
    if (!opens_body() || here() != Type::ID || !is_name(previous()) || where_.index != where_.first + 2) return false;
    const source::Span both = source::join(span(where_.index - 1), span(where_.index));
    unexpected(both, "a name is one word; what explains it stands behind it in quotes").mend =
        diag::Mend{"join the words with `_`", both, std::string(text(where_.index - 1)) + '_' + std::string(text(where_.index))};
    return true;
  }

  /// `pert(55%; 75%; 88%)`
  bool semicolon() {
    if (here() != Type::SEMI || !ends_operand(previous())) return false;
    int open = 0;
    for (std::size_t i = where_.index; i-- > where_.first;) {
      const std::size_t t = type(i);
      if (t == Type::RPAREN || t == Type::RBRACKET) --open;
      if ((t == Type::LPAREN || t == Type::LBRACKET) && ++open > 0) {
        unexpected(span(where_.index), "values in brackets are separated by `,`").mend =
            diag::Mend{"write `,`", span(where_.index), ","};
        return true;
      }
      if (t == Type::LBRACE) return false;
    }
    return false;
  }

  /// `15.03.2026`
  bool dotted_date() {
    const std::size_t at = where_.index;
    if (here() != Type::NUMBER || previous() != Type::DOT || at < 2 || type(at - 2) != Type::NUMBER)
      return false;
    if (!glued(at - 2, at - 1) || !glued(at - 1, at) || text(at).size() != 4) return false;
    const std::string_view day_month = text(at - 2);
    const std::size_t dot = day_month.find('.');
    if (dot == std::string_view::npos) return false;
    const source::Span all = source::join(span(at - 2), span(at));
    diag::Diagnostic& d = out_.add(Code::NotADate, all, {"year, month and day are joined by `-`"});
    const auto two = [](std::string_view n) { return (n.size() == 1 ? "0" : "") + std::string(n); };
    const std::string date =
        std::string(text(at)) + '-' + two(day_month.substr(dot + 1)) + '-' + two(day_month.substr(0, dot));
    if (parse_date(date)) d.mend = diag::Mend{"write the year first", all, date};
    return true;
  }

  /// `{ price = 3, dose = 4 }`
  bool comma_between_fields() {
    if (here() != Type::COMMA || opens_body()) return false;
    if (where_.rule != P::RuleBody && where_.rule != P::RuleStatement) return false;
    out_.add(Code::UnexpectedText, span(where_.index),
             {"a field ends with its line or with `;`, not with `,`"})
        .mend = diag::Mend{"write `;`", span(where_.index), ";"};
    return true;
  }

  /// Inside a list, a map, arguments?
  bool in_list() const {
    return where_.rule == P::RulePrimary || where_.rule == P::RuleSuffix ||
           where_.rule == P::RuleDimensionDecl;
  }
  void put_comma(std::size_t before) {
    const std::uint32_t end = span(before - 1).end;
    out_.add(Code::UnexpectedText, span(before), {"a `,` is missing before " + shown(before)}).mend =
        diag::Mend{"put a `,` between them", source::Span{file_, end, end}, ","};
  }

  /// `[year region]`
  bool comma_missing() {
    if (!in_list() || !ends_operand(previous())) return false;
    if (!is_name(here()) && here() != Type::NUMBER && here() != Type::DATE && here() != Type::STRING)
      return false;
    put_comma(where_.index);
    return true;
  }

  /// `price: 3`
  bool value_for_type() {
    const bool in_type =
        where_.rule == P::RuleTypeRef || where_.rule == P::RuleUnit || where_.rule == P::RuleUnitAtom;
    if (!in_type || previous() != Type::COLON) return false;
    if (here() != Type::NUMBER && here() != Type::DATE && here() != Type::STRING) return false;
    out_.add(Code::UnexpectedText, span(where_.index - 1),
             {"after `:` stands a type; a value is given with `=`"})
        .mend = diag::Mend{"write `=`", span(where_.index - 1), " ="};
    return true;
  }

  /// `let a = 3`
  bool two_names() {
    const bool assigns = here() == Type::EQ || here() == Type::TILDE || here() == Type::COLON;
    if (!opens_body() || !assigns || where_.index < 2 || !is_name(previous()) ||
        !is_name(type(where_.index - 2)))
      return false;
    const source::Span all = source::join(span(where_.index - 2), span(where_.index - 1));
    out_.add(Code::UnexpectedText, all,
             {"two names before `" + std::string(text(where_.index)) + "`; a name is one word"});
    return true;
  }

  bool unit() {
    if (previous() != Type::PER) return false;
    out_.add(Code::UnitMissing, span(where_.index - 1));
    return true;
  }

  /// Rule `body`, before its `{`?
  bool opens_body() const {
    return where_.rule == P::RuleBody && where_.expected.contains(static_cast<std::size_t>(Type::LBRACE));
  }

  /// `variant late-entry {`
  bool hyphen() {
    const std::size_t at = where_.index;
    if (here() != Type::MINUS || at == 0 || !is_name(previous()) || !is_name(type(at + 1))) return false;
    if (!glued(at - 1, at) || !glued(at, at + 1)) return false;
    const source::Span all = source::join(span(at - 1), span(at + 1));
    out_.add(Code::UnexpectedText, all, {"a name has no hyphen"}).mend =
        diag::Mend{"write `_`", all, std::string(text(at - 1)) + '_' + std::string(text(at + 1))};
    return true;
  }

  /// `name = a   atc = b`, and `}` or a block after a value.
  bool two_fields() {
    std::size_t at = where_.index;
    if ((here() == Type::EQ || here() == Type::TILDE || here() == Type::COLON) && at > where_.first + 1 &&
        is_name(previous()) && type(at - 2) != Type::DOT && assigned_before(at - 1)) {
      --at;  // the name was taken for the unit of the value before it
    } else if ((where_.rule != P::RuleBody && where_.rule != P::RuleStatement) || opens_body()) {
      return false;
    } else if (previous() == Type::NL || previous() == Type::SEMI || previous() == Type::LBRACE || at == 0) {
      return false;
    }
    const std::size_t t = type(at);
    if (!is_name(t) && t != Type::REQUIRE && t != Type::FIX && t != Type::EXPECT && t != Type::WITHOUT)
      return false;
    const std::size_t next = type(at + 1);
    const bool starts = next == Type::EQ || next == Type::TILDE || next == Type::COLON ||
                        next == Type::LBRACE || next == Type::EACH || t == Type::REQUIRE || t == Type::FIX ||
                        t == Type::EXPECT || (next == Type::ID && type(at + 2) == Type::LBRACE);
    if (!starts) return false;
    if (in_list()) {  // `{ DK: 1 NO: 2 }`
      put_comma(at);
      return true;
    }
    diag::Diagnostic& d = out_.add(Code::TwoOnOneLine, span(at), {std::string(text(at))});
    second_starts_here_ = at == where_.index;
    const std::uint32_t begin = span(at - 1).end;
    d.mend = diag::Mend{"put each on a line of its own, or a `;` between them",
                        source::Span{file_, begin, begin}, ";"};
    return true;
  }
  bool assigned_before(std::size_t index) const {
    for (std::size_t i = where_.first; i < index; ++i) {
      if (type(i) == Type::EQ || type(i) == Type::TILDE || type(i) == Type::COLON) return true;
    }
    return false;
  }

  /// A value should stand here.
  bool operand() {
    const bool wants_value = where_.rule == P::RulePrimary || where_.rule == P::RuleExpr ||
                             where_.rule == P::RuleOperand || where_.rule == P::RuleSuffixed ||
                             where_.rule == P::RuleArg || where_.rule == P::RuleEntry;
    if (!wants_value || where_.index == 0) return false;
    const std::size_t before = previous();
    if (here() == Type::IF && before != none) {
      out_.add(Code::NeedsParentheses, span(where_.index), {"if"}).mend =
          diag::Mend{"put it in parentheses: `(if ... then ... else ...)`", {}, {}};
      return true;
    }
    if (here() == Type::DOT && type(where_.index + 1) == Type::NUMBER) {
      out_.add(Code::UnexpectedText, span(where_.index), {"a number begins with a digit: `0.5`"}).mend =
          diag::Mend{"write `0` before the point", span(where_.index), "0."};
      return true;
    }
    if (ends_operand(before) || before == Type::LBRACE || before == Type::NL || before == Type::SEMI)
      return false;
    if (is_end(here()) || here() == Type::RPAREN || here() == Type::RBRACKET || here() == Type::RBRACE ||
        here() == Type::COMMA || here() == Type::EQ || here() == Type::TILDE || here() == Type::COLON) {
      out_.add(Code::ValueMissing, span(where_.index - 1), {std::string(text(where_.index - 1))});
      return true;
    }
    out_.add(Code::UnexpectedText, span(where_.index),
             {"expected a value after `" + std::string(text(where_.index - 1)) + "`, found " +
              shown(where_.index)});
    return true;
  }

  std::string expected() const {
    const antlr4::misc::IntervalSet& set = where_.expected;
    const auto has = [&](std::size_t t) { return set.contains(t); };
    if (previous() == Type::DOT) return "expected a name after `.`";
    if (opens_body()) return "expected a `{` with the fields";
    switch (where_.rule) {
      case P::RulePrimary:
      case P::RuleExpr:
      case P::RuleOperand:
      case P::RuleSuffixed:
        if (has(Type::THEN)) return "expected `then` and a value";
        if (has(Type::ELSE)) return "expected `else` and a value";
        if (has(Type::NUMBER)) return "expected a value";
        break;
      case P::RuleUnit:
      case P::RuleUnitAtom:
      case P::RuleTypeRef:
        if (has(Type::ID)) return "expected a type or a unit";
        break;
      case P::RuleName:
        return "expected a name";
      case P::RuleBody:
        if (previous() == Type::LBRACE || previous() == Type::NL || previous() == Type::SEMI) {
          return "expected a field or a block here";
        }
        return "expected the end of the line";
      case P::RuleStatement:
        return "expected the end of the line";
      case P::RuleMeta:
        if (has(Type::STRING))
          return "expected a text in quotes after `" + std::string(text(where_.index - 1)) + '`';
        if (has(Type::DATE)) return "expected a date after `as of`";
        break;
      case P::RuleDecl:
        return "expected a declaration, a field or a block";
      case P::RuleThing:
        return "expected `=`, `~`, `:` or `{` after a name";
      default:
        break;
    }
    return "expected " + listed();
  }

  /// The expected tokens, if they are few enough to help.
  std::string listed() const {
    const std::vector<ssize_t> all = where_.expected.toList();
    std::string out;
    std::size_t count = 0;
    bool name = false, end = false;
    for (const ssize_t signed_type : all) {
      const auto t = static_cast<std::size_t>(signed_type);
      if (is_name(t)) {
        name = true;
        continue;
      }
      if (t == Type::NL || t == Type::SEMI || t == antlr4::Token::EOF) {
        end = true;
        continue;
      }
      if (++count > 5) return "something else";
      if (!out.empty()) out += ", ";
      out += t == Type::STRING   ? "a text in quotes"
             : t == Type::NUMBER ? "a number"
             : t == Type::DATE   ? "a date"
                                 : literal(t);
    }
    if (name) out = out.empty() ? "a name" : "a name, " + out;
    if (end && out.empty()) out = "the end of the line";
    if (out.empty()) return "something else";
    const std::size_t comma = out.rfind(", ");
    return comma == std::string::npos ? out : out.substr(0, comma) + " or " + out.substr(comma + 2);
  }
  std::string literal(std::size_t t) const {
    const std::string quoted = where_.words->getLiteralName(t);
    if (quoted.size() > 2) return '`' + quoted.substr(1, quoted.size() - 2) + '`';
    return "something else";
  }

  bool second_starts_here_ = false;
  const Unexpected& where_;
  const std::vector<antlr4::Token*>& tokens_;
  std::string_view text_;
  source::FileId file_;
  diag::Diagnostics& out_;
};

}  // namespace

bool explain(const Unexpected& where, const Filtered& filtered, std::string_view text, source::FileId file,
             diag::Diagnostics& out) {
  return Explainer(where, filtered, text, file, out).run();
}

}  // namespace horizon::parse
