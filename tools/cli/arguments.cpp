#include "tools/cli/arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace horizon::cli {
namespace {

constexpr std::string_view general_examples = R"(
Examples:
  horizon run scenarios/denmark/hospital/hospital.hzn
  horizon run my.hzn --futures 100000 --seed 7 --out results/may
  horizon run my.hzn --data purchases=2025.csv     another file for the table `purchases`
  horizon check scenarios                          every .hzn file in the folder
  horizon explain E0201                            what a message means

Exit codes: 0 good, 1 the scenario is at fault, 2 a mistake on the command line, 3 files, disk or machine, 4 a bug, 130 interrupted.
)";

constexpr std::string_view run_examples = R"(
Examples:
  horizon run my.hzn
  horizon run my.hzn --futures 100000 --seed 7 --threads 4 --out results/may
  horizon run my.hzn --data purchases=2025.csv --data prices=list.csv
  horizon run my.hzn --time --stats                where the time went, how much was done

Writes DIR/forecast.csv and DIR/manifest.json and prints a summary. A previous DIR is replaced at the very end, as a whole.
The same scenario, data, futures and seed give the same forecast.csv, byte for byte, whatever --threads, --engine and --cpu.
)";

constexpr std::string_view cache_help = R"(
Machine code is kept from run to run, by the shape of a scenario: no number or name of it is in there. It stands in $XDG_CACHE_HOME/horizon
or ~/.cache/horizon, takes 256 MiB at most, and can go at any time. HORIZON_CACHE=DIR puts it elsewhere, HORIZON_CACHE=off keeps nothing.
)";

constexpr std::string_view check_examples = R"(
Examples:
  horizon check my.hzn
  horizon check scenarios --message-format json
)";

constexpr std::string_view emit_examples = R"(
Examples:
  horizon emit --stage=model my.hzn                what the scenario says, with all types and units
  horizon emit --stage=graph my.hzn | dot -Tsvg    what depends on what
  horizon emit --stage=asm --cpu x86-64-v3 my.hzn
)";

/// What CLI11 fills in; text until it has been looked at.
struct Raw {
  std::string run_file, emit_file, code, stage, out, futures, seed, threads, engine = "jit", cpu, sampling = "random",
                                                                             format = "text";
  std::vector<std::string> check_paths, data;
  bool time = false, stats = false;
};

constexpr std::uint64_t least_sobol_futures = 16;

struct UsageError {
  std::string sentence;
};

/// A whole number. `_` and `,` between digits are let through: people write 100_000 and 100,000.
std::uint64_t whole_number(const std::string& text, const char* option, std::uint64_t least,
                           std::uint64_t most) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = (text[i] == '_' || text[i] == ',') && i > 0 && i + 1 < text.size();
    if (!separator) digits += text[i];
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool number = !digits.empty() && end == digits.data() + digits.size();
  if (number && error == std::errc() && value >= least && value <= most) return value;
  throw UsageError{
      fmt::format("{} {}: this must be a whole number from {} to {}", option, text, least, most)};
}

void add_data(const std::vector<std::string>& bindings, driver::Options& options) {
  for (const std::string& binding : bindings) {
    const std::size_t at = binding.find('=');
    if (at == std::string::npos || at == 0 || at + 1 == binding.size()) {
      throw UsageError{"--data " + binding + ": write --data TABLE=PATH, as in --data purchases=2025.csv"};
    }
    if (!options.data.emplace(binding.substr(0, at), binding.substr(at + 1)).second) {
      throw UsageError{"--data " + binding.substr(0, at) + " is given twice"};
    }
  }
}

driver::Options options_of(const Raw& raw) {
  driver::Options options;
  options.engine = raw.engine == "interpreter" ? driver::Engine::Interpreter : driver::Engine::Jit;
  for (codegen::Cpu cpu : {codegen::Cpu::X86_64, codegen::Cpu::X86_64_v3, codegen::Cpu::X86_64_v4}) {
    if (!raw.cpu.empty() && raw.cpu == codegen::to_text(cpu)) options.cpu = cpu;
  }
  options.sampling = raw.sampling == "sobol" ? driver::Sampling::Sobol : driver::Sampling::Random;
  add_data(raw.data, options);
  return options;
}

MessageFormat format_of(const Raw& raw) {
  return raw.format == "json" ? MessageFormat::Json : MessageFormat::Text;
}

driver::Stage stage_of(const std::string& name) {
  if (name == "ast") return driver::Stage::Ast;
  if (name == "model") return driver::Stage::Model;
  if (name == "graph") return driver::Stage::Graph;
  if (name == "mir") return driver::Stage::Mir;
  if (name == "llvm") return driver::Stage::Llvm;
  return driver::Stage::Asm;
}

