// Horizon inside another C++ program: compile a scenario, run it, read the results. Built and run by the tests.
#include <cstdio>

#include "compiler/driver/compile.hpp"
#include "runtime/session/run.hpp"

int main() {
  using namespace horizon;
  const std::string scenario = R"(
    horizon 2026..2027 by year
    currency DKK
    patients ~ uniform(100 patients, 300 patients)
    price    = 1_000 DKK per patient per year
    forecast cost { measure = patients * price; by = [year]; budget = { 2026: 250_000 DKK } }
  )";
  const driver::ReadFile read = [&](const std::string& path) -> Expected<std::string, std::string> {
    if (path == "small.hzn") return scenario;
    return Unexpected{std::string("there is no such file")};
  };
  const driver::Compiled compiled = driver::compile("small.hzn", {}, read);
  if (!compiled.plan) {
    std::fputs(diag::render_text(compiled.diagnostics, *compiled.sources, false).c_str(), stderr);
    return 1;
  }
  session::RunOptions options;
  options.futures = 20'000;
  const auto results = session::run(*compiled.plan, options);
  if (!results) {
    std::fprintf(stderr, "%s\n", results.error().text.c_str());
    return 1;
  }
  const plan::ForecastSpec& forecast = results->report.forecasts[0];
  for (std::size_t i = 0; i < forecast.cells.size(); ++i) {
    const store::CellResult& cell = results->forecasts[0][i];
    std::printf("%s %s: mean %.0f, P90 %.0f, over budget %.2f\n", forecast.name.c_str(), forecast.cells[i].period.c_str(),
                cell.statistics.mean, cell.statistics.quantiles[store::p90_index], cell.p_over.value_or(0));
  }
}
