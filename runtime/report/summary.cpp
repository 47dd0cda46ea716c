#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "runtime/report/report.hpp"
#include "runtime/report/text.hpp"
#include "runtime/report/view.hpp"

namespace horizon::report {
namespace {

constexpr std::size_t most_rows = 12;   // of a table by period
constexpr std::size_t most_labels = 7;  // of a dimension
constexpr std::size_t label_width = 28;
constexpr std::string_view indent = "  ";

double mean_of(const ShownCell& cell) { return cell.result->statistics.mean; }

/// The largest Monte Carlo errors of the total (or, without one, of all labels).
struct Errors {
  double mean = 0, p50 = 0, p90 = 0;
  bool known = false;

  void add(const store::Statistics& s) {
    if (!s.mc_error) return;
    known = true;
    mean = std::max(mean, *s.mc_error);
    p50 = std::max(p50, s.mc_error_p50.value_or(0));
    p90 = std::max(p90, s.mc_error_p90.value_or(0));
  }
};

struct Scale {
  NumberStyle style;
  Errors errors;
};

Scale scale_of(const View& v) {
  double largest = 0;
  Errors errors;
  const auto add = [&](const Line& line) {
    for (const ShownCell& c : line.cells) {
      const store::Statistics& s = c.result->statistics;
      largest = std::max({largest, std::fabs(s.mean), std::fabs(s.quantiles[store::p50_index])});
      errors.add(s);
    }
  };
  if (!v.total.cells.empty()) {
    add(v.total);
  } else {
    for (const Breakdown& b : v.breakdowns) std::for_each(b.lines.begin(), b.lines.end(), add);
  }
  return {number_style(largest, std::max({errors.mean, errors.p50, errors.p90})), errors};
}

std::string total_table(const View& v, const NumberStyle& style) {
  const auto& cells = v.total.cells;
  const bool budgets =
      std::any_of(cells.begin(), cells.end(), [](const ShownCell& c) { return c.cell->budget.has_value(); });
  Table table;
  table.add(budgets ? std::vector<std::string>{"", "Mean", "P10", "P50", "P90", "Budget", "Chance over"}
                    : std::vector<std::string>{"", "Mean", "P10", "P50", "P90"});
  for (std::size_t p : periods_to_show(v.periods, most_rows)) {
    const store::Statistics& s = cells[p].result->statistics;
    std::vector<std::string> row = {
        cut(v.periods[p], label_width), style.text(s.mean), style.text(s.quantiles[store::p10_index]),
        style.text(s.quantiles[store::p50_index]), style.text(s.quantiles[store::p90_index])};
    if (budgets && cells[p].cell->budget) {
      row.push_back(style.text(*cells[p].cell->budget));
      row.push_back(percent_text(cells[p].result->p_over.value_or(0)));
    }
    table.add(std::move(row));
  }
  return table.to_text(indent);
}

/// The whole course of a series of which the table shows a part.
std::string course(const View& v, std::size_t width) {
  if (v.periods.size() <= most_rows || v.total.cells.empty()) return {};
  std::vector<double> means;
  for (const ShownCell& c : v.total.cells) means.push_back(mean_of(c));
  return fmt::format(
      "{}Mean, {} to {}: {}\n{}({} periods, {} of them shown here; forecast.csv has them all)\n", indent,
      v.periods.front(), v.periods.back(), sparkline(means, width < 70 ? 20 : width - 50), indent,
      v.periods.size(), periods_to_show(v.periods, most_rows).size());
}

double size_of(const Line& line) {
  double sum = 0;
  for (const ShownCell& c : line.cells) sum += std::fabs(mean_of(c));
  return sum;
}

/// Labels to show: all in their order if they are few, else the largest first; the rest is folded.
struct Fold {
  std::vector<const Line*> shown, folded;
};

Fold fold(const Breakdown& b) {
  Fold out;
  for (const Line& line : b.lines) out.shown.push_back(&line);
  if (out.shown.size() <= most_labels) return out;
  std::stable_sort(out.shown.begin(), out.shown.end(),
                   [](const Line* x, const Line* y) { return size_of(*x) > size_of(*y); });
  out.folded.assign(out.shown.begin() + (most_labels - 1), out.shown.end());
  out.shown.resize(most_labels - 1);
  return out;
}

std::string breakdown_table(const View& v, const Breakdown& b, const NumberStyle& style, std::size_t width) {
  const Fold labels = fold(b);
  // Each column takes the widest number and two blanks; as many periods as fit.
  std::size_t column = 9;
  for (const Line* line : labels.shown) {
    for (const ShownCell& c : line->cells) column = std::max(column, 2 + style.text(mean_of(c)).size());
  }
  const std::size_t room = width > label_width + column ? (width - label_width) / column : 1;
  const auto periods = periods_to_show(v.periods, std::clamp<std::size_t>(room, 1, 8));
  Table table;
  std::vector<std::string> head = {"Mean by " + cut(b.dimension, label_width - 8)};
  for (std::size_t p : periods) head.push_back(cut(v.periods[p], label_width));
  table.add(std::move(head));
  for (const Line* line : labels.shown) {
    std::vector<std::string> row = {cut(line->label, label_width)};
    for (std::size_t p : periods) row.push_back(style.text(mean_of(line->cells[p])));
    table.add(std::move(row));
  }
  if (!labels.folded.empty()) {
    std::vector<std::string> row = {fmt::format("{} others", labels.folded.size())};
    for (std::size_t p : periods) {
      double sum = 0;
      for (const Line* line : labels.folded) sum += mean_of(line->cells[p]);
      row.push_back(b.adds_up ? style.text(sum) : "");
    }
    table.add(std::move(row));
  }
  return table.to_text(indent);
}

std::string error_note(const Scale& scale, const std::string& unit, std::size_t width) {
  if (!scale.errors.known) return {};
  const auto text = [&](double error) { return scale.style.error_text(error); };
  std::string out;
  for (const std::string& line :
       wrap(fmt::format("Monte Carlo error, at most: mean ± {}, P50 ± {}, P90 ± {} {} (one standard error)",
                        text(scale.errors.mean), text(scale.errors.p50), text(scale.errors.p90),
                        scale.style.unit(unit)),
            width - indent.size())) {
    out += fmt::format("{}{}\n", indent, line);
  }
  return out;
}

std::string heading(const plan::ForecastSpec& forecast, const NumberStyle& style, std::size_t width) {
  const std::string title =
      forecast.title.empty() ? forecast.name : forecast.title + " (" + forecast.name + ")";
  std::string out;
  const std::string unit = style.unit(forecast.unit);
  for (const std::string& line : wrap(unit.empty() ? title : title + ", " + unit, width)) out += line + "\n";
  return out;
}

/// Tables of totals that stand in the summary already, with the forecast that showed them.
using Shown = std::map<std::string, std::string>;

/// Year, year by region, year by group: their totals are one table, which is enough.
std::string totals(const plan::ForecastSpec& forecast, const View& v, const NumberStyle& style,
                   std::size_t width, Shown& shown) {
  if (v.total.cells.empty()) return {};
  const std::string table = total_table(v, style) + course(v, width);
  const auto [earlier, is_new] = shown.emplace(style.unit(forecast.unit) + "\n" + table, forecast.name);
  if (is_new || v.breakdowns.empty()) return table;
  return fmt::format("{}In all: as for {} above.\n", indent, cut(earlier->second, width - 25));
}

std::string forecast_text(const plan::ForecastSpec& forecast, const std::vector<store::CellResult>& results,
                          std::size_t width, Shown& shown) {
  const View v = view(forecast, results);
  Scale scale = scale_of(v);
  if (forecast.unit == "share") scale.style = percent_style(scale.errors.known ? scale.errors.mean : 0);
  std::string out = heading(forecast, scale.style, width) + totals(forecast, v, scale.style, width, shown);
  for (const Breakdown& b : v.breakdowns) out += "\n" + breakdown_table(v, b, scale.style, width);
  out += error_note(scale, forecast.unit, width);
  if (forecast.confidential_warning) {
    for (const std::string& line : wrap("Fewer than three products stand behind this forecast and some of "
                                        "their values are confidential: who sees it can "
                                        "work them out.",
                                        width - indent.size())) {
      out += fmt::format("{}{}\n", indent, line);
    }
  }
  return out;
}

}  // namespace

std::string summary(const store::ResultSet& results, unsigned wanted_width) {
  const std::size_t width = std::clamp(wanted_width, 40u, 120u);
  std::string out =
      fmt::format("{}: {} {}, seed {}\n", cut(results.report.scenario, width), count_text(results.futures),
                  results.futures == 1 ? "future" : "futures", results.seed);
  Shown shown;
  for (std::size_t f = 0; f < results.report.forecasts.size(); ++f) {
    out += "\n" + forecast_text(results.report.forecasts[f], results.forecasts[f], width, shown);
  }
  out += "\n";
  std::string legend = results.futures > 1 ? "P10, P50 and P90: in 10, 50 and 90 of 100 futures the figure is no higher. The Monte Carlo error is what "
                                             "more futures would take away. "
                                           : "";
  legend += "Every month counts as 1/12 of a year; where days matter, a month has 30.436875.";
  for (const std::string& line : wrap(legend, width)) out += line + "\n";
  return out;
}

}  // namespace horizon::report
