#pragma once
// Runs a MIR module for one block of futures with any engine, in the order that the runtime keeps.
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "compiler/interp/interp.hpp"
#include "compiler/mir/layout.hpp"
#include "compiler/mir/mir.hpp"

namespace horizon::testing {

struct EngineKernel {
  std::function<void(const HzKernelArgs&)> setup, run;
};
struct Block {
  std::vector<double> buffers;
  std::vector<std::uint8_t> fault;
};

inline std::vector<EngineKernel> interpreted(const mir::Module& module) {
  std::vector<EngineKernel> result;
  for (std::size_t i = 0; i < module.kernels.size(); ++i)
    result.push_back({interp::setup_kernel(module, mir::KernelId(i)), interp::run_kernel(module, mir::KernelId(i))});
  return result;
}

/// One kernel's data and arguments; not to be moved once made.
struct KernelData {
  interp::Prologue prologue;
  std::vector<const double*> row_tables;
  std::vector<double> state;
  HzKernelArgs args{};

  KernelData(const mir::Module& module, mir::KernelId id, bool by_period, std::uint32_t lanes)
      : prologue(interp::prologue(module, id)) {
    for (const std::size_t table : prologue.row_tables) row_tables.push_back(prologue.tables[table].data());
    const mir::Kernel& kernel = module.kernels[id];
    // Not a number on purpose: nothing may be read from the state that was not written.
    state.assign(std::size_t{kernel.rows} * mir::state_layout(kernel, by_period).slots * lanes,
                 std::numeric_limits<double>::quiet_NaN());
    args.constants = prologue.constants.data();
    args.row_values = prologue.row_values.data();
    args.time_values = prologue.time_values.data();
    args.both_values = prologue.both_values.data();
    args.row_tables = row_tables.data();
    args.state = state.data();
    args.lanes = lanes;
    args.row_end = kernel.rows;
    args.periods = args.period_end = module.periods / kernel.step;
  }
};

inline Block run_block(const mir::Module& module, const std::vector<EngineKernel>& engine, std::uint32_t lanes,
                       std::uint64_t seed = 1, std::uint64_t first_future = 0) {
  Block block;
  block.buffers.assign(std::size_t{module.slots} * lanes, 0.0);
  block.fault.assign(lanes, 0);
  std::uint32_t all_zeros = 1;
  for (const mir::Stage& stage : module.stages) {
    std::vector<std::unique_ptr<KernelData>> data;
    for (const mir::KernelId id : stage.kernels) {
      data.push_back(std::make_unique<KernelData>(module, id, stage.period_by_period, lanes));
      HzKernelArgs& args = data.back()->args;
      args.buffers = block.buffers.data();
      args.fault = block.fault.data();
      args.seed = seed;
      args.first_future = first_future;
      args.all_zeros = std::exchange(all_zeros, 0);
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
      const EngineKernel& kernel = engine[stage.kernels[i].index()];
      if (stage.period_by_period)
        kernel.setup(data[i]->args);
      else
        kernel.run(data[i]->args);
    }
    for (std::uint32_t t = 0; stage.period_by_period && t < module.periods; ++t) {
      for (std::size_t i = 0; i < data.size(); ++i) {
        data[i]->args.period_begin = t;
        data[i]->args.period_end = t + 1;
        engine[stage.kernels[i].index()].run(data[i]->args);
      }
    }
  }
  return block;
}

/// Where two blocks differ in a bit (any NaN equals any other); -1 where they are the same.
inline std::ptrdiff_t first_difference(const Block& a, const Block& b) {
  for (std::size_t i = 0; i < a.buffers.size(); ++i) {
    const double x = a.buffers[i], y = b.buffers[i];
    if (std::bit_cast<std::uint64_t>(x) != std::bit_cast<std::uint64_t>(y) && !(std::isnan(x) && std::isnan(y)))
      return static_cast<std::ptrdiff_t>(i);
  }
  for (std::size_t i = 0; i < a.fault.size(); ++i) {
    if (a.fault[i] != b.fault[i]) return static_cast<std::ptrdiff_t>(a.buffers.size() + i);
  }
  return -1;
}

}  // namespace horizon::testing
