// What-ifs by the hundred: one scenario stays open, one number changes each time, machine code is made once. Built and run by
// the tests, which hold every result against a separate run of the same text.
//
//   example_session                                            a small scenario, 20 what-ifs
//   example_session FILE TEXT [COUNT [FUTURES [--no-check]]]   FILE, where the number that ends TEXT gets other decimals
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>

#include "compiler/driver/session.hpp"
#include "runtime/report/forecast_csv.hpp"
#include "runtime/session/run.hpp"

namespace {

using namespace horizon;

const char* const small = R"(
horizon 2026-01..2028-12 by month
currency DKK
kind drug {
  patients : patients
  price    : DKK per patient per year
  entry    : Date
  cost = patients * price * after(entry)
}
drug Old { patients = 1_200 patients growing 2% per year from 2026; price = 40_000 DKK per patient per year; entry = 2020-01 }
drug New { patients ~ 100 patients to 400 patients; price ~ pert(90_000 DKK per patient per year, 120_000 DKK per patient per year, 200_000 DKK per patient per year); entry ~ uniform(2026-06, 2027-12) }
forecast bill { measure = sum(cost of all drug); by = [year] }
)";

Expected<std::string, std::string> read_file(const std::string& path) {
  if (path == "small.hzn") return std::string(small);
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unexpected{std::string("there is no such file")};
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

/// forecast.csv as bytes, or nothing with a message.
std::optional<std::string> results_of(const driver::Compiled& compiled, std::uint64_t futures) {
  if (!compiled.plan) {
    std::fputs(diag::render_text(compiled.diagnostics, *compiled.sources, false).c_str(), stderr);
    if (compiled.failure) std::fprintf(stderr, "%s\n", compiled.failure->text.c_str());
    return std::nullopt;
  }
  session::RunOptions options;
  options.futures = futures;
  const auto results = session::run(*compiled.plan, options);
  if (!results) {
    std::fprintf(stderr, "%s\n", results.error().text.c_str());
    return std::nullopt;
  }
  return report::forecast_csv(*results);
}

/// The number that ends `text` with decimals that tell what-if `i` from the others.
std::string changed(const std::string& scenario, const std::string& text, unsigned i) {
  const std::size_t at = scenario.find(text);
  if (at == std::string::npos) return {};
  const std::size_t number = text.find_last_not_of("0123456789._");
  const bool point = text.find('.', number == std::string::npos ? 0 : number) != std::string::npos;
  char decimals[16];
  std::snprintf(decimals, sizeof decimals, "%s%04u", point ? "" : ".", i + 1);
  return std::string(scenario).replace(at, text.size(), text + decimals);
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) {
  const std::string path = argc > 2 ? argv[1] : "small.hzn";
  const std::string text = argc > 2 ? argv[2] : "price = 40_000";
  const auto count = static_cast<unsigned>(argc > 3 ? std::atoi(argv[3]) : 20);
  const auto futures = static_cast<std::uint64_t>(argc > 4 ? std::atoll(argv[4]) : 1'000);
  const bool check = argc <= 5;

  driver::Session session({}, read_file);
  session.open(path);
  const auto first = results_of(session.compiled(), futures);
  const auto scenario = read_file(path);
  if (!first || !scenario) return 1;

  double in_session = 0, separate = 0;
  unsigned equal = 0, moved = 0;
  for (unsigned i = 0; i < count; ++i) {
    const std::string edited = changed(*scenario, text, i);
    if (edited.empty()) {
      std::fprintf(stderr, "`%s` is not in %s\n", text.c_str(), path.c_str());
      return 1;
    }
    const double start = processor_seconds();
    const auto results = results_of(session.edit(path, edited), futures);
    in_session += processor_seconds() - start;
    if (!results) return 1;
    moved += *results != *first ? 1 : 0;
    if (!check) continue;
    const driver::ReadFile read = [&](const std::string& name) { return name == path ? edited : read_file(name); };
    const double restart = processor_seconds();
    const auto alone = results_of(driver::compile(path, {}, read), futures);
    separate += processor_seconds() - restart;
    equal += alone == results ? 1 : 0;
  }
  const auto& counters = session.counters();
  std::printf("%u what-ifs: %u moved the forecast, LLVM compiled %llu, code reused %llu\n", count, moved,
              static_cast<unsigned long long>(counters.llvm), static_cast<unsigned long long>(counters.memory));
  if (check) std::printf("%u of %u equal to a separate run, byte for byte\n", equal, count);
  std::fprintf(stderr, "processor time: %.1f ms each", 1e3 * in_session / count);
  if (check) std::fprintf(stderr, "; in separate runs %.1f ms", 1e3 * separate / count);
  std::fputs("\n", stderr);
  return !check || equal == count ? 0 : 1;
}
