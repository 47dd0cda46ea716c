#pragma once
// A library that a file needs and does not `use`: one mistake, whatever it leaves unknown.
#include <string>

#include "compiler/driver/compile.hpp"
#include "compiler/driver/load.hpp"

namespace horizon::driver {

/// Analyses a loaded scenario. Where a kind, a function, a dimension or a value is unknown and a library has it that the file
/// does not use, the library is taken as used, that is told once (E0307) with its mend, and the analysis begins anew: what else
/// is said is then what would still be said after the mend. Adds to `loaded` and to `compiled`.
model::Model analyse(const std::string& path, const Options& options, const ReadFile& read, Loaded& loaded, Compiled& compiled);

}  // namespace horizon::driver
