#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>

#include "runtime/report/forecast_csv.hpp"
#include "runtime/report/report.hpp"
#include "runtime/rng/sobol.hpp"
#include "runtime/session/importance.hpp"
#include "runtime/session/run.hpp"
#include "runtime/store/file_store.hpp"
#include "runtime/store/hash.hpp"
#include "runtime/store/manifest.hpp"
#include "tools/cli/cache.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/exit_code.hpp"
#include "tools/cli/files.hpp"
#include "tools/cli/interrupt.hpp"
#include "tools/cli/measures.hpp"

namespace horizon::cli {
namespace {

namespace fs = std::filesystem;
using SystemClock = std::chrono::system_clock;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

fs::path output_path(const RunCommand& command) {
  return command.out.empty() ? fs::path("out") / fs::path(command.file).stem() : fs::path(command.out);
}

/// A folder is replaced with all that stands in it, and what the forecast is made from must outlive that. Says which file is in
/// the way, if one is.
std::optional<std::string> input_in_the_way(const fs::path& target, const driver::Compiled& compiled) {
  std::error_code ignored;
  const fs::path folder = fs::weakly_canonical(fs::absolute(target, ignored), ignored);
  const auto inside = [&](const fs::path& file) {
    return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
  };
  for (const driver::InputFile& input : compiled.inputs) {
    const fs::path file = fs::absolute(input.path, ignored);
    const fs::path link = fs::weakly_canonical(file.parent_path(), ignored) / file.filename();
    if (!fs::exists(file, ignored) || (!inside(link) && !inside(fs::weakly_canonical(file, ignored)))) continue;
    return target.string() + " holds " + input.path + ", which the forecast is made from, and would be replaced; give another folder";
  }
  return std::nullopt;
}

/// A pilot run says which draws matter most; they get the best Sobol dimensions.
Expected<store::SobolRecord, session::RunError> spread_evenly(const RunCommand& command, driver::Compiled& compiled) {
  const Clock::time_point start = Clock::now();
  std::vector<std::uint64_t> ids;
  for (const driver::Draw& draw : compiled.draws) ids.push_back(draw.id);
  const auto importance = session::importance(*compiled.plan, ids, {command.seed, command.threads, &interrupted()});
  if (!importance) return Unexpected{importance.error()};
  store::SobolRecord record;
  record.randomisations = rng::kSobolReplicates;
  for (const driver::Dimension& d : driver::give_dimensions(compiled, importance.value())) {
    const driver::Draw& draw = compiled.draws[d.draw];
    record.dimensions.push_back({draw.key, d.leading ? 0 : draw.family, d.dimension});
  }
  const plan::SobolDraws& sobol = *compiled.plan->sobol;
  const auto name = [&](const plan::ControlFactor& factor) { return record.dimensions[factor.draw].draw; };
  for (const plan::Control& control : sobol.controls)
    record.controls.push_back(name(control.first) + (control.second ? " * " + name(*control.second) : ""));
  record.keyed = compiled.draws.size() - record.dimensions.size();
  compiled.times.push_back({"pilot", seconds_since(start)});
  return record;
}

store::RunRecord record_of(const driver::Compiled& compiled, std::optional<store::SobolRecord> sobol, SystemClock::time_point started) {
  store::RunRecord record;
  record.sobol = std::move(sobol);
  record.program_version = HORIZON_VERSION;
  const std::string& engine = compiled.plan->engine;  // "jit x86-64-v4", "interpreter"
  const std::size_t blank = engine.find(' ');
  record.engine = engine.substr(0, blank);
  if (blank != std::string::npos) record.cpu = engine.substr(blank + 1);
  for (const driver::InputFile& input : compiled.inputs) {
    record.inputs.push_back({input.path, input.bytes.size(), store::sha256_hex(input.bytes)});
  }
  for (const driver::StageTime& time : compiled.times) record.seconds.emplace_back(time.stage, time.seconds);
  record.started = started;
  record.finished = SystemClock::now();
  return record;
}

int show_interrupted(const RunCommand& command) {
  show_failure(command.format, "interrupted", "interrupted; nothing was written");
  return exit_interrupted;
}

int show_run_error(const RunCommand& command, const driver::Compiled& compiled,
                   const session::RunError& error) {
  switch (error.kind) {
    case session::RunError::Kind::Cancelled:
      return show_interrupted(command);
    case session::RunError::Kind::OutOfMemory:
      show_failure(command.format, "outside", error.text);
      return exit_outside;
    case session::RunError::Kind::Fault:
      break;
  }
  // Replayed one future at a time, by name: which value it was, and when.
  if (auto diagnostic = driver::explain_fault(compiled, command.seed, error.future)) {
    driver::Compiled shown;
    shown.sources = compiled.sources;
    shown.diagnostics.items().push_back(std::move(*diagnostic));
    show_compiled(command.format, shown);
  } else {
    show_failure(
        command.format, "scenario",
        fmt::format("{} (seed {}): a forecast is not a number or infinite", error.text, command.seed));
  }
  return exit_scenario;
}

/// Ctrl-C lets the blocks of futures that were begun come to their end. Where that takes more than a moment
/// (a large scenario in the interpreter) the program tidies up and ends with them still under way.
class Deadline {
 public:
  Deadline(const RunCommand& command, ProgressLine& line, store::OutputFolder& folder)
      : command_(command), line_(line), folder_(folder) {}

