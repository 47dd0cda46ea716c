#include "compiler/mir/compare.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace horizon::mir {
namespace {

// Every struct is taken apart by a structured binding: whoever adds a member has to decide here what it means.

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class Items, class Same>
bool all_same(const Items& a, const Items& b, Same&& same) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool same(const Address& a, const Address& b) {
  const auto& [base, row_slot, period_stride, period_slot] = a;
  return base == b.base && row_slot == b.row_slot && period_stride == b.period_stride && period_slot == b.period_slot;
}

bool same(const Value& a, const Value& b) {
  const auto& [op, type, level, args, number, integer, index, function, address, span] = a;
  static_cast<void>(span);
  return op == b.op && type == b.type && level == b.level && args == b.args &&
         std::bit_cast<std::uint64_t>(number) == std::bit_cast<std::uint64_t>(b.number) && integer == b.integer && index == b.index &&
         function == b.function && same(address, b.address);
}
constexpr auto same_value = [](const Value& a, const Value& b) { return same(a, b); };

bool same(const Function& a, const Function& b) {
  const auto& [name, parameters, results, values] = a;
  return name == b.name && parameters == b.parameters && results == b.results && all_same(values, b.values, same_value);
}

bool same(const RowTable& a, const RowTable& b) {
  const auto& [family, first, second] = a;
  return family == b.family && first == b.a && second == b.b;
}

bool same(const StateSlot& a, const StateSlot& b) {
  const auto& [next, first] = a;
  return next == b.next && first == b.first;
}

bool same_type(const Column& a, const Column& b) { return a.type == b.type; }
bool same_numbers(const Column& a, const Column& b) {
  const auto& [name, type, numbers, integers, origin] = a;
  static_cast<void>(name);
  static_cast<void>(origin);
  return type == b.type && same_bits(numbers, b.numbers) && same_bits(integers, b.integers);
}

bool same_body(const Kernel& a, const Kernel& b) {
  const auto& [name, rows, step, registers, gathered, row_names, columns, row_tables, state, values] = a;
  static_cast<void>(name);
  static_cast<void>(rows);
  static_cast<void>(row_names);
  return step == b.step && registers == b.registers && gathered == b.gathered && all_same(columns, b.columns, same_type) &&
         all_same(row_tables, b.row_tables, [](const RowTable& x, const RowTable& y) { return same(x, y); }) &&
         all_same(state, b.state, [](const StateSlot& x, const StateSlot& y) { return same(x, y); }) &&
         all_same(values, b.values, same_value);
}

bool same(const Stage& a, const Stage& b) {
  const auto& [kernels, period_by_period] = a;
  return kernels == b.kernels && period_by_period == b.period_by_period;
}

}  // namespace

Comparison::Comparison(const Module& before, const Module& now) : before_(before), now_(now) {
  functions_ = all_same(before.functions, now.functions, [](const Function& a, const Function& b) { return same(a, b); });
  periods_ = before.periods == now.periods && all_same(before.period_columns, now.period_columns, same_numbers);
  for (std::size_t t = 0; t < std::min(before.tables.size(), now.tables.size()); ++t) {
    tables_.push_back(same_bits(before.tables[TableId(t)].numbers, now.tables[TableId(t)].numbers) ? 1 : 0);
  }
}

bool Comparison::same_code() const {
  const auto& [periods, period_numbers, tables, period_columns, functions, kernels, stages, slots, outputs, multiples] = before_;
  static_cast<void>(periods);
  static_cast<void>(period_numbers);
  static_cast<void>(multiples);   // kernels do not know of them
  if (!functions_ || tables.size() != now_.tables.size() || slots != now_.slots ||
      outputs != now_.outputs || !all_same(period_columns, now_.period_columns, same_type) ||
      !all_same(stages, now_.stages, [](const Stage& a, const Stage& b) { return same(a, b); }) ||
      !all_same(kernels, now_.kernels, same_body)) {
    return false;
  }
  // Tables that code looks up while it runs are in the code.
  const auto held = [&](const Value& v, bool runs) {
    if (v.op != Op::TableF || !runs) return true;
    const TableId table(static_cast<std::size_t>(v.index));
    return tables_[table.index()] != 0 && before_.tables[table].name == now_.tables[table].name;
  };
  const auto all_held = [&](const Store<ValueId, Value>& values, bool function) {
    return std::all_of(values.begin(), values.end(), [&](const Value& v) { return held(v, function || (v.level & Future) != 0); });
  };
  return std::all_of(functions.begin(), functions.end(), [&](const Function& f) { return all_held(f.values, true); }) &&
         std::all_of(kernels.begin(), kernels.end(), [&](const Kernel& k) { return all_held(k.values, false); });
}

bool Comparison::same_kernel(KernelId id) const {
  const Kernel& a = before_.kernels[id];
  const Kernel& b = now_.kernels[id];
  return functions_ && periods_ && before_.slots == now_.slots && a.rows == b.rows && same_body(a, b) &&
         all_same(a.columns, b.columns, same_numbers) && same_constants(b);
}

/// The entries of tables that a kernel reads: those at known places, else the whole table. Functions' tables are read whole.
bool Comparison::same_constants(const Kernel& k) const {
  const auto whole = [&](std::int32_t table) {
    const auto t = static_cast<std::size_t>(table);
    return t < tables_.size() && tables_[t] != 0;
  };
  for (const Value& v : k.values) {
    if (v.op != Op::TableF || whole(v.index)) continue;
    const Value& at = k.values[v.args.at(0)];
    const TableId table(static_cast<std::size_t>(v.index));
    if (at.op != Op::ConstI || table.index() >= tables_.size()) return false;
    const auto place = static_cast<std::size_t>(at.integer);
    const auto& x = before_.tables[table].numbers;
    const auto& y = now_.tables[table].numbers;
    if (place >= x.size() || place >= y.size() || std::bit_cast<std::uint64_t>(x[place]) != std::bit_cast<std::uint64_t>(y[place]))
      return false;
  }
  for (const Function& f : now_.functions) {
    for (const Value& v : f.values) {
      if (v.op == Op::TableF && !whole(v.index)) return false;
    }
  }
  return true;
}

}  // namespace horizon::mir