/// An option that takes one of a few words: the help shows them as `jit|interpreter`.
CLI::Option* add_choice(CLI::App& app, const char* name, std::string& value,
                        const std::vector<std::string>& choices, const char* help) {
  const std::string shown = fmt::format("{}", fmt::join(choices, "|"));
  const auto check = [choices](const std::string& given) {
    if (std::find(choices.begin(), choices.end(), given) != choices.end()) return std::string();
    return fmt::format("`{}` is not one of {}", given, fmt::join(choices, ", "));
  };
  return app.add_option(name, value, help)->check(check)->type_name(shown);
}

void add_format(CLI::App& app, Raw& raw) {
  add_choice(app, "--message-format", raw.format, {"text", "json"},
             "Messages and progress on stderr as text or JSON lines [text]");
}
void add_cpu(CLI::App& app, Raw& raw) {
  add_choice(app, "--cpu", raw.cpu, {"x86-64", "x86-64-v3", "x86-64-v4"},
             "Machine code for this kind of processor [the best this machine has]");
}
void add_data_option(CLI::App& app, Raw& raw) {
  app.add_option("--data", raw.data, "Read the table TABLE from PATH; may be given several times")
      ->type_name("TABLE=PATH")
      ->allow_extra_args(false);
}

CLI::App* add_run(CLI::App& app, Raw& raw) {
  CLI::App* run = app.add_subcommand("run", "Forecast a scenario");
  run->add_option("FILE", raw.run_file, "The scenario, a .hzn file")->required()->type_name("");
  run->add_option("--futures", raw.futures, "Number of futures [10000]")->type_name("N");
  run->add_option("--seed", raw.seed, "Which futures: a whole number [1]")->type_name("S");
  run->add_option("--threads", raw.threads, "Number of threads [all cores]")->type_name("T");
  add_data_option(*run, raw);
  run->add_option("--out", raw.out, "Folder for the results [out/<name of FILE>]")->type_name("DIR");
  add_choice(*run, "--engine", raw.engine, {"jit", "interpreter"},
             "How to compute; the results are the same [jit]");
  add_cpu(*run, raw);
  add_choice(*run, "--sampling", raw.sampling, {"random", "sobol"},
             "Draw futures at random or spread them evenly, for more precision with few [random]");
  run->add_flag("--time", raw.time, "Say on stderr where the time went, stage by stage");
  run->add_flag("--stats", raw.stats, "Say on stderr how much was computed, how fast, in how much memory");
  add_format(*run, raw);
  run->footer(std::string(run_examples));
  return run;
}

CLI::App* add_check(CLI::App& app, Raw& raw) {
  CLI::App* check = app.add_subcommand("check", "Look for mistakes without running");
  check->add_option("FILE|DIR", raw.check_paths, "Scenarios, or folders to search for .hzn files")
      ->required()
      ->type_name("");
  add_data_option(*check, raw);
  add_format(*check, raw);
  check->footer(std::string(check_examples));
  return check;
}

CLI::App* add_emit(CLI::App& app, Raw& raw) {
  CLI::App* emit = app.add_subcommand("emit", "Print what a stage of the compiler makes of a scenario");
  add_choice(*emit, "--stage", raw.stage, {"ast", "model", "graph", "mir", "llvm", "asm"}, "Which stage")
      ->required();
  emit->add_option("FILE", raw.emit_file, "The scenario, a .hzn file")->required()->type_name("");
  add_data_option(*emit, raw);
  add_cpu(*emit, raw);
  add_format(*emit, raw);
  emit->footer(std::string(emit_examples));
  return emit;
}

