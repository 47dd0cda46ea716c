#include "compiler/depend/cycles.hpp"
#include "compiler/depend/depend.hpp"
#include "compiler/depend/graph.hpp"

namespace horizon::depend {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string node(QuantityId q) { return "q" + std::to_string(q.index()); }

}  // namespace

std::string to_dot(const Model& model, const schedule::Schedule& schedule) {
  std::string out =
      "// An arrow leads from what is used to what uses it; dashed: the value of the period before.\n"
      "// A double frame: differs between periods.\n"
      "digraph scenario {\n  rankdir=LR;\n  node [shape=box];\n";
  std::vector<std::string> members_of(model.groups.size());
  for (std::size_t i = 0; i < model.quantities.size(); ++i) {
    const model::Quantity& q = model.quantities[QuantityId(i)];
    if (!schedule.live[i]) continue;
    members_of[q.group.index()] += "    " + node(QuantityId(i)) + " [label=" + quoted(q.name) +
                                   (schedule.series[i] ? ", peripheries=2" : "") + "];\n";
  }
  for (std::size_t g = 0; g < model.groups.size(); ++g) {
    const model::Group& group = model.groups[GroupId(g)];
    const std::string& members = members_of[g];
    if (members.empty()) continue;
    std::string label = group.name.empty() ? "scenario" : group.kind + " " + group.name;
    if (group.is_family) label += " (" + std::to_string(group.rows()) + ")";
    out += "  subgraph cluster_" + std::to_string(g) + " {\n    label=" + quoted(label) + ";\n" + members + "  }\n";
  }
  for (const Use& use : uses(model))
    if (schedule.live[use.user.index()])
      out += "  " + node(use.used) + " -> " + node(use.user) + (use.lagged ? " [style=dashed]" : "") + ";\n";
  for (std::size_t i = 0; i < model.forecasts.size(); ++i) {
    const std::string name = "f" + std::to_string(i);
    out += "  " + name + " [shape=ellipse, label=" + quoted(model.forecasts[i].name) + "];\n";
    const auto used = used_by(model, {model.forecasts[i].measure});
    for (const QuantityId q : used[0]) out += "  " + node(q) + " -> " + name + ";\n";
  }
  return out + "}\n";
}

}  // namespace horizon::depend
