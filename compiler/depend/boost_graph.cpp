// The one place that sees Boost.Graph. Vector storage with integer descriptors: the same order in every run.
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>

#include "compiler/depend/graph.hpp"

namespace horizon::depend {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

Graph build(std::size_t nodes, const std::vector<Edge>& edges) {
  Graph graph(nodes);
  for (const Edge& edge : edges) boost::add_edge(edge.from, edge.to, graph);
  return graph;
}

}  // namespace

std::vector<std::size_t> components(std::size_t nodes, const std::vector<Edge>& edges) {
  const Graph graph = build(nodes, edges);
  std::vector<std::size_t> component(nodes);
  boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
  return component;
}

std::vector<std::size_t> operands_first(std::size_t nodes, const std::vector<Edge>& edges) {
  const Graph graph = build(nodes, edges);
  std::vector<std::size_t> order;
  order.reserve(nodes);
  boost::topological_sort(graph, std::back_inserter(order));  // a node after all that its edges lead to
  return order;
}

}  // namespace horizon::depend
