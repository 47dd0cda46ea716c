#pragma once
// Tokens of one file: from the generated lexer, through the filter, to the stream that the generated parser
// reads. Private to this folder. A token's start and stop index are byte offsets [start, stop).
#include <deque>
#include <string>
#include <vector>

#include "HorizonLexer.h"
#include "antlr4-runtime.h"
#include "compiler/ast/ast.hpp"
#include "compiler/diag/diagnostic.hpp"
#include "compiler/source/source.hpp"

namespace horizon::parse {

using Type = grammar::HorizonLexer;

/// A quarter of ANTLR's own token, without an allocation for each.
class Token final : public antlr4::Token {
 public:
  Token(std::size_t type, std::size_t start, std::size_t stop, std::size_t column)
      : type_(type),
        start_(static_cast<std::uint32_t>(start)),
        stop_(static_cast<std::uint32_t>(stop)),
        column_(static_cast<std::uint32_t>(column)) {}
  std::size_t getType() const override { return type_; }
  std::size_t getStartIndex() const override { return start_; }
  std::size_t getStopIndex() const override { return stop_; }
  std::size_t getTokenIndex() const override { return index_; }
  /// From 0, in code points.
  std::size_t getCharPositionInLine() const override { return column_; }
  std::size_t getChannel() const override { return antlr4::Token::DEFAULT_CHANNEL; }
  std::size_t getLine() const override { return 0; }  // spans know their line
  std::string getText() const override { return {}; }
  std::string toString() const override { return {}; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  void setType(std::size_t type) { type_ = type; }
  void setTokenIndex(std::size_t index) { index_ = static_cast<std::uint32_t>(index); }

 private:
  std::size_t type_;
  std::uint32_t start_, stop_, column_, index_ = 0;
};

struct Lexed {
  std::deque<Token> owned;
  std::vector<Token*> tokens;  ///< in order, the last one EOF; no comments, no blanks
  std::vector<ast::Comment> comments;
};

/// `text` must be the text of `file`.
Lexed lex(std::string_view text, source::FileId file, diag::Diagnostics& out);

struct Filtered {
  std::deque<Token> made;  ///< line ends and brackets put in by the filter
  std::vector<antlr4::Token*> tokens;
  std::vector<std::uint32_t>
      depth;         ///< open brackets round each token; a bracket counts as outside of itself
  bool cut = false;  ///< too deep: the rest of the file was left out
};

/// Newlines, brackets, words used as names, dates, nesting: see grammar/README.md.
Filtered filter(const Lexed& lexed, std::string_view text, source::FileId file, diag::Diagnostics& out);

/// A date that exists, from a token of that shape.
std::optional<ast::DateLit> parse_date(std::string_view text);

bool is_reserved_word(std::size_t type);
bool is_soft_word(std::size_t type);
inline bool is_name(std::size_t type) { return type == Type::ID || is_soft_word(type); }
/// May an operand end with it?
bool ends_operand(std::size_t type);
/// Can it stand only at the head of a declaration? Inside an open brace it shows that the brace was
/// forgotten.
bool heads_declaration(std::size_t type);
/// Does a line that ends with `last` go on? `before` stands before `last`.
bool joins_next_line(std::size_t last, std::size_t before);
/// Does a line that begins with `next` continue the one before? `after` stands after `next`.
bool joins_line_before(std::size_t next, std::size_t after);

/// What the generated parser reads: a plain vector.
class TokenList final : public antlr4::TokenStream {
 public:
  explicit TokenList(const Filtered& filtered) : tokens_(filtered.tokens), depth_(filtered.depth) {}

  std::uint32_t depth(std::size_t index) const { return depth_[index]; }

  antlr4::Token* LT(ssize_t k) override;
  std::size_t LA(ssize_t k) override;
  antlr4::Token* get(std::size_t index) const override { return tokens_[index]; }
  void consume() override {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  std::size_t index() override { return at_; }
  void seek(std::size_t index) override { at_ = std::min(index, tokens_.size() - 1); }
  std::size_t size() override { return tokens_.size(); }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  std::string getSourceName() const override { return {}; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext*) override { return {}; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return {}; }

 private:
  const std::vector<antlr4::Token*>& tokens_;
  const std::vector<std::uint32_t>& depth_;
  std::size_t at_ = 0;
};

}  // namespace horizon::parse
