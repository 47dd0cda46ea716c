#pragma once
// The tree of one .hzn file as written: no names resolved, no types. Closed sets are std::variant; nodes of
// an expression (expr.hpp) are held by unique_ptr. Every node has its span; comments are kept in the file, in
// order of position.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/ast/expr.hpp"
#include "compiler/source/source.hpp"

namespace horizon::ast {

// ---- items and declarations
// -------------------------------------------------------------------------------------

/// What may follow a value: `source "..." as of 2025-10 owner "..." note "..." confidential to amgros layer
/// noise`.
struct Metadata {
  std::vector<StringLit> doc;  ///< bare strings
  std::optional<std::string> source, owner, note, formerly, layer;
  std::optional<std::string> as_of;  ///< as written
  bool confidential = false;
  std::optional<Name> confidential_to;
};

/// `a.b[c]`
struct PathStep {
  std::variant<Name, ExprPtr> step;  ///< `.name`, or `[index]`
};
struct Path {
  std::vector<PathStep> steps;
  Span span;
};

enum class Assign { None, Defines, Draws };  ///< none (declared only), `=`, `~`

struct Item;

/// `price : DKK per pack = 3 DKK per pack source "..."`
struct Define {
  Path path;
  ExprPtr of;  ///< `path of set = ...`, else null
  std::optional<TypeRef> type;
  std::vector<Name> each;
  Assign assign = Assign::None;
  ExprPtr value;  ///< null with Assign::None
  Metadata meta;
};
/// `medicine Stelara "ustekinumab" for row in rows where ... { ... }`
struct Block {
  Name kind;
  std::optional<Name> name;
  std::optional<std::string> doc;
  std::optional<ForClause> family;
  std::vector<Item> body;
};
struct Require {
  ExprPtr condition;
  std::optional<std::string> text;
};
struct Fix {
  Path path;
  ExprPtr of;
  Assign assign = Assign::Defines;
  ExprPtr value;
};
struct Expect {
  bool always = false;
  ExprPtr condition, within;
};
struct Without {
  Path path;
};
struct Item {
  Span span;
  std::variant<Define, Block, Require, Fix, Expect, Without> node;
};

struct LanguageDecl {
  std::string version;
};
struct UseDecl {
  std::vector<Name> module;
  std::optional<Name> alias;
  std::vector<Name> only;  ///< `.{a, b}`
};
struct HorizonDecl {
  ExprPtr range;
  Name grain;
};
struct CurrencyDecl {
  Name name;
};
struct UnitDecl {
  Name name;
  std::optional<Quantity> equals;
  Span equals_span;
  Metadata meta;
};
struct BasisDecl {
  Name name;
  Metadata meta;
};
struct Label {
  Name name;
  std::optional<std::string> doc;
  std::vector<Label> children;
};
struct DimensionDecl {
  Name name;
  std::optional<Name> in;
  std::vector<Label> labels;
  Metadata meta;
};
struct Merge {
  Name result;
  std::vector<Name> parts;
};
struct ChangeDecl {
  Name dimension;
  ExprPtr date;
  std::vector<Merge> merges;
  Metadata meta;
};
struct TableDecl {
  Name name;
  std::string file;
  Span file_span;
  std::optional<Name> dialect;  ///< `as danish`
  std::vector<Name> key;
  std::vector<Item> columns;
  Metadata meta;
};
struct Param {
  Name name;
  TypeRef type;
  ExprPtr default_value;  ///< may be null
};
struct FnDecl {
  Name name;
  std::vector<Param> params;
  TypeRef result;
  ExprPtr body;
  Metadata meta;
};
struct KindDecl {
  Name name;
  std::optional<Name> is;
  std::optional<Name> in;
  bool in_optional = false;
  std::optional<std::string> doc;
  std::vector<Item> body;
};
struct VariantDecl {
  Name name;
  std::optional<Name> extends;
  std::optional<std::string> doc;
  std::vector<Item> body;
};
struct TestDecl {
  std::string title;
  std::vector<Item> body;
};
struct ItemDecl {
  Item item;
};

struct Decl {
  Span span;
  std::variant<LanguageDecl, UseDecl, HorizonDecl, CurrencyDecl, UnitDecl, BasisDecl, DimensionDecl,
               ChangeDecl, TableDecl, FnDecl, KindDecl, VariantDecl, TestDecl, ItemDecl>
      node;
};

struct Comment {
  std::string text;
  Span span;
};

struct File {
  source::FileId file;
  std::vector<Decl> decls;
  std::vector<Comment> comments;
};

/// Indented text of the tree, positions included: `horizon emit --stage=ast`.
std::string print(const File& file, const source::SourceMap& sources);
/// Source text of an expression or type, normalised: for messages and tests.
std::string to_text(const Expr& expr);
std::string to_text(const TypeRef& type);
std::string to_text(const Path& path);

}  // namespace horizon::ast
