// Invariants of a model. Every sentence begins with the name of the broken one:
//   scenario_first     group 0 is the scenario: no name, one row
//   ids_in_range       every id, index and row names something that is there
//   no_unknown_types   no type is Unknown: what was wrong in the text has been reported and does not get here
//   dimensions_in_order  a type's dimensions stand in order of declaration, each once
//   columns_complete   a column has rows * components numbers and no dimensions
//   arity              an operation has as many operands as it takes
//   no_loops           an expression is no part of itself
//   operand_types      operands broadcast to the result; components agree; tests are Events; dates are Dates
//   masks              the first operand of MaskMul is an Event or a part of the whole
//   rows_agree         a quantity of another group is read from a group of one row, or by RowOf
//   bound_in_cohort    Bound stands in the body of a Cohort only, and state and draws stand outside of it
//   draws_owned_once   each draw stands in the definition of its owner, and nowhere else
//   latents_by_row     a draw that is correlated says for each row of its group on which block it hangs
//   sets_aligned       terms of a reduction have rows, labels as many as rows; only sums have `by`
//   forecasts_in_grid  measures have the dimensions asked for, budgets lie in the horizon
#include <algorithm>

#include "compiler/model/verify_expr.hpp"

namespace horizon::model {
namespace {

bool in_range(std::size_t index, std::size_t size) { return index < size; }

void check_type(const Model& model, const Type& type, const std::string& where, Findings& findings) {
  if (type.sort == types::Sort::Unknown) findings.add("no_unknown_types", where + " has no known type");
  for (std::size_t i = 0; i < type.by.size(); ++i) {
    if (!in_range(type.by[i].index(), model.dimensions.size()))
      findings.add("ids_in_range", where + " has a dimension that is not there");
    if (i > 0 && !(type.by[i - 1] < type.by[i]))
      findings.add("dimensions_in_order", where + " has its dimensions out of order");
  }
  if (type.sort == types::Sort::Label && !in_range(type.label_of.index(), model.dimensions.size()))
    findings.add("ids_in_range", where + " is a label of a dimension that is not there");
}

void check_groups(const Model& model, Findings& findings) {
  if (model.groups.empty()) {
    findings.add("scenario_first", "there is no group");
    return;
  }
  const Group& scenario = model.groups[GroupId(0)];
  if (!scenario.name.empty() || scenario.rows() != 1 || scenario.is_family)
    findings.add("scenario_first", "group 0 is not the scenario");
  for (std::size_t i = 1; i < model.groups.size(); ++i) {
    const Group& group = model.groups[GroupId(i)];
    if (group.name.empty()) findings.add("scenario_first", "group " + std::to_string(i) + " has no name");
    if (!group.is_family && group.rows() != 1)
      findings.add("ids_in_range", "`" + group.name + "` is one instance, yet has rows");
  }
  for (const Group& group : model.groups) {
    for (const Column& column : group.columns) {
      const std::string where = "column `" + group.name + "." + column.name + "`";
      check_type(model, column.type, where, findings);
      const auto width = static_cast<std::size_t>(types::components(column.type));
      if (column.values.size() != group.rows() * width || !column.type.by.empty())
        findings.add("columns_complete", where + " has not one value a row");
    }
  }
}

void check_reductions(const Model& model, Findings& findings) {
  for (std::size_t i = 0; i < model.reductions.size(); ++i) {
    const Reduction& set = model.reductions[i];
    const std::string where = "reduction " + std::to_string(i);
    const bool by = set.by.has_value();
    if (by && set.reduce != Reduce::Sum) findings.add("sets_aligned", where + " is by a dimension, but no sum");
    if (by && !in_range(set.by.index(), model.dimensions.size())) {
      findings.add("ids_in_range", where + " is by a dimension that is not there");
      continue;
    }
    std::size_t members = 0;
    for (const SetTerm& term : set.terms) {
      if (!in_range(term.quantity.index(), model.quantities.size())) {
        findings.add("ids_in_range", where + " names a quantity that is not there");
        continue;
      }
      members += term.rows.size();
      const Group& group = model.groups[model.quantities[term.quantity].group];
      for (const std::uint32_t row : term.rows)
        if (!in_range(row, group.rows())) findings.add("ids_in_range", where + " names a row that is not there");
      if (term.labels.size() != (by ? term.rows.size() : 0))
        findings.add("sets_aligned", where + " has not a label for each row");
      for (const std::uint32_t label : term.labels)
        if (by && !in_range(label, model.dimensions[set.by].labels.size()))
          findings.add("ids_in_range", where + " names a label that is not there");
    }
    if (members == 0 && set.reduce != Reduce::Sum)
      findings.add("sets_aligned", where + " is a mean, min or max of nothing");
  }
}

void check_forecasts(const Model& model, Findings& findings) {
  for (const Forecast& forecast : model.forecasts) {
    const std::string where = "forecast `" + forecast.name + "`";
    const auto periods = report_periods(model.grid, forecast.grain).names.size();
    const Type& type = model.exprs[forecast.measure].type;
    for (const DimensionId dimension : forecast.dimensions)
      if (std::find(type.by.begin(), type.by.end(), dimension) == type.by.end())
        findings.add("forecasts_in_grid", where + " is by a dimension that its measure does not have");
    if (!std::is_sorted(forecast.dimensions.begin(), forecast.dimensions.end()))
      findings.add("dimensions_in_order", where + " has its dimensions out of order");
    if (types::components(type) != 1) findings.add("operand_types", where + " measures a Duration");
    if (!(forecast.unit_scale > 0)) findings.add("forecasts_in_grid", where + " has no unit to print in");
    for (const BudgetCell& cell : forecast.budget) {
      if (cell.period < 0 || !in_range(static_cast<std::size_t>(cell.period), periods) ||
          cell.labels.size() != forecast.dimensions.size()) {
        findings.add("forecasts_in_grid", where + " has a budget outside of what it reports");
        continue;
      }
      for (std::size_t i = 0; i < cell.labels.size(); ++i)
        if (cell.labels[i] >= static_cast<std::int32_t>(model.dimensions[forecast.dimensions[i]].labels.size()))
          findings.add("ids_in_range", where + " has a budget for a label that is not there");
    }
  }
}

void check_definitions(const Model& model, Findings& findings) {
  ExprChecker checker(model, findings);
  for (std::size_t i = 0; i < model.quantities.size(); ++i) {
    const Quantity& q = model.quantities[QuantityId(i)];
    const std::string where = "`" + q.name + "`";
    if (!in_range(q.group.index(), model.groups.size())) {
      findings.add("ids_in_range", where + " is in no group");
      continue;
    }
    check_type(model, q.type, where, findings);
    if (!checker.definition(q.definition, q.group, QuantityId(i), where)) continue;
    checker.broadcasts(model.exprs[q.definition].type, q.type, where);
  }
  for (const Requirement& requirement : model.requirements) {
    if (!in_range(requirement.group.index(), model.groups.size())) {
      findings.add("ids_in_range", "a requirement is in no group");
    } else if (checker.definition(requirement.condition, requirement.group, QuantityId(), "a requirement") &&
               model.exprs[requirement.condition].type.sort != types::Sort::Event) {
      findings.add("operand_types", "a requirement is no Event");
    }
  }
  for (const Forecast& forecast : model.forecasts)
    checker.definition(forecast.measure, GroupId(0), QuantityId(), "forecast `" + forecast.name + "`");
  checker.finish();
}

}  // namespace

std::vector<std::string> verify(const Model& model) {
  Findings findings;
  check_groups(model, findings);
  if (!findings.sentences.empty()) return findings.sentences;
  for (const Expr& expr : model.exprs) check_type(model, expr.type, "an expression", findings);
  for (const Expr& expr : model.exprs)
    for (const ExprId arg : expr.args)
      if (!in_range(arg.index(), model.exprs.size())) findings.add("ids_in_range", "an operand is not there");
  check_reductions(model, findings);
  if (!findings.sentences.empty()) return findings.sentences;  // what follows relies on it
  check_definitions(model, findings);
  if (findings.sentences.empty()) check_forecasts(model, findings);
  return findings.sentences;
}

}  // namespace horizon::model
