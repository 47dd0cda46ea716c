#include "compiler/opt/opt.hpp"

namespace horizon::opt {

void optimise(mir::Module& module, const Options& options) {
  if (options.identical_columns) merge_identical_columns(module);
  if (options.reciprocals) use_reciprocals(module);
  if (options.negative_exponents) use_negative_exponents(module);
  if (options.factors) group_factors(module);
  if (options.steps) use_steps(module);
  if (options.recurrences) use_recurrences(module);
  if (options.gates) use_gates(module);
  if (options.dead_values) drop_dead_values(module);
  if (options.two_registers) use_two_registers(module);
  if (options.gathered_rows > 0) gather_futures(module, options.gathered_rows);
}

}  // namespace horizon::opt
