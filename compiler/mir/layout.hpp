#pragma once
// Where the values that do not depend on the future stand in a kernel's arrays. Shared by the prologue and by codegen.
#include <cstdint>
#include <vector>

#include "compiler/mir/mir.hpp"

namespace horizon::mir {

/// A value below the future level that future-level code (or an address) uses: its array, by level, and its place in it.
/// i64 and mask values are stored as the bits of a double (mask: 0 or all ones). ConstF and ConstI have no place: they stand
/// in the code. Used means: operand, address, or a state slot's `next` or `first`, in code of the future level.
struct UniformLayout {
  std::vector<std::int32_t> place;        ///< by value: index in the array of its level, or -1
  std::uint32_t constants = 0, row_values = 0, time_values = 0, both_values = 0;
};
UniformLayout uniform_layout(const Kernel& kernel);

/// Slots of the kernel's state area per row, for kernels that run period by period: first one per StateSlot, then one per
/// value of level Future (not Period) that period-level code uses, in order of value id; `setup` fills the latter. Kernels
/// that run at a stretch keep all of it in registers and have no slots. Prev is 0 in period 0 in every engine.
struct StateLayout {
  std::vector<std::int32_t> spill;        ///< by value: state slot, or -1
  std::uint32_t slots = 0;
};
StateLayout state_layout(const Kernel& kernel, bool period_by_period);

}  // namespace horizon::mir
