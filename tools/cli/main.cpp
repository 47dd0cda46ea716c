// The program `horizon`: parses the command line and hands over to one command.
#include <exception>

#include "base/match.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/exit_code.hpp"
#include "tools/cli/interrupt.hpp"

namespace horizon::cli {
namespace {

int dispatch(const Command& command) {
  return match(
      command, [](const RunCommand& c) { return run_command(c); },
      [](const CheckCommand& c) { return check_command(c); },
      [](const EmitCommand& c) { return emit_command(c); },
      [](const ExplainCommand& c) { return explain_command(c); },
      [](const CacheCommand& c) { return cache_command(c); },
      [](const ShowText& c) { return print(c.text) ? exit_good : exit_outside; });
}

}  // namespace
}  // namespace horizon::cli

int main(int argc, char** argv) {
  using namespace horizon::cli;
  install_handlers();
  const MessageFormat format = wanted_format(argc, argv);
  try {
    const auto command = parse_arguments(argc, argv);
    if (!command) {
      show_failure(format, "usage", command.error());
      return exit_usage;
    }
    return dispatch(*command);
  } catch (const std::bad_alloc&) {
    show_failure(format, "outside", "there is not enough memory");
    return exit_outside;
  } catch (const std::exception& error) {
    show_failure(format, "internal",
                 std::string("internal fault: ") + error.what() +
                     " (a bug in Horizon, not in your scenario; please report it)");
    return exit_bug;
  }
}
