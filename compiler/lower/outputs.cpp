// Forecasts: which output column is which cell.
#include "compiler/lower/program.hpp"

namespace horizon::lower {
namespace {

/// Labels of output `cell`: -1 is `all`, which comes last in every dimension.
std::vector<std::int32_t> labels_of(const Program& program, const model::Forecast& forecast, std::size_t cell) {
  std::vector<std::int32_t> labels(forecast.dimensions.size());
  for (std::size_t d = labels.size(); d-- > 0;) {
    const std::size_t count = program.labels(forecast.dimensions[d]);
    const std::size_t label = cell % (count + 1);
    labels[d] = label == count ? -1 : static_cast<std::int32_t>(label);
    cell /= count + 1;
  }
  return labels;
}

plan::ForecastSpec spec_of(const Program& program, const model::Forecast& forecast,
                           const model::ReportPeriods& periods) {
  plan::ForecastSpec spec{forecast.name, forecast.title, forecast.unit, {}, {}, false};
  for (const types::DimensionId d : forecast.dimensions) spec.dimensions.push_back(program.model.dimensions[d].name);
  const std::size_t cells = output_cells(program, forecast);
  for (std::size_t p = 0; p < periods.names.size(); ++p) {
    for (std::size_t c = 0; c < cells; ++c) {
      const std::vector<std::int32_t> labels = labels_of(program, forecast, c);
      plan::Cell cell{periods.names[p], {}, 0, {}};
      for (std::size_t d = 0; d < labels.size(); ++d) {
        const auto& names = program.model.dimensions[forecast.dimensions[d]].labels;
        cell.labels.push_back(labels[d] < 0 ? "all" : names[static_cast<std::size_t>(labels[d])].name);
      }
      for (const model::BudgetCell& budget : forecast.budget)
        if (budget.period == static_cast<std::int32_t>(p) && budget.labels == labels)
          cell.budget = budget.value / forecast.unit_scale;
      spec.cells.push_back(std::move(cell));
    }
  }
  spec.confidential_warning = forecast.few_contributors;
  return spec;
}

}  // namespace

std::size_t output_cells(const Program& program, const model::Forecast& forecast) {
  std::size_t count = 1;
  for (const types::DimensionId d : forecast.dimensions) count *= program.labels(d) + 1;
  return count;
}

void lay_out_outputs(Program& program, plan::ReportSpec& report) {
  std::vector<bool> used(program.model.dimensions.size());
  std::uint32_t next = ForecastOutputs::first_place;
  for (const model::Forecast& forecast : program.model.forecasts) {
    ForecastOutputs outputs{next, static_cast<std::uint32_t>(output_cells(program, forecast)),
                            model::report_periods(program.model.grid, forecast.grain)};
    report.forecasts.push_back(spec_of(program, forecast, outputs.periods));
    next += static_cast<std::uint32_t>(report.forecasts.back().cells.size());
    program.outputs.push_back(std::move(outputs));
    for (const types::DimensionId d : forecast.dimensions) used[d.index()] = true;
  }
  for (std::size_t d = 0; d < used.size(); ++d)
    if (used[d]) report.dimensions.push_back(program.model.dimensions[types::DimensionId(d)].name);
}

}  // namespace horizon::lower
