#include "compiler/driver/sobol.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <unordered_map>

#include "base/check.hpp"
#include "compiler/driver/halves.hpp"
#include "compiler/driver/plan.hpp"
#include "compiler/interp/interp.hpp"

namespace horizon::driver {
namespace {

/// Families that share one point set, the leading ones, have so many draws together at most. What the draws of one row do together counts
/// most for means, so a family never falls apart; beyond a dozen or two of dimensions a few hundred points are no more even in several of
/// them together than random ones.
constexpr std::uint32_t most_leading = 16;
constexpr std::uint32_t most_of_a_family = 1024;
constexpr std::size_t most_controls = 64;
constexpr std::size_t most_in_controls = 32;   // draws of a family

std::uint64_t family_of(const lower::DrawPlace& place) { return (std::uint64_t{place.kernel.value} + 1) << 32 | place.row; }

using Draws = std::vector<std::size_t>;

/// By falling importance; equals in the order of the draws.
Draws ordered(const std::vector<double>& importance) {
  Draws order(importance.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return importance[x] > importance[y]; });
  return order;
}

/// The families by falling importance, which is that of all their draws together; their draws likewise.
std::vector<Draws> families_of(const Compiled& compiled, const std::vector<double>& importance) {
  std::unordered_map<std::uint64_t, std::size_t> number;
  std::vector<Draws> families;
  std::vector<double> sums;
  for (const std::size_t draw : ordered(importance)) {
    const auto [at, is_new] = number.emplace(compiled.draws[draw].family, families.size());
    if (is_new) {
      families.emplace_back();
      sums.push_back(0);
    }
    families[at->second].push_back(draw);
    sums[at->second] += importance[draw];
  }
  std::vector<Draws> result;
  for (const std::size_t family : ordered(sums)) result.push_back(std::move(families[family]));
  return result;
}

std::vector<Dimension> choose(const Compiled& compiled, const std::vector<double>& importance) {
  std::vector<Dimension> result;
  bool leading = true;
  for (const Draws& family : families_of(compiled, importance)) {
    leading = leading && (result.empty() || result.size() + family.size() <= most_leading);
    std::uint32_t dimension = leading ? static_cast<std::uint32_t>(result.size()) : 0;
    for (const std::size_t draw : family)
      if (dimension < most_of_a_family && result.size() < compiled.placed->slots) result.push_back({draw, leading, dimension++});
  }
  return result;
}

/// The indicator of a chance, alone and with each other draw of its family: what they do together is most of what evenly spread points
/// leave of a mean's error. Several chances of one family meet once.
void add_controls(const Compiled& compiled, const std::vector<double>& importance, const std::vector<Dimension>& dimensions,
                  const std::vector<std::uint32_t>& family, std::vector<std::pair<double, plan::Control>>& controls) {
  const auto draw = [&](std::uint32_t k) { return compiled.draws[dimensions[k].draw]; };
  const auto factor = [&](std::uint32_t k) { return plan::ControlFactor{k, draw(k).chance}; };
  const auto weight = [&](std::uint32_t k) { return importance[dimensions[k].draw]; };
  const auto is_chance = [&](std::uint32_t k) { return draw(k).chance && *draw(k).chance > 0 && *draw(k).chance < 1; };
  double all = 0;
  for (const std::uint32_t k : family) all += weight(k);
  if (!(all > 0)) return;
  for (const std::uint32_t k : family) {
    if (!is_chance(k)) continue;
    controls.push_back({weight(k), {factor(k), std::nullopt}});
    for (const std::uint32_t other : family) {
      if (other == k || (draw(other).chance && (other < k || !is_chance(other)))) continue;
      controls.push_back({weight(k) * weight(other) / all, {factor(k), factor(other)}});
    }
  }
}

/// By falling share of the variance of the forecasts, as far as importance tells.
std::vector<plan::Control> choose_controls(const Compiled& compiled, const std::vector<double>& importance,
                                           const std::vector<Dimension>& dimensions) {
  std::unordered_map<std::uint64_t, std::size_t> number;
  std::vector<std::vector<std::uint32_t>> families;
  for (std::uint32_t k = 0; k < dimensions.size(); ++k) {
    const auto [at, is_new] = number.emplace(compiled.draws[dimensions[k].draw].family, families.size());
    if (is_new) families.emplace_back();
    if (families[at->second].size() < most_in_controls) families[at->second].push_back(k);
  }
  std::vector<std::pair<double, plan::Control>> controls;
  for (const auto& family : families) add_controls(compiled, importance, dimensions, family, controls);
  std::stable_sort(controls.begin(), controls.end(), [](const auto& x, const auto& y) { return x.first > y.first; });
  std::vector<plan::Control> result;
  for (const auto& [weight, control] : controls)
    if (result.size() < most_controls) result.push_back(control);
  return result;
}

/// The module with the places of the draws in its columns; without quantile tables, which do not depend on them.
mir::Module with_places(const PlacedDraws& placed, const std::unordered_map<std::uint64_t, std::int64_t>& place_of_id) {
  mir::Module module = *placed.module;
  for (const lower::DrawPlace& place : placed.draws) {
    mir::Kernel& kernel = module.kernels[place.kernel];
    const auto column = std::find_if(kernel.columns.begin(), kernel.columns.end(), [&](const mir::Column& c) { return c.name == place.column; });
    const auto at = place_of_id.find(static_cast<std::uint64_t>(place.id));
    if (column != kernel.columns.end() && at != place_of_id.end()) column->integers[place.row] = at->second;   // a column may be dead
  }
  for (mir::Kernel& kernel : module.kernels) kernel.row_tables.clear();
  return module;
}

}  // namespace

