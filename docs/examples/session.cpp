// What-ifs by the hundred: one scenario stays open, one number or date changes each time, machine code is made once and only what the
// change can reach is run again. Built and run by the tests, which hold every result against a separate run of the same text.
//
//   example_session                                      a small scenario, 20 what-ifs
//   example_session FILE [COUNT [FUTURES [--no-check]]]  COUNT what-ifs, spread over the numbers and dates of FILE
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "compiler/driver/session.hpp"
#include "runtime/report/forecast_csv.hpp"
#include "runtime/session/keeper.hpp"

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

/// A place of the text where something else is tried.
struct Change {
  std::size_t at = 0, length = 0;
  std::string to;
};

bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

/// The number or date that begins at `at`: a day or a month later, or one part in a hundred more.
Change change_of(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && (in_word(text[end]) || (text[end] == '-' && end + 1 < text.size() && digit(text[end + 1])))) {
    if (text.substr(end, 2) == "..") break;
    ++end;
  }
  const std::string_view old = text.substr(at, end - at);
  if (old.find('-') != std::string_view::npos) {   // 2026-03 or 2026-03-15
    const int last = std::atoi(std::string(old.substr(old.size() - 2)).c_str());
    const std::string to = std::to_string(last < 12 ? last + 1 : last - 1);
    return {end - 2, 2, to.size() < 2 ? "0" + to : to};
  }
  std::string digits(old);
  std::erase(digits, '_');
  char to[40];
  std::snprintf(to, sizeof to, "%.9g", std::atof(digits.c_str()) * 1.01);
  return {at, old.size(), to};
}

/// All numbers and dates of definitions; those in comments, strings and names are left out.
std::vector<Change> changes_of(std::string_view text) {
  std::vector<Change> changes;
  bool defined = false;   // an `=` or `~` stands before in this line
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') defined = false;
    if (text[i] == '=' || text[i] == '~') defined = true;
    if (text.substr(i, 2) == "//") i = text.find('\n', i) - 1;
    if (text[i] == '"') i = text.find('"', i + 1);
    if (i >= text.size()) break;
    if (!digit(text[i])) continue;
    const bool starts = i == 0 || !(in_word(text[i - 1]) || text[i - 1] == '-');
    if (starts && defined) changes.push_back(change_of(text, i));
    while (i + 1 < text.size() && (in_word(text[i + 1]) || text[i + 1] == '-')) ++i;
  }
  return changes;
}

/// What `run` gives, as the bytes of forecast.csv; nothing where the scenario or a future is at fault.
template <class Run>
std::optional<std::string> results_of(const driver::Compiled& compiled, std::uint64_t futures, const Run& run) {
  if (!compiled.plan) return std::nullopt;
  session::RunOptions options;
  options.futures = futures;
  const auto results = run(*compiled.plan, options);
  if (!results) return std::nullopt;
  return report::forecast_csv(*results);
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Figures {
  std::vector<double> in_session;   // seconds of processor time, each
  double separate = 0;
  unsigned equal = 0, moved = 0;
};

int print(const Figures& figures, const driver::Session::Counters& counters, bool check) {
  const auto count = figures.in_session.size();
  std::printf("%zu what-ifs: %u moved the forecast, LLVM compiled %llu\n", count, figures.moved,
              static_cast<unsigned long long>(counters.llvm));
  if (check) std::printf("%u of %zu equal to a separate run, byte for byte\n", figures.equal, count);
  std::vector<double> times = figures.in_session;
  std::sort(times.begin(), times.end());
  double sum = 0;
  for (const double seconds : times) sum += seconds;
  std::fprintf(stderr, "processor time of a what-if: median %.1f ms, 9 of 10 below %.1f ms, mean %.1f ms\n", 1e3 * times[count / 2],
               1e3 * times[count * 9 / 10], 1e3 * sum / static_cast<double>(count));
  if (check) {
    std::fprintf(stderr, "in separate runs %.1f ms: %.1f times as much\n", 1e3 * figures.separate / static_cast<double>(count),
                 figures.separate / sum);
  }
  return !check || figures.equal == count ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "small.hzn";
  const auto count = static_cast<std::size_t>(argc > 2 ? std::atoi(argv[2]) : 20);
  const auto futures = static_cast<std::uint64_t>(argc > 3 ? std::atoll(argv[3]) : 1'000);
  const bool check = argc <= 4;

  driver::Session session({}, read_file);
  session::Keeper keeper;
  const auto in_session = [&](const plan::Plan& plan, const session::RunOptions& options) { return keeper.run(plan, options); };
  const auto separately = [](const plan::Plan& plan, const session::RunOptions& options) { return session::run(plan, options); };

  const auto first = results_of(session.open(path), futures, in_session);
  const auto scenario = read_file(path);
  if (!first || !scenario) {
    std::fputs(diag::render_text(session.compiled().diagnostics, *session.compiled().sources, false).c_str(), stderr);
    return 1;
  }
  const std::vector<Change> changes = changes_of(*scenario);
  Figures figures;
  // Every 7th number and so on round the text, so that neighbours are far from each other. Some cannot be changed: a count, a year, a
  // part of what must add up to 100 %.
  for (std::size_t i = 0; i < changes.size() && figures.in_session.size() < count; ++i) {
    const Change& change = changes[i * 7 % changes.size()];
    const std::string edited = std::string(*scenario).replace(change.at, change.length, change.to);
    const double start = processor_seconds();
    const auto results = results_of(session.edit(path, edited), futures, in_session);
    const double seconds = processor_seconds() - start;
    if (!results) continue;
    figures.in_session.push_back(seconds);
    figures.moved += *results != *first ? 1 : 0;
    if (!check) continue;
    const driver::ReadFile read = [&](const std::string& name) { return name == path ? edited : read_file(name); };
    const double restart = processor_seconds();
    const auto alone = results_of(driver::compile(path, {}, read), futures, separately);
    figures.separate += processor_seconds() - restart;
    figures.equal += alone == results ? 1 : 0;
  }
  if (figures.in_session.empty()) {
    std::fputs("no number can be changed\n", stderr);
    return 1;
  }
  return print(figures, session.counters(), check);
}
