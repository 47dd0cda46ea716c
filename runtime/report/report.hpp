#pragma once
// A result as a page for the terminal: what a finance director asks first, with no more digits than the
// futures justify.
#include <string>

#include "runtime/store/result_set.hpp"

namespace horizon::report {

/// Per forecast: a table by period of mean, P10, P50, P90, budget and the chance to exceed it; then, per
/// dimension, the means of its largest labels. Long series show some of their periods and a line of the
/// whole; a table that another forecast has shown already is referred to. Amounts are in millions or billions
/// where they are that large; the last digit shown is at least half of the Monte Carlo error. `width`:
/// columns of the terminal, at least 40 are used. UTF-8, ends with a line end; deterministic.
std::string summary(const store::ResultSet& results, unsigned width);

}  // namespace horizon::report
