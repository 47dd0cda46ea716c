// Declarations: one function a row of `decl` in the grammar.
#include "compiler/parse/build.hpp"

namespace horizon::parse {

std::optional<ast::Decl> Builder::decl(P::DeclContext* c) {
  if (c == nullptr) return std::nullopt;
  too_high_ = cut_;
  const source::Span whole = span(c);
  const auto wrap = [&](auto node) -> std::optional<ast::Decl> {
    if (!node) return std::nullopt;
    return ast::Decl{whole, *std::move(node)};
  };
  if (c->aLanguage != nullptr) return wrap(language(c->aLanguage));
  if (c->aUse != nullptr) return wrap(use(c->aUse));
  if (c->aHorizon != nullptr) return wrap(horizon(c->aHorizon));
  if (c->aCurrency != nullptr) return wrap(currency(c->aCurrency));
  if (c->aUnit != nullptr) return wrap(unit_decl(c->aUnit));
  if (c->aBasis != nullptr) return wrap(basis(c->aBasis));
  if (c->aDimension != nullptr) return wrap(dimension(c->aDimension));
  if (c->aChange != nullptr) return wrap(change(c->aChange));
  if (c->aTable != nullptr) return wrap(table(c->aTable));
  if (c->aFn != nullptr) return wrap(fn(c->aFn));
  if (c->aKind != nullptr) return wrap(kind(c->aKind));
  if (c->aVariant != nullptr) return wrap(variant(c->aVariant));
  if (c->aTest != nullptr) return wrap(test(c->aTest));
  auto built = item(c->anItem);
  if (!built) return std::nullopt;
  return ast::Decl{whole, ast::ItemDecl{*std::move(built)}};
}

std::optional<ast::LanguageDecl> Builder::language(P::LanguageDeclContext* c) {
  std::string version(text(c->version));
  if (version != "1") out_.add(diag::Code::UnknownLanguage, span(c->version), {version});
  return ast::LanguageDecl{std::move(version)};
}

std::optional<ast::UseDecl> Builder::use(P::UseDeclContext* c) {
  return ast::UseDecl{names(c->module), name_of(c->alias), names(c->only)};
}

std::optional<ast::HorizonDecl> Builder::horizon(P::HorizonDeclContext* c) {
  ast::HorizonDecl out{expr(c->range), {}};
  if (auto* interval = std::get_if<ast::Interval>(&out.range->node);
      interval != nullptr && interval->width == nullptr) {
    const source::Span between{file_, interval->low->span.end, interval->high->span.begin};
    out_.add(diag::Code::HorizonWithTo, out.range->span).mend = diag::Mend{"write `..`", between, ".."};
    ast::ExprPtr low = std::move(interval->low), high = std::move(interval->high);
    out.range->node = ast::DateRange{std::move(low), std::move(high)};
  }
  if (auto grain = name_of(c->grain)) out.grain = *std::move(grain);
  return out;
}

std::optional<ast::CurrencyDecl> Builder::currency(P::CurrencyDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  return ast::CurrencyDecl{*std::move(name)};
}

std::optional<ast::UnitDecl> Builder::unit_decl(P::UnitDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  ast::UnitDecl unit{*std::move(name), std::nullopt, {file_, 0, 0}, metadata(c->metas)};
  if (c->equals != nullptr) {
    unit.equals = quantity(c->equals);
    unit.equals_span = span(c->equals);
  }
  return unit;
}

std::optional<ast::BasisDecl> Builder::basis(P::BasisDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  return ast::BasisDecl{*std::move(name), metadata(c->metas)};
}

std::optional<ast::DimensionDecl> Builder::dimension(P::DimensionDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  ast::DimensionDecl out{*std::move(name), name_of(c->in), {}, metadata(c->metas)};
  for (P::LabelContext* l : c->labels) {
    if (auto built = label(l)) out.labels.push_back(*std::move(built));
  }
  return out;
}

std::optional<ast::Label> Builder::label(P::LabelContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  ast::Label out{*std::move(name), doc(c->doc), {}};
  for (P::LabelContext* child : c->children) {
    if (auto built = label(child)) out.children.push_back(*std::move(built));
  }
  return out;
}

std::optional<ast::ChangeDecl> Builder::change(P::ChangeDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  ast::ChangeDecl out{*std::move(name), error_expr(span(c->date)), {}, metadata(c->metas)};
  if (const auto date = parse_date(text(c->date))) out.date->node = *date;
  for (P::MergeContext* m : c->merges) {
    auto result = name_of(m->result);
    if (result) out.merges.push_back({*std::move(result), names(m->parts)});
  }
  return out;
}

std::optional<ast::TableDecl> Builder::table(P::TableDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  return ast::TableDecl{*std::move(name), c->csv == nullptr ? std::string() : string_value(c->csv),
                        span(c->csv),     name_of(c->dialect),
                        names(c->key),    body(c->columns),
                        metadata(c->metas)};
}

std::optional<ast::FnDecl> Builder::fn(P::FnDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  ast::FnDecl out{*std::move(name), {}, type(c->result), expr(c->value), metadata(c->metas)};
  for (P::ParamContext* p : c->params) {
    ast::Param param;
    if (auto id = name_of(p->id)) param.name = *std::move(id);
    param.type = type(p->type);
    if (p->value != nullptr) param.default_value = expr(p->value);
    out.params.push_back(std::move(param));
  }
  return out;
}

std::optional<ast::KindDecl> Builder::kind(P::KindDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  return ast::KindDecl{*std::move(name),    name_of(c->parent), name_of(c->in),
                       c->maybe != nullptr, doc(c->doc),        body(c->content)};
}

std::optional<ast::VariantDecl> Builder::variant(P::VariantDeclContext* c) {
  auto name = name_of(c->id);
  if (!name) return std::nullopt;
  return ast::VariantDecl{*std::move(name), name_of(c->parent), doc(c->doc), body(c->content)};
}

std::optional<ast::TestDecl> Builder::test(P::TestDeclContext* c) {
  return ast::TestDecl{c->title == nullptr ? std::string() : string_value(c->title), body(c->content)};
}

}  // namespace horizon::parse
