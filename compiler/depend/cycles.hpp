#pragma once
// Private to this folder: loops within one period.
#include "compiler/depend/graph.hpp"
#include "compiler/diag/diagnostic.hpp"

namespace horizon::depend {

/// One message for each set of quantities that need each other within a period: the shortest loop in it, use by use.
void report_loops(const Model& model, const std::vector<Use>& uses, diag::Diagnostics& diagnostics);

/// The name by which people know a quantity: `Stelara.price`, `pipeline.peak` (of every row), `climate`.
std::string shown_name(const Model& model, QuantityId quantity);

}  // namespace horizon::depend
