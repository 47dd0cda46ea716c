#include "compiler/depend/cycles.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>

namespace horizon::depend {
namespace {

using Loop = std::vector<const Use*>;  ///< each use's `used` is the next one's `user`

constexpr std::size_t most_steps = 4'000'000;   ///< of the search for the shortest loop; the best so far is told then
constexpr std::size_t most_shown = 12;          ///< names of one loop; what matters of a longer one is where it begins

/// The shortest way from `start` back to itself along `operands` (uses by user); empty if there is none. Adds to `steps`.
Loop shortest_loop(const std::vector<std::vector<const Use*>>& operands, QuantityId start, std::size_t& steps) {
  std::map<QuantityId, const Use*> reached_by;
  std::deque<QuantityId> open{start};
  while (!open.empty()) {
    const QuantityId at = open.front();
    open.pop_front();
    for (const Use* use : operands[at.index()]) {
      ++steps;
      if (!reached_by.try_emplace(use->used, use).second) continue;
      if (use->used != start) {
        open.push_back(use->used);
        continue;
      }
      Loop loop{use};
      while (loop.back()->user != start) loop.push_back(reached_by.at(loop.back()->user));
      std::reverse(loop.begin(), loop.end());
      return loop;
    }
  }
  return {};
}

/// Of all shortest loops the one through the quantity declared first, beginning there.
Loop shortest_loop(const std::vector<std::vector<const Use*>>& operands, const std::vector<QuantityId>& members) {
  Loop best;
  std::size_t steps = 0;
  for (const QuantityId member : members) {
    Loop loop = shortest_loop(operands, member, steps);
    if (!loop.empty() && (best.empty() || loop.size() < best.size())) best = std::move(loop);
    if (best.size() == 1 || (steps > most_steps && !best.empty())) break;
  }
  return best;
}

/// Quantities that the compiler made are left out: their uses count for the quantity whose text they come from.
Loop visible(const Model& model, const Loop& loop) {
  Loop result;
  for (const Use* use : loop)
    if (!model.quantities[use->user].hidden) result.push_back(use);
  return result.empty() ? loop : result;
}

void report(const Model& model, const Loop& loop, diag::Diagnostics& diagnostics) {
  const Loop shown = visible(model, loop);
  const std::size_t named = std::min(shown.size(), most_shown);
  std::string way;
  for (std::size_t i = 0; i < named; ++i) way += shown_name(model, shown[i]->user) + " -> ";
  if (named < shown.size()) way += "(" + std::to_string(shown.size() - named) + " more) -> ";
  const QuantityId first = shown.front()->user;
  way += shown_name(model, first);
  auto& message = diagnostics.add(diag::Code::LoopWithinPeriod, model.quantities[first].span,
                                  {shown_name(model, first), way});
  for (std::size_t i = 0; i < named; ++i) {
    const QuantityId next = shown[(i + 1) % shown.size()]->user;
    message.notes.push_back({shown[i]->span, "`" + shown_name(model, shown[i]->user) + "` uses `" +
                                                 shown_name(model, next) + "` here"});
  }
  message.mend = diag::Mend{
      "let one of them use the value of the period before: `prev(" +
          model.quantities[shown.size() > 1 ? shown[1]->user : first].name + ", ...)` with a value to start from",
      std::nullopt, ""};
}

}  // namespace

std::string shown_name(const Model& model, QuantityId quantity) {
  const model::Quantity& q = model.quantities[quantity];
  const model::Group& group = model.groups[q.group];
  return group.name.empty() ? q.name : group.name + "." + q.name;
}

void report_loops(const Model& model, const std::vector<Use>& uses, diag::Diagnostics& diagnostics) {
  std::vector<Edge> edges;
  for (const Use& use : uses)
    if (!use.lagged) edges.push_back({use.user.index(), use.used.index()});
  const auto component = components(model.quantities.size(), edges);

  std::vector<std::vector<const Use*>> operands(model.quantities.size());
  for (const Use& use : uses)
    if (!use.lagged && component[use.user.index()] == component[use.used.index()])
      operands[use.user.index()].push_back(&use);

  std::vector<std::vector<QuantityId>> members(model.quantities.size());  // by component
  std::vector<std::size_t> in_order;                                      // components with a loop, by first member
  for (std::size_t i = 0; i < model.quantities.size(); ++i) {
    if (operands[i].empty()) continue;
    if (members[component[i]].empty()) in_order.push_back(component[i]);
    members[component[i]].push_back(QuantityId(i));
  }
  const auto before = [&](QuantityId a, QuantityId b) {   // in the text: ids follow the order of need
    const source::Span &x = model.quantities[a].span, &y = model.quantities[b].span;
    return std::tuple(x.file.value, x.begin) < std::tuple(y.file.value, y.begin);
  };
  for (const std::size_t c : in_order) {
    std::stable_sort(members[c].begin(), members[c].end(), before);
    const Loop loop = shortest_loop(operands, members[c]);
    if (!loop.empty()) report(model, loop, diagnostics);
  }
}

}  // namespace horizon::depend
