#pragma once
// What an expression can stand for while it is checked: a value of the model, a text, a curve, a set, an instance...
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/ast.hpp"
#include "compiler/model/model.hpp"
#include "compiler/sema/ids.hpp"

namespace horizon::sema {

using model::ExprId;
using model::GroupId;
using model::Op;
using model::QuantityId;
using source::Span;
using types::DimensionId;
using types::Sort;
using types::Type;
using types::Unit;

/// A type as declared.
struct DeclType {
  enum class Form { Value, Text, Code, Money, Curve, List, Kind, Error };
  Form form = Form::Error;
  Type type;                                 ///< Value
  bool optional = false;
  KindId kind;                               ///< Kind; List: of its elements
  std::shared_ptr<const DeclType> parameter, result;  ///< Curve
};

struct Env;
struct Val;

/// Texts known when the scenario compiles: one, or one a row of the group. `is_code`: an ATC code.
struct TextVal {
  std::vector<std::string> texts;
  bool per_row = false;
  bool is_code = false;
  const std::string& at(std::size_t row) const { return per_row ? texts[row] : texts[0]; }
};

/// Members of a static set: instances, each with the rows of its group that belong.
struct Member {
  InstId inst;
  std::vector<std::uint32_t> rows;
};
struct SetVal {
  std::vector<Member> members;
  std::string text;                          ///< as written, to tell sets apart
};

/// A function of one value: a lambda, a call that lacks its first argument, or a table of points.
struct CurveVal {
  std::shared_ptr<const Env> env;            ///< where it was written
  const ast::Lambda* lambda = nullptr;
  FnId fn;                                   ///< with `arguments`: a fn whose missing parameter is `open`
  std::vector<Val> arguments;
  std::size_t open = 0;
  std::vector<std::pair<ExprId, ExprId>> points;
  std::shared_ptr<const DeclType> parameter, result;
};

/// Part of the calendar that a literal names: `2026`, `2026-Q2`, `2026-03`, `2026-03-15`, `2026-01..2026-06`. In ticks.
struct PeriodVal {
  double from = 0, until = 0;
};

struct ListVal {
  std::vector<Val> items;
};

struct Val {
  enum class Kind { Error, Number, Text, Curve, Set, Instance, List, Row, Absent };
  Kind kind = Kind::Error;
  ExprId expr;                               ///< Number
  bool zero = false;                         ///< a literal 0 without a unit: fits any unit
  std::optional<int> year;                   ///< a literal that may be a year
  std::optional<PeriodVal> period;           ///< a date literal's extent
  InstId inst;                               ///< Instance; Row: the family's root
  std::int32_t row = -1;                     ///< Instance: of a family, at this row
  std::shared_ptr<const TextVal> text;
  std::shared_ptr<const CurveVal> curve;
  std::shared_ptr<const SetVal> set;
  std::shared_ptr<const ListVal> list;
  std::string absent;                        ///< Absent: what is missing, for messages

  bool is_error() const { return kind == Kind::Error; }
};

/// Names bound inside an expression: parameters, `for` variables. A chain, innermost first.
struct Local {
  std::string name;
  Val val;
  std::shared_ptr<const Local> next;
};

/// Distributions seen on the right of a `~`.
struct DrawContext {
  FieldId owner;
  std::vector<DimensionId> each;
  model::DrawSpec::Each each_period = model::DrawSpec::Each::None;
  int seen = 0;
  Span first;
};

/// What a forecast's `by` asks of the sums over sets in its measure.
struct GroupBy {
  DimensionId dimension;
  std::string field;                         ///< label or code field of the members; empty: the member itself
  int prefix = 0;                            ///< code prefix length class, atc(1)..atc(5)
};

/// Where an expression stands.
struct Env {
  ModuleId module;
  InstId inst;                               ///< own block
  int depth = 1;                             ///< how many blocks, from `inst` outward, enclose the text
  GroupId group;                             ///< of the quantity that is being defined
  std::shared_ptr<const Local> locals;
  DrawContext* draw = nullptr;               ///< on the right of `~`
  const char* no_draw = nullptr;             ///< why there is none although there was a `~`: "an `if` condition"
  InstId candidate;                          ///< in `e of S` and `S where c`: names are its fields first
  const SetVal* aggregate = nullptr;         ///< inside an aggregate over this set
  InstId aggregate_member;                   ///< the member that `f of S` speaks of
  const GroupBy* group_by = nullptr;
  int calls = 0;                             ///< nesting of fn calls
  bool expecting = false;                    ///< inside an `expect`: statistics, totals, values at a date
  bool dry = false;                          ///< a check of a fn's body: nothing of it reaches the model's quantities
};

}  // namespace horizon::sema
