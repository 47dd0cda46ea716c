// The way of a scenario through the compiler, in one screen: each step takes a value and gives the next.
#include <algorithm>
#include <chrono>

#include "base/deep_stack.hpp"
#include "compiler/ast/ast.hpp"
#include "compiler/depend/depend.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/driver/forgotten.hpp"
#include "compiler/driver/load.hpp"
#include "compiler/driver/plan.hpp"
#include "compiler/driver/sobol.hpp"
#include "compiler/eval/eval.hpp"
#include "compiler/lower/lower.hpp"
#include "compiler/mir/mir.hpp"
#include "compiler/model/model.hpp"
#include "compiler/opt/opt.hpp"
#include "compiler/sema/sema.hpp"

namespace horizon::driver {
namespace {

/// The values of the stages, as far as they were reached.
struct Front {
  Loaded loaded;
  std::optional<schedule::Schedule> schedule;
  std::optional<lower::Lowered> lowered;
  std::unique_ptr<ReadyMemory> ready;   ///< for tables
  bool silent = false;   ///< nothing was said after sema
  /// In place of the former: what is kept has got the numbers of this edition; the kernels that have them.
  std::optional<std::vector<mir::KernelId>> renewed;
};

template <class F>
auto timed(Compiled& compiled, const char* stage, F f) {
  const auto start = std::chrono::steady_clock::now();
  auto result = f();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  compiled.times.push_back({stage, seconds.count()});
  return result;
}

/// A pass's value, its diagnostics put with the others.
template <class T>
T keep(Compiled& compiled, diag::WithDiags<T> result) {
  compiled.diagnostics.append(std::move(result.diagnostics));
  return std::move(result.value);
}

/// A text that could not be read whole, or a library that is missing, would only be echoed by what is unknown because of it. A
/// table that is missing is not: its columns are declared.
bool unreadable(const Compiled& compiled) {
  return std::any_of(compiled.diagnostics.items().begin(), compiled.diagnostics.items().end(), [](const diag::Diagnostic& d) {
    return diag::info(d.code).severity == diag::Severity::Error && d.code != diag::Code::TableFileMissing;
  });
}

bool stopped(const Compiled& compiled) { return compiled.failure.has_value() || compiled.diagnostics.has_errors(); }

lower::Draws draws_of(const Options& options) {
  return options.sampling == Sampling::Sobol ? lower::Draws::Placed : lower::Draws::Keyed;
}

/// Where the edition before differs in numbers alone, its module gets them and nothing is lowered. What a model without the numbers
/// decides, order, shape and slots, is then decided.
std::optional<std::vector<mir::KernelId>> renew(KeptCode& kept, const std::shared_ptr<const model::Model>& model) {
  if (!kept.last.numbers) return std::nullopt;
  KeptCode::Edition& last = kept.last;
  const auto changes = model::number_changes(*last.model, *model);
  if (!changes) return std::nullopt;
  auto kernels = last.numbers->change(*last.model, *model, *changes, *last.module);
  if (kernels) last.model = model;
  return kernels;
}

/// Bytes of quantile tables of all draws that may need one, if a plan would hold so many; made ready while the rest of the way is gone.
std::size_t table_bytes(const model::Model& model) {
  std::size_t tables = 0;
  for (const model::DrawSpec& draw : model.draws) {
    switch (draw.distribution) {
      case model::Distribution::Pert:
      case model::Distribution::Beta:
      case model::Distribution::BetaMeanSd:
      case model::Distribution::Gamma:
        tables += model.groups[model.quantities[draw.owner].group].rows();
        break;
      default:
        break;
    }
  }
  const std::size_t bytes = tables * HZ_TABLE_DOUBLES * sizeof(double);
  return bytes <= plan::most_row_bytes(1) ? bytes : 0;
}

/// Checked is as far as Lowered, and a file without horizon and forecast is right too: a library.
enum class Until { Parsed, Analysed, Ordered, Checked, Lowered };

Front front(const std::string& path, const Options& options, const ReadFile& read, Until until, KeptCode* kept, Compiled& compiled) {
  Front front;
  compiled.sources = std::make_shared<source::SourceMap>();
  front.loaded = timed(compiled, "parse", [&] { return load(path, options, read, compiled); });
  // What a damaged line or a missing library would have defined is unknown, so all that sema could say about its names would
  // be a second message about the same mistake.
  if (compiled.failure || unreadable(compiled) || until == Until::Parsed) return front;

  compiled.library = until == Until::Checked && sema::is_library(front.loaded.files.front());
  front.loaded.program.library = compiled.library;
  auto model = std::make_shared<model::Model>(
      timed(compiled, "sema", [&] { return analyse(path, options, read, front.loaded, compiled); }));
  if (stopped(compiled)) return front;
  compiled.model = model;
  if (until == Until::Analysed) return front;

  if (until == Until::Lowered && kept != nullptr) front.renewed = timed(compiled, "compare", [&] { return renew(*kept, model); });
  if (front.renewed) return front;
  if (until == Until::Lowered && kept == nullptr && options.engine == Engine::Jit) front.ready = std::make_unique<ReadyMemory>(table_bytes(*model));
  const std::size_t said = compiled.diagnostics.items().size();
  front.schedule = keep(compiled, timed(compiled, "depend", [&] { return depend::order(*model); }));
  if (stopped(compiled) || until == Until::Ordered) return front;

  front.lowered = keep(compiled, timed(compiled, "lower", [&] { return lower::lower(*model, *front.schedule, draws_of(options)); }));
  if (stopped(compiled)) return front;
  timed(compiled, "optimise", [&] { return opt::optimise(front.lowered->module), 0; });
  front.lowered->report.scenario = scenario_name(path);
  front.silent = compiled.diagnostics.items().size() == said;
  return front;
}

Expected<plan::Plan, Failure> plan_of(lower::Lowered& lowered, ReadyMemory* ready, const Options& options, KeptCode* kept, Compiled& compiled) {
  auto module = std::make_shared<mir::Module>(std::move(lowered.module));
  if (options.sampling == Sampling::Sobol) list_draws(compiled, module, lowered);
  auto plan = make_plan(module, std::move(lowered.report), options, kept, compiled, ready);
  if (kept == nullptr && options.sampling == Sampling::Random) forget_rows(*module);   // a plan that makes numbers later keeps the module
  return plan;
}

Compiled compile_here(const std::string& path, const Options& options, const ReadFile& read, KeptCode* kept) {
  Compiled compiled;
  Front done = front(path, options, read, Until::Lowered, kept, compiled);
  if (stopped(compiled) || !(done.lowered || done.renewed)) return compiled;
  Expected<plan::Plan, Failure> plan =
      done.renewed ? timed(compiled, "prologue", [&] { return renew_plan(*kept, *done.renewed, compiled); })
                   : plan_of(*done.lowered, done.ready.get(), options, kept, compiled);
  if (plan && done.renewed) plan->report.scenario = scenario_name(path);
  if (plan && kept != nullptr && kept->last.module != nullptr && done.lowered && done.silent && options.sampling == Sampling::Random) {
    kept->last.model = compiled.model;
    kept->last.numbers.emplace(std::move(done.lowered->numbers), *kept->last.module);
  }
  if (plan) {
    compiled.plan = std::move(plan.value());
  } else {
    compiled.failure = plan.error();
  }
  return compiled;
}

Emitted emit_here(Stage stage, const std::string& path, const Options& options, const ReadFile& read) {
  Emitted result;
  Compiled& compiled = result.compiled;
  const Until until = stage == Stage::Ast     ? Until::Parsed
                      : stage == Stage::Model ? Until::Analysed
                      : stage == Stage::Graph ? Until::Ordered
                                              : Until::Lowered;
  Front done = front(path, options, read, until, nullptr, compiled);
  if (compiled.failure) return result;
  if (stage == Stage::Ast) {
    if (!done.loaded.files.empty()) result.text = ast::print(done.loaded.files.front(), *compiled.sources);
    return result;
  }
  if (stopped(compiled)) return result;
  switch (stage) {
    case Stage::Ast: break;
    case Stage::Model: result.text = model::print(*compiled.model); break;
    case Stage::Graph: result.text = depend::to_dot(*compiled.model, *done.schedule); break;
    case Stage::Mir: result.text = mir::print(done.lowered->module); break;
    case Stage::Llvm:
    case Stage::Asm: {
      const codegen::Cpu cpu = options.cpu.value_or(codegen::host_cpu());
      auto text = stage == Stage::Llvm ? codegen::llvm_text(done.lowered->module, cpu)
                                       : codegen::assembly_text(done.lowered->module, cpu);
      if (text) {
        result.text = std::move(text.value());
      } else {
        compiled.failure = Failure{Failure::Kind::Internal, text.error()};
      }
      break;
    }
  }
  return result;
}

}  // namespace

// The passes recurse along chains of definitions, which may be as long as the scenario.

Compiled check(const std::string& path, const Options& options, const ReadFile& read) {
  return with_deep_stack([&] {
    Compiled compiled;
    front(path, options, read, Until::Checked, nullptr, compiled);
    return compiled;
  });
}

Compiled compile(const std::string& path, const Options& options, const ReadFile& read) {
  return compile(path, options, read, nullptr);
}

Compiled compile(const std::string& path, const Options& options, const ReadFile& read, KeptCode* kept) {
  return with_deep_stack([&] { return compile_here(path, options, read, kept); });
}

Emitted emit(Stage stage, const std::string& path, const Options& options, const ReadFile& read) {
  return with_deep_stack([&] { return emit_here(stage, path, options, read); });
}

std::optional<diag::Diagnostic> explain_fault(const Compiled& compiled, std::uint64_t seed, std::uint64_t future) {
  if (!compiled.model) return std::nullopt;
  eval::SobolDraws sobol;
  if (compiled.plan && compiled.plan->sobol)
    for (const HzSobolDraw& draw : compiled.plan->sobol->draws) sobol.emplace(draw.id, draw);
  const std::optional<eval::Fault> fault =
      with_deep_stack([&] { return eval::find_fault(*compiled.model, seed, future, sobol); });
  if (!fault) return std::nullopt;
  return diag::Diagnostic{diag::Code::RunStopped,
                          fault->span,
                          {fault->path, fault->what, fault->period, std::to_string(future)},
                          {},
                          std::nullopt};
}

}  // namespace horizon::driver
