#include "compiler/parse/parse.hpp"

#include <algorithm>
#include <numeric>

#include "compiler/parse/build.hpp"
#include "compiler/parse/recovery.hpp"

namespace horizon::parse {
namespace {

/// More would help nobody; a binary file would give thousands.
constexpr std::size_t max_messages = 100;

/// Declaration by declaration, so that ANTLR's tree stays small: it is freed after each.
class FileParser {
 public:
  FileParser(const Filtered& filtered, std::string_view text, source::FileId file, diag::Diagnostics& out)
      : filtered_(filtered), stream_(filtered), parser_(&stream_), text_(text), file_(file), out_(out) {
    parser_.removeErrorListeners();
    parser_.setBuildParseTree(false);  // what the builder needs is in the labels
    give_up_ = std::make_shared<GiveUp>();
    go_on_ = std::make_shared<GoOn>(filtered_, text_, file_, out_);
  }

  std::vector<ast::Decl> run() {
    std::vector<ast::Decl> decls;
    Builder builder(text_, file_, out_, filtered_.cut);
    while (stream_.LA(1) != antlr4::Token::EOF && out_.items().size() <= 2 * max_messages) {
      if (stream_.LA(1) == Type::NL || stream_.LA(1) == Type::SEMI) {
        stream_.consume();
        continue;
      }
      P::StatementContext* context = statement();
      if (context != nullptr) {
        if (auto decl = builder.decl(context->content)) decls.push_back(*std::move(decl));
      }
      parser_.getTreeTracker().reset();
    }
    return decls;
  }

 private:
  P::StatementContext* statement() {
    const std::size_t begin = stream_.index();
    if (P::StatementContext* context = attempt(antlr4::atn::PredictionMode::SLL, give_up_)) return context;
    stream_.seek(begin);
    P::StatementContext* context = attempt(antlr4::atn::PredictionMode::LL, go_on_);
    if (stream_.index() == begin) stream_.consume();  // whatever happens, go forward
    return context;
  }

  P::StatementContext* attempt(antlr4::atn::PredictionMode mode,
                               const std::shared_ptr<antlr4::ANTLRErrorStrategy>& strategy) {
    parser_.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
    parser_.setErrorHandler(strategy);
    parser_.setContext(nullptr);
    try {
      return parser_.statement();
    } catch (const antlr4::ParseCancellationException&) {
    } catch (const antlr4::RecognitionException&) {
    }
    return nullptr;
  }

  const Filtered& filtered_;
  TokenList stream_;
  grammar::HorizonParser parser_;
  std::string_view text_;
  source::FileId file_;
  diag::Diagnostics& out_;
  std::shared_ptr<antlr4::ANTLRErrorStrategy> give_up_, go_on_;
};

/// A sign that was read over leaves a gap in its line, a second unit is followed by more words: what the
/// parser says of that is no second mistake.
bool is_echo(const diag::Diagnostic& first, const diag::Diagnostic& second, std::string_view text) {
  if (first.code != diag::Code::StrangeCharacter && first.code != diag::Code::TwoUnits) return false;
  if (second.code != diag::Code::UnexpectedText && second.code != diag::Code::ValueMissing) return false;
  return text.substr(first.span.begin, second.span.begin - first.span.begin).find('\n') ==
         std::string_view::npos;
}

/// In order of place. Where two errors lie over one another they are about one mistake: the one found first
/// stays.
void tidy(diag::Diagnostics& diagnostics, std::string_view text, source::FileId file) {
  auto& items = diagnostics.items();
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return items[a].span.begin < items[b].span.begin; });
  std::vector<std::size_t> kept;
  for (const std::size_t i : order) {
    const bool over = !kept.empty() && items[i].span.begin < items[kept.back()].span.end &&
                      diag::info(items[i].code).severity == diag::info(items[kept.back()].code).severity;
    if (!kept.empty() && is_echo(items[kept.back()], items[i], text)) continue;
    if (!over) {
      kept.push_back(i);
    } else if (i < kept.back()) {
      kept.back() = i;
    }
  }
  const bool too_many = kept.size() > max_messages;
  kept.resize(std::min(kept.size(), max_messages));
  std::vector<diag::Diagnostic> sorted;
  for (const std::size_t i : kept) sorted.push_back(std::move(items[i]));
  items = std::move(sorted);
  const auto end = static_cast<std::uint32_t>(text.size());
  if (too_many)
    diagnostics.add(diag::Code::TooManyMessages, {file, end, end}, {std::to_string(max_messages)});
}

}  // namespace

diag::WithDiags<ast::File> parse(const source::SourceMap& sources, source::FileId file) {
  diag::WithDiags<ast::File> result;
  result.value.file = file;
  const std::string_view text = sources.text(file);
  if (text.size() > max_source_bytes) {
    result.diagnostics.add(diag::Code::FileTooLarge, {file, 0, 0});
    return result;
  }
  Lexed lexed = lex(text, file, result.diagnostics);
  const Filtered filtered = filter(lexed, text, file, result.diagnostics);
  result.value.comments = std::move(lexed.comments);
  result.value.decls = FileParser(filtered, text, file, result.diagnostics).run();
  tidy(result.diagnostics, text, file);
  return result;
}

}  // namespace horizon::parse
