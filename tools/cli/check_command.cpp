#include <fmt/format.h>

#include <algorithm>

#include "tools/cli/commands.hpp"
#include "tools/cli/exit_code.hpp"
#include "tools/cli/files.hpp"

namespace horizon::cli {

int check_command(const CheckCommand& command) {
  int worst = exit_good;
  std::size_t checked = 0, at_fault = 0, libraries = 0;
  for (const std::string& path : command.paths) {
    const auto files = scenario_files(path);
    if (!files) {
      show_failure(command.format, "outside", files.error());
      worst = std::max(worst, exit_outside);
      continue;
    }
    for (const std::string& file : *files) {
      const driver::Compiled compiled = driver::check(file, command.options, read_file);
      const int verdict = show_compiled(command.format, compiled);
      libraries += compiled.library ? 1u : 0u;
      ++checked;
      at_fault += verdict == exit_good ? 0u : 1u;
      worst = std::max(worst, verdict);
    }
  }
  // One file with errors needs no count: the messages have said all.
  std::string line;
  if (at_fault == 0 && checked > 0) {
    line = fmt::format("{} {} checked, all good\n", checked, checked == 1 ? "file" : "files");
    if (libraries > 0 && checked == 1) line = "1 file checked, all good: a library, without horizon and forecast\n";
    if (libraries > 0 && checked > 1)
      line = fmt::format("{} files checked, all good; {} without horizon and forecast: libraries\n", checked, libraries);
  } else if (checked > 1) {
    line = fmt::format("{} files checked, {} with errors\n", checked, at_fault);
  }
  return print(line) ? worst : std::max(worst, exit_outside);
}

}  // namespace horizon::cli
