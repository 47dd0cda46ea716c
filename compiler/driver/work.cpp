// Counts what a run does, for `horizon run --stats`.
#include "compiler/driver/plan.hpp"

namespace horizon::driver {
namespace {

/// A draw is one call of a function of the seed and the future's number: Philox.
bool is_draw(const mir::Kernel& kernel, const mir::Value& v) {
  if (v.op != mir::Op::Call) return false;
  for (const mir::ValueId arg : v.args) {
    if (kernel.values[arg].op == mir::Op::Seed) return true;
  }
  return false;
}

bool computes(const mir::Value& v) {
  return v.op != mir::Op::ConstF && v.op != mir::Op::ConstI && v.op != mir::Op::Param && v.op != mir::Op::Seed &&
         v.op != mir::Op::FutureNo;
}

}  // namespace

Work work_of(const mir::Module& module) {
  Store<mir::FunctionId, std::uint64_t> cost;   // functions call only those before them
  const auto cost_of = [&](const mir::Value& v) -> std::uint64_t {
    if (!computes(v)) return 0;
    return v.op == mir::Op::Call ? cost[v.function] : 1;
  };
  for (const mir::Function& f : module.functions) {
    std::uint64_t sum = 0;
    for (const mir::Value& v : f.values) sum += cost_of(v);
    cost.add(sum);
  }
  Work work;
  for (const mir::Kernel& kernel : module.kernels) {
    work.row_periods += std::uint64_t{kernel.rows} * module.periods;
    const std::uint32_t steps = module.periods / kernel.step;
    for (const mir::Value& v : kernel.values) {
      if ((v.level & mir::Future) == 0) continue;
      const std::uint64_t times = std::uint64_t{kernel.rows} * ((v.level & mir::Period) != 0 ? steps : 1);
      work.operations += times * cost_of(v);
      if (is_draw(kernel, v)) work.draws += times;
    }
  }
  return work;
}

}  // namespace horizon::driver