void list_draws(Compiled& compiled, std::shared_ptr<const mir::Module> module, lower::Lowered& lowered) {
  auto placed = std::make_shared<PlacedDraws>();
  placed->module = std::move(module);
  placed->draws = std::move(lowered.draws);
  placed->first_slot = lowered.first_draw_slot;
  placed->slots = lowered.draw_slots;
  std::unordered_map<std::int64_t, bool> seen;
  for (const lower::DrawPlace& place : placed->draws)
    if (seen.emplace(place.id, true).second)
      compiled.draws.push_back({static_cast<std::uint64_t>(place.id), place.key, family_of(place), place.chance});
  compiled.placed = std::move(placed);
}

std::vector<Dimension> give_dimensions(Compiled& compiled, const std::vector<double>& importance) {
  HZ_CHECK(compiled.plan && compiled.placed && importance.size() == compiled.draws.size());
  std::vector<Dimension> dimensions = choose(compiled, importance);
  std::unordered_map<std::uint64_t, std::int64_t> place_of_id;
  plan::SobolDraws sobol;
  sobol.first_slot = compiled.placed->first_slot + 1;
  for (const Dimension& d : dimensions) {
    const Draw& draw = compiled.draws[d.draw];
    sobol.draws.push_back({draw.id, d.leading ? 0 : draw.family, d.dimension});
    place_of_id[draw.id] = static_cast<std::int64_t>(sobol.draws.size());
  }
  sobol.controls = choose_controls(compiled, importance, dimensions);
  const auto module = std::make_shared<mir::Module>(with_places(*compiled.placed, place_of_id));
  for (std::size_t k = 0; k < module->kernels.size(); ++k) {
    plan::Kernel& kernel = compiled.plan->kernels[k];
    const std::uint64_t room = kernel.in_parts() ? 0 : std::numeric_limits<std::uint64_t>::max();
    put_numbers(kernel, interp::prologue(*module, mir::KernelId(k), room), module);
  }
  std::unordered_map<std::uint64_t, double> importance_of;
  for (std::size_t k = 0; k < importance.size(); ++k) importance_of.emplace(compiled.draws[k].id, importance[k]);
  const std::uint64_t first_slot = compiled.placed->first_slot;
  sobol.halves = halves(*module, *compiled.plan, sobol.draws, first_slot, first_slot + compiled.placed->slots + 1, importance_of);
  forget_rows(*module);
  compiled.plan->sobol = std::move(sobol);
  return dimensions;
}

}  // namespace horizon::driver
