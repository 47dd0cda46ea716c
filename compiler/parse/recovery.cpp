#include "compiler/parse/recovery.hpp"

namespace horizon::parse {
namespace {

using P = grammar::HorizonParser;

bool starts_item(std::size_t type) {
  return is_name(type) || type == Type::REQUIRE || type == Type::FIX || type == Type::EXPECT ||
         type == Type::WITHOUT;
}

/// The token where the item begins that the one at `index` stands in: the first after a line end of the same
/// depth or a `{`.
std::size_t first_of_item(const Filtered& filtered, std::size_t index) {
  const std::uint32_t depth = filtered.depth[index];
  std::uint32_t least = depth;  // going back, brackets are left, never entered
  std::size_t first = index;
  while (first > 0) {
    const std::size_t type = filtered.tokens[first - 1]->getType();
    const std::uint32_t here = filtered.depth[first - 1];
    if ((type == Type::NL || type == Type::SEMI) && here <= least) break;
    least = std::min(least, here);
    --first;
  }
  return first;
}

}  // namespace

bool GoOn::report(antlr4::Parser* parser, std::size_t index, antlr4::misc::IntervalSet expected) {
  if (reported_) return false;
  reported_ = true;
  auto* context = parser->getContext();
  return explain({index, context->getRuleIndex(), first_of_item(filtered_, index), std::move(expected),
                  &parser->getVocabulary()},
                 filtered_, text_, file_, out_);
}

void GoOn::skip(antlr4::Parser* parser, std::uint32_t depth) {
  auto* stream = static_cast<TokenList*>(parser->getTokenStream());
  while (true) {
    const std::size_t type = stream->LA(1);
    const std::uint32_t here = stream->depth(stream->index());
    if (type == antlr4::Token::EOF) return;
    if ((type == Type::NL || type == Type::SEMI) && here <= depth) return;
    if (type == Type::RBRACE && here < depth) return;
    stream->consume();
  }
}

antlr4::Token* GoOn::recoverInline(antlr4::Parser* parser) {
  const std::size_t rule = parser->getContext()->getRuleIndex();
  auto* stream = static_cast<TokenList*>(parser->getTokenStream());
  const std::size_t here = stream->index();
  const bool goes_on = rule == P::RuleStatement ||
                       (rule == P::RuleBody && here != parser->getContext()->start->getTokenIndex());
  if (!goes_on || stream->LA(1) == antlr4::Token::EOF) throw antlr4::InputMismatchException(parser);
  if (report(parser, here, parser->getExpectedTokens())) {
    reported_ = false;
    if (stream->LA(1) == Type::COMMA) stream->consume();
    return stream->LT(1);
  }
  const std::uint32_t depth = filtered_.depth[parser->getContext()->start->getTokenIndex()];
  skip(parser, rule == P::RuleBody ? depth + 1 : depth);
  reported_ = false;
  antlr4::Token* end = stream->LT(1);
  stream->consume();
  return end;
}

void GoOn::recover(antlr4::Parser* parser, std::exception_ptr error) {
  auto* context = parser->getContext();
  const std::size_t rule = context->getRuleIndex();
  if (rule != P::RuleThing && rule != P::RuleItem && rule != P::RuleDecl) std::rethrow_exception(error);
  skip(parser, filtered_.depth[context->start->getTokenIndex()]);
  reported_ = false;
}

void GoOn::sync(antlr4::Parser* parser) {
  auto* context = parser->getContext();
  if (context->getRuleIndex() != P::RuleBody) return;
  auto* stream = static_cast<TokenList*>(parser->getTokenStream());
  if (stream->index() == context->start->getTokenIndex()) return;  // before the `{`
  while (true) {
    const std::size_t type = stream->LA(1);
    if (type == Type::NL || type == Type::SEMI || type == Type::RBRACE || starts_item(type)) return;
    if (type == antlr4::Token::EOF) return;
    report(parser, stream->index(), {});
    skip(parser, filtered_.depth[context->start->getTokenIndex()] + 1);
    reported_ = false;
  }
}

void GoOn::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  const antlr4::Token* token = error.getOffendingToken();
  report(parser, token == nullptr ? parser->getTokenStream()->index() : token->getTokenIndex(),
         error.getExpectedTokens());
}

}  // namespace horizon::parse
