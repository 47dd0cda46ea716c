#pragma once
// What happens at a token that fits nothing: our message in plain words, then on at the end of the item.
// Private to this folder.
#include "HorizonParser.h"
#include "compiler/parse/tokens.hpp"

namespace horizon::parse {

/// The token at `index` does not fit into rule `rule`.
struct Unexpected {
  std::size_t index = 0;
  std::size_t rule = 0;
  std::size_t first = 0;  ///< token of the item or declaration it stands in
  antlr4::misc::IntervalSet expected;
  const antlr4::dfa::Vocabulary* words = nullptr;
};
/// Adds the message. True: only a line end was missing, so parsing may go on at this very token.
bool explain(const Unexpected& where, const Filtered& filtered, std::string_view text, source::FileId file,
             diag::Diagnostics& out);

/// First try of a declaration: any error ends it.
class GiveUp final : public antlr4::ANTLRErrorStrategy {
 public:
  void reset(antlr4::Parser*) override {}
  antlr4::Token* recoverInline(antlr4::Parser*) override { throw antlr4::ParseCancellationException(); }
  void recover(antlr4::Parser*, std::exception_ptr) override { throw antlr4::ParseCancellationException(); }
  void sync(antlr4::Parser*) override {}
  bool inErrorRecoveryMode(antlr4::Parser*) override { return false; }
  void reportMatch(antlr4::Parser*) override {}
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}
};

/// Second try: one message for an item, then on with the next.
class GoOn final : public antlr4::ANTLRErrorStrategy {
 public:
  GoOn(const Filtered& filtered, std::string_view text, source::FileId file, diag::Diagnostics& out)
      : filtered_(filtered), text_(text), file_(file), out_(out) {}
  void reset(antlr4::Parser*) override {}
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  void sync(antlr4::Parser* parser) override;
  bool inErrorRecoveryMode(antlr4::Parser*) override { return false; }
  void reportMatch(antlr4::Parser*) override {}
  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;

 private:
  bool report(antlr4::Parser* parser, std::size_t index, antlr4::misc::IntervalSet expected);
  void skip(antlr4::Parser* parser, std::uint32_t depth);

  const Filtered& filtered_;
  std::string_view text_;
  source::FileId file_;
  diag::Diagnostics& out_;
  bool reported_ = false;
};

}  // namespace horizon::parse
