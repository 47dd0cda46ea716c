// Between lexer and parser (rules.md A5): drops the newlines that end nothing, so that a NL token always ends
// an item; balances brackets, so that one forgotten bracket gives one message; limits nesting; makes names of
// words that stand where only a name can. grammar/README.md says it for readers.
#include <algorithm>

#include "compiler/parse/code_points.hpp"
#include "compiler/parse/parse.hpp"
#include "compiler/parse/tokens.hpp"

namespace horizon::parse {
namespace {

using diag::Code;
constexpr std::size_t none = antlr4::Token::INVALID_TYPE;
/// So many tokens without a comma or a line end make a tree higher than `max_nesting`: no need to parse them.
constexpr std::size_t max_run = 100'000;

bool is_open(std::size_t type) {
  return type == Type::LPAREN || type == Type::LBRACKET || type == Type::LBRACE;
}
bool is_close(std::size_t type) {
  return type == Type::RPAREN || type == Type::RBRACKET || type == Type::RBRACE;
}
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

class Filter {
 public:
  Filter(const Lexed& lexed, std::string_view text, source::FileId file, diag::Diagnostics& out)
      : in_(lexed.tokens), text_(text), file_(file), out_(out) {
    result_.tokens.reserve(in_.size() + 16);
    result_.depth.reserve(in_.size() + 16);
    balanced_ = is_balanced();
  }

  Filtered run() {
    for (at_ = 0; at_ < in_.size(); ++at_) {
      if (!take(*in_[at_])) break;
    }
    return std::move(result_);
  }

 private:
  struct Open {
    Token* token;
    std::size_t column;  ///< of the first token on its line
    unsigned inner = 0;  ///< `if` and `->` since the last comma or line end: they nest, too
  };

  std::size_t type_at(std::size_t index) const { return in_[std::min(index, in_.size() - 1)]->getType(); }
  std::size_t last() const { return result_.tokens.empty() ? none : result_.tokens.back()->getType(); }
  std::size_t before_last() const {
    const std::size_t n = result_.tokens.size();
    return n < 2 ? none : result_.tokens[n - 2]->getType();
  }
  std::size_t top() const { return stack_.empty() ? none : stack_.back().token->getType(); }
  source::Span span(const antlr4::Token& t) const {
    return {file_, static_cast<std::uint32_t>(t.getStartIndex()),
            static_cast<std::uint32_t>(t.getStopIndex())};
  }
  std::string_view text(const Token& t) const {
    return text_.substr(t.getStartIndex(), t.getStopIndex() - t.getStartIndex());
  }
  std::size_t next_index(std::size_t from) const {
    while (type_at(from) == Type::NL) ++from;
    return std::min(from, in_.size() - 1);
  }

