#include "compiler/parse/tokens.hpp"

#include <map>

#include "compiler/parse/code_points.hpp"

namespace horizon::parse {
namespace {

/// The code points as the generated lexer wants them. Texts of tokens are cut from the source, never asked
/// for here.
class CharView final : public antlr4::CharStream {
 public:
  explicit CharView(const std::u32string& chars) : chars_(chars) {}
  void consume() override {
    if (at_ < chars_.size()) ++at_;
  }
  std::size_t LA(ssize_t i) override {
    if (i == 0) return 0;
    const ssize_t where = static_cast<ssize_t>(at_) + (i > 0 ? i - 1 : i);
    if (where < 0 || static_cast<std::size_t>(where) >= chars_.size()) return antlr4::IntStream::EOF;
    return chars_[static_cast<std::size_t>(where)];
  }
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  std::size_t index() override { return at_; }
  void seek(std::size_t index) override { at_ = std::min(index, chars_.size()); }
  std::size_t size() override { return chars_.size(); }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string toString() const override { return {}; }

 private:
  const std::u32string& chars_;
  std::size_t at_ = 0;
};

/// The words of the grammar; signs among them are never asked for.
const std::map<std::string, std::size_t, std::less<>>& words() {
  static const auto all = [] {
    std::map<std::string, std::size_t, std::less<>> types;
    const grammar::HorizonLexer lexer(nullptr);
    const antlr4::dfa::Vocabulary& vocabulary = lexer.getVocabulary();
    for (std::size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
      const std::string quoted = vocabulary.getLiteralName(type);   // `'if'`
      if (quoted.size() > 2) types.emplace(quoted.substr(1, quoted.size() - 2), type);
    }
    return types;
  }();
  return all;
}

/// Behind the name or word that begins at `at`; `at` where none does.
std::size_t end_of_word(const std::u32string& chars, std::size_t at) {
  if (!begins_name(chars[at])) return at;
  while (++at < chars.size() && goes_on_in_name(chars[at])) {
  }
  return at;
}

bool ends_line(char32_t c) { return c == '\r' || c == '\n'; }

/// Likewise for a comment.
std::size_t end_of_comment(const std::u32string& chars, std::size_t at) {
  if (chars.compare(at, 2, U"//") != 0) return at;
  while (at < chars.size() && !ends_line(chars[at])) ++at;
  return at;
}

/// Likewise for a text in quotes that is closed on its line.
std::size_t end_of_string(const std::u32string& chars, std::size_t begin) {
  if (chars[begin] != '"') return begin;
  for (std::size_t at = begin + 1; at < chars.size() && !ends_line(chars[at]); ++at) {
    if (chars[at] == '"') return at + 1;
    if (chars[at] == '\\' && (++at == chars.size() || ends_line(chars[at]))) break;
  }
  return begin;
}

class Lexer {
 public:
  Lexer(std::string_view text, const CodePoints& points, source::FileId file) : text_(text), points_(points), file_(file), chars_(points.chars) {}

  Lexed run() {
    grammar::HorizonLexer lexer(&chars_);
    lexer.removeErrorListeners();
    while (at_ < points_.chars.size()) {
      if (const std::size_t end = end_of_word(points_.chars, at_); end != at_) {
        const auto word = words().find(between(at_, end));
        add(word != words().end() ? word->second : std::size_t{Type::ID}, end);
      } else if (const std::size_t closed = end_of_string(points_.chars, at_); closed != at_) {
        add(Type::STRING, closed);
      } else if (const std::size_t line = end_of_comment(points_.chars, at_); line != at_) {
        lexed_.comments.push_back({std::string(between(at_, line)), {file_, points_.bytes[at_], points_.bytes[line]}});
        at_ = line;
      } else {
        match(lexer);
      }
    }
    add(antlr4::Token::EOF, at_);
    return std::move(lexed_);
  }

 private:
  std::string_view between(std::size_t begin, std::size_t end) const {
    return text_.substr(points_.bytes[begin], points_.bytes[end] - points_.bytes[begin]);
  }
  void add(std::size_t type, std::size_t end) {
    lexed_.tokens.push_back(&lexed_.owned.emplace_back(type, points_.bytes[at_], points_.bytes[end], at_ - line_start_));
    if (type == Type::NL) line_start_ = end;
    at_ = end;
  }
  /// By the rules of the grammar. Lexer::nextToken would make a large token for each match and for each blank; its simulator tells all
  /// that is needed.
  void match(grammar::HorizonLexer& lexer) {
    chars_.seek(at_);
    lexer.type = antlr4::Token::INVALID_TYPE;
    const std::size_t matched = lexer.getInterpreter<antlr4::atn::LexerATNSimulator>()->match(&chars_, antlr4::Lexer::DEFAULT_MODE);
    if (chars_.index() == at_) chars_.consume();   // cannot be: BAD_CHAR takes any one character
    if (lexer.type == antlr4::Lexer::SKIP) {
      at_ = chars_.index();
    } else {
      add(matched, chars_.index());
    }
  }

  std::string_view text_;
  const CodePoints& points_;
  source::FileId file_;
  CharView chars_;
  Lexed lexed_;
  std::size_t at_ = 0, line_start_ = 0;
};

}  // namespace

Lexed lex(std::string_view text, source::FileId file, diag::Diagnostics& out) {
  const CodePoints points = decode(text);
  if (points.first_bad_byte) {
    out.add(diag::Code::NotUtf8, {file, *points.first_bad_byte, *points.first_bad_byte + 1});
  }
  return Lexer(text, points, file).run();
}

antlr4::Token* TokenList::LT(ssize_t k) {
  if (k == 0) return nullptr;
  const ssize_t where = static_cast<ssize_t>(at_) + (k > 0 ? k - 1 : k);
  if (where < 0) return nullptr;
  return tokens_[std::min(static_cast<std::size_t>(where), tokens_.size() - 1)];
}

std::size_t TokenList::LA(ssize_t k) {
  const antlr4::Token* token = LT(k);
  return token == nullptr ? antlr4::Token::INVALID_TYPE : token->getType();
}

std::optional<ast::DateLit> parse_date(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    for (std::size_t i = at; i < at + length; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  if (text.size() != 7 && text.size() != 10) return std::nullopt;
  ast::DateLit date;
  date.year = number(0, 4);
  if (date.year < 1900 || date.year > 2199) return std::nullopt;
  if (text[5] == 'Q') {
    const int quarter = text[6] - '0';
    if (quarter < 1 || quarter > 4) return std::nullopt;
    date.precision = ast::DateLit::Precision::Quarter;
    date.month = 3 * quarter - 2;
    return date;
  }
  date.month = number(5, 2);
  if (date.month < 1 || date.month > 12) return std::nullopt;
  if (text.size() == 7) return date;
  date.precision = ast::DateLit::Precision::Day;
  date.day = number(8, 2);
  static constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;
  const int length = lengths[date.month - 1] + (leap && date.month == 2 ? 1 : 0);
  if (date.day < 1 || date.day > length) return std::nullopt;
  return date;
}

}  // namespace horizon::parse
