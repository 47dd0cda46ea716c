#include <algorithm>

#include "compiler/opt/moved.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Op;
using mir::ValueId;

/// Marks what effects need, through state and quantile tables too.
class Marks {
 public:
  explicit Marks(const mir::Kernel& kernel)
      : values(kernel.values.size()), states(kernel.state.size()), tables(kernel.row_tables.size()), kernel_(kernel) {
    for (std::size_t i = 0; i < kernel.values.size(); ++i) {
      const mir::Value& v = kernel.values[ValueId(i)];
      if (mir::info(v.op).effect && v.op != Op::Load) mark(ValueId(i));
    }
    while (!open_.empty()) {
      const ValueId id = open_.back();
      open_.pop_back();
      visit(kernel.values[id]);
    }
  }
  std::vector<bool> values, states, tables;

 private:
  void mark(ValueId id) {
    if (!id || values[id.index()]) return;
    values[id.index()] = true;
    open_.push_back(id);
  }
  void visit(const mir::Value& v) {
    for (const ValueId arg : v.args) mark(arg);
    mark(v.address.row_slot);
    mark(v.address.period_slot);
    const auto at = static_cast<std::size_t>(v.index);
    if (v.op == Op::Prev) {
      states[at] = true;
      mark(kernel_.state[at].next);
      mark(kernel_.state[at].first);
    }
    if (v.op == Op::RowTableF) {
      tables[at] = true;
      mark(kernel_.row_tables[at].a);
      mark(kernel_.row_tables[at].b);
    }
  }
  const mir::Kernel& kernel_;
  std::vector<ValueId> open_;
};

/// New numbers for what is kept; -1 for the rest.
std::vector<std::int32_t> renumber(const std::vector<bool>& kept) {
  std::vector<std::int32_t> result(kept.size(), -1);
  std::int32_t next = 0;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) result[i] = next++;
  return result;
}

template <class T>
void keep(std::vector<T>& items, const std::vector<bool>& kept) {
  std::size_t at = 0;
  std::erase_if(items, [&](const T&) { return !kept[at++]; });
}

void drop(mir::Kernel& kernel) {
  const Marks marks(kernel);
  std::vector<bool> columns(kernel.columns.size());
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    const mir::Value& v = kernel.values[ValueId(i)];
    if (marks.values[i] && (v.op == Op::ColumnF || v.op == Op::ColumnI)) columns[static_cast<std::size_t>(v.index)] = true;
  }
  const auto new_value = renumber(marks.values), new_column = renumber(columns), new_state = renumber(marks.states),
             new_table = renumber(marks.tables);
  const auto move = [&](ValueId& id) {
    if (id) id = ValueId(static_cast<std::size_t>(new_value[id.index()]));
  };
  Store<ValueId, mir::Value> values;
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    if (!marks.values[i]) continue;
    mir::Value v = std::move(kernel.values[ValueId(i)]);
    move_operands(v, move);
    const auto at = static_cast<std::size_t>(v.index);
    if (v.op == Op::ColumnF || v.op == Op::ColumnI) v.index = new_column[at];
    if (v.op == Op::Prev) v.index = new_state[at];
    if (v.op == Op::RowTableF) v.index = new_table[at];
    values.add(std::move(v));
  }
  kernel.values = std::move(values);
  keep(kernel.columns, columns);
  keep(kernel.state, marks.states);
  keep(kernel.row_tables, marks.tables);
  move_uses(kernel, move);
}

}  // namespace

void drop_dead_values(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels) drop(kernel);
}

}  // namespace horizon::opt
