#pragma once
// What a result was made from and how: enough to make it again. Paths, hashes and times only, no value of a
// scenario.
#include <chrono>
#include <cstdint>
#include <optional>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/store/result_set.hpp"

namespace horizon::store {

struct InputRecord {
  std::string path;
  std::uint64_t bytes = 0;
  std::string sha256;  ///< of the file's bytes, hexadecimal
};

/// Where a draw stands among the Sobol points: docs/language/draws.md.
struct DimensionRecord {
  std::string draw;          ///< path and labels
  std::uint64_t group = 0;   ///< 0: the leading draws
  std::uint32_t dimension = 0;
};
/// Of `--sampling sobol`.
struct SobolRecord {
  std::uint32_t randomisations = 0;
  std::vector<DimensionRecord> dimensions;   ///< the most important first
  std::uint64_t keyed = 0;                   ///< draws that could have had one
  std::vector<std::string> controls;         ///< control variates, of which a run uses the first few: "A.success", "A.success * A.peak"
};

/// What the caller knows beside the results.
struct RunRecord {
  std::string program_version;
  std::uint32_t language_version = 1;
  std::string engine, cpu;  ///< "jit", "x86-64-v4"; cpu is empty for the interpreter
  std::optional<SobolRecord> sobol;  ///< none: random sampling
  std::vector<InputRecord> inputs;
  std::vector<std::pair<std::string, double>> seconds;  ///< per stage, in order
  std::chrono::system_clock::time_point started, finished;
};

/// JSON, indented, with a line end. `files` are the names of what stands beside it, with their bytes, to be
/// hashed.
std::string manifest_json(const ResultSet& results, const RunRecord& record,
                          const std::vector<std::pair<std::string, std::string>>& files);

/// "2026-11-21T22:40:05Z"
std::string utc_text(std::chrono::system_clock::time_point time);

}  // namespace horizon::store
