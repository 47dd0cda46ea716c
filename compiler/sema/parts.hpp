#pragma once
// What a program is made of while it is checked: modules, kinds, instances, fields, tables, functions.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/store.hpp"
#include "compiler/diag/diagnostic.hpp"
#include "compiler/sema/values.hpp"

namespace horizon::sema {

struct Symbol {
  enum class What { None, Kind, Fn, Dimension, Table, Field, Block };
  What what = What::None;
  std::uint32_t id = 0;
  Span span;
  explicit operator bool() const { return what != What::None; }
};

struct UseInfo {
  ModuleId module;
  std::string alias;
  std::set<std::string> only;
  Span span;
};

struct ModuleInfo {
  std::string name;                              ///< "std.market"; "" for the scenario
  const ast::File* file = nullptr;
  std::map<std::string, Symbol> own;
  std::vector<UseInfo> uses;
  bool incomplete = false;                       ///< a library that it uses is not there: its names are not known
  InstId root;
};

/// A body of items and where it was written.
struct Written {
  const std::vector<ast::Item>* items = nullptr;
  ModuleId module;
  int depth = 1;
};

struct KindField {
  std::string name;
  Span span;
  const ast::Define* declared = nullptr;         ///< the item with the type
  ModuleId declared_module;
  const ast::Define* value = nullptr;            ///< the item with `=` or `~`
  ModuleId value_module;
};

struct KindInfo {
  std::string name;
  const ast::KindDecl* decl = nullptr;
  ModuleId module;
  KindId parent, owner;
  enum class State { Fresh, Busy, Done } state = State::Fresh;
  std::vector<KindField> fields;                 ///< with the inherited ones, in order of declaration
  std::vector<Written> bodies;                   ///< for blocks and requirements, the ancestor's first
};

struct FieldInfo {
  std::string name;
  InstId inst;
  Span span;
  const ast::TypeRef* type = nullptr;
  ModuleId type_module;
  const ast::Define* define = nullptr;           ///< where the value comes from; null: there is none
  ModuleId module;
  int depth = 1;
  const std::vector<ast::Item>* written_in = nullptr;
  std::optional<DeclType> declared;
  enum class State { Fresh, Busy, Done } state = State::Fresh;
  bool confidential = false;                     ///< marked so where the kind declares it
  Val val;
  QuantityId quantity;
};

struct InstInfo {
  InstId parent;
  GroupId group;
  std::string name, prefix;                      ///< `biosimilars`, `biosimilars.`
  KindId kind;
  ModuleId module;
  Span span;
  std::map<std::string, FieldId> fields;
  std::vector<FieldId> order;
  std::map<std::string, InstId> blocks;
  std::map<std::string, std::vector<InstId>> lists;   ///< by list field
  InstId previous;
  bool is_element = false;                       ///< of a list
  std::string row_variable;                      ///< of a family
  std::vector<std::pair<const ast::Require*, Written>> requires_;
};

/// Beside model::Group of the same id.
struct GroupInfo {
  InstId root;
  TableId table;
  std::vector<std::uint32_t> rows;               ///< of the table
  std::map<std::string, std::int32_t> columns;   ///< table column -> column of the group
};

struct TableColumn {
  std::string name;
  DeclType type;
  std::vector<double> values;                    ///< rows * components
  std::vector<std::string> texts;                ///< Text, Code
  double unit_scale = 1;                         ///< canonical amount of 1 in a cell; 0: a Duration that needs its unit
  std::optional<double> unit_scale_days;         ///< a Duration counted in days: days of 1 in a cell
  bool confidential = false;
  Span span;
};

struct TableInfo {
  std::string name;
  const ast::TableDecl* decl = nullptr;
  ModuleId module;
  bool read = false;
  std::vector<std::string> keys;
  std::vector<TableColumn> columns;
};

/// A mistake in a row of a table's file.
struct RowFault {
  diag::Code code;
  std::vector<std::string> args;
  std::optional<std::size_t> column;             ///< whose cell it is, if the cell's text does not fit
};

struct FnInfo {
  const ast::FnDecl* decl = nullptr;
  ModuleId module;
  std::vector<DeclType> params;
  DeclType result;
  bool typed = false;
};

/// The calls of functions that are being written out.
struct FnCalls {
  std::vector<FnId> open;    ///< whose bodies are being read, outermost first
  std::size_t count = 0;     ///< of the whole scenario
  bool given_up = false;     ///< they would never end: told once
};

/// A unit as written, in canonical atoms.
struct ReadUnit {
  Unit unit;
  double scale = 1;
  bool ok = true;
  std::optional<double> days;                    ///< set for a bare time unit of days, weeks, hours: days in one of it
  bool is_time = false;                          ///< a bare unit of time
};

/// What is known of a value when the scenario compiles.
struct Rows {
  std::vector<double> values;                    ///< one, or one a row; NaN-free
  bool per_row = false;
  double at(std::size_t row) const { return per_row ? values[row] : values[0]; }
};

/// Between which two numbers a value lies.
struct Range {
  double low, high;
};

/// The parameters of a distribution.
struct Params {
  std::vector<ExprId> located;                   ///< in the unit of the variable
  bool ok = true;
  Type type;
};

/// A member of a correlate block: a row of a draw.
struct CorrelatedDraw {
  std::size_t draw;
  std::uint32_t row;
  Span span;
};

/// A label that a change of a dimension makes: the sum of these labels as declared.
struct Merged {
  std::string name;
  std::vector<std::uint32_t> parts;
  double date = 0;                               ///< ticks
  Span span;
};

}  // namespace horizon::sema
