#pragma once
// The token filter, between lexer and parser. Private to this folder; one class, as each rule needs to know
// what has been let through and which brackets are open. Its parts: brackets.cpp, newlines.cpp, habits.cpp,
// token_texts.cpp, and token_filter.cpp, which walks. grammar/README.md says it for readers.
#include <algorithm>

#include "compiler/parse/tokens.hpp"

namespace horizon::parse {

inline constexpr std::size_t no_token = antlr4::Token::INVALID_TYPE;
bool is_open(std::size_t type);
bool is_close(std::size_t type);

class Filter {
 public:
  Filter(const Lexed& lexed, std::string_view text, source::FileId file, diag::Diagnostics& out);

  Filtered run();

 private:
  struct Open {
    Token* token;
    std::size_t column;  ///< of the first token on its line
    unsigned inner = 0;  ///< `if` and `->` since the last comma or line end: they nest, too
  };

  std::size_t type_at(std::size_t index) const { return in_[std::min(index, in_.size() - 1)]->getType(); }
  std::size_t last() const { return result_.tokens.empty() ? no_token : result_.tokens.back()->getType(); }
  std::size_t before_last() const {
    const std::size_t n = result_.tokens.size();
    return n < 2 ? no_token : result_.tokens[n - 2]->getType();
  }
  std::size_t top() const { return stack_.empty() ? no_token : stack_.back().token->getType(); }
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

  // ---- the walk: token_filter.cpp ----

  void push(Token* token);
  void make(std::size_t type, std::size_t offset);
  /// False ends the stream.
  bool take(Token& t);
  void count_nesting(std::size_t type);
  void pop();
  bool finish(Token& end);
  void rename(Token& t);
  bool names_block(std::size_t next) const;

  // ---- brackets: brackets.cpp ----

  bool is_balanced() const;
  void close(Token& t);
  /// May a `)` or `]` close something without leaving the innermost braces?
  bool reaches(std::size_t type) const;
  /// A `}` that begins a line closes the brace whose line begins in the same column; those further in were
  /// forgotten.
  void close_inner(std::size_t column);
  /// Begins a block whose `{` is not there as such.
  void open_block(const antlr4::Token& after);
  /// Closes the innermost open bracket in place of the writer.
  void forget(bool report = true);
  void end_item(std::size_t offset);

  // ---- newlines: newlines.cpp ----

  void newline(Token& t);
  /// In a file whose brackets do not match: does the line that ends here, `medicine A "..."` without its `{`
  /// or with a `(` for it, begin the block of the lines further in that follow? Then the block is opened.
  bool heads_block(std::size_t next);
  /// In a file whose brackets do not match: where a new line shows that one was forgotten, close it there.
  void close_forgotten(std::size_t next);

  // ---- what people write from the habit of a spreadsheet or another language: habits.cpp ----

  /// What people write from the habit of a spreadsheet or another language. True if it has been dealt with:
  /// what it stands for has been taken, or nothing.
  bool habit(Token& t);
  bool sign(Token& t, std::size_t second, const char* what, const char* right, std::size_t type);
  /// `1.200 patients`, `4.100.000 DKK`: nobody writes a decimal with a zero at its end in thousandths.
  bool thousands(Token& t);
  /// `20-07-2026`, `20/7/2026`, `2026-7-20`: three numbers that can only be meant as a date.
  bool day_first(Token& t);
  void skip_comment(const Token& t);
  /// The rest of the line is no Horizon.
  void skip_line();

  // ---- texts, dates, strange characters: token_texts.cpp ----

  /// Gives the message for a token that is wrong by itself; false drops it.
  bool look_at_text(Token& t);
  void curly(Token& t);
  bool strange(Token& t);
  /// Does the item that is being read draw, with `~`?
  bool draws() const;
  void date(Token& t);

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

}  // namespace horizon::parse
