#pragma once
// The first halves of a `--sampling sobol` run's futures; private to the session.
#include "runtime/plan/plan.hpp"

namespace horizon::session {

/// The plan with the rows of the first half alone, where plan.sobol->halves says so; without a report. Columns that are no sum of two
/// halves mean nothing in it, and neither do requirements. Shares tables and code.
plan::Plan first_half(const plan::Plan& plan);

}  // namespace horizon::session
