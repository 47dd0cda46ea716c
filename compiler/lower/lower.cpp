#include "compiler/lower/lower.hpp"

#include <algorithm>
#include <string_view>

#include "compiler/lower/batches.hpp"

namespace horizon::lower {

namespace {

/// All draws that have a place, as the kernels stand.
void list_draws(const Program& program, Lowered& lowered) {
  lowered.first_draw_slot = program.first_draw_slot;
  lowered.draw_slots = program.draw_slots;
  for (std::size_t k = 0; k < lowered.module.kernels.size(); ++k) {
    const mir::Kernel& kernel = lowered.module.kernels[mir::KernelId(k)];
    for (const mir::Column& places : kernel.columns) {
      if (!places.name.starts_with(place_of)) continue;
      const std::string name = places.name.substr(std::string_view(place_of).size());
      const auto ids = std::find_if(kernel.columns.begin(), kernel.columns.end(), [&](const mir::Column& c) { return c.name == name; });
      HZ_CHECK(ids != kernel.columns.end());
      for (std::uint32_t row = 0; row < kernel.rows; ++row) {
        const std::int64_t id = ids->integers[row];
        if (id == 0) continue;   // the factor of a row outside of all correlate blocks
        lowered.draws.push_back({id, program.draw_key(id), mir::KernelId(k), row, places.name, program.chance_of(id)});
      }
    }
  }
}

}  // namespace

diag::WithDiags<Lowered> lower(const model::Model& model, const schedule::Schedule& schedule, Draws draws) {
  diag::WithDiags<Lowered> result;
  const Analysis analysis = analyse(model, schedule);
  Program program(model, analysis, result.value, result.diagnostics, draws);
  for (const auto& level : analysis.levels) {
    std::vector<const StagePlan*> at_a_stretch;
    for (const StagePlan& plan : level)
      if (!plan.period_by_period) at_a_stretch.push_back(&plan);
    lower_batches(program, at_a_stretch);
    for (const StagePlan& plan : level)
      if (plan.period_by_period) lower_loop(program, plan);
  }
  place_outputs(program, result.value.report);
  program.finish();
  if (draws == Draws::Placed) list_draws(program, result.value);
  return result;
}

}  // namespace horizon::lower
