#pragma once
// Private to this folder: the dependency graph as plain vectors, and what Boost.Graph finds in it.
#include <cstdint>
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::depend {

using model::GroupId;
using model::Model;
using model::QuantityId;

/// One quantity's definition uses another. Only the first use of a kind is kept: what a message points at.
struct Use {
  QuantityId user, used;
  source::Span span;
  bool lagged = false;     ///< the value of the period before
};

/// All uses, by user in order of declaration, then by position in the definition.
std::vector<Use> uses(const Model& model);

/// For each of these expressions (measures, requirements): the quantities that it uses, each once.
std::vector<std::vector<QuantityId>> used_by(const Model& model, const std::vector<model::ExprId>& roots);

/// By quantity: its own definition varies with the period, apart from what it refers to.
std::vector<bool> mention_time(const Model& model);

struct Edge {
  std::size_t from, to;
};

/// Number of the strongly connected component of each node.
std::vector<std::size_t> components(std::size_t nodes, const std::vector<Edge>& edges);
/// Nodes so that each edge's `to` stands before its `from`. The graph has no loop.
std::vector<std::size_t> operands_first(std::size_t nodes, const std::vector<Edge>& edges);

}  // namespace horizon::depend
