#include <set>
#include <utility>

#include "compiler/depend/graph.hpp"

namespace horizon::depend {
namespace {

using model::Expr;
using model::ExprId;
using model::Op;

/// Visits the expressions of one definition in order of position, each once.
template <class Visit>
void walk(const Model& model, ExprId root, std::vector<std::uint32_t>& seen, std::uint32_t mark, Visit&& visit) {
  std::vector<ExprId> open{root};
  while (!open.empty()) {
    const ExprId id = open.back();
    open.pop_back();
    if (seen[id.index()] == mark) continue;
    seen[id.index()] = mark;
    const Expr& expr = model.exprs[id];
    visit(expr);
    for (std::size_t i = expr.args.size(); i-- > 0;) open.push_back(expr.args[i]);
  }
}

/// Calls `found(quantity, lagged)` for each quantity that the operation itself reads.
template <class Found>
void reads(const Model& model, const Expr& expr, Found&& found) {
  switch (expr.op) {
    case Op::Ref: case Op::RowOf:
      found(expr.quantity, false);
      break;
    case Op::Prev:
      found(expr.quantity, true);
      break;
    case Op::ReduceSet:
      for (const model::SetTerm& term : model.reductions[static_cast<std::size_t>(expr.set)].terms)
        found(term.quantity, false);
      break;
    default:
      break;
  }
}

bool varies_by_itself(const Model& model, const Expr& expr) {
  switch (expr.op) {
    case Op::Now: case Op::PeriodStart: case Op::PeriodEnd: case Op::Since: case Op::After: case Op::During:
    case Op::Dated: case Op::Lump: case Op::Prev: case Op::Cumulative: case Op::Cohort:
      return true;
    case Op::Draw:
      return model.draws[static_cast<std::size_t>(expr.draw)].each != model::DrawSpec::Each::None;
    default:
      return false;
  }
}

}  // namespace

std::vector<Use> uses(const Model& model) {
  std::vector<Use> result;
  std::vector<std::uint32_t> seen(model.exprs.size(), 0);
  std::uint32_t mark = 0;
  for (std::size_t i = 0; i < model.quantities.size(); ++i) {
    const QuantityId user(i);
    const model::Quantity& quantity = model.quantities[user];
    std::set<std::pair<QuantityId, bool>> known;
    walk(model, quantity.definition, seen, ++mark, [&](const Expr& expr) {
      reads(model, expr, [&](QuantityId used, bool lagged) {
        if (known.insert({used, lagged}).second) result.push_back({user, used, expr.span, lagged});
      });
    });
  }
  return result;
}

std::vector<std::vector<QuantityId>> used_by(const Model& model, const std::vector<ExprId>& roots) {
  std::vector<std::vector<QuantityId>> result;
  std::vector<std::uint32_t> seen(model.exprs.size(), 0);
  std::uint32_t mark = 0;
  for (const ExprId root : roots) {
    std::set<QuantityId> found;
    walk(model, root, seen, ++mark, [&](const Expr& expr) {
      reads(model, expr, [&](QuantityId used, bool) { found.insert(used); });
    });
    result.emplace_back(found.begin(), found.end());
  }
  return result;
}

std::vector<bool> mention_time(const Model& model) {
  std::vector<bool> result(model.quantities.size(), false);
  std::vector<std::uint32_t> seen(model.exprs.size(), 0);
  std::uint32_t mark = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    walk(model, model.quantities[QuantityId(i)].definition, seen, ++mark,
         [&](const Expr& expr) { result[i] = result[i] || varies_by_itself(model, expr); });
  }
  return result;
}

}  // namespace horizon::depend
