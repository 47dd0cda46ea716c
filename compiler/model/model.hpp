#pragma once
// The typed model: every name resolved, every type and unit checked, functions and curves inlined, sets known. It says what
// each quantity means, not in which order or how fast it is computed.
//
// Shape. Quantities live in groups. A group is a block of the scenario with the blocks nested in it: one instance
// (`medicine Stelara`, one row), a family over a table (one row a table row), or the scenario itself (one row, no name).
// All rows of a group share the same definitions; what differs between rows stands in the group's columns. An expression
// is evaluated per (row, future, period); its value has one cell per combination of its type's dimensions (`by`, row-major,
// last dimension fastest) and `types::components` numbers per cell.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/store.hpp"
#include "compiler/source/source.hpp"
#include "compiler/types/types.hpp"

namespace horizon::model {

using source::Span;
using types::DimensionId;
using types::Type;

using GroupId = Id<struct GroupTag>;
using QuantityId = Id<struct QuantityTag>;
using ExprId = Id<struct ExprTag>;

struct Label {
  std::string name;
  std::string title;
};
struct Dimension {
  std::string name;
  std::vector<Label> labels;
};

/// Periods of equal calendar length, `months` each, the first beginning at month `start` (months since 1970-01).
struct Grid {
  int start = 0;
  int months = 1;
  int periods = 0;
};

// ---- expressions ------------------------------------------------------------------------------------------------
// Operands broadcast over dimensions by name. "ticks": 1/31 month since 1970-01. A Duration operand has (ticks, days).
// A Duration in months is ticks/31 + days/30.436875; so it is taken wherever a number or an order is asked for (Min, Max,
// tests, Div by a Duration). Mul and Div by a number scale both components.
// The true day number of a date: month m = floor(ticks/31), offset o = ticks - 31 m; the first day of m plus o, or where o
// is not below the month's days, plus days - 1 and the fraction of o: a day beyond the month's length is read as its last.
// Back: the month that holds the day, plus the rest. Infinite dates stay what they are.
enum class Op : std::uint8_t {
  Const,        ///< number (Duration: number = ticks, number2 = days). Never-date: +infinity
  Column,       ///< index: column of the group: a constant that differs by row
  Ref,          ///< quantity: of the same group, same row; or of a group of one row
  RowOf,        ///< quantity of a family, at row `index`
  Bound,        ///< the parameter of the enclosing Cohort: an age, Duration
  // numbers: componentwise on equal units; results are canonical
  Neg, Add, Sub, Mul, Div, Pow, Min, Max, Abs, Floor, Ceil,
  Round,        ///< floor(x + 0.5)
  Exp, Log, Sqrt,
  MaskMul,      ///< a * b where a is a mask (0..1): a == 0 absorbs whatever b is (rules.md E8)
  // tests and logic: Event results
  Lt, Le, Gt, Ge, Eq, Ne, And, Or, Not,
  Select,       ///< args: condition (Event), then, otherwise; evaluates lazily as far as NaN goes: a select
  // time
  Now,          ///< Date: midpoint of the period
  PeriodStart,  ///< Date
  PeriodEnd,    ///< Date: first instant of the next period
  Step,         ///< the period's nominal length, Amount in months
  Since,        ///< args: date d. Duration (ticks, 0): (end - d)/2 where start <= d < end of the period, else midpoint - d
  After,        ///< args: date. Share of the period after it, by true days: clamp((end - d) / (end - start), 0, 1); a mask
  During,       ///< args: from, until. max(After(from) - After(until), 0); a mask
  AddMonths,    ///< args: Date, Duration: date + ticks, then + days through the day number unless days are 0
  DateDiff,     ///< args: Date a, Date b: Duration of a - b in ticks (N1)
  ToMonths,     ///< args: Duration: Amount in months (ticks/31 + days/30.436875)
  ToDuration,   ///< args: Amount in months: Duration of 31*x ticks
  Dated,        ///< args: v0, d1, v1...: (1-After(d1)) v0 + (After(d1)-After(d2)) v1 + ...; weights are masks; dates must not fall
  Lump,         ///< args: amount, date: amount / step in the period with start <= date < end, else 0
  // state
  Prev,         ///< args: start. quantity: value in the previous period, same row; start in the first
  Cumulative,   ///< args: x. Running total of x * step if `integrate`, else of x, this period included
  Cohort,       ///< args: inflow, body (an expression in Bound). In period t: step * sum over j = 0..t of
                ///< inflow[t-j] * w(j), body in period t. j > 0: w = 7/12 f(j) + 5/24 (f(j-x) + f(j+x)), x = sqrt(0.4), f at
                ///< age j steps. j = 0: the 3-point Gauss rule for the weight 1 - a on ages 0..1 (mass 1/2), see
                ///< cohort_start_rule
  // dimensions and sets
  MapOf,        ///< one arg per label of dimension `dimension`, in order: a value by that dimension
  LabelOf,      ///< args: x; picks label `index` of `dimension` out of x
  Pick,         ///< args: label (Sort::Label of `dimension`), x by `dimension`: the cell of that label
  ReduceOver,   ///< args: x; `reduce` over `dimension`
  ReduceSet,    ///< `set`: index into Model::reductions
  Draw,         ///< `draw`: index into Model::draws; args: its parameters
};
enum class Reduce : std::uint8_t { Sum, Mean, Min, Max };

struct Expr {
  Op op = Op::Const;
  Type type;
  Span span;
  std::vector<ExprId> args;
  double number = 0, number2 = 0;
  QuantityId quantity;
  DimensionId dimension;
  std::int32_t index = -1;
  Reduce reduce = Reduce::Sum;
  bool integrate = false;
  std::int32_t set = -1;
  std::int32_t draw = -1;
};

/// A reduction over the members of a static set. Every term is a quantity of some group at some of its rows.
struct SetTerm {
  QuantityId quantity;
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> labels;  ///< with `by`: the label of each row, aligned with `rows`
};
struct Reduction {
  Reduce reduce = Reduce::Sum;
  std::vector<SetTerm> terms;
  /// Sum only: the result gets this dimension, each row counted under its label (`by atc(1)`, `by product`).
  DimensionId by;
};

enum class Distribution : std::uint8_t {
  // name          parameters, canonical units, after conversion by sema to exactly these forms
  Uniform,      // low, high
  Normal,       // mean, sd
  NormalP,      // low, high, probability of the interval between them (0.8 for `to`)
  Lognormal,    // mean, sd (of the variable itself)
  LognormalP,   // low, high, probability: quantiles (1-p)/2 and (1+p)/2
  LognormalMedian,  // median, quantile value, its probability (p90 = 4: 4, 0.9)
  LogitNormalP, // low, high, probability; shares
  Triangular,   // min, mode, max
  Pert,         // min, mode, max
  Beta,         // a, b
  BetaMeanSd,   // mean, sd
  Gamma,        // mean, sd
  Weibull,      // mean, shape
  Exponential,  // mean
  Poisson,      // mean
  Chance,       // p: 1 with probability p
  Discrete,     // v1, w1, v2, w2...
};

/// A block of draws that move together (rules.md F5): one common factor, keyed by the block's name.
struct Correlation {
  std::string name;
  double rank = 0;   ///< 0 to 1, Spearman's
  Span span;
};
/// How one row of a draw hangs on a block: not at all, or with the factor's sign turned.
struct Latent {
  std::int32_t block = -1;   ///< index into Model::correlations
  bool negative = false;
};

/// One draw: keyed by the path of its quantity (and row, and the labels of `each`), nothing else (rules.md F2).
struct DrawSpec {
  Distribution distribution = Distribution::Uniform;
  QuantityId owner;  ///< its path is the key
  enum class Each : std::uint8_t { None, Year, Quarter, Month };
  Each each = Each::None;                  ///< a new draw for each calendar year...
  std::vector<DimensionId> each_dimension; ///< ...or for each label
  bool round = false;                      ///< Count: to the nearest whole number
  /// Duration draws: parameters are ticks (false) or days (true); the other component is 0.
  bool in_days = false;
  std::vector<Latent> latent;              ///< one a row; empty: drawn by itself
};

// ---- quantities -------------------------------------------------------------------------------------------------

struct Provenance {
  std::string source, as_of, owner, note;
};

struct Quantity {
  std::string name;  ///< within its group: `discount`, `biosimilars.entry`; hidden terms of aggregates contain '#'
  GroupId group;
  Type type;
  ExprId definition;
  Span span;
  bool confidential = false;        ///< marked so, or computed from what is marked so (static)
  bool hidden = false;              ///< made by the compiler, not by the user
  Provenance provenance;
};

struct Column {
  std::string name;
  Type type;
  std::vector<double> values;       ///< rows * components, row-major
};

struct Group {
  std::string name;                 ///< "" for the scenario itself
  std::string kind;                 ///< "" for the scenario itself
  bool is_family = false;
  std::vector<std::string> keys;    ///< one a row; a single instance has one empty key
  std::vector<Column> columns;
  Span span;
  std::size_t rows() const { return keys.size(); }
};

struct Requirement {
  GroupId group;
  ExprId condition;
  std::string text;
  Span span;
};

enum class Grain : std::uint8_t { Whole, Year, Quarter, Month };

struct BudgetCell {
  std::int32_t period = 0;                   ///< index of the report period
  std::vector<std::int32_t> labels;          ///< per dimension of the forecast; -1: all
  double value = 0;                          ///< canonical
};

struct Forecast {
  std::string name, title;
  ExprId measure;                            ///< in the scenario's group; its type's `by` holds at least `dimensions`
  Grain grain = Grain::Year;
  std::vector<DimensionId> dimensions;       ///< in order of declaration; others are summed
  enum class Over : std::uint8_t { Total, Mean, End };
  Over over = Over::Total;                   ///< flow: total; stock, share: mean (rules.md D6, D7)
  std::string unit;                          ///< as printed: "DKK"
  double unit_scale = 1;                     ///< canonical amount of one printed unit
  std::vector<BudgetCell> budget;
  bool confidential = false;
  bool few_contributors = false;             ///< confidential, of fewer than three products: who sees it can work one out (N16)
  Span span;
};

struct Model {
  Grid grid;
  types::Vocabulary vocabulary;
  std::string currency;
  Store<DimensionId, Dimension> dimensions;
  Store<GroupId, Group> groups;              ///< group 0 is the scenario
  Store<QuantityId, Quantity> quantities;
  Store<ExprId, Expr> exprs;                 ///< an argument's id may be larger or smaller than its user's
  std::vector<DrawSpec> draws;
  std::vector<Correlation> correlations;
  std::vector<Reduction> reductions;
  std::vector<Requirement> requirements;
  std::vector<Forecast> forecasts;
};

/// Nodes (ages in steps) and weights of Cohort's bin j = 0: exact for the moments 1/2, 1/6, 1/12, 1/20, 1/30, 1/42 of 1 - a.
struct GaussRule {
  double node[3], weight[3];
};
extern const GaussRule cohort_start_rule;

/// Number of cells of a value of this type: the product of its dimensions' label counts.
std::size_t cells(const Model& model, const Type& type);

/// `Stelara.biosimilars.entry`, `pipeline["Tarlatamab"].peak`, `climate`. Also the draw's key (without labels).
std::string path(const Model& model, QuantityId quantity, std::size_t row);
/// At the end of `text`.
void append_path(std::string& text, const Model& model, QuantityId quantity, std::size_t row);

/// The report periods of a grain, as printed: "2026", "2026-Q1", "2026-01", or "all"; and for each grid period its report
/// period (by the grid period's first month). The labels of `each year` and so on are these names.
struct ReportPeriods {
  std::vector<std::string> names;
  std::vector<std::int32_t> of_period;
};
ReportPeriods report_periods(const Grid& grid, Grain grain);

/// Text of the model: `horizon emit --stage=model`. Confidential constants are shown as `(confidential)`.
std::string print(const Model& model);

/// Broken invariants of a model, as sentences; empty when it is sound. Names of the invariants are in verify.cpp.
std::vector<std::string> verify(const Model& model);

}  // namespace horizon::model
