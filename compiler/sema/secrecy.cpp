// Confidentiality (rules.md K1, N16): what is computed from a confidential value is confidential. And the last tidying up:
// expressions that nothing reaches are dropped.
#include <algorithm>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

/// What an expression reads of other quantities, and whether it reads a confidential column.
void Checker::reads(ExprId id, std::set<std::uint32_t>& seen, std::vector<QuantityId>& quantities, bool& secret) {
  if (!id || !seen.insert(id.value).second) return;
  const model::Expr& expr = model_.exprs[id];
  if (secret_columns_.count(id.value)) secret = true;
  if (expr.quantity) quantities.push_back(expr.quantity);
  if (expr.op == Op::ReduceSet) {
    for (const model::SetTerm& term : model_.reductions[static_cast<std::size_t>(expr.set)].terms) {
      quantities.push_back(term.quantity);
    }
  }
  for (const ExprId arg : expr.args) reads(arg, seen, quantities, secret);
}

void Checker::spread_confidentiality() {
  const std::size_t count = model_.quantities.size();
  std::vector<std::vector<std::uint32_t>> users(count);
  std::vector<std::uint32_t> todo;
  for (std::size_t i = 0; i < count; ++i) {
    model::Quantity& quantity = model_.quantities[QuantityId(i)];
    std::set<std::uint32_t> seen;
    std::vector<QuantityId> used;
    reads(quantity.definition, seen, used, quantity.confidential);
    for (const QuantityId id : used) users[id.index()].push_back(static_cast<std::uint32_t>(i));
    if (quantity.confidential) todo.push_back(static_cast<std::uint32_t>(i));
  }
  while (!todo.empty()) {
    const std::uint32_t at = todo.back();
    todo.pop_back();
    for (const std::uint32_t user : users[at]) {
      model::Quantity& quantity = model_.quantities[QuantityId(user)];
      if (quantity.confidential) continue;
      quantity.confidential = true;
      todo.push_back(user);
    }
  }
  for (model::Forecast& forecast : model_.forecasts) {
    std::set<std::uint32_t> seen;
    std::vector<QuantityId> used;
    reads(forecast.measure, seen, used, forecast.confidential);
    for (const QuantityId id : used) forecast.confidential = forecast.confidential || model_.quantities[id].confidential;
  }
}

/// Instances (rows) that a forecast is made of, counted up to `enough`.
std::size_t Checker::contributors(const model::Forecast& forecast, std::size_t enough) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> rows;   // group, row
  std::vector<bool> seen(model_.exprs.size()), visited(model_.quantities.size());
  std::vector<ExprId> todo = {forecast.measure};
  const auto visit = [&](QuantityId id) {
    if (visited[id.index()]) return;
    visited[id.index()] = true;
    if (model_.quantities[id].definition) todo.push_back(model_.quantities[id].definition);
  };
  while (!todo.empty() && rows.size() < enough) {
    const ExprId at = todo.back();
    todo.pop_back();
    if (seen[at.index()]) continue;
    seen[at.index()] = true;
    const model::Expr& expr = model_.exprs[at];
    for (const ExprId arg : expr.args) todo.push_back(arg);
    if (expr.quantity) {
      const GroupId group = model_.quantities[expr.quantity].group;
      if (group.index() > 0 && !model_.groups[group].is_family) rows.emplace(group.value, 0);
      if (expr.op == Op::RowOf) rows.emplace(group.value, static_cast<std::uint32_t>(expr.index));
      visit(expr.quantity);
    }
    if (expr.op == Op::ReduceSet) {
      for (const model::SetTerm& term : model_.reductions[static_cast<std::size_t>(expr.set)].terms) {
        const GroupId group = model_.quantities[term.quantity].group;
        for (const std::uint32_t row : term.rows) {
          if (group.index() > 0) rows.emplace(group.value, row);
        }
        visit(term.quantity);
      }
    }
  }
  return rows.size();
}

void Checker::warn_of_few_contributors() {
  if (diagnostics_.has_errors()) return;   // what is at fault may be what makes them few
  for (model::Forecast& forecast : model_.forecasts) {
    forecast.few_contributors = forecast.confidential && contributors(forecast, 3) < 3;
    if (forecast.few_contributors) error(Code::FewContributors, forecast.span, {forecast.name});
  }
}

void Checker::compact() {
  // In the order of the ids that stay, so that the model does not depend on what was dropped.
  std::vector<bool> live(model_.exprs.size(), false);
  std::vector<ExprId> todo;
  const auto keep = [&](ExprId id) {
    if (id && !live[id.index()]) {
      live[id.index()] = true;
      todo.push_back(id);
    }
  };
  for (const model::Quantity& quantity : model_.quantities) keep(quantity.definition);
  for (const model::Requirement& requirement : model_.requirements) keep(requirement.condition);
  for (const model::Forecast& forecast : model_.forecasts) keep(forecast.measure);
  while (!todo.empty()) {
    const ExprId at = todo.back();
    todo.pop_back();
    for (const ExprId arg : model_.exprs[at].args) keep(arg);
  }
  std::vector<ExprId> moved(model_.exprs.size());
  Store<ExprId, model::Expr> kept;
  for (std::size_t i = 0; i < live.size(); ++i) {
    if (live[i]) moved[i] = kept.add(model_.exprs[ExprId(i)]);
  }
  for (model::Expr& expr : kept) {
    for (ExprId& arg : expr.args) arg = moved[arg.index()];
  }
  const auto move = [&](ExprId& id) {
    if (id) id = moved[id.index()];
  };
  for (model::Quantity& quantity : model_.quantities) move(quantity.definition);
  for (model::Requirement& requirement : model_.requirements) move(requirement.condition);
  for (model::Forecast& forecast : model_.forecasts) move(forecast.measure);
  model_.exprs = std::move(kept);
}

}  // namespace horizon::sema
