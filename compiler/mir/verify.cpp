// The invariants of MIR. Each sentence begins with its invariant's name; tests/unit/compiler/mir breaks each of them once.
#include <algorithm>
#include <string>

#include "compiler/mir/mir.hpp"

namespace horizon::mir {
namespace {

class Verifier {
 public:
  explicit Verifier(const Module& module) : m_(module) {}

  std::vector<std::string> run() {
    module();
    for (std::size_t i = 0; i < m_.functions.size(); ++i) function(FunctionId(i));
    for (const Kernel& kernel : m_.kernels) this->kernel(kernel);
    return std::move(errors_);
  }

 private:
  const Module& m_;
  std::string where_;
  std::vector<std::string> errors_;

  void check(bool good, std::string_view invariant, std::string_view what) {
    if (!good) errors_.push_back(std::string(invariant) + ": " + where_ + ": " + std::string(what));
  }
  static std::string name(ValueId id) { return id ? "%" + std::to_string(id.value) : "%none"; }

  // ---- module
  void module() {
    where_ = "module";
    check(m_.period_numbers.empty() || m_.period_numbers.size() == m_.periods, "midpoints",
          "one midpoint a period expected");
    check(std::all_of(m_.outputs.begin(), m_.outputs.end(), [&](std::uint32_t slot) { return slot < m_.slots; }), "outputs",
          "the result columns do not fit into the slots");
    for (const Multiple& x : m_.multiples) {
      check(x.output < m_.outputs.size() && x.base < m_.outputs.size() && x.output != x.base, "multiples",
            "two result columns expected");
      check(x.table.index() < m_.tables.size() && !x.places.empty() &&
                std::all_of(x.places.begin(), x.places.end(), [&](auto place) { return place < m_.tables[x.table].numbers.size(); }),
            "multiples", "factors from a table expected");
    }
    const auto rises = [](const Multiple& x, const Multiple& y) { return x.output < y.output; };
    check(std::is_sorted(m_.multiples.begin(), m_.multiples.end(), rises), "multiples", "rising result columns expected");
    for (const Multiple& x : m_.multiples)
      check(!std::binary_search(m_.multiples.begin(), m_.multiples.end(), Multiple{x.base, 0, {}, {}}, rises), "multiples",
            "a base is a multiple itself");
    for (const Column& c : m_.period_columns) column(c, m_.periods);
    for (const Table& t : m_.tables) check(!t.numbers.empty(), "tables", "table \"" + t.name + "\" is empty");
    stages();
  }
  void stages() {
    std::vector<int> times(m_.kernels.size());
    for (const Stage& stage : m_.stages) {
      for (const KernelId id : stage.kernels) {
        if (id.index() < times.size())
          ++times[id.index()];
        else
          check(false, "stages", "a stage names a kernel that does not exist");
        if (stage.period_by_period && id.index() < times.size())
          period_by_period(m_.kernels[id]);
      }
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
      check(times[i] == 1, "stages",
            "kernel " + std::to_string(i) + " stands in " + std::to_string(times[i]) + " stages, not in one");
    }
  }
  void period_by_period(const Kernel& k) {
    check(k.step == 1, "steps", "a kernel that goes period by period has steps of several periods");
    for (const StateSlot& s : k.state) check(!s.first, "state", "a kernel that goes period by period has a state with a first value");
  }
  void column(const Column& c, std::size_t length) {
    const bool good = c.type == Type::F64   ? c.numbers.size() == length && c.integers.empty()
                      : c.type == Type::I64 ? c.integers.size() == length && c.numbers.empty()
                                            : false;
    check(good, "columns", "column \"" + c.name + "\" does not have " + std::to_string(length) +
                               " numbers of its type (f64 or i64)");
  }

  // ---- operands, for functions and kernels
  /// True where all operands stand before `at`, so that the other checks may look at them.
  bool operand_order(const Store<ValueId, Value>& values, std::size_t at) {
    const Value& v = values[ValueId(at)];
    bool good = true;
    const auto before = [&](ValueId id) {
      if (id && id.index() < at) return;
      good = false;
      check(false, "operand-order", "operand " + name(id) + " does not stand before its user");
    };
    for (const ValueId id : v.args) before(id);
    if (v.address.row_slot) before(v.address.row_slot);
    if (v.address.period_slot) before(v.address.period_slot);
    return good;
  }
  static Type letter_type(char c) { return c == 'f' ? Type::F64 : c == 'i' ? Type::I64 : Type::Mask; }

