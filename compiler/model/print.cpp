// The model as text, for `horizon emit --stage=model`: groups, then quantities in order of declaration.
#include "compiler/model/text.hpp"

namespace horizon::model {
namespace {

struct Printer {
  const Model& model;
  std::string out;
  std::vector<std::vector<QuantityId>> members;                ///< by group
  std::vector<std::vector<const Requirement*>> requirements;   ///< by group

  void line(const std::string& text) { out += text + "\n"; }

  void definition(GroupId group, const std::string& head, ExprId expr, bool hide, const std::string& tail) {
    const auto printed = ExprPrinter(model, group, hide).print(expr);
    line("  " + head + printed.text + tail);
    for (const std::string& shared : printed.shared) line("    where " + shared);
  }

  void header() {
    const Grid& grid = model.grid;
    const auto names = report_periods(grid, grid.months % 12 == 0  ? Grain::Year
                                            : grid.months % 3 == 0 ? Grain::Quarter
                                                                   : Grain::Month)
                           .names;
    line("// Numbers are canonical: time in months, percent as 0.01.");
    if (!names.empty()) {
      line("horizon " + names.front() + ".." + names.back() + ", " + std::to_string(grid.periods) + " periods of " +
           std::to_string(grid.months) + (grid.months == 1 ? " month" : " months"));
    }
    if (!model.currency.empty()) line("currency " + model.currency);
    for (const Dimension& dimension : model.dimensions) {
      std::string text = "dimension " + dimension.name + " {";
      for (std::size_t i = 0; i < dimension.labels.size(); ++i)
        text += (i ? ", " : " ") + dimension.labels[i].name;
      line(text + " }");
    }
  }

  void quantity(const Quantity& q) {
    std::string tail;
    if (q.confidential) tail += "  confidential";
    if (q.hidden) tail += "  // made by the compiler";
    definition(q.group, q.name + " : " + type_text(model, q.type) + " = ", q.definition, q.confidential, tail);
  }

  void group(GroupId id) {
    const Group& g = model.groups[id];
    line("");
    if (g.name.empty()) {
      line("scenario {");
    } else {
      line(g.kind + " " + g.name + (g.is_family ? ", " + std::to_string(g.rows()) + " rows" : "") + " {");
    }
    for (const Column& column : g.columns) line("  row." + column.name + " : " + type_text(model, column.type));
    for (const QuantityId q : members[id.index()]) quantity(model.quantities[q]);
    for (const Requirement* r : requirements[id.index()])
      definition(id, "require ", r->condition, false, r->text.empty() ? "" : "  // " + r->text);
    line("}");
  }

  void forecast(const Forecast& f) {
    line("");
    line("forecast " + f.name + " {");
    definition(GroupId(0), "measure = ", f.measure, f.confidential, "");
    std::string by(grain_name(f.grain));
    for (const DimensionId dimension : f.dimensions) by += ", " + model.dimensions[dimension].name;
    line("  by = " + by);
    const char* over = f.over == Forecast::Over::Total ? "total" : f.over == Forecast::Over::Mean ? "mean" : "at end";
    line(std::string("  show = ") + over + ", in " + f.unit + " of " + number_text(f.unit_scale));
    const auto periods = report_periods(model.grid, f.grain);
    for (const BudgetCell& cell : f.budget) {
      std::string text = "  budget " + periods.names[static_cast<std::size_t>(cell.period)];
      for (std::size_t i = 0; i < cell.labels.size(); ++i)
        text += ", " + (cell.labels[i] < 0
                            ? std::string("all")
                            : model.dimensions[f.dimensions[i]].labels[static_cast<std::size_t>(cell.labels[i])].name);
      line(text + ": " + number_text(cell.value));
    }
    line("}");
  }
};

}  // namespace

std::string print(const Model& model) {
  Printer printer{model, {}, {}, {}};
  printer.members.resize(model.groups.size());
  printer.requirements.resize(model.groups.size());
  for (std::size_t i = 0; i < model.quantities.size(); ++i)
    printer.members[model.quantities[QuantityId(i)].group.index()].push_back(QuantityId(i));
  for (const Requirement& r : model.requirements) printer.requirements[r.group.index()].push_back(&r);
  printer.header();
  for (std::size_t i = 0; i < model.groups.size(); ++i) printer.group(GroupId(i));
  for (const Forecast& forecast : model.forecasts) printer.forecast(forecast);
  return std::move(printer.out);
}

}  // namespace horizon::model
