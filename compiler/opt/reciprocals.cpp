#include "compiler/mir/builder.hpp"
#include "compiler/opt/exact.hpp"
#include "compiler/opt/moved.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Op;
using mir::ValueId;

/// The divisor stays the same in a loop in which the dividend changes: over periods, or over futures.
bool leaves_the_loop(const mir::Kernel& kernel, const mir::Value& v) {
  if (v.op != Op::Div) return false;
  const mir::Levels x = kernel.values[v.args[0]].level, y = kernel.values[v.args[1]].level;
  const auto changes_only_above = [&](mir::Level loop) { return (x & loop) != 0 && (y & loop) == 0; };
  return changes_only_above(mir::Period) || (changes_only_above(mir::Future) && (y & mir::Period) == 0);
}

void rewrite(mir::Module& module, mir::Kernel& kernel) {
  const Exact exact(kernel);
  mir::Kernel result;
  mir::Builder b(module, result);
  std::vector<ValueId> now(kernel.values.size());
  const auto move = [&](ValueId& id) {
    if (id) id = now[id.index()];
  };
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    mir::Value v = kernel.values[ValueId(i)];
    const bool changes = leaves_the_loop(kernel, v) && !exact[ValueId(i)];
    move_operands(v, move);
    if (changes) {
      b.at(v.span);
      now[i] = b.mul({v.args[0]}, b.div(b.c(1), {v.args[1]})).id;
    } else {
      v.level = mir::Constant;   // derived anew
      now[i] = b.copy(v);
    }
  }
  kernel.values = std::move(result.values);
  move_uses(kernel, move);
}

}  // namespace

void use_reciprocals(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels) rewrite(module, kernel);
}

}  // namespace horizon::opt
