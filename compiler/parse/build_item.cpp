// Bodies, items, paths, metadata.
#include <algorithm>

#include "compiler/parse/build.hpp"

namespace horizon::parse {
namespace {

ast::Assign assign_of(const antlr4::Token* token) {
  if (token == nullptr) return ast::Assign::None;
  return token->getType() == Type::TILDE ? ast::Assign::Draws : ast::Assign::Defines;
}

}  // namespace

std::vector<ast::Item> Builder::body(P::BodyContext* c) {
  std::vector<ast::Item> items;
  if (c == nullptr) return items;
  items.reserve(c->items.size());
  for (P::ItemContext* i : c->items) {
    if (auto built = item(i)) items.push_back(*std::move(built));
  }
  return items;
}

std::optional<ast::Item> Builder::item(P::ItemContext* c) {
  if (c == nullptr) return std::nullopt;
  const source::Span whole = span(c);
  if (c->aThing != nullptr) return thing(c->aThing);
  if (c->aRequire != nullptr) {
    P::RequireContext* r = c->aRequire;
    return ast::Item{whole, ast::Require{expr(r->condition), doc(r->text)}};
  }
  if (c->aFix != nullptr) {
    P::FixContext* f = c->aFix;
    ast::Fix fix{path(f->target), nullptr, assign_of(f->assign), expr(f->value)};
    if (f->of != nullptr) fix.of = suffixed(f->of).expr;
    return ast::Item{whole, std::move(fix)};
  }
  if (c->anExpect != nullptr) {
    P::ExpectContext* e = c->anExpect;
    ast::Expect expect{e->always != nullptr, expr(e->condition), nullptr};
    if (e->within != nullptr) expect.within = expr(e->within);
    return ast::Item{whole, std::move(expect)};
  }
  if (c->aWithout != nullptr) return ast::Item{whole, ast::Without{path(c->aWithout->target)}};
  return std::nullopt;
}

std::optional<ast::Item> Builder::thing(P::ThingContext* c) {
  if (c->target == nullptr) return std::nullopt;
  const source::Span whole = span(c);
  if (c->content != nullptr || c->block != nullptr || c->each != nullptr) {
    auto built = block(c);
    if (!built) return std::nullopt;
    return ast::Item{whole, *std::move(built)};
  }
  ast::Define define;
  define.path = path(c->target);
  if (define.path.steps.empty()) return std::nullopt;
  if (c->of != nullptr) define.of = suffixed(c->of).expr;
  if (c->type != nullptr) define.type = type(c->type);
  define.each = names(c->labels);
  define.assign = assign_of(c->assign);
  if (c->assign != nullptr) define.value = c->value == nullptr ? error_expr(span(c->assign)) : expr(c->value);
  define.meta = metadata(c->metas);
  const bool alone = c->type == nullptr && c->assign == nullptr && c->exception == nullptr;
  if (alone) {
    out_.add(diag::Code::UnexpectedText, define.path.span, {"expected `=`, `~`, `:` or `{` after a name"});
    return std::nullopt;
  }
  return ast::Item{whole, std::move(define)};
}

/// `points{...}`: the arguments of a function in curly brackets. What was said of their inside is the same mistake.
bool Builder::is_call_in_braces(P::ThingContext* c) {
  if (c->assign == nullptr || c->value == nullptr || c->content == nullptr) return false;
  const source::Span callee = span(c->value), braces = span(c->content);
  const std::string_view name = text_.substr(callee.begin, callee.end - callee.begin);
  const bool plain = std::all_of(name.begin(), name.end(), [](char letter) {
    return letter == '_' || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
  });
  if (!plain || callee.end > braces.begin || text_[braces.begin] != '{' || text_[braces.end - 1] != '}') return false;
  const std::size_t inside = std::erase_if(out_.items(), [&](const diag::Diagnostic& d) {
    return d.span.file == braces.file && d.span.begin >= braces.begin && d.span.end <= braces.end;
  });
  if (inside == 0) return false;   // fields: a block that has a value
  const std::string call(name);
  auto& d = out_.add(diag::Code::UnexpectedText, {braces.file, braces.begin, braces.begin + 1}, {"expected `(` after `" + call + "`, found `{`"});
  d.mend = diag::Mend{"the arguments of a function stand in parentheses", braces,
                      "(" + std::string(text_.substr(braces.begin + 1, braces.end - braces.begin - 2)) + ")"};
  return true;
}

std::optional<ast::Block> Builder::block(P::ThingContext* c) {
  if (is_call_in_braces(c)) return std::nullopt;
  ast::Block block;
  ast::Path head = path(c->target);
  const auto* kind = head.steps.size() == 1 ? std::get_if<ast::Name>(&head.steps.front().step) : nullptr;
  if (kind == nullptr) {
    out_.add(diag::Code::BlockAndValue, head.span, {"a path before it; give the name of one kind or field"});
    return std::nullopt;
  }
  block.kind = *kind;
  block.name = name_of(c->block);
  block.doc = doc(c->doc);
  for (P::MetaContext* meta : c->metas) {
    if (meta->doc != nullptr && !block.doc) {
      block.doc = string_value(meta->doc);
    } else {
      out_.add(diag::Code::BlockAndValue, span(meta), {"a note of this sort before it"});
    }
  }
  if (c->assign != nullptr) {
    out_.add(diag::Code::BlockAndValue, span(c->assign), {"a value"});
  } else if (c->type != nullptr) {
    out_.add(diag::Code::BlockAndValue, span(c->type), {"a type"});
  } else if (c->of != nullptr) {
    out_.add(diag::Code::BlockAndValue, span(c->of), {"`of`"});
  } else if (!c->labels.empty()) {
    out_.add(diag::Code::BlockAndValue, span(c->labels.front()), {"`each`; write `for x in ...`"});
  }
  if (c->each != nullptr) {
    block.family = family(c->each);
    if (c->content == nullptr && c->exception == nullptr) {
      out_.add(diag::Code::UnexpectedText, span(c->each),
               {"expected a `{` with the fields after `for ... in ...`"});
    }
  }
  block.body = body(c->content);
  return block;
}

ast::Path Builder::path(P::PathContext* c) {
  ast::Path path;
  path.span = span(c);
  if (c == nullptr) return path;
  if (auto first = name_of(c->first)) path.steps.emplace_back().step = *std::move(first);
  for (P::PathStepContext* step : c->steps) {
    if (step->id != nullptr) {
      if (auto name = name_of(step->id)) path.steps.emplace_back().step = *std::move(name);
    } else {
      path.steps.emplace_back().step = expr(step->index);
    }
  }
  return path;
}

ast::Metadata Builder::metadata(const std::vector<P::MetaContext*>& metas) {
  ast::Metadata meta;
  for (P::MetaContext* c : metas) add_meta(c, meta);
  return meta;
}

void Builder::add_meta(P::MetaContext* c, ast::Metadata& meta) {
  const auto once = [&](std::optional<std::string>& field, std::string_view word, std::string value) {
    if (field) out_.add(diag::Code::MetadataTwice, span(c), {std::string(word)});
    field = std::move(value);
  };
  if (c->doc != nullptr) meta.doc.push_back({string_value(c->doc)});
  if (c->source != nullptr) once(meta.source, "source", string_value(c->source));
  if (c->owner != nullptr) once(meta.owner, "owner", string_value(c->owner));
  if (c->note != nullptr) once(meta.note, "note", string_value(c->note));
  if (c->formerly != nullptr) once(meta.formerly, "formerly", ast::to_text(path(c->formerly)));
  if (c->layer != nullptr) once(meta.layer, "layer", name_of(c->layer)->text);
  if (c->asOf != nullptr) {
    once(meta.as_of, "as of", std::string(text(c->asOf)));
    const std::string_view digits = text(c->asOf);
    const bool year = digits.size() == 4 && digits >= "1900" && digits <= "2199";
    if (c->asOf->getType() == Type::NUMBER && !year) {
      out_.add(diag::Code::NotADate, span(c->asOf), {"years go from 1900 to 2199"});
    }
  }
  if (c->confidential != nullptr) {
    if (meta.confidential) out_.add(diag::Code::MetadataTwice, span(c), {"confidential"});
    meta.confidential = true;
    meta.confidential_to = name_of(c->to);
  }
}

}  // namespace horizon::parse
