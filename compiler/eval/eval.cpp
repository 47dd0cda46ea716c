#include "compiler/eval/eval.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "compiler/eval/live.hpp"
#include "compiler/eval/machine.hpp"

namespace horizon::eval {
namespace {

/// Computes the live quantities of one period. Going through the periods in order keeps prev shallow: its value is there.
void compute_period(Machine& machine, const Live& live, std::size_t period) {
  const Model& model = machine.model();
  for (std::size_t i = 0; i < model.quantities.size(); ++i) {
    if (!live.quantities[i]) continue;
    const QuantityId id(i);
    for (std::size_t row = 0; row < model.groups[model.quantities[id].group].rows(); ++row) machine.quantity(id, row, period);
  }
}

// ---- forecasts ---------------------------------------------------------------------------------------------------

/// For each report cell of a period, labels in order of declaration and `all` last, the last dimension fastest: the cells of
/// the measure that it adds up.
std::vector<std::vector<std::size_t>> report_cells(const Model& model, const model::Forecast& forecast) {
  const Type& type = model.exprs[forecast.measure].type;
  std::vector<std::vector<std::size_t>> result{{}};
  for (std::size_t cell = 0; cell < model::cells(model, type); ++cell) result[0].push_back(cell);
  for (const model::DimensionId dimension : forecast.dimensions) {
    const auto label_of = labels_of_cells(model, type, dimension);
    const std::size_t labels = model.dimensions[dimension].labels.size();
    std::vector<std::vector<std::size_t>> finer;
    for (const auto& all : result) {
      for (std::size_t label = 0; label < labels; ++label) {
        finer.emplace_back();
        for (const std::size_t cell : all)
          if (label_of[cell] == label) finer.back().push_back(cell);
      }
      finer.push_back(all);
    }
    result = std::move(finer);
  }
  return result;
}

std::vector<double> report(Machine& machine, const model::Forecast& forecast) {
  const Model& model = machine.model();
  const auto periods = model::report_periods(model.grid, forecast.grain);
  const auto cells = report_cells(model, forecast);
  std::vector<double> sum(periods.names.size() * cells.size(), 0), months(periods.names.size(), 0);
  for (std::size_t p = 0; p < machine.periods(); ++p) {
    const Cells measure = machine.value(forecast.measure, GroupId(0), 0, p);
    const auto at = static_cast<std::size_t>(periods.of_period[p]);
    const double length = machine.period(p).months;
    months[at] += length;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      double value = 0;
      for (const std::size_t cell : cells[c]) value += measure[cell];
      double& total = sum[at * cells.size() + c];
      total = forecast.over == model::Forecast::Over::End ? value : total + value * length;
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    if (forecast.over == model::Forecast::Over::Mean) sum[i] /= months[i / cells.size()];
    sum[i] /= forecast.unit_scale;
  }
  return sum;
}

// ---- faults ------------------------------------------------------------------------------------------------------

/// The component k of a value of this type is no number that a run can go on with. Dates may be `never`, and what is
/// counted from `never` is infinite, too.
bool is_bad(double number, const Type& type) {
  if (type.sort == types::Sort::Date || type.sort == types::Sort::Duration) return std::isnan(number);
  return !std::isfinite(number);
}

std::optional<double> bad_number(const Cells& cells, const Type& type) {
  for (const double number : cells)
    if (is_bad(number, type)) return number;
  return std::nullopt;
}

std::string period_name(const Model& model, std::size_t period) {
  const model::Grain grain = model.grid.months % 12 == 0  ? model::Grain::Year
                             : model.grid.months % 3 == 0 ? model::Grain::Quarter
                                                          : model::Grain::Month;
  return model::report_periods({model.grid.start + static_cast<int>(period) * model.grid.months, model.grid.months, 1}, grain)
      .names[0];
}

std::string group_path(const Model& model, GroupId id, std::size_t row) {
  const model::Group& group = model.groups[id];
  if (group.name.empty()) return "the scenario";
  return group.is_family ? group.name + "[\"" + group.keys[row] + "\"]" : group.name;
}

class FaultFinder {
 public:
  FaultFinder(Machine& machine, const Live& live) : machine_(machine), model_(machine.model()), live_(live) {}