  bool is_balanced() const {
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

  void push(Token* token) {
    token->setTokenIndex(result_.tokens.size());
    result_.tokens.push_back(token);
    result_.depth.push_back(static_cast<std::uint32_t>(stack_.size()));
  }
  void make(std::size_t type, std::size_t offset) {
    push(&result_.made.emplace_back(type, offset, offset, std::size_t{0}));
  }

  /// False ends the stream.
  bool take(Token& t) {
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

  void count_nesting(std::size_t type) {
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

  void pop() {
    inner_ -= stack_.back().inner;
    stack_.pop_back();
  }

  // ---- newlines ----

  void newline(Token& t) {
    const std::size_t next = next_index(at_);
    if (!balanced_ && heads_block(next)) return;
    if (type_at(next) != antlr4::Token::EOF) close_forgotten(next);
    if (top() == Type::LPAREN || top() == Type::LBRACKET) return;
    const std::size_t l = last();
    if (l == none || l == Type::NL || l == Type::SEMI || l == Type::LBRACE) return;
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

  /// In a file whose brackets do not match: does the line that ends here, `medicine A "..."` without its `{` or with a `(`
  /// for it, begin the block of the lines further in that follow? Then the block is opened.
  bool heads_block(std::size_t next) {
    const auto& tokens = result_.tokens;
    std::size_t n = tokens.size();
    const bool round = n > 0 && tokens[n - 1]->getType() == Type::LPAREN;
    if (round) --n;
    if (n > 0 && tokens[n - 1]->getType() == Type::STRING) --n;
    if (n < 2 || tokens[n - 1]->getType() != Type::ID || tokens[n - 2]->getType() != Type::ID) return false;
    if (n > 2 && tokens[n - 3]->getType() != Type::NL && tokens[n - 3]->getType() != Type::LBRACE) return false;
    if (next != at_ + 1 || in_[next]->getCharPositionInLine() <= line_column_ || type_at(next) == Type::LBRACE ||
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

  /// In a file whose brackets do not match: where a new line shows that one was forgotten, close it there.
  void close_forgotten(std::size_t next) {
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

  /// Closes the innermost open bracket in place of the writer.
  void forget(bool report = true) {
    const Token& open = *stack_.back().token;
    const std::size_t type = open.getType();
    if (report) out_.add(Code::BracketNotClosed, span(open), {std::string(sign_of(type))});
    const std::size_t offset = result_.tokens.back() == nullptr ? 0 : result_.tokens.back()->getStopIndex();
    if (type == Type::LBRACE) end_item(offset);
    pop();
    make(closer_of(type), offset);
  }

  void end_item(std::size_t offset) {
    const std::size_t l = last();
    if (l != none && l != Type::NL && l != Type::SEMI && l != Type::LBRACE && l != Type::COMMA)
      make(Type::NL, offset);
  }

  // ---- brackets ----

  void close(Token& t) {
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

  /// May a `)` or `]` close something without leaving the innermost braces?
  bool reaches(std::size_t type) const {
    for (auto open = stack_.rbegin(); open != stack_.rend(); ++open) {
      if (open->token->getType() == Type::LBRACE) return false;
      if (closer_of(open->token->getType()) == type) return true;
    }
    return false;
  }

  /// A `}` that begins a line closes the brace whose line begins in the same column; those further in were
  /// forgotten.
  void close_inner(std::size_t column) {
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

  bool finish(Token& end) {
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

  // ---- words, texts, dates ----

  /// Gives the message for a token that is wrong by itself; false drops it.
  bool look_at_text(Token& t) {
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

  /// Begins a block whose `{` is not there as such.
  void open_block(const antlr4::Token& after) {
    const std::size_t offset = after.getStopIndex();
    Token& brace = result_.made.emplace_back(Type::LBRACE, offset, offset, std::size_t{0});
    push(&brace);
    stack_.push_back({&brace, line_column_});
  }

  const Token& ahead(std::size_t n) const { return *in_[std::min(at_ + n, in_.size() - 1)]; }
  /// Do the next `n` tokens follow one another and `t` without a blank?
  bool glued(const Token& t, std::size_t n) const {
    const Token* left = &t;
    for (std::size_t i = 1; i <= n; ++i) {
      if (ahead(i).getStartIndex() != left->getStopIndex()) return false;
      left = &ahead(i);
    }
    return true;
  }
  source::Span through(const Token& t, std::size_t n) const { return source::join(span(t), span(ahead(n))); }

  /// What people write from the habit of a spreadsheet or another language. True if it has been dealt with: what it
  /// stands for has been taken, or nothing.
  bool habit(Token& t) {
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
        if (text(t) != "kr" || ahead(1).getType() != Type::DOT || !glued(t, 1) || glued(t, 2))
          return false;
        out_.add(Code::UnexpectedText, through(t, 1), {"kroner are written with the name of the currency, such as `DKK`"})
            .mend = diag::Mend{"write `DKK`", through(t, 1), "DKK"};
        push(&t);
        ++at_;
        return true;
      default:
        return false;
    }
  }

  bool sign(Token& t, std::size_t second, const char* what, const char* right, std::size_t type) {
    if (ahead(1).getType() != second || !glued(t, 1)) return false;
    out_.add(Code::UnexpectedText, through(t, 1), {what}).mend =
        diag::Mend{std::string("write `") + right + '`', through(t, 1), right};
    t.setType(type);
    push(&t);
    count_nesting(type);
    ++at_;
    return true;
  }

  /// `1.200 patients`, `4.100.000 DKK`: nobody writes a decimal with a zero at its end in thousandths.
  bool thousands(Token& t) {
    const std::string_view number = text(t);
    const std::size_t point = number.find('.');
    const auto digits = [](std::string_view s) {
      return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (point == std::string_view::npos || point == 0 || point > 3 || number.size() != point + 4 || number[0] == '0' ||
        !digits(number.substr(0, point)) || !digits(number.substr(point + 1)))
      return false;
    std::size_t more = 0;
    while (ahead(more + 1).getType() == Type::DOT && ahead(more + 2).getType() == Type::NUMBER && glued(t, more + 2) &&
           text(ahead(more + 2)).size() == 3)
      more += 2;
    if (more == 0 && number.back() != '0') return false;
    if (ahead(more + 1).getType() == Type::COMMA && ahead(more + 2).getType() == Type::NUMBER && glued(t, more + 2))
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

  /// `20-07-2026`, `20/7/2026`, `2026-7-20`: three numbers that can only be meant as a date.
  bool day_first(Token& t) {
    const std::size_t by = ahead(1).getType();
    if ((by != Type::MINUS && by != Type::SLASH) || ahead(2).getType() != Type::NUMBER || ahead(3).getType() != by ||
        ahead(4).getType() != Type::NUMBER || !glued(t, 4))
      return false;
    std::string first(text(t)), second(text(ahead(2))), third(text(ahead(4)));
    if (first.size() == 4) std::swap(first, third);
    const auto day_or_month = [](const std::string& s) { return s.size() <= 2 && s.find_first_not_of("0123456789") == s.npos; };
    if (third.size() != 4 || !day_or_month(first) || !day_or_month(second)) return false;
    const auto two = [](const std::string& s) { return (s.size() == 1 ? "0" : "") + s; };
    const std::string date = third + '-' + two(second) + '-' + two(first);
    diag::Diagnostic& d = out_.add(Code::NotADate, through(t, 4), {"a date is written year, month, day, such as `2026-03-15`"});
    if (parse_date(date)) d.mend = diag::Mend{"write the year first, and each with all its digits", through(t, 4), date};
    push(&t);
    count_nesting(Type::NUMBER);
    at_ += 4;
    return true;
  }

  void curly(Token& t) {
    const CodePoints inside = decode(text(t));
    const std::string_view all = text(t);
    const std::string_view middle =
        all.substr(inside.bytes[1], inside.bytes[inside.chars.size() - 1] - inside.bytes[1]);
    out_.add(Code::CurlyQuotes, span(t)).mend =
        diag::Mend{"use straight double quotes", span(t), '"' + std::string(middle) + '"'};
    t.setType(Type::STRING);
  }

  bool strange(Token& t) {
    const std::string_view bytes = text(t);
    const bool joined = last_strange_ == t.getStartIndex();
    last_strange_ = t.getStopIndex();
    if (joined || (bytes.size() == 1 && static_cast<unsigned char>(bytes[0]) >= 0x80)) return false;
    const auto byte = static_cast<unsigned char>(bytes[0]);
    std::string shown = '`' + std::string(bytes) + '`';
    static constexpr std::string_view unseen[] = {"\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\u00ad"};
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
                                            {"#", "//", "a comment begins with `//`", none}};
    for (const Replacement& r : known) {
      if (bytes != r.from) continue;
      d.mend = diag::Mend{std::string(r.text), where, std::string(r.to)};
      if (r.type == none) break;
      t.setType(r.type);
      return true;
    }
    if (bytes == "#") skip_line();
    return false;
  }

  /// Does the item that is being read draw, with `~`?
  bool draws() const {
    for (std::size_t i = result_.tokens.size(); i-- > 0;) {
      const std::size_t type = result_.tokens[i]->getType();
      if (type == Type::TILDE) return true;
      if (type == Type::NL || type == Type::SEMI || type == Type::LBRACE || type == Type::EQ) return false;
    }
    return false;
  }

  void skip_comment(const Token& t) {
    out_.add(Code::UnexpectedText, span(t), {"a comment begins with `//`, on each of its lines"});
    while (type_at(at_ + 1) != antlr4::Token::EOF) {
      ++at_;
      if (type_at(at_) == Type::SLASH && type_at(at_ - 1) == Type::STAR) return;
    }
  }

  /// The rest of the line is no Horizon.
  void skip_line() {
    while (type_at(at_ + 1) != Type::NL && type_at(at_ + 1) != antlr4::Token::EOF &&
           type_at(at_ + 1) != Type::RBRACE)
      ++at_;
  }

  void date(Token& t) {
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
    source::Span where = span(t);
    if (glued) {
      where.end = static_cast<std::uint32_t>(next->getStopIndex());
      at_ += extra;  // one mistake, one message: the glued-on part is not read
    } else if (shape[5] == 'Q') {
      why = "quarters are Q1 to Q4";
    } else if (const auto month = shape.substr(5, 2); month < "01" || month > "12") {
      why = "there is no such month";
    } else if (shape.substr(0, 4) < "1900" || shape.substr(0, 4) > "2199") {
      why = "years go from 1900 to 2199";
    } else {
      why = "that month has no such day";
    }
    diag::Diagnostic& d = out_.add(Code::NotADate, where, {why});
    if (glued && extra == 1 && next->getType() == Type::NUMBER && where.end - where.begin == 9 && shape[5] != 'Q') {
      const std::string_view years = text_.substr(where.begin, 9);  // `2026-2029`
      d.mend = diag::Mend{"from one year to another is written with `..`", where,
                          std::string(years.substr(0, 4)) + ".." + std::string(years.substr(5))};
    }
    if (!glued && shape.size() == 7 && shape[5] != 'Q') {
      d.mend = diag::Mend{"a subtraction has blanks round the `-`", span(t),
                          std::string(shape.substr(0, 4)) + " - " + std::string(shape.substr(5))};
    }
  }

  void rename(Token& t) {
    const std::size_t type = t.getType();
    const std::size_t l = last();
    const std::size_t next = type_at(at_ + 1);
    const bool line_start = l == none || l == Type::NL || l == Type::SEMI || l == Type::LBRACE;
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
    if (!named && !declared && l != Type::DOT) return;
    if (type == Type::HORIZON && next == Type::EQ && type_at(at_ + 2) == Type::DATE && stack_.empty()) {
      out_.add(Code::UnexpectedText, span(ahead(1)), {"a horizon is written without `=`, such as `horizon 2026-01..2030-12 by month`"})
          .mend = diag::Mend{"leave out the `=`", span(ahead(1)), ""};
      without_equals_ = at_ + 1;
      return;
    }
    const std::string word(text(t));
    out_.add(Code::ReservedWord, span(t), {word}).mend =
        diag::Mend{"choose another name, say `" + word + "_`", {}, {}};
    t.setType(Type::ID);
  }

  const std::vector<Token*>& in_;
  std::string_view text_;
  source::FileId file_;
  diag::Diagnostics& out_;
  Filtered result_;
  std::vector<Open> stack_;
  std::vector<std::string> mixed_;
  unsigned inner_ = 0, outer_ = 0;
  std::size_t run_ = 0;  ///< tokens since the last comma or line end
  std::size_t at_ = 0;
  std::size_t line_column_ = 0;
  std::size_t without_equals_ = static_cast<std::size_t>(-1);  ///< index of an `=` that is read over
  std::size_t last_strange_ = static_cast<std::size_t>(-1);
  bool balanced_ = true;
};

}  // namespace

Filtered filter(const Lexed& lexed, std::string_view text, source::FileId file, diag::Diagnostics& out) {
  return Filter(lexed, text, file, out).run();
}

}  // namespace horizon::parse
