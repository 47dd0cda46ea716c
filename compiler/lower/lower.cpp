#include "compiler/lower/lower.hpp"

#include "compiler/lower/batches.hpp"

namespace horizon::lower {

diag::WithDiags<Lowered> lower(const model::Model& model, const schedule::Schedule& schedule) {
  diag::WithDiags<Lowered> result;
  const Analysis analysis = analyse(model, schedule);
  Program program(model, analysis, result.value, result.diagnostics);
  for (const auto& level : analysis.levels) {
    std::vector<const StagePlan*> at_a_stretch;
    for (const StagePlan& plan : level)
      if (!plan.period_by_period) at_a_stretch.push_back(&plan);
    lower_batches(program, at_a_stretch);
    for (const StagePlan& plan : level)
      if (plan.period_by_period) lower_loop(program, plan);
  }
  program.finish();
  return result;
}

}  // namespace horizon::lower
