// Code of the future level waits for itself: draws, their quantiles and what is made of them are chains of dependent steps. Two registers
// of futures at once fill the gaps, at twice the code: for kernels that are much of the whole.
#include <algorithm>
#include <vector>

#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

/// Of all work of the future level, counted as rows times values: where it is spread over many kernels of a few rows each, machine code
/// of twice the length would cost more than it saves.
constexpr std::size_t least_share = 8;     ///< an eighth
constexpr std::size_t most_sums = 128;     ///< that a future may have where futures are gathered: those of a block stand on the stack, 0.3 MB
constexpr std::size_t least_values = 40;   ///< shorter code has no gaps to fill

std::size_t future_values(const mir::Kernel& kernel) {
  return static_cast<std::size_t>(std::count_if(kernel.values.begin(), kernel.values.end(), [](const mir::Value& v) {
    return (v.level & mir::Future) != 0 && (v.level & mir::Period) == 0;
  }));
}

}  // namespace

void use_two_registers(mir::Module& module) {
  std::vector<std::size_t> work(module.kernels.size());
  std::size_t all = 0;
  for (const mir::Stage& stage : module.stages) {
    for (const mir::KernelId id : stage.kernels) {
      const std::size_t values = future_values(module.kernels[id]);
      all += values * module.kernels[id].rows;
      if (!stage.period_by_period && values >= least_values) work[id.index()] = values * module.kernels[id].rows;
    }
  }
  for (std::size_t i = 0; i < work.size(); ++i)
    if (work[i] > 0 && work[i] * least_share >= all) module.kernels[mir::KernelId(i)].registers = 2;
}

void gather_futures(mir::Module& module, std::uint32_t rows) {
  for (mir::Kernel& k : module.kernels) {
    const auto sums = static_cast<std::size_t>(
        std::count_if(k.values.begin(), k.values.end(), [](const mir::Value& v) { return v.op == mir::Op::Accumulate; }));
    k.gathered = k.registers == 2 && k.rows >= rows && sums * (module.periods / k.step) <= most_sums;
  }
}

}  // namespace horizon::opt
