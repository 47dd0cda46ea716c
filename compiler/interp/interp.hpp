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
  std::vector<std::size_t> row_tables;   ///< [row][row_table]: index into `tables` or `starts`
  /// In place of `tables` and `both_values`, where these together would be larger than is allowed: left to the run, as in plan::Kernel.
  std::vector<HzTableStart> starts;
  std::size_t both_of_row = 0;
  /// Like a kernel's callable, it needs the module, but neither its columns nor the names of its rows.
  std::function<void(std::uint32_t row_begin, std::uint32_t row_end, double* both)> make_both;
  std::vector<std::string> errors;       ///< parameters out of range, as sentences with the row's name
};
/// `ready`: memory for tables, if given.
Prologue prologue(const mir::Module& module, mir::KernelId kernel,
                  std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max(), ReadyMemory* ready = nullptr);

/// A callable with the ABI's meaning. `module` must outlive it.
std::function<void(const HzKernelArgs&)> setup_kernel(const mir::Module& module, mir::KernelId kernel);
std::function<void(const HzKernelArgs&)> run_kernel(const mir::Module& module, mir::KernelId kernel);

}  // namespace horizon::interp
