#pragma once
// From ANTLR's tree of one declaration to ours. Private to this folder. Where the text was wrong, parts of a
// context are null: a message has been given, and the builder leaves the part out or puts an ErrorExpr in its
// place.
#include "HorizonParser.h"
#include "compiler/parse/tokens.hpp"

namespace horizon::parse {

using P = grammar::HorizonParser;

class Builder {
 public:
  /// `cut`: the message on depth has been given.
  Builder(std::string_view text, source::FileId file, diag::Diagnostics& out, bool cut)
      : text_(text), file_(file), out_(out), cut_(cut) {}

  /// Nothing, if no declaration could be made out.
  std::optional<ast::Decl> decl(P::DeclContext* context);

 private:
  // build_decl.cpp
  std::optional<ast::LanguageDecl> language(P::LanguageDeclContext* c);
  std::optional<ast::UseDecl> use(P::UseDeclContext* c);
  std::optional<ast::HorizonDecl> horizon(P::HorizonDeclContext* c);
  std::optional<ast::CurrencyDecl> currency(P::CurrencyDeclContext* c);
  std::optional<ast::UnitDecl> unit_decl(P::UnitDeclContext* c);
  std::optional<ast::BasisDecl> basis(P::BasisDeclContext* c);
  std::optional<ast::DimensionDecl> dimension(P::DimensionDeclContext* c);
  std::optional<ast::Label> label(P::LabelContext* c);
  std::optional<ast::ChangeDecl> change(P::ChangeDeclContext* c);
  std::optional<ast::TableDecl> table(P::TableDeclContext* c);
  std::optional<ast::FnDecl> fn(P::FnDeclContext* c);
  std::optional<ast::KindDecl> kind(P::KindDeclContext* c);
  std::optional<ast::VariantDecl> variant(P::VariantDeclContext* c);
  std::optional<ast::TestDecl> test(P::TestDeclContext* c);

  // build_item.cpp
  std::vector<ast::Item> body(P::BodyContext* c);
  std::optional<ast::Item> item(P::ItemContext* c);
  std::optional<ast::Item> thing(P::ThingContext* c);
  std::optional<ast::Block> block(P::ThingContext* c);
  bool is_call_in_braces(P::ThingContext* c);
  ast::ForClause family(P::FamilyContext* c);
  ast::Path path(P::PathContext* c);
  ast::Metadata metadata(const std::vector<P::MetaContext*>& metas);
  void add_meta(P::MetaContext* c, ast::Metadata& meta);

  // build_type.cpp
  ast::TypeRef type(P::TypeRefContext* c);
  ast::UnitExpr unit(P::UnitContext* c);
  template <class Atom>
  ast::UnitAtom unit_atom(Atom* c);
  ast::Quantity quantity(P::QuantityContext* c);
  std::optional<ast::Name> name_of(antlr4::Token* token);
  std::optional<ast::Name> name_of(P::NameContext* c);
  std::vector<ast::Name> names(const std::vector<P::NameContext*>& list);
  std::vector<ast::Name> names(const std::vector<antlr4::Token*>& list);
  std::string string_value(antlr4::Token* token);
  std::optional<std::string> doc(antlr4::Token* token);

  // build_expr.cpp
  /// With the height of the tree, which is bounded: later passes walk it by recursion.
  struct Built {
    ast::ExprPtr expr;
    unsigned height = 1;
  };
  /// One flat list of operands and operators, read from left to right.
  struct Flat {
    P::ExprContext* context;
    std::size_t at = 0;  ///< next operator
    unsigned depth = 0;
    const antlr4::Token* op() const { return at < context->ops.size() ? context->ops[at] : nullptr; }
  };
  ast::ExprPtr expr(P::ExprContext* c);
  Built build(P::ExprContext* c);
  Built climb(Flat& flat, int least);
  Built rest(Flat& flat, Built left, int least);
  Built too_deep(Flat& flat);
  Built prefixed(Flat& flat, std::size_t prefix, int least);
  Built infix(Flat& flat, Built left, const antlr4::Token& op, int level);
  Built interval(Flat& flat, Built left, const antlr4::Token& op);
  Built suffixed(P::SuffixedContext* c);
  Built apply(Built base, P::SuffixContext* c);
  Built primary(P::PrimaryContext* c);
  Built map(P::PrimaryContext* c);
  ast::Arg arg(P::ArgContext* c, unsigned& height);
  ast::ForClause for_clause(P::FamilyContext* c, unsigned& height);
  template <class Node>
  Built make(source::Span span, Node node, unsigned height);
  Built error(source::Span span);
  ast::ExprPtr error_expr(source::Span span) { return error(span).expr; }

  source::Span span(const antlr4::Token* token) const;
  source::Span span(const antlr4::ParserRuleContext* context) const;
  std::string_view text(const antlr4::Token* token) const;

  std::string_view text_;
  source::FileId file_;
  diag::Diagnostics& out_;
  bool cut_;
  bool too_high_ = false;  ///< said once for a declaration
};

}  // namespace horizon::parse
