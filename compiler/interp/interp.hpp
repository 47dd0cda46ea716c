#pragma once
// A small interpreter of MIR: scalar, slow, obvious. It is the second engine (`--engine=interpreter`) that the machine code must
// match bit for bit, and it computes the prologue: all values that do not depend on the future.
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "compiler/mir/mir.hpp"
#include "runtime/abi/draw_layout.h"
#include "runtime/abi/kernel_abi.h"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::interp {

/// The arrays of a kernel's arguments that are known before a run, in the layout of HzKernelArgs. Which uniform value has
/// which place is decided by `mir::uniform_layout`, which codegen uses as well.
struct Prologue {
  std::vector<double> constants, row_values, time_values, both_values;
  rng::Tables tables;
  std::vector<HzTableStart> starts;      ///< in place of `tables`, where those would be larger than is allowed
  std::vector<std::size_t> row_tables;   ///< [row][row_table]: index into `tables` or `starts`
  std::vector<std::string> errors;       ///< parameters out of range, as sentences with the row's name
};
/// `ready`: memory for tables, if given.
Prologue prologue(const mir::Module& module, mir::KernelId kernel,
                  std::uint64_t most_table_bytes = std::numeric_limits<std::uint64_t>::max(), ReadyMemory* ready = nullptr);

/// A callable with the ABI's meaning. `module` must outlive it.
std::function<void(const HzKernelArgs&)> setup_kernel(const mir::Module& module, mir::KernelId kernel);
std::function<void(const HzKernelArgs&)> run_kernel(const mir::Module& module, mir::KernelId kernel);

}  // namespace horizon::interp
