// Code of the future level waits for itself: draws, their quantiles and what is made of them are chains of dependent steps. Two registers
// of futures at once fill the gaps, at twice the code: for the kernels with the most rows, whose code runs most often.
#include <algorithm>
#include <vector>

#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

/// Of the future level, in all kernels with two registers: compile time stays small where a scenario has many kernels of a few rows.
constexpr std::size_t most_values = 1500;
constexpr std::size_t least_values = 40;   ///< shorter code has no gaps to fill

std::size_t future_values(const mir::Kernel& kernel) {
  return static_cast<std::size_t>(std::count_if(kernel.values.begin(), kernel.values.end(), [](const mir::Value& v) {
    return (v.level & mir::Future) != 0 && (v.level & mir::Period) == 0;
  }));
}

}  // namespace

void use_two_registers(mir::Module& module) {
  std::vector<mir::KernelId> order;
  for (const mir::Stage& stage : module.stages)
    if (!stage.period_by_period) order.insert(order.end(), stage.kernels.begin(), stage.kernels.end());
  std::stable_sort(order.begin(), order.end(), [&](mir::KernelId a, mir::KernelId b) { return module.kernels[a].rows > module.kernels[b].rows; });
  std::size_t left = most_values;
  for (const mir::KernelId id : order) {
    const std::size_t size = future_values(module.kernels[id]);
    if (size < least_values || size > left) continue;
    left -= size;
    module.kernels[id].registers = 2;
  }
}

}  // namespace horizon::opt
