#pragma once
// The compiler's public C++ interface: a scenario file becomes a plan that runtime/session can run. Files are read through the
// caller's function; nothing is printed, no environment is read.
//
//   auto compiled = driver::compile("hospital.hzn", {}, read_file);
//   if (compiled.plan) { auto results = session::run(*compiled.plan, {.futures = 10'000, .seed = 1}); ... }
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "compiler/codegen/codegen.hpp"
#include "compiler/diag/diagnostic.hpp"
#include "compiler/source/source.hpp"
#include "runtime/plan/plan.hpp"

namespace horizon::model {
struct Model;
}

namespace horizon::driver {

struct PlacedDraws;

/// The bytes of a file, or a sentence that says why not ("there is no such file").
using ReadFile = std::function<Expected<std::string, std::string>(const std::string& path)>;

enum class Engine : std::uint8_t { Jit, Interpreter };

/// Random: each draw's numbers are a function of its id alone. Sobol: randomised quasi-Monte Carlo for the draws that give_dimensions()
/// chooses; without it the plan runs as with Random.
enum class Sampling : std::uint8_t { Random, Sobol };

struct Options {
  Engine engine = Engine::Jit;
  Sampling sampling = Sampling::Random;
  std::optional<codegen::Cpu> cpu;           ///< none: the best this machine has
  std::map<std::string, std::string> data;   ///< `--data TABLE=PATH`: paths from the current folder
  codegen::ObjectStore objects;              ///< machine code of earlier runs; empty: none
};

/// A file that the result depends on, for the manifest.
struct InputFile {
  std::string path;
  std::string bytes;
};

/// Seconds of each stage, in order.
struct StageTime {
  /// "parse", "sema", "compare" (in a Session: with the edition before), "depend", "lower", "optimise", "codegen", "prologue": what of
  /// it codegen did not cover
  std::string stage;
  double seconds = 0;
};

/// The machine code of a plan.
struct CodeInfo {
  enum class From : std::uint8_t { Llvm, Store, Memory };   ///< compiled now, from Options::objects, from a Session's earlier edit
  From from = From::Llvm;
  std::size_t bytes = 0;               ///< 0 for the interpreter
  std::size_t llvm_instructions = 0;   ///< handed to LLVM in this compilation
};

/// What one future of a plan takes, counted in its kernels.
struct Work {
  std::uint64_t draws = 0;         ///< random numbers
  std::uint64_t operations = 0;    ///< of MIR that depend on the future, those of functions with their callers
  std::uint64_t row_periods = 0;   ///< rows of kernels times periods: product-months where rows are products and periods months
};

/// Why there is no plan although the scenario may be right. Usage: an unknown table in `data`. Outside: the scenario file or a
/// `data` file cannot be read, or the machine lacks the cpu. Scenario: it is at fault, the diagnostics say how.
/// Internal: our bug.
struct Failure {
  enum class Kind : std::uint8_t { Usage, Scenario, Outside, Internal };
  Kind kind = Kind::Outside;
  std::string text;
};

/// A draw that may get a Sobol dimension.
struct Draw {
  std::uint64_t id = 0;
  std::string key;           ///< path and labels: "Stelara.discount", "shock[2026]"
  std::uint64_t family = 0;  ///< draws of one row of one kernel have the same; not 0
  std::optional<double> chance;   ///< p of a `chance p` by itself, where p is known before the run
};

struct Compiled {
  std::shared_ptr<source::SourceMap> sources;
  diag::Diagnostics diagnostics;
  std::optional<Failure> failure;
  std::shared_ptr<const model::Model> model;   ///< null if it did not get so far; without errors only
  std::optional<plan::Plan> plan;
  std::vector<Draw> draws;                     ///< with Sampling::Sobol: each id once
  std::shared_ptr<const PlacedDraws> placed;   ///< what give_dimensions() needs of them
  bool library = false;                        ///< check() found neither horizon nor forecast, which is right for a library
  CodeInfo code;   ///< of `plan`
  Work work;       ///< of `plan`
  std::vector<InputFile> inputs;
  std::vector<StageTime> times;
};

/// Everything up to a plan that can run.
Compiled compile(const std::string& path, const Options& options, const ReadFile& read);

/// Everything up to lowering, without machine code: what `horizon check` does.
Compiled check(const std::string& path, const Options& options, const ReadFile& read);

/// Where a draw stands among the Sobol points (docs/language/draws.md).
struct Dimension {
  std::size_t draw = 0;          ///< index into Compiled::draws
  bool leading = false;          ///< else of its family's own points
  std::uint32_t dimension = 0;   ///< from 0
};

/// Gives Sobol dimensions to the draws of a plan that was compiled with Sampling::Sobol: the more important, the lower. `importance` is
/// one number a draw, any scale. Changes `compiled.plan`; returns what it did, in the order of importance. Draws that are not in it stay
/// keyed.
std::vector<Dimension> give_dimensions(Compiled& compiled, const std::vector<double>& importance);

enum class Stage : std::uint8_t { Ast, Model, Graph, Mir, Llvm, Asm };
struct Emitted {
  Compiled compiled;
  std::string text;   ///< empty when the stage was not reached
};
Emitted emit(Stage stage, const std::string& path, const Options& options, const ReadFile& read);

/// What went wrong in one future, by name: a run that met a NaN, an infinity or a failed requirement calls this for the lowest such
/// future. A diagnostic with its place in the scenario.
std::optional<diag::Diagnostic> explain_fault(const Compiled& compiled, std::uint64_t seed, std::uint64_t future);

}  // namespace horizon::driver
