#pragma once
// Passes from MIR to MIR. None changes a bit of any result (rules.md N3): what is kept computes what it computed.
#include "compiler/mir/mir.hpp"

namespace horizon::opt {

struct Options {
  bool identical_columns = true;
  bool dead_values = true;
};

/// Columns of a kernel that are equal in every row become one, and values that are equal through it.
void merge_identical_columns(mir::Module& module);

/// Drops values, columns, state and quantile tables that no effect needs.
void drop_dead_values(mir::Module& module);

/// The passes that `options` ask for, in order.
void optimise(mir::Module& module, const Options& options = {});

}  // namespace horizon::opt