  void types(const Store<ValueId, Value>& values, const Value& v) {
    std::vector<Type> wanted;
    Type result = info(v.op).result;
    if (v.op == Op::Call) {
      const Function& f = m_.functions[v.function];
      wanted = f.parameters;
      result = f.values[f.results[0]].type;
    } else {
      for (const char c : info(v.op).operands) wanted.push_back(letter_type(c));
    }
    if (v.op != Op::Param) check(v.type == result, "result-type", "the result has not the operation's type");
    if (!check_count(v.args.size(), wanted.size())) return;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      check(values[v.args[i]].type == wanted[i], "operand-types",
            "operand " + name(v.args[i]) + " is not " + std::string(to_text(wanted[i])));
  }
  bool check_count(std::size_t has, std::size_t wanted) {
    check(has == wanted, "operand-count",
          std::to_string(wanted) + " operands expected, not " + std::to_string(has));
    return has == wanted;
  }
  void shift_count(const Value& v) {
    if (v.op == Op::Shl || v.op == Op::Shr || v.op == Op::Sar)
      check(v.integer >= 0 && v.integer < 64, "shift-count", "a shift by 0..63 expected");
  }
  void table_index(const Value& v) {
    if (v.op == Op::TableF) check(in_range(v.index, m_.tables.size()), "tables", "no such table");
  }
  static bool in_range(std::int32_t index, std::size_t size) {
    return index >= 0 && static_cast<std::size_t>(index) < size;
  }
  /// True where the callee may be looked at. Functions call only functions that stand before them (`below`).
  bool callee(const Value& v, std::size_t below) {
    if (v.op != Op::Call) return true;
    const bool exists = v.function && v.function.index() < m_.functions.size();
    check(exists, "calls", "no such function");
    if (!exists) return false;
    check(v.function.index() < below, "recursion", "a function may call only functions that stand before it");
    const Function& f = m_.functions[v.function];
    const bool one = f.results.size() == 1 && f.results[0] && f.results[0].index() < f.values.size();
    check(one, "calls", "a function that is called has one result");
    return one;
  }

  // ---- functions
  void function(FunctionId id) {
    const Function& f = m_.functions[id];
    for (std::size_t i = 0; i < f.values.size(); ++i) {
      const Value& v = f.values[ValueId(i)];
      where_ = "function \"" + f.name + "\" " + name(ValueId(i));
      if (!operand_order(f.values, i) || !callee(v, id.index())) continue;
      types(f.values, v);
      shift_count(v);
      table_index(v);
      check(closed(v), "closed-functions", "a function is made of its parameters, constants and tables only");
      check(v.level == Constant, "function-levels", "values in functions have no level");
      const bool is_parameter = i < f.parameters.size();
      check((v.op == Op::Param) == is_parameter, "parameters", "the parameters stand first, and only there");
      if (is_parameter && v.op == Op::Param)
        check(v.index == static_cast<std::int32_t>(i) && v.type == f.parameters[i], "parameters",
              "a parameter has not its place or type");
    }
    where_ = "function \"" + f.name + "\"";
    check(f.values.size() >= f.parameters.size(), "parameters", "parameters are missing");
    check(!f.results.empty(), "results", "a result expected");
    for (const ValueId r : f.results)
      check(r && r.index() < f.values.size(), "results", "result " + name(r) + " does not exist");
  }
  static bool closed(const Value& v) {
    switch (v.op) {
      case Op::ColumnF:
      case Op::ColumnI:
      case Op::PeriodF:
      case Op::PeriodI:
      case Op::Seed:
      case Op::FutureNo:
      case Op::RowTableF:
      case Op::Prev:
        return false;
      default:
        return !info(v.op).effect;
    }
  }

