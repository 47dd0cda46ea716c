#include "runtime/report/view.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace horizon::report {
namespace {

constexpr std::string_view all = "all";

std::size_t find_or_add(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

Line& line_of(Breakdown& breakdown, const std::string& label, std::size_t periods) {
  for (Line& line : breakdown.lines) {
    if (line.label == label) return line;
  }
  breakdown.lines.push_back({label, std::vector<ShownCell>(periods)});
  return breakdown.lines.back();
}

bool complete(const Line& line) {
  return std::all_of(line.cells.begin(), line.cells.end(),
                     [](const ShownCell& c) { return c.cell != nullptr; });
}

/// The one dimension whose label is not `all`; none if it is the total; the number of dimensions if there are
/// several.
std::optional<std::size_t> only_dimension(const plan::Cell& cell) {
  std::optional<std::size_t> found;
  for (std::size_t d = 0; d < cell.labels.size(); ++d) {
    if (cell.labels[d] == all) continue;
    if (found) return cell.labels.size();
    found = d;
  }
  return found;
}

bool adds_up(const Breakdown& breakdown, const Line& total) {
  for (std::size_t p = 0; p < total.cells.size(); ++p) {
    if (total.cells[p].cell == nullptr) return false;
    double sum = 0, size = 0;
    for (const Line& line : breakdown.lines) {
      if (line.cells[p].cell == nullptr) return false;
      sum += line.cells[p].result->statistics.mean;
      size += std::fabs(line.cells[p].result->statistics.mean);
    }
    if (std::fabs(sum - total.cells[p].result->statistics.mean) > 1e-9 * size) return false;
  }
  return true;
}

}  // namespace

View view(const plan::ForecastSpec& forecast, const std::vector<store::CellResult>& results) {
  View out;
  std::vector<std::size_t> period_of;
  for (const plan::Cell& cell : forecast.cells) period_of.push_back(find_or_add(out.periods, cell.period));
  const std::size_t periods = out.periods.size();
  out.total.cells.resize(periods);
  for (const std::string& dimension : forecast.dimensions) out.breakdowns.push_back({dimension, {}, false});
  for (std::size_t c = 0; c < forecast.cells.size(); ++c) {
    const plan::Cell& cell = forecast.cells[c];
    const ShownCell shown{&cell, &results[c]};
    const auto dimension = only_dimension(cell);
    if (!dimension) {
      out.total.cells[period_of[c]] = shown;
    } else if (*dimension < cell.labels.size()) {
      line_of(out.breakdowns[*dimension], cell.labels[*dimension], periods).cells[period_of[c]] = shown;
    }
  }
  if (!complete(out.total)) out.total.cells.clear();
  std::erase_if(out.breakdowns, [](const Breakdown& b) {
    return b.lines.empty() || !std::all_of(b.lines.begin(), b.lines.end(), complete);
  });
  for (Breakdown& b : out.breakdowns) b.adds_up = !out.total.cells.empty() && adds_up(b, out.total);
  return out;
}

std::vector<std::size_t> spread(std::size_t count, std::size_t most) {
  std::vector<std::size_t> out;
  if (count <= most) {
    for (std::size_t i = 0; i < count; ++i) out.push_back(i);
    return out;
  }
  for (std::size_t i = 0; i < most; ++i) out.push_back(most == 1 ? 0 : i * (count - 1) / (most - 1));
  return out;
}

std::vector<std::size_t> periods_to_show(const std::vector<std::string>& periods, std::size_t most) {
  constexpr std::size_t year_digits = 4;  // "2026-01": what follows names the part of the year
  if (periods.size() <= most) return spread(periods.size(), most);
  const auto within_year = [&](const std::string& p) { return p.substr(std::min(p.size(), year_digits)); };
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    if (within_year(periods[i]) == within_year(periods[0]) || i + 1 == periods.size()) out.push_back(i);
  }
  return out.size() <= most ? out : spread(periods.size(), most);
}

}  // namespace horizon::report
