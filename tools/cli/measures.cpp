#include "tools/cli/measures.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace horizon::cli {
namespace {

using Json = nlohmann::ordered_json;

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); }

rusage usage() {
  rusage result{};
  ::getrusage(RUSAGE_SELF, &result);
  return result;
}

/// "12.3 thousand", "4.56 billion": three digits are enough for a speed.
std::string rounded(double x) {
  const std::pair<double, const char*> scales[] = {{1e12, " trillion"}, {1e9, " billion"}, {1e6, " million"}, {1e3, " thousand"}};
  for (const auto& [scale, name] : scales) {
    if (x >= scale) return fmt::format("{:.3g}{}", x / scale, name);
  }
  return fmt::format("{:.3g}", x);
}

const char* to_text(driver::CodeInfo::From from) {
  switch (from) {
    case driver::CodeInfo::From::Llvm: return "llvm";
    case driver::CodeInfo::From::Store: return "cache";
    case driver::CodeInfo::From::Memory: return "memory";
  }
  return "";
}

std::string code_text(const driver::Compiled& compiled) {
  const driver::CodeInfo& code = compiled.code;
  if (code.bytes == 0) return "none: the interpreter ran";
  if (code.from == driver::CodeInfo::From::Llvm)
    return fmt::format("{} bytes, compiled from {} LLVM instructions", code.bytes, code.llvm_instructions);
  return fmt::format("{} bytes, from the cache", code.bytes);
}

}  // namespace

void show_times(MessageFormat format, const driver::Compiled& compiled, const store::ResultSet& results, double write_seconds,
                double all_seconds) {
  std::vector<std::pair<std::string, double>> stages;
  for (const driver::StageTime& time : compiled.times) stages.emplace_back(time.stage, time.seconds);
  stages.emplace_back("simulate", results.simulate_seconds);
  stages.emplace_back("summarise", results.summarise_seconds);
  stages.emplace_back("write", write_seconds);
  double rest = all_seconds;
  for (const auto& [stage, seconds] : stages) rest -= seconds;
  stages.emplace_back("other", rest < 0 ? 0 : rest);
  const rusage used = usage();
  const double cpu = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  if (format == MessageFormat::Json) {
    Json json = {{"type", "time"}, {"seconds", Json::object()}, {"in_all", all_seconds}, {"cpu", cpu}};
    for (const auto& [stage, seconds] : stages) json["seconds"][stage] = seconds;
    write_error(json.dump() + "\n");
    return;
  }
  std::string text = "Where the time went (ms)\n";
  for (const auto& [stage, seconds] : stages)
    text += fmt::format("  {:<10} {:>10.1f}  {:>3.0f} %\n", stage, 1e3 * seconds, all_seconds > 0 ? 100 * seconds / all_seconds : 0);
  text += fmt::format("  {:<10} {:>10.1f}  {:.1f} of processor time\n", "in all", 1e3 * all_seconds, 1e3 * cpu);
  write_error(text);
}

void show_stats(MessageFormat format, const driver::Compiled& compiled, const store::ResultSet& results) {
  const double seconds = results.simulate_seconds;
  const double futures = static_cast<double>(results.futures) * results.passes;
  const auto speed = [&](double per_future) { return seconds > 0 ? futures * per_future / seconds : 0; };
  const driver::Work& work = compiled.work;
  const double draws = speed(static_cast<double>(work.draws)), row_periods = speed(static_cast<double>(work.row_periods)),
               operations = speed(static_cast<double>(work.operations));
  const auto peak = static_cast<std::uint64_t>(usage().ru_maxrss) * 1024;   // Linux counts in KiB
  const bool hit = compiled.code.bytes != 0 && compiled.code.from != driver::CodeInfo::From::Llvm;
  if (format == MessageFormat::Json) {
    const Json json = {{"type", "stats"},
                       {"threads", results.threads},
                       {"engine", results.engine},
                       {"per_future", {{"draws", work.draws}, {"row_periods", work.row_periods}, {"operations", work.operations}}},
                       {"per_second", {{"futures", speed(1)}, {"draws", draws}, {"row_periods", row_periods}, {"operations", operations}}},
                       {"peak_bytes", peak},
                       {"code_bytes", compiled.code.bytes},
                       {"llvm_instructions", compiled.code.llvm_instructions},
                       {"code_from", compiled.code.bytes == 0 ? "interpreter" : to_text(compiled.code.from)},
                       {"cache_hits", hit ? 1 : 0}};
    write_error(json.dump() + "\n");
    return;
  }
  std::string text = "What was done\n";
  const auto line = [&](const char* name, const std::string& value) { text += fmt::format("  {:<12} {}\n", name, value); };
  line("futures", fmt::format("{} a second, {} threads", rounded(speed(1)), results.threads));
  line("draws", fmt::format("{} a second, {} a future", rounded(draws), work.draws));
  line("row-periods", fmt::format("{} a second, {} a future", rounded(row_periods), work.row_periods));
  line("operations", fmt::format("{} a second, {} a future", rounded(operations), work.operations));
  line("peak memory", fmt::format("{:.1f} MiB", static_cast<double>(peak) / 1048576));
  line("code", code_text(compiled));
  line("cache hits", compiled.code.bytes == 0 ? "0: nothing to look up" : hit ? "1 of 1" : "0 of 1");
  write_error(text);
}

}  // namespace horizon::cli