CLI::App* add_cache(CLI::App& app, Raw& raw) {
  CLI::App* cache = app.add_subcommand("cache", "Show or clear what is kept from run to run: machine code");
  cache->add_subcommand("clear", "Remove all of it");
  add_format(*cache, raw);
  cache->footer(std::string(cache_help));
  return cache;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& names) {
  const std::string* best = nullptr;
  std::size_t best_distance =
      std::max<std::size_t>(1, word.size() / 3) + 1;  // at most a third of it mistyped
  for (const std::string& name : names) {
    const std::size_t d = edit_distance(word, name);
    if (d < best_distance) {
      best = &name;
      best_distance = d;
    }
  }
  return best == nullptr ? std::string() : "; did you mean `" + *best + "`?";
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// What a command cannot do without.
std::string missing_argument(const CLI::App& used) {
  if (used.get_name() == "emit" && used.get_option("--stage")->count() == 0) return "--stage";
  if (used.get_name() == "explain") return "the code of a message";
  return used.get_name() == "check" ? "a file or a folder" : "the scenario's file";
}

/// "--seed: At Most 1 required but received 2" and "--seed: 1 required S missing" in our words.
std::string wrong_count(const CLI::App& used, const std::string& what) {
  const std::string name = what.substr(0, what.find(':'));
  const CLI::Option* option = used.get_option_no_throw(name);
  const bool several = option != nullptr && option->count() > 1;
  return several ? name + " is given more than once" : name + " needs a value after it";
}

/// CLI11's complaint in our words.
std::string sentence_for(const CLI::App& app, const CLI::App* used, const CLI::ParseError& error, int argc,
                         const char* const* argv) {
  const std::string see =
      std::string("; `horizon ") + (used ? used->get_name() + " " : "") + "--help` shows how";
  if (argc < 2) return "a command is missing" + see;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr || used == nullptr) {
    const std::vector<std::string> rest = used ? used->remaining() : app.remaining();
    const std::string word = rest.empty() ? std::string(argv[1]) : rest.front();
    const bool option = word.starts_with("-");
    const auto names = option ? option_names(used ? *used : app)
                       : used ? std::vector<std::string>{}
                              : command_names(app);
    const std::string near = did_you_mean(word.substr(0, word.find('=')), names);
    const std::string what = option ? "there is no option " + word
                             : used ? word + " is one argument too many"
                                    : "there is no command " + word;
    return what + (near.empty() ? see : near);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return "`horizon " + used->get_name() + "` needs " + missing_argument(*used) + see;
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return wrong_count(*used, error.what()) + see;
  return std::string(error.what()) + see;
}

Command to_command(const Raw& raw, const CLI::App& app) {
  if (app.got_subcommand("run")) {
    RunCommand command;
    command.file = raw.run_file;
    command.out = raw.out;
    if (!raw.futures.empty()) command.futures = whole_number(raw.futures, "--futures", 1, 1'000'000'000'000);
    if (!raw.seed.empty()) command.seed = whole_number(raw.seed, "--seed", 0, UINT64_MAX);
    if (!raw.threads.empty())
      command.threads = static_cast<std::uint32_t>(whole_number(raw.threads, "--threads", 1, 1024));
    command.options = options_of(raw);
    if (command.options.sampling == driver::Sampling::Sobol && command.futures < least_sobol_futures)
      throw UsageError{fmt::format("--futures {}: --sampling sobol needs at least {}, two in each of its eight randomisations; 1024, 2048, "
                                   "4096, ... are the best numbers for it", command.futures, least_sobol_futures)};
    command.time = raw.time;
    command.stats = raw.stats;
    command.format = format_of(raw);
    return command;
  }
  if (app.got_subcommand("check")) return CheckCommand{raw.check_paths, options_of(raw), format_of(raw)};
  if (app.got_subcommand("emit"))
    return EmitCommand{stage_of(raw.stage), raw.emit_file, options_of(raw), format_of(raw)};
  if (const CLI::App* cache = app.get_subcommand("cache"); app.got_subcommand("cache"))
    return CacheCommand{cache->got_subcommand("clear"), format_of(raw)};
  return ExplainCommand{raw.code, format_of(raw)};
}

/// An option given empty (`--futures ""`) is not an absent one.
void refuse_empty_values(const CLI::App& used) {
  for (const CLI::Option* option : used.get_options()) {
    if (option->count() == 0) continue;
    const auto values = option->results();
    if (std::find(values.begin(), values.end(), "") != values.end())
      throw UsageError{option->get_name() + " is empty"};
  }
}

}  // namespace

MessageFormat wanted_format(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--message-format=json") return MessageFormat::Json;
    if (word == "--message-format" && i + 1 < argc && std::string_view(argv[i + 1]) == "json")
      return MessageFormat::Json;
  }
  return MessageFormat::Text;
}

Expected<Command, std::string> parse_arguments(int argc, const char* const* argv) {
  Raw raw;
  CLI::App app("Horizon: budget forecasts of medicines, with their uncertainty", "horizon");
  const std::string version = std::string("horizon ") + HORIZON_VERSION;
  app.set_version_flag("--version", version, "Print the version and leave");
  app.set_help_all_flag();
  app.require_subcommand(1);
  app.footer(std::string(general_examples));
  add_run(app, raw);
  add_check(app, raw);
  add_emit(app, raw);
  CLI::App* explain = app.add_subcommand("explain", "Tell more about a message, by its code");
  explain->add_option("CODE", raw.code, "As it stands in the message: E0201")->required()->type_name("");
  add_format(*explain, raw);
  add_cache(app, raw);

  const auto used = [&]() -> const CLI::App* {
    const auto subs = app.get_subcommands();
    return subs.empty() ? nullptr : subs.front();
  };
  try {
    app.parse(argc, argv);
    refuse_empty_values(*used());
    return to_command(raw, app);
  } catch (const CLI::CallForHelp&) {
    return Command{ShowText{used() ? used()->help("horizon") : app.help()}};
  } catch (const CLI::CallForVersion&) {
    return Command{ShowText{version + "\n"}};
  } catch (const CLI::ParseError& error) {
    return Unexpected{sentence_for(app, used(), error, argc, argv)};
  } catch (const UsageError& error) {
    return Unexpected{error.sentence};
  }
}

}  // namespace horizon::cli
