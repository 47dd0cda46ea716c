#pragma once
// The tree of one .hzn file as written: no names resolved, no types. Closed sets are std::variant; nodes of an expression
// are held by unique_ptr. Every node has its span; comments are kept in the file, in order of position.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/source/source.hpp"

namespace horizon::ast {

using source::Span;

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Name {
  std::string text;
  Span span;
};

// ---- units and types as written ---------------------------------------------------------------------------------

/// `DKK[SAIP]`, `patient`, `month^2`
struct UnitAtom {
  Name name;
  std::optional<Name> basis;
  int power = 1;
};

/// `DKK[AIP] per patient per month`. `numerator` may be empty only in a quantity such as `4 per month`.
struct UnitExpr {
  std::vector<UnitAtom> numerator;     ///< in a type: exactly one; after a number: 0..2 (`40 m DKK`: scale word, unit)
  std::vector<UnitAtom> denominators;  ///< each `per`
  Span span;
};

/// `patients per year`, `Duration -> Share`, `[term]`, `one of bids`, `signed DKK by (year, region)`, `Share?`
struct TypeRef {
  enum class Form { Unit, List, OneOf };
  Form form = Form::Unit;
  bool is_signed = false;
  UnitExpr unit;                        ///< Form::Unit: a unit or the name of a type, kind or dimension
  std::unique_ptr<TypeRef> element;     ///< Form::List
  std::optional<Name> one_of;           ///< Form::OneOf
  std::vector<Name> by;
  bool optional = false;
  std::unique_ptr<TypeRef> result;      ///< of a function type `this -> result`
  Span span;
};

// ---- expressions ------------------------------------------------------------------------------------------------

/// `4.3 packs per patient per year`, `40%`, `12.4 bn DKK`, `2026`. `text` is as written without `_`.
struct Quantity {
  std::string text;
  double value = 0;         ///< correctly rounded from `text`; `%` not applied
  bool is_integer = false;  ///< written with digits only: may be a year (A3)
  bool percent = false;
  std::optional<UnitExpr> unit;
};
/// `2026-03`, `2026-Q2`, `2026-03-15`; already checked to be a date that exists.
struct DateLit {
  enum class Precision { Month, Quarter, Day };
  Precision precision = Precision::Month;
  int year = 0, month = 1, day = 1;  ///< a quarter's first month
};
struct StringLit {
  std::string value;
};
struct NameRef {
  std::string name;
};
/// `all launch`
struct AllOf {
  Name kind;
};
/// `base.name`
struct Member {
  ExprPtr base;
  Name name;
};
/// `base[index]`
struct Index {
  ExprPtr base, index;
};
/// `from..to`
struct DateRange {
  ExprPtr from, to;
};
/// `expr for x in set where cond` inside an argument list
struct ForClause {
  Name variable;
  ExprPtr set;
  ExprPtr where;  ///< may be null
};
struct Arg {
  std::optional<Name> name;       ///< `mean = 8%`
  bool is_from = false;           ///< `from 2026-07-01: 1` (key holds the date)
  bool is_otherwise = false;      ///< `otherwise: x`
  ExprPtr key;                    ///< `0 months: 0%` -> key `0 months`
  ExprPtr value;
  std::vector<Name> over;         ///< `x over region`, `x over (region, setting)`
  std::optional<ForClause> each;  ///< `x for i in plan`
  Span span;
};
struct Call {
  ExprPtr callee;
  std::vector<Arg> args;
};
/// `{ Nordjylland: 2.1, otherwise: 1.8 }`
struct MapEntry {
  bool is_otherwise = false;
  bool is_from = false;
  ExprPtr key;  ///< null for otherwise
  ExprPtr value;
  Span span;
};
struct Map {
  std::vector<MapEntry> entries;
};
struct List {
  std::vector<ExprPtr> items;
};
enum class UnaryOp { Neg, Not, Chance, Has };
struct Unary {
  UnaryOp op;
  ExprPtr operand;
};
enum class BinaryOp { Add, Sub, Mul, Div, Pow, Lt, Le, Gt, Ge, Eq, Ne, In, And, Or, At, Of, Otherwise };
struct Binary {
  BinaryOp op;
  ExprPtr lhs, rhs;
};
/// `a growing g from p`
struct Growing {
  ExprPtr base, rate, from;  ///< `from` may be null
};
/// `a to b`, `90% interval a to b`
struct Interval {
  ExprPtr width;  ///< null: 80 %
  ExprPtr low, high;
};
struct If {
  ExprPtr condition, then_value, else_value;
};
/// `age -> exp(-age / duration)`
struct Lambda {
  Name parameter;
  ExprPtr body;
};
/// `set where condition`
struct Where {
  ExprPtr set, condition;
};
/// Stands where the text was wrong; a message has been given.
struct ErrorExpr {};

struct Expr {
  Span span;
  std::variant<ErrorExpr, Quantity, DateLit, StringLit, NameRef, AllOf, Member, Index, DateRange, Call, Map, List, Unary,
               Binary, Growing, Interval, If, Lambda, Where>
      node;
};

// ---- items and declarations -------------------------------------------------------------------------------------

/// What may follow a value: `source "..." as of 2025-10 owner "..." note "..." confidential to amgros layer noise`.
struct Metadata {
  std::vector<StringLit> doc;  ///< bare strings
  std::optional<std::string> source, owner, note, formerly, layer;
  std::optional<std::string> as_of;      ///< as written
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
  std::variant<LanguageDecl, UseDecl, HorizonDecl, CurrencyDecl, UnitDecl, BasisDecl, DimensionDecl, ChangeDecl, TableDecl,
               FnDecl, KindDecl, VariantDecl, TestDecl, ItemDecl>
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
/// As written: "and", "<=", "at".
std::string_view spelling(UnaryOp op);
std::string_view spelling(BinaryOp op);

}  // namespace horizon::ast
