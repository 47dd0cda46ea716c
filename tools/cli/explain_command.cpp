#include <algorithm>
#include <cctype>

#include "tools/cli/commands.hpp"
#include "tools/cli/exit_code.hpp"

namespace horizon::cli {

int explain_command(const ExplainCommand& command) {
  std::string code = command.code;
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const std::string_view page = diag::explain(code);
  if (page.empty()) {
    show_failure(command.format, "usage",
                 diag::find_code(code) ? "there is no page about " + code + " yet"
                                       : "there is no message " + command.code +
                                             "; a code looks like E0201 and stands in the message");
    return exit_usage;
  }
  return print(std::string(page)) ? exit_good : exit_outside;
}

}  // namespace horizon::cli
