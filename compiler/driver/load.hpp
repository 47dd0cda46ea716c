#pragma once
// Finds and parses the scenario, every module it uses, and the bytes of its tables.
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast/ast.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/sema/sema.hpp"

namespace horizon::driver {

struct Loaded {
  std::deque<ast::File> files;   ///< owns the trees that `program` points to
  sema::Program program;
};

/// Adds sources, inputs, diagnostics and a failure to `compiled`. A module is looked for beside the scenario first
/// (`use a.b`: a/b.hzn), then in the standard library that is built into the program.
Loaded load(const std::string& path, const Options& options, const ReadFile& read, Compiled& compiled);

/// Adds one library, and what it uses, to a scenario that is loaded already. Nothing happens if it is there.
void load_library(const std::vector<std::string>& module, const std::string& path, const Options& options, const ReadFile& read,
                  Loaded& loaded, Compiled& compiled);

/// A library that is built into the program.
struct Library {
  std::vector<std::string> name;   ///< `std`, `market`
  std::string_view text;
};
std::vector<Library> standard_library();

}  // namespace horizon::driver
