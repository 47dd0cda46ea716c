#include "compiler/mir/layout.hpp"

namespace horizon::mir {
namespace {

/// Calls visit(operand) for everything that `value` reads.
template <class Visit>
void for_each_operand(const Value& value, Visit&& visit) {
  for (const ValueId id : value.args) visit(id);
  if (value.address.row_slot) visit(value.address.row_slot);
  if (value.address.period_slot) visit(value.address.period_slot);
}

bool stands_in_code(const Value& value) { return value.op == Op::ConstF || value.op == Op::ConstI; }

}  // namespace

UniformLayout uniform_layout(const Kernel& kernel) {
  std::vector<bool> used(kernel.values.size());
  for (const Value& value : kernel.values) {
    if ((value.level & Future) != 0) for_each_operand(value, [&](ValueId id) { used[id.index()] = true; });
  }
  for (const StateSlot& slot : kernel.state) {
    used[slot.next.index()] = true;
    if (slot.first) used[slot.first.index()] = true;
  }

  UniformLayout layout;
  layout.place.assign(kernel.values.size(), -1);
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    const Value& value = kernel.values[ValueId(i)];
    if (!used[i] || (value.level & Future) != 0 || stands_in_code(value)) continue;
    std::uint32_t& count = value.level == Constant ? layout.constants
                           : value.level == Row    ? layout.row_values
                           : value.level == Period ? layout.time_values
                                                   : layout.both_values;
    layout.place[i] = static_cast<std::int32_t>(count++);
  }
  return layout;
}

StateLayout state_layout(const Kernel& kernel, bool period_by_period) {
  StateLayout layout;
  layout.spill.assign(kernel.values.size(), -1);
  if (!period_by_period) return layout;
  std::vector<bool> used(kernel.values.size());
  for (const Value& value : kernel.values) {
    if ((value.level & Future) != 0 && (value.level & Period) != 0)
      for_each_operand(value, [&](ValueId id) { used[id.index()] = true; });
  }
  for (const StateSlot& slot : kernel.state) {
    used[slot.next.index()] = true;
    if (slot.first) used[slot.first.index()] = true;
  }

  layout.slots = static_cast<std::uint32_t>(kernel.state.size());
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    const Levels level = kernel.values[ValueId(i)].level;
    if (used[i] && (level & Future) != 0 && (level & Period) == 0)
      layout.spill[i] = static_cast<std::int32_t>(layout.slots++);
  }
  return layout;
}

}  // namespace horizon::mir
