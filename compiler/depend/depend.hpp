#pragma once
// Boost.Graph: the dependency graph of the quantities. Boost is seen only in this folder's .cpp files.
#include <string>

#include "compiler/diag/diagnostic.hpp"
#include "compiler/model/model.hpp"
#include "compiler/schedule/schedule.hpp"

namespace horizon::depend {

/// Orders the quantities, slices from the outputs, finds what is a series. A cycle within one period is an error that names
/// every quantity on a shortest such loop, with the position of each use; a cycle through prev or cumulative is fine.
diag::WithDiags<schedule::Schedule> order(const model::Model& model);

/// The live graph for people: `horizon emit --stage=graph` (Graphviz DOT; lagged edges dashed).
std::string to_dot(const model::Model& model, const schedule::Schedule& schedule);

}  // namespace horizon::depend
