#pragma once
// `horizon run --time` and `--stats`: what a run took, on stderr.
#include "compiler/driver/compile.hpp"
#include "runtime/store/result_set.hpp"
#include "tools/cli/messages.hpp"

namespace horizon::cli {

/// Wall clock by stage. `write_seconds`: the output folder; `all_seconds`: since the command began.
void show_times(MessageFormat format, const driver::Compiled& compiled, const store::ResultSet& results, double write_seconds,
                double all_seconds);

/// Amounts and speeds of the run; of the whole process: memory.
void show_stats(MessageFormat format, const driver::Compiled& compiled, const store::ResultSet& results);

}  // namespace horizon::cli