  // ---- kernels
  void kernel(const Kernel& k) {
    const std::string kernel_name = "kernel \"" + k.name + "\"";
    where_ = kernel_name;
    check(k.step > 0 && m_.periods % k.step == 0, "steps", "the periods are not a whole number of steps");
    check(k.registers == 1 || k.registers == 2, "registers", "1 or 2 registers of futures expected");
    check(k.row_names.empty() || k.row_names.size() == k.rows, "rows", "one name a row expected");
    for (const Column& c : k.columns) column(c, k.rows);
    for (std::size_t i = 0; i < k.values.size(); ++i) {
      const Value& v = k.values[ValueId(i)];
      where_ = kernel_name + " " + name(ValueId(i));
      if (!operand_order(k.values, i) || !callee(v, m_.functions.size())) continue;
      types(k.values, v);
      shift_count(v);
      table_index(v);
      indices(k, v);
      levels(k, v);
      address(k, v);
    }
    where_ = kernel_name;
    for (const RowTable& t : k.row_tables) row_table(k, t);
    for (const StateSlot& s : k.state) {
      const bool set = s.next && s.next.index() < k.values.size();
      check(set, "state", "a state slot has no next value");
      if (set) check(k.values[s.next].type == Type::F64, "state", "a state's next value is not f64");
      if (!s.first) continue;
      const bool known = s.first.index() < k.values.size();
      check(known && k.values[s.first].type == Type::F64 && (k.values[s.first].level & Period) == 0, "state",
            "a state's first value is not an f64 that is the same in all periods");
    }
  }
  void indices(const Kernel& k, const Value& v) {
    const auto typed = [&](const std::vector<Column>& columns, Type type) {
      return in_range(v.index, columns.size()) && columns[static_cast<std::size_t>(v.index)].type == type;
    };
    switch (v.op) {
      case Op::Param:
        return check(false, "parameters", "a parameter outside of a function");
      case Op::ColumnF:
        return check(typed(k.columns, Type::F64), "columns", "no such f64 column");
      case Op::ColumnI:
        return check(typed(k.columns, Type::I64), "columns", "no such i64 column");
      case Op::PeriodF:
        check(v.integer >= 0 && v.integer < k.step, "steps", "a period outside of the step");
        return check(typed(m_.period_columns, Type::F64), "columns", "no such f64 period column");
      case Op::PeriodI:
        check(v.integer >= 0 && v.integer < k.step, "steps", "a period outside of the step");
        return check(typed(m_.period_columns, Type::I64), "columns", "no such i64 period column");
      case Op::RowTableF:
        check((v.level & Future) != 0, "tables", "a row table is read below the future level, before it is built");
        return check(in_range(v.index, k.row_tables.size()), "tables", "no such row table");
      case Op::Prev:
        return check(in_range(v.index, k.state.size()), "state", "no such state slot");
      default:
        return;
    }
  }
  void levels(const Kernel& k, const Value& v) {
    Levels wanted = own_level(v);
    for (const ValueId id : v.args) wanted = static_cast<Levels>(wanted | k.values[id].level);
    if (v.address.row_slot) wanted = static_cast<Levels>(wanted | k.values[v.address.row_slot].level);
    if (v.address.period_slot) wanted = static_cast<Levels>(wanted | k.values[v.address.period_slot].level);
    check(v.level == wanted, "levels", "the level is not the union of the operands' levels and the operation's own");
    check(!info(v.op).effect || (v.level & Future) != 0, "effects", "an effect outside of future-level code");
  }
  /// The largest value of an i64 that is a column; nothing is known of others.
  static std::int64_t bound(const std::vector<std::int64_t>& numbers, bool least) {
    if (numbers.empty()) return 0;
    return least ? *std::min_element(numbers.begin(), numbers.end())
                 : *std::max_element(numbers.begin(), numbers.end());
  }
  void add_bounds(const Kernel& k, ValueId id, std::int64_t& least, std::int64_t& most) const {
    const Value& v = k.values[id];
    const std::vector<std::int64_t>* numbers = nullptr;
    if (v.op == Op::ColumnI && in_range(v.index, k.columns.size()))
      numbers = &k.columns[static_cast<std::size_t>(v.index)].integers;
    if (v.op == Op::PeriodI && in_range(v.index, m_.period_columns.size()))
      numbers = &m_.period_columns[static_cast<std::size_t>(v.index)].integers;
    if (numbers != nullptr) {
      least += bound(*numbers, true);
      most += bound(*numbers, false);
    } else if (v.op == Op::ConstI) {
      least += v.integer;
      most += v.integer;
    }
  }
  void address(const Kernel& k, const Value& v) {
    if (v.op != Op::Load && v.op != Op::Store && v.op != Op::Accumulate) return;
    const auto slot_part = [&](ValueId id, Levels allowed) {
      if (!id) return true;
      const Value& part = k.values[id];
      return part.type == Type::I64 && (part.level & ~allowed) == 0;
    };
    check(slot_part(v.address.row_slot, Row), "addresses", "row_slot is not an i64 of level row");
    check(slot_part(v.address.period_slot, Period), "addresses", "period_slot is not an i64 of level period");
    if (k.step == 0) return;
    const std::int64_t steps = m_.periods / k.step, last_period = steps == 0 ? 0 : steps - 1;
    std::int64_t least = v.address.base;
    std::int64_t most = least + last_period * v.address.period_stride;
    if (v.address.row_slot) add_bounds(k, v.address.row_slot, least, most);
    if (v.address.period_slot) add_bounds(k, v.address.period_slot, least, most);
    check(least >= 0 && most < std::int64_t{m_.slots}, "slots",
          "slots " + std::to_string(least) + " to " + std::to_string(most) + " of " + std::to_string(m_.slots));
  }
  void row_table(const Kernel& k, const RowTable& t) {
    const auto parameter = [&](ValueId id) {
      return id && id.index() < k.values.size() && k.values[id].type == Type::F64 &&
             (k.values[id].level & ~Row) == 0;
    };
    check(parameter(t.a), "tables", "a row table's first parameter is not an f64 of level row");
    if (t.family == RowTable::Family::Beta || t.b)
      check(parameter(t.b), "tables", "a row table's second parameter is not an f64 of level row");
  }
};

}  // namespace

std::vector<std::string> verify(const Module& module) { return Verifier(module).run(); }

}  // namespace horizon::mir
