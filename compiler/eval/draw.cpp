#include <algorithm>
#include <cmath>

#include "compiler/eval/machine.hpp"
#include "runtime/rng/correlate.hpp"
#include "runtime/rng/draw_key.hpp"
#include "runtime/rng/philox.hpp"

namespace horizon::eval {
namespace {

using Each = model::DrawSpec::Each;

/// "2026", "2026-Q1", "2026-01": the label of the calendar unit that the period lies in; empty without `each` over time.
std::string time_label(const Model& model, Each each, std::size_t period) {
  if (each == Each::None) return "";
  const model::Grain grain = each == Each::Year      ? model::Grain::Year
                             : each == Each::Quarter ? model::Grain::Quarter
                                                     : model::Grain::Month;
  const auto periods = model::report_periods(model.grid, grain);
  return periods.names[static_cast<std::size_t>(periods.of_period[period])];
}

/// A Duration as the number that the draw's parameters are: days or ticks.
double in_unit_of(const model::DrawSpec& spec, double ticks, double days) {
  constexpr double days_per_tick = kDaysPerMonth / kTicksPerMonth;
  return spec.in_days ? days + ticks * days_per_tick : ticks + days / days_per_tick;
}

}  // namespace

bool Machine::is_fixed(ExprId id) {
  if (const auto known = fixed_.find(id.value); known != fixed_.end()) return known->second;
  const Expr& expr = model_.exprs[id];
  bool fixed = true;
  switch (expr.op) {
    case model::Op::Draw: case model::Op::ReduceSet: case model::Op::Now: case model::Op::PeriodStart:
    case model::Op::PeriodEnd: case model::Op::Since: case model::Op::After: case model::Op::During:
    case model::Op::Dated: case model::Op::Lump: case model::Op::Prev: case model::Op::Cumulative: case model::Op::Cohort:
      fixed = false;
      break;
    case model::Op::Ref: case model::Op::RowOf:
      fixed = is_fixed(model_.quantities[expr.quantity].definition);
      break;
    default:
      fixed = std::all_of(expr.args.begin(), expr.args.end(), [&](ExprId arg) { return is_fixed(arg); });
  }
  fixed_[id.value] = fixed;
  return fixed;
}

std::uint64_t Machine::bits_of_id(std::uint64_t id) const {
  const auto sobol = sobol_.find(id);
  return sobol == sobol_.end() ? rng::draw_bits(seed_, id, future_) : rng::sobol_bits(seed_, sobol->second, future_);
}

const std::vector<std::uint64_t>& Machine::draw_bits(const Expr& expr, const Place& place) {
  const model::DrawSpec& spec = model_.draws[static_cast<std::size_t>(expr.draw)];
  const std::string when = time_label(model_, spec.each, place.period);
  auto& bits = bits_[{expr.draw, place.row, when}];
  if (!bits.empty()) return bits;
  const std::string path = model::path(model_, spec.owner, place.row);
  std::vector<std::vector<std::size_t>> labels;
  for (const model::DimensionId dimension : spec.each_dimension)
    labels.push_back(labels_of_cells(model_, expr.type, dimension));
  for (std::size_t cell = 0; cell < model::cells(model_, expr.type); ++cell) {
    std::vector<std::string_view> words;
    for (std::size_t d = 0; d < labels.size(); ++d)
      words.push_back(model_.dimensions[spec.each_dimension[d]].labels[labels[d][cell]].name);
    if (spec.each != Each::None) words.push_back(when);
    bits.push_back(bits_of_id(rng::draw_id(rng::draw_key_text(path, words))));
    if (spec.latent.empty() || spec.latent[place.row].block < 0) continue;
    const model::Correlation& block = model_.correlations[static_cast<std::size_t>(spec.latent[place.row].block)];
    const rng::Loadings weights = rng::loadings(block.rank);
    const std::uint64_t factor = bits_of_id(rng::draw_id(block.name));
    rng::ScalarArith a;
    bits.back() = rng::correlated_bits(a, bits.back(), factor, spec.latent[place.row].negative ? -weights.shared : weights.shared, weights.own);
  }
  return bits;
}

Cells Machine::draw(const Expr& expr, Place& place) {
  const model::DrawSpec& spec = model_.draws[static_cast<std::size_t>(expr.draw)];
  struct Parameter {
    Cells cells;
    std::size_t components;
  };
  std::vector<Parameter> parameters;
  for (const ExprId arg : expr.args) {
    const Type& type = model_.exprs[arg].type;
    parameters.push_back({spread(value(arg, place), type, expr.type), static_cast<std::size_t>(types::components(type))});
  }
  const bool fixed = std::all_of(expr.args.begin(), expr.args.end(), [&](ExprId arg) { return is_fixed(arg); });
  const std::vector<std::uint64_t>& bits = draw_bits(expr, place);
  Cells result;
  for (std::size_t cell = 0; cell < bits.size(); ++cell) {
    std::vector<double> p;
    for (const Parameter& parameter : parameters)
      p.push_back(parameter.components == 2
                      ? in_unit_of(spec, parameter.cells[2 * cell], parameter.cells[2 * cell + 1])
                      : parameter.cells[cell]);
    double x = quantiles_.value(spec.distribution, p, fixed, bits[cell]);
    if (spec.round) x = std::floor(x + 0.5);
    if (types::components(expr.type) == 1) {
      result.push_back(x);
    } else {
      result.push_back(spec.in_days ? 0 : x);
      result.push_back(spec.in_days ? x : 0);
    }
  }
  return result;
}

}  // namespace horizon::eval
