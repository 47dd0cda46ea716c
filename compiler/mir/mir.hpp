#pragma once
// Mid-level IR: batches. One kernel computes one shape of group for all of its rows, for blocks of futures, over the
// periods; what differs between rows stands in columns. Code size depends on the number of kernels, never on rows.
//
// Every value has a level: which of row, period and future it depends on. The builder derives it from the operands, so
// what does not vary with a thing is computed outside of that loop by construction. Values that do not depend on the
// future (`Uniform`) are computed once, before the run, by the interpreter (mir::prologue in compiler/interp): a kernel only
// loads them. The loops of a kernel, outermost first: rows in order, futures (SIMD lanes), [future-level code], periods, [code
// that depends on future and period].
//
// Bits. f64 operations are IEEE 754, to nearest; there is no contraction and no reassociation, fma only where written; the
// same MIR gives the same bits in the interpreter and in machine code of every width (rules.md N4, N5).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/store.hpp"
#include "compiler/source/source.hpp"

namespace horizon::mir {

using ValueId = Id<struct ValueTag>;
using FunctionId = Id<struct FunctionTag>;
using KernelId = Id<struct KernelTag>;
using TableId = Id<struct TableTag>;

enum class Type : std::uint8_t {
#define MIR_TYPE(name, text) name,
#include "compiler/mir/ops.def"
#undef MIR_TYPE
};

/// The closed set of operations: compiler/mir/ops.def says text, operand and result types, and what the attributes mean.
enum class Op : std::uint8_t {
#define MIR_OP(name, text, result, operands, traits) name,
#include "compiler/mir/ops.def"
#undef MIR_OP
};

/// Bit set: what a value depends on.
enum Level : std::uint8_t { Constant = 0, Row = 1, Period = 2, Future = 4 };
using Levels = std::uint8_t;

/// A place in the block's buffers: slot = base + row_slot + period * period_stride + period_slot, where `row_slot` (a value of
/// level Row, i64) and `period_slot` (level Period, i64) are optional.
struct Address {
  std::uint32_t base = 0;
  ValueId row_slot;
  std::uint32_t period_stride = 0;
  ValueId period_slot;
};

struct Value {
  Op op;
  Type type;
  Levels level = Constant;
  std::vector<ValueId> args;
  double number = 0;          ///< ConstF
  std::int64_t integer = 0;   ///< ConstI, shift counts, PeriodF and PeriodI: which period of the step
  std::int32_t index = -1;    ///< column, table, row table, state slot, parameter, period-table...
  FunctionId function;        ///< Call
  Address address;            ///< Load, Store, Accumulate
  source::Span span;          ///< where in the scenario it comes from; empty if nowhere
};

/// A straight-line function of f64/i64/mask values: exp, normal inverse, Philox... Values 0..parameters-1 are Op::Param.
struct Function {
  std::string name;
  std::vector<Type> parameters;
  std::vector<ValueId> results;
  Store<ValueId, Value> values;   ///< in order of evaluation
};

/// Constants that differ by row, as given (before any arithmetic): columns of the model, constants of merged groups, draw ids.
struct Column {
  std::string name;
  Type type = Type::F64;
  std::vector<double> numbers;          ///< F64: one a row
  std::vector<std::int64_t> integers;   ///< I64: one a row
  std::int32_t origin = -1;             ///< whoever made the module finds the column by it after passes; means nothing here
};

/// Parameters of a quantile table that each row builds before the run.
struct RowTable {
  enum class Family : std::uint8_t { Beta, Gamma };
  Family family = Family::Beta;
  ValueId a, b;                         ///< level Row or Constant, f64; Gamma uses `a`
};

struct StateSlot {
  ValueId next;                         ///< what the next period sees
  /// What the first period sees: an f64 that does not vary with the period; none: 0. Not in kernels that go period by period.
  ValueId first = {};
};

struct Kernel {
  std::string name;                     ///< the shape's name: kind and a hash of the shape
  std::uint32_t rows = 0;
  /// Periods that the body computes at once: the loop goes over periods / step steps. 1 where a stage goes period by period. Wherever a
  /// level, an address or a state slot says "period" it means such a step.
  std::uint32_t step = 1;
  /// Registers of futures that machine code computes at once at the future level, 1 or 2: no bit depends on it.
  std::uint32_t registers = 1;
  /// Machine code may bring together the futures that count, since there are rows enough for it: no bit depends on it.
  bool gathered = false;
  std::vector<std::string> row_names;   ///< for messages and dumps
  std::vector<Column> columns;
  std::vector<RowTable> row_tables;
  std::vector<StateSlot> state;
  Store<ValueId, Value> values;         ///< in order of evaluation within each level; every operand stands before its user
};

/// Kernels that run one after another over all periods (one kernel), or period by period together (a cycle through prev).
struct Stage {
  std::vector<KernelId> kernels;
  bool period_by_period = false;
};

/// A read-only table shared by all kernels.
struct Table {
  std::string name;
  std::vector<double> numbers;
};

/// A result column that is another, x, times constants: ((f0 x + f1 x) + f2 x) ..., each operation rounded. Said for the statistics; kernels
/// compute both.
struct Multiple {
  std::uint32_t output = 0, base = 0;   ///< result columns
  TableId table;                        ///< where the factors stand
  std::vector<std::uint32_t> places;    ///< one at least
  bool operator==(const Multiple&) const = default;
};

/// Slots for values that pass between kernels and for result columns; one may be both.
struct Module {
  std::uint32_t periods = 0;
  std::vector<double> period_numbers;   ///< unused by kernels; for dumps: midpoint of each period in ticks
  Store<TableId, Table> tables;
  /// Period-level constants by name (midpoint, start, end, lengths, report period...): [table][period].
  std::vector<Column> period_columns;
  Store<FunctionId, Function> functions;
  Store<KernelId, Kernel> kernels;
  std::vector<Stage> stages;
  std::uint32_t slots = 0;              ///< of the block's buffers, in all
  std::vector<std::uint32_t> outputs;   ///< by result column: the slot where it stands at the end of a block
  std::vector<Multiple> multiples;      ///< by rising output; no base is a multiple itself
};

/// What ops.def says of an operation.
struct OpInfo {
  std::string_view text;
  Type result;                 ///< of Call and Param: see their functions
  std::string_view operands;   ///< one letter each: f i m; "*" any (Call: the function's parameters)
  bool effect = false;         ///< kept, in order
};
const OpInfo& info(Op op);
std::string_view to_text(Type type);

/// What an operation depends on besides its operands (operands = args, and an address's row_slot and period_slot). The level
/// of a value is the union of this and its operands' levels:
///   columns, RowTableF: Row     periods: Period     Seed, FutureNo: Future     Prev: Row|Period|Future
///   Load, Store, Accumulate: Future, and Period where period_stride != 0     Require: Future     all others: Constant
/// so effects always stand in code of the future level, once a future or (with Period) once a future and period. In functions
/// all levels are Constant: leaves are Param, ConstF, ConstI only.
Levels own_level(const Value& value);

/// Broken invariants, as sentences that begin with the invariant's name; empty when sound.
std::vector<std::string> verify(const Module& module);

/// Text form; parse(print(m)) prints the same text.
std::string print(const Module& module);
struct ParseResult {
  Module module;
  std::string error;                    ///< empty when the text was right; else "line: what"
};
ParseResult parse(std::string_view text);

}  // namespace horizon::mir
