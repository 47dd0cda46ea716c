#pragma once
// The command line -> a command with its options.
#include <string>
#include <variant>

#include "base/expected.hpp"
#include "tools/cli/commands.hpp"

namespace horizon::cli {

/// What --help and --version print.
struct ShowText {
  std::string text;
};
using Command = std::variant<RunCommand, CheckCommand, EmitCommand, ExplainCommand, CacheCommand, ShowText>;

/// The error is a sentence: what is wrong with the command line and, where one is near, what was probably
/// meant.
Expected<Command, std::string> parse_arguments(int argc, const char* const* argv);

/// Was `--message-format json` asked for, even on a command line that is otherwise wrong?
MessageFormat wanted_format(int argc, const char* const* argv);

}  // namespace horizon::cli
