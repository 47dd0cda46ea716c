#include "compiler/depend/depend.hpp"

#include "compiler/depend/cycles.hpp"
#include "compiler/depend/graph.hpp"

namespace horizon::depend {
namespace {

using Operands = std::vector<std::vector<QuantityId>>;  ///< by user

/// Marks what the forecasts need, and what the requirements of groups that are live because of it need in turn.
void slice(const Model& model, const Operands& operands, schedule::Schedule& result) {
  result.live.assign(model.quantities.size(), false);
  result.live_groups.assign(model.groups.size(), false);
  std::vector<model::ExprId> conditions, measures;
  for (const model::Requirement& requirement : model.requirements) conditions.push_back(requirement.condition);
  for (const model::Forecast& forecast : model.forecasts) measures.push_back(forecast.measure);
  const auto required = used_by(model, conditions);
  std::vector<std::vector<std::size_t>> requirements(model.groups.size());
  for (std::size_t i = 0; i < model.requirements.size(); ++i)
    requirements[model.requirements[i].group.index()].push_back(i);

  std::vector<QuantityId> open;
  const auto need_quantity = [&](QuantityId q) {
    if (result.live[q.index()]) return;
    result.live[q.index()] = true;
    open.push_back(q);
  };
  const auto need_group = [&](GroupId group) {
    if (result.live_groups[group.index()]) return;
    result.live_groups[group.index()] = true;
    for (const std::size_t i : requirements[group.index()])
      for (const QuantityId q : required[i]) need_quantity(q);
  };
  need_group(GroupId(0));
  for (const auto& used : used_by(model, measures))
    for (const QuantityId q : used) need_quantity(q);
  while (!open.empty()) {
    const QuantityId q = open.back();
    open.pop_back();
    need_group(model.quantities[q].group);
    for (const QuantityId operand : operands[q.index()]) need_quantity(operand);
  }
}

/// What differs between periods: what mentions time, and what uses such.
std::vector<bool> find_series(const Model& model, const std::vector<Use>& uses) {
  std::vector<std::vector<QuantityId>> users(model.quantities.size());
  for (const Use& use : uses) users[use.used.index()].push_back(use.user);
  std::vector<bool> series(model.quantities.size(), false);
  std::vector<QuantityId> open;
  const auto mark = [&](QuantityId q) {
    if (series[q.index()]) return;
    series[q.index()] = true;
    open.push_back(q);
  };
  const std::vector<bool> by_itself = mention_time(model);
  for (std::size_t i = 0; i < by_itself.size(); ++i)
    if (by_itself[i]) mark(QuantityId(i));
  while (!open.empty()) {
    const QuantityId q = open.back();
    open.pop_back();
    for (const QuantityId user : users[q.index()]) mark(user);
  }
  return series;
}

}  // namespace

diag::WithDiags<schedule::Schedule> order(const Model& model) {
  diag::WithDiags<schedule::Schedule> result;
  const std::vector<Use> all = uses(model);
  Operands operands(model.quantities.size());
  std::vector<Edge> same_period;
  for (const Use& use : all) {
    operands[use.user.index()].push_back(use.used);
    if (!use.lagged) same_period.push_back({use.user.index(), use.used.index()});
  }
  slice(model, operands, result.value);
  result.value.series = find_series(model, all);
  report_loops(model, all, result.diagnostics);
  if (result.diagnostics.has_errors()) return result;

  for (const std::size_t i : operands_first(model.quantities.size(), same_period))
    if (result.value.live[i]) result.value.order.emplace_back(i);
  return result;
}

}  // namespace horizon::depend
