#pragma once
// One function a command: the options as the user gave them -> the exit code.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/compile.hpp"
#include "tools/cli/messages.hpp"

namespace horizon::cli {

struct RunCommand {
  std::string file;
  std::string out;  ///< empty: out/<file stem>
  std::uint64_t futures = 10'000;
  std::uint64_t seed = 1;
  std::uint32_t threads = 0;  ///< 0: all cores
  driver::Options options;
  bool time = false, stats = false;  ///< say on stderr where the time went, how much was done how fast
  MessageFormat format = MessageFormat::Text;
};
int run_command(const RunCommand& command);

struct CheckCommand {
  std::vector<std::string> paths;
  driver::Options options;
  MessageFormat format = MessageFormat::Text;
};
int check_command(const CheckCommand& command);

struct EmitCommand {
  driver::Stage stage = driver::Stage::Ast;
  std::string file;
  driver::Options options;
  MessageFormat format = MessageFormat::Text;
};
int emit_command(const EmitCommand& command);

struct ExplainCommand {
  std::string code;
  MessageFormat format = MessageFormat::Text;
};
int explain_command(const ExplainCommand& command);

struct CacheCommand {
  bool clear = false;
  MessageFormat format = MessageFormat::Text;
};
int cache_command(const CacheCommand& command);

}  // namespace horizon::cli
