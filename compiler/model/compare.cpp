#include "compiler/model/compare.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace horizon::model {
namespace {

// Every struct is taken apart by a structured binding: whoever adds a member has to decide here what it means.

bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

/// Whether two parts are the same but for places in the text.
struct Same {
  template <class Items>
  bool all(const Items& a, const Items& b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), *this);
  }

  bool operator()(const Grid& a, const Grid& b) const {
    const auto& [start, months, periods] = a;
    return start == b.start && months == b.months && periods == b.periods;
  }

  bool operator()(const Label& a, const Label& b) const {
    const auto& [name, title] = a;
    return name == b.name && title == b.title;
  }

  bool operator()(const Dimension& a, const Dimension& b) const {
    const auto& [name, labels] = a;
    return name == b.name && all(labels, b.labels);
  }

  /// All but the numbers.
  bool operator()(const Expr& a, const Expr& b) const {
    const auto& [op, type, span, args, number, number2, quantity, dimension, index, reduce, integrate, set, draw] = a;
    static_cast<void>(span);
    static_cast<void>(number);
    static_cast<void>(number2);
    return op == b.op && type == b.type && args == b.args && quantity == b.quantity && dimension == b.dimension && index == b.index &&
           reduce == b.reduce && integrate == b.integrate && set == b.set && draw == b.draw;
  }

  bool operator()(const SetTerm& a, const SetTerm& b) const {
    const auto& [quantity, rows, labels] = a;
    return quantity == b.quantity && rows == b.rows && labels == b.labels;
  }

  bool operator()(const Reduction& a, const Reduction& b) const {
    const auto& [reduce, terms, by] = a;
    return reduce == b.reduce && all(terms, b.terms) && by == b.by;
  }

  bool operator()(const Correlation& a, const Correlation& b) const {
    const auto& [name, rank, span] = a;
    static_cast<void>(span);
    return name == b.name && same(rank, b.rank);
  }

  bool operator()(const Latent& a, const Latent& b) const {
    const auto& [block, negative] = a;
    return block == b.block && negative == b.negative;
  }

  bool operator()(const DrawSpec& a, const DrawSpec& b) const {
    const auto& [distribution, owner, each, each_dimension, round, in_days, latent] = a;
    return distribution == b.distribution && owner == b.owner && each == b.each && each_dimension == b.each_dimension &&
           round == b.round && in_days == b.in_days && all(latent, b.latent);
  }

  bool operator()(const Quantity& a, const Quantity& b) const {
    const auto& [name, group, type, definition, span, confidential, hidden, provenance] = a;
    static_cast<void>(span);
    static_cast<void>(provenance);
    return name == b.name && group == b.group && type == b.type && definition == b.definition && confidential == b.confidential &&
           hidden == b.hidden;
  }

  /// All but the numbers, but so many of them.
  bool operator()(const Column& a, const Column& b) const {
    const auto& [name, type, values] = a;
    return name == b.name && type == b.type && values.size() == b.values.size();
  }

  bool operator()(const Group& a, const Group& b) const {
    const auto& [name, kind, is_family, keys, columns, span] = a;
    static_cast<void>(span);
    return name == b.name && kind == b.kind && is_family == b.is_family && keys == b.keys && all(columns, b.columns);
  }

  bool operator()(const Requirement& a, const Requirement& b) const {
    const auto& [group, condition, text, span] = a;
    static_cast<void>(span);
    return group == b.group && condition == b.condition && text == b.text;
  }

  bool operator()(const BudgetCell& a, const BudgetCell& b) const {
    const auto& [period, labels, value] = a;
    return period == b.period && labels == b.labels && same(value, b.value);
  }

  bool operator()(const Forecast& a, const Forecast& b) const {
    const auto& [name, title, measure, grain, dimensions, over, unit, unit_scale, budget, confidential, few_contributors, span] = a;
    static_cast<void>(span);
    return name == b.name && title == b.title && measure == b.measure && grain == b.grain && dimensions == b.dimensions &&
           over == b.over && unit == b.unit && same(unit_scale, b.unit_scale) && all(budget, b.budget) &&
           confidential == b.confidential && few_contributors == b.few_contributors;
  }
};

bool same_but_for_numbers(const Model& a, const Model& b) {
  const auto& [grid, vocabulary, currency, dimensions, groups, quantities, exprs, draws, correlations, reductions, requirements,
               forecasts] = a;
  constexpr Same same_parts;
  return same_parts(grid, b.grid) && vocabulary == b.vocabulary && currency == b.currency && same_parts.all(dimensions, b.dimensions) &&
         same_parts.all(groups, b.groups) && same_parts.all(quantities, b.quantities) && same_parts.all(exprs, b.exprs) && same_parts.all(draws, b.draws) &&
         same_parts.all(correlations, b.correlations) && same_parts.all(reductions, b.reductions) && same_parts.all(requirements, b.requirements) &&
         same_parts.all(forecasts, b.forecasts);
}

}  // namespace

std::optional<NumberChanges> number_changes(const Model& before, const Model& now) {
  if (!same_but_for_numbers(before, now)) return std::nullopt;
  NumberChanges changes;
  for (std::size_t i = 0; i < now.exprs.size(); ++i) {
    const ExprId id(i);
    const Expr &a = before.exprs[id], &b = now.exprs[id];
    if (same(a.number, b.number) && same(a.number2, b.number2)) continue;
    if (a.op != Op::Const) return std::nullopt;
    changes.constants.push_back(id);
  }
  for (std::size_t g = 0; g < now.groups.size(); ++g) {
    const GroupId id(g);
    const auto &a = before.groups[id].columns, &b = now.groups[id].columns;
    for (std::size_t c = 0; c < a.size(); ++c)
      if (!same_bits(a[c].values, b[c].values)) changes.columns.emplace_back(id, static_cast<std::uint32_t>(c));
  }
  return changes;
}

}  // namespace horizon::model