  std::optional<Fault> in_period(std::size_t period) {
    for (const model::Forecast& forecast : model_.forecasts)
      if (auto fault = from_expression(forecast.measure, GroupId(0), 0, period, forecast.name, forecast.confidential))
        return fault;
    for (const model::Requirement& requirement : model_.requirements) {
      if (!live_.groups[requirement.group.index()]) continue;
      for (std::size_t row = 0; row < model_.groups[requirement.group].rows(); ++row)
        if (auto fault = from_requirement(requirement, row, period)) return fault;
    }
    if (const auto& disorder = machine_.disorder()) {
      return Fault{group_path(model_, disorder->group, disorder->row), period_name(model_, disorder->period),
                   "breaks a requirement: the dates of `dated` must stand in order", disorder->span, false, 0};
    }
    return std::nullopt;
  }

 private:
  std::optional<Fault> from_expression(ExprId expr, GroupId group, std::size_t row, std::size_t period,
                                       const std::string& name, bool confidential) {
    const auto number = bad_number(machine_.value(expr, group, row, period), model_.exprs[expr].type);
    if (!number) return std::nullopt;
    if (auto cause = cause_in(expr, Place{group, row, period, 0, {}})) return cause;
    return not_a_number(name, *number, period, model_.exprs[expr].span, confidential);
  }

  Fault not_a_number(const std::string& path, double number, std::size_t period, model::Span span, bool confidential) {
    return {path, period_name(model_, period), std::isnan(number) ? "is not a number" : "is infinite", span, confidential,
            number};
  }

  std::optional<Fault> from_requirement(const model::Requirement& requirement, std::size_t row, std::size_t period) {
    const Cells truth = machine_.value(requirement.condition, requirement.group, row, period);
    if (std::all_of(truth.begin(), truth.end(), [](double t) { return t != 0; })) return std::nullopt;
    if (auto cause = cause_in(requirement.condition, Place{requirement.group, row, period, 0, {}})) return cause;
    return Fault{group_path(model_, requirement.group, row), period_name(model_, period),
                 "breaks a requirement: " + requirement.text, requirement.span, false, 0};
  }

  /// The first quantity behind an expression that is bad although all that it is made of is good.
  std::optional<Fault> cause_in(ExprId root, const Place& place) {
    std::vector<ExprId> open{root};
    std::set<ExprId> seen;
    while (!open.empty()) {
      const ExprId id = open.back();
      open.pop_back();
      if (!seen.insert(id).second) continue;
      const Expr& expr = model_.exprs[id];
      for (const Read& read : reads(model_, expr, place)) {
        if (read.lagged && place.period == 0) continue;
        for (const std::size_t row : read.rows)
          if (auto fault = cause(read.quantity, row, place.period - (read.lagged ? 1 : 0))) return fault;
      }
      for (std::size_t i = expr.args.size(); i-- > 0;) open.push_back(expr.args[i]);
    }
    return std::nullopt;
  }

  std::optional<Fault> cause(QuantityId id, std::size_t row, std::size_t period) {
    const model::Quantity& q = model_.quantities[id];
    const auto number = bad_number(machine_.quantity(id, row, period), q.type);
    if (!number || !visited_.insert({id, row, period}).second) return std::nullopt;
    if (auto deeper = cause_in(q.definition, Place{q.group, row, period, 0, {}})) return deeper;
    return not_a_number(model::path(model_, id, row), *number, period, q.span, q.confidential);
  }

  Machine& machine_;
  const Model& model_;
  const Live& live_;
  std::set<std::tuple<QuantityId, std::size_t, std::size_t>> visited_;
};

}  // namespace

FutureResult evaluate(const Model& model, std::uint64_t seed, std::uint64_t future, const SobolDraws& sobol) {
  Machine machine(model, seed, future, sobol);
  const Live live = find_live(model);
  for (std::size_t p = 0; p < machine.periods(); ++p) compute_period(machine, live, p);
  FutureResult result;
  for (const model::Forecast& forecast : model.forecasts) result.forecasts.push_back(report(machine, forecast));
  return result;
}

std::optional<Fault> find_fault(const Model& model, std::uint64_t seed, std::uint64_t future, const SobolDraws& sobol) {
  Machine machine(model, seed, future, sobol);
  const Live live = find_live(model);
  for (std::size_t p = 0; p < machine.periods(); ++p) {
    compute_period(machine, live, p);
    if (auto fault = FaultFinder(machine, live).in_period(p)) return fault;
  }
  return std::nullopt;
}

}  // namespace horizon::eval
