#include "tools/cli/commands.hpp"
#include "tools/cli/exit_code.hpp"
#include "tools/cli/files.hpp"

namespace horizon::cli {

int emit_command(const EmitCommand& command) {
  const driver::Emitted emitted = driver::emit(command.stage, command.file, command.options, read_file);
  const int verdict = show_compiled(command.format, emitted.compiled);
  if (!print(emitted.text)) {
    show_failure(command.format, "outside", "the text could not be written to where stdout goes");
    return exit_outside;
  }
  return verdict;
}

}  // namespace horizon::cli
