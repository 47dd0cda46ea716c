#pragma once
// Passes from MIR to MIR. None changes a draw, nor a comparison (rules.md N3); only
// `identical_columns` and `dead_values` change no bit at all.
#include "compiler/mir/mir.hpp"

namespace horizon::opt {

struct Options {
  /// Off: with it the code would depend on which numbers happen to be equal, and a changed number could mean new code.
  bool identical_columns = false;
  bool reciprocals = true;
  bool negative_exponents = true;
  bool factors = true;
  bool steps = true;
  bool recurrences = true;
  bool gates = true;
  bool two_registers = true;
  std::uint32_t gathered_rows = 16;   ///< see gather_futures; 0: never
  bool dead_values = true;
};

/// Columns of a kernel that are equal in every row become one, and values that are equal through it.
void merge_identical_columns(mir::Module& module);

/// x / y becomes x * (1 / y) where x differs between periods or futures and y does not: the division leaves that loop. The result may
/// differ in its last bit; so quotients stay that a draw, a comparison or a rounding depends on (a requirement's comparison
/// has a tolerance of its own and does not count).
void use_reciprocals(mir::Module& module);

/// a / (exp(x) c) becomes (a / c) exp(-x), where a and c are the same in all futures and periods: no division is left in the loops. Last bits
/// may differ; exact quotients stay, as above.
void use_negative_exponents(mir::Module& module);

/// Products of several factors: those that do not vary with the period are multiplied first, outside of the loop, and a factor that is 0
/// in some periods makes the whole 0 there, so that the others are not needed. Differs in last bits; where another factor is no
/// number, 0 instead.
void group_factors(mir::Module& module);

/// The loop over periods takes steps of 12, 8 or 4 periods, where these divide their number and something is gained: powers called once
/// a step, one division for four with the quotients' factors in it, branches over what no lane needs once for four periods. Differs by at
/// most about 1e-13 relative; values that a draw, a comparison or a rounding depends on stay.
void use_steps(mir::Module& module);

/// In kernels without steps: exp(x) and pow(c, x) of an x that grows by the same from each period to the next become products that are carried from period
/// to period, with the function itself every 8 periods, where the carried number is not accurate, and where it was not needed the
/// period before. Differs by at most about 1e-13 relative; values that a draw, a comparison or a rounding depends on stay.
void use_recurrences(mir::Module& module);

/// Values of the future level that no period needs, by conditions that can only change one way as time goes by, are put behind shortcuts:
/// draws of what comes after the horizon, all of a product that failed. No bit of a result changes.
void use_gates(mir::Module& module);

/// Kernels that are much of the whole work compute two registers of futures at once. Changes no bit.
void use_two_registers(mir::Module& module);

/// Kernels of so many rows, of those with two registers, may bring together the futures that count. Changes no bit.
void gather_futures(mir::Module& module, std::uint32_t rows);

/// Drops values, columns, state and quantile tables that no effect needs.
void drop_dead_values(mir::Module& module);

/// The passes that `options` ask for, in order.
void optimise(mir::Module& module, const Options& options = {});

}  // namespace horizon::opt