  void look() {
    if (!interrupted()) return;
    const auto now = std::chrono::steady_clock::now();
    if (!since_) since_ = now;
    if (now - *since_ < std::chrono::milliseconds(500)) return;
    folder_.abandon();
    line_.clear();
    std::_Exit(show_interrupted(command_));
  }

 private:
  const RunCommand& command_;
  ProgressLine& line_;
  store::OutputFolder& folder_;
  std::optional<std::chrono::steady_clock::time_point> since_;
};

Expected<store::ResultSet, session::RunError> simulate(const RunCommand& command, const plan::Plan& plan,
                                                       ProgressLine& line, store::OutputFolder& folder) {
  Deadline deadline(command, line, folder);
  session::RunOptions options;
  options.futures = command.futures;
  options.seed = command.seed;
  options.threads = command.threads;
  options.cancel = &interrupted();
  options.progress = [&](const session::Progress& progress) {
    if (!interrupted()) line.update(progress);
    deadline.look();
  };
  return session::run(plan, options);
}

/// forecast.csv and the manifest that describes it, in place or not at all.
std::optional<std::string> write_results(store::OutputFolder& folder, const store::ResultSet& results,
                                         const store::RunRecord& record) {
  std::vector<std::pair<std::string, std::string>> files = {{"forecast.csv", report::forecast_csv(results)}};
  files.emplace_back("manifest.json", store::manifest_json(results, record, files));
  return folder.commit(files);
}

}  // namespace

int run_command(const RunCommand& command) {
  const SystemClock::time_point started = SystemClock::now();
  const Clock::time_point start = Clock::now();
  ProgressLine line(command.format);
  line.stage("compile", "Compiling " + command.file);
  driver::Options options = command.options;
  options.objects = object_store();
  driver::Compiled compiled = driver::compile(command.file, options, read_file);
  line.clear();
  const int verdict = show_compiled(command.format, compiled);
  if (verdict != exit_good) return verdict;
  HZ_CHECK(compiled.plan.has_value());

  const Patience patience;
  const fs::path target = output_path(command);
  auto folder = store::OutputFolder::open(target);
  if (!folder) {
    show_failure(command.format, "outside", folder.error());
    return exit_outside;
  }
  if (const auto what = input_in_the_way(target, compiled)) {
    show_failure(command.format, "outside", *what);
    return exit_outside;
  }
  std::optional<store::SobolRecord> sobol;
  if (options.sampling == driver::Sampling::Sobol) {
    auto spread = spread_evenly(command, compiled);
    if (!spread) return show_run_error(command, compiled, spread.error());
    sobol = std::move(spread.value());
  }
  const auto results = simulate(command, *compiled.plan, line, *folder);
  line.clear();
  if (!results) return show_run_error(command, compiled, results.error());
  if (interrupted()) return show_interrupted(command);
  const Clock::time_point writing = Clock::now();
  // Made while the disk is waited for.
  std::future<std::string> summary = std::async([&] { return report::summary(*results, terminal_width()); });
  if (const auto what = write_results(*folder, *results, record_of(compiled, std::move(sobol), started))) {
    show_failure(command.format, "outside", *what);
    return exit_outside;
  }
  const double write_seconds = seconds_since(writing);
  const std::string where = fmt::format("\nWritten to {}: forecast.csv, manifest.json\n", target.string());
  if (!print(summary.get() + where)) {
    show_failure(command.format, "outside",
                 "the summary could not be printed, but the results are in " + target.string());
    return exit_outside;
  }
  if (command.time) show_times(command.format, compiled, *results, write_seconds, seconds_since(start));
  if (command.stats) show_stats(command.format, compiled, *results);
  leave(exit_good);
}

}  // namespace horizon::cli
