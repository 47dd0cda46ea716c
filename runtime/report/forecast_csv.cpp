#include "runtime/report/forecast_csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace horizon::report {
namespace {

void append_text(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_number(std::string& out, double value) {
  std::array<char, 32> digits;
  const double plain = value == 0 ? 0.0 : value;  // -0 is 0 to a reader
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), plain);
  out.append(digits.data(), end.ptr);
}

void append_field(std::string& out, const std::optional<double>& value) {
  out += ',';
  if (value) append_number(out, *value);
}

std::string header(const plan::ReportSpec& report) {
  std::string out = "scenario,variant,forecast,unit,period";
  for (const std::string& dimension : report.dimensions) {
    out += ',';
    append_text(out, dimension);
  }
  return out + ",mean,sd,mc_error,p05,p10,p25,p50,p75,p90,p95,mc_error_p50,mc_error_p90,budget,p_over\n";
}

/// For each dimension of the report its place among the forecast's own, or -1.
std::vector<std::ptrdiff_t> places(const plan::ReportSpec& report, const plan::ForecastSpec& forecast) {
  std::vector<std::ptrdiff_t> out;
  for (const std::string& dimension : report.dimensions) {
    const auto found = std::find(forecast.dimensions.begin(), forecast.dimensions.end(), dimension);
    out.push_back(found == forecast.dimensions.end() ? -1 : found - forecast.dimensions.begin());
  }
  return out;
}

void append_statistics(std::string& out, const store::CellResult& result,
                       const std::optional<double>& budget) {
  const store::Statistics& s = result.statistics;
  append_field(out, s.mean);
  append_field(out, s.sd);
  append_field(out, s.mc_error);
  for (double quantile : s.quantiles) append_field(out, quantile);
  append_field(out, s.mc_error_p50);
  append_field(out, s.mc_error_p90);
  append_field(out, budget);
  append_field(out, result.p_over);
}

}  // namespace

std::string forecast_csv(const store::ResultSet& results) {
  const plan::ReportSpec& report = results.report;
  std::string out = header(report);
  for (std::size_t f = 0; f < report.forecasts.size(); ++f) {
    const plan::ForecastSpec& forecast = report.forecasts[f];
    const auto place = places(report, forecast);
    for (std::size_t c = 0; c < forecast.cells.size(); ++c) {
      const plan::Cell& cell = forecast.cells[c];
      append_text(out, report.scenario);
      out += ",base,";
      append_text(out, forecast.name);
      out += ',';
      append_text(out, forecast.unit);
      out += ',';
      append_text(out, cell.period);
      for (std::ptrdiff_t p : place) {
        out += ',';
        if (p >= 0) append_text(out, cell.labels[static_cast<std::size_t>(p)]);
      }
      append_statistics(out, results.forecasts[f][c], cell.budget);
      out += '\n';
    }
  }
  return out;
}

}  // namespace horizon::report
