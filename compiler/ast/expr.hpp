#pragma once
// Names, units, types and expressions as written: the part of the tree below one item. See ast.hpp.
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

// ---- units and types as written
// ---------------------------------------------------------------------------------

/// `DKK[SAIP]`, `patient`, `month^2`
struct UnitAtom {
  Name name;
  std::optional<Name> basis;
  int power = 1;
};

/// `DKK[AIP] per patient per month`. `numerator` may be empty only in a quantity such as `4 per month`.
struct UnitExpr {
  std::vector<UnitAtom>
      numerator;  ///< in a type: exactly one; after a number: 0..2 (`40 m DKK`: scale word, unit)
  std::vector<UnitAtom> denominators;  ///< each `per`
  Span span;
};

/// `patients per year`, `Duration -> Share`, `[term]`, `one of bids`, `signed DKK by (year, region)`,
/// `Share?`
struct TypeRef {
  enum class Form { Unit, List, OneOf };
  Form form = Form::Unit;
  bool is_signed = false;
  UnitExpr unit;                     ///< Form::Unit: a unit or the name of a type, kind or dimension
  std::unique_ptr<TypeRef> element;  ///< Form::List
  std::optional<Name> one_of;        ///< Form::OneOf
  std::vector<Name> by;
  bool optional = false;
  std::unique_ptr<TypeRef> result;  ///< of a function type `this -> result`
  Span span;
};

// ---- expressions
// ------------------------------------------------------------------------------------------------

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
  std::optional<Name> name;   ///< `mean = 8%`
  bool is_from = false;       ///< `from 2026-07-01: 1` (key holds the date)
  bool is_otherwise = false;  ///< `otherwise: x`
  ExprPtr key;                ///< `0 months: 0%` -> key `0 months`
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
  ExprPtr split;  ///< `400 patients split by population`; else null
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
  std::variant<ErrorExpr, Quantity, DateLit, StringLit, NameRef, AllOf, Member, Index, DateRange, Call, Map,
               List, Unary, Binary, Growing, Interval, If, Lambda, Where>
      node;
};

/// As written: "and", "<=", "at".
std::string_view spelling(UnaryOp op);
std::string_view spelling(BinaryOp op);

}  // namespace horizon::ast
