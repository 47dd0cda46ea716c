#include "runtime/store/manifest.hpp"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/abi/kernel_abi.h"
#include "runtime/store/hash.hpp"

namespace horizon::store {
namespace {

using Json = nlohmann::ordered_json;

double to_microseconds(double seconds) { return std::round(seconds * 1e6) / 1e6; }

Json inputs_json(const std::vector<InputRecord>& inputs) {
  Json out = Json::array();
  for (const InputRecord& input : inputs) {
    out.push_back({{"path", input.path}, {"bytes", input.bytes}, {"sha256", input.sha256}});
  }
  return out;
}

Json seconds_json(const ResultSet& results, const RunRecord& record) {
  Json out = Json::object();
  for (const auto& [stage, seconds] : record.seconds) out[stage] = to_microseconds(seconds);
  out["simulate"] = to_microseconds(results.simulate_seconds);
  out["summarise"] = to_microseconds(results.summarise_seconds);
  out["in_all"] = to_microseconds(std::chrono::duration<double>(record.finished - record.started).count());
  return out;
}

Json sobol_json(const SobolRecord& sobol, const ResultSet& results) {
  Json map = Json::array();
  for (const DimensionRecord& d : sobol.dimensions) map.push_back({{"draw", d.draw}, {"group", d.group}, {"dimension", d.dimension}});
  Json used = Json::array();
  for (std::size_t k = 0; k < results.controls && k < sobol.controls.size(); ++k) used.push_back(sobol.controls[k]);
  return {{"randomisations", sobol.randomisations}, {"dimensions", map}, {"keyed_draws", sobol.keyed}, {"controls", used}, {"cells_of_pairs", results.cells_of_pairs}};
}

Json files_json(const std::vector<std::pair<std::string, std::string>>& files) {
  Json out = Json::array();
  for (const auto& [name, bytes] : files) {
    out.push_back({{"name", name}, {"bytes", bytes.size()}, {"sha256", sha256_hex(bytes)}});
  }
  return out;
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto second = floor<seconds>(time);
  const auto day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss clock(second - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()), unsigned(date.month()),
                unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                int(clock.seconds().count()));
  return text;
}

std::string manifest_json(const ResultSet& results, const RunRecord& record,
                          const std::vector<std::pair<std::string, std::string>>& files) {
  Json json;
  json["program"] = "horizon";
  json["versions"] = {{"horizon", record.program_version},
                      {"language", record.language_version},
                      {"kernel_abi", HORIZON_ABI_VERSION},
                      {"manifest", 1}};
  json["scenario"] = results.report.scenario;
  json["variant"] = "base";
  json["seed"] = results.seed;
  json["futures"] = results.futures;
  json["threads"] = results.threads;
  json["passes"] = results.passes;
  json["engine"] = record.engine;
  json["cpu"] = record.cpu.empty() ? Json(nullptr) : Json(record.cpu);
  json["sampling"] = record.sobol ? "sobol" : "random";
  if (record.sobol) json["sobol"] = sobol_json(*record.sobol, results);
  json["quantiles"] = "exact, type 7";
  json["inputs"] = inputs_json(record.inputs);
  json["files"] = files_json(files);
  json["started"] = utc_text(record.started);
  json["finished"] = utc_text(record.finished);
  json["seconds"] = seconds_json(results, record);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace horizon::store
