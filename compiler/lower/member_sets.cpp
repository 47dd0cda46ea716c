// Which reductions share accumulators.
#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_set>

#include "compiler/lower/member_sets.hpp"

namespace horizon::lower {
namespace {

/// More labels than this are not shared: a coarse sum would then add up as many slots as there are rows.
constexpr std::size_t kMaxSharedLabels = 64;

/// Names the reductions in one expression by its owner and their order there; the smallest name stays.
void name_reductions(const model::Model& model, ExprId root, const std::string& owner, std::vector<std::string>& names) {
  std::unordered_set<std::uint32_t> seen;
  std::vector<ExprId> open = {root};
  std::size_t count = 0;
  while (!open.empty()) {
    const ExprId at = open.back();
    open.pop_back();
    if (!seen.insert(at.value).second) continue;
    const model::Expr& e = model.exprs[at];
    if (e.op == model::Op::ReduceSet) {
      std::string& name = names[static_cast<std::size_t>(e.set)];
      if (std::string next = owner + " " + std::to_string(count++); name.empty() || next < name) name = std::move(next);
    }
    open.insert(open.end(), e.args.rbegin(), e.args.rend());
  }
}

/// By reduction: where it is asked for, in words that the order of declarations does not change.
std::vector<std::string> reduction_names(const model::Model& model) {
  std::vector<std::string> names(model.reductions.size());
  const auto place = [&](GroupId group) { return model.groups[group].kind + " " + model.groups[group].name; };
  for (const model::Quantity& q : model.quantities)
    name_reductions(model, q.definition, place(q.group) + " " + q.name, names);
  for (const model::Forecast& forecast : model.forecasts)
    name_reductions(model, forecast.measure, "forecast " + forecast.name, names);
  for (const model::Requirement& requirement : model.requirements)
    name_reductions(model, requirement.condition, place(requirement.group) + " require " + requirement.text, names);
  return names;
}

std::vector<std::size_t> order_of(const std::vector<std::string>& names) {
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
  return order;
}

bool same_members(const MemberSet& set, const model::Reduction& reduction) {
  if (set.reduce != reduction.reduce || set.terms.size() != reduction.terms.size()) return false;
  for (std::size_t t = 0; t < set.terms.size(); ++t)
    if (set.terms[t].quantity != reduction.terms[t].quantity || set.terms[t].rows != reduction.terms[t].rows) return false;
  return true;
}

/// Labels of every member, in order of (term, row): one number for each reduction of the set; 0 where it has no labels.
std::vector<std::vector<std::uint32_t>> member_labels(const model::Model& model, const MemberSet& set) {
  std::vector<std::vector<std::uint32_t>> all;
  for (std::size_t t = 0; t < set.terms.size(); ++t) {
    for (std::size_t r = 0; r < set.terms[t].rows.size(); ++r) {
      std::vector<std::uint32_t> labels;
      for (const std::int32_t index : set.reductions) {
        const model::Reduction& reduction = model.reductions[static_cast<std::size_t>(index)];
        labels.push_back(reduction.by ? reduction.terms[t].labels[r] : 0);
      }
      all.push_back(std::move(labels));
    }
  }
  return all;
}

std::vector<std::vector<std::uint32_t>> distinct(std::vector<std::vector<std::uint32_t>> labels) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

/// All labels of the one dimension that the set is grouped by, also those that no member has: so the code does not depend on which
/// labels the rows of a table happen to have. Nothing where there are several such dimensions, or many labels.
std::vector<std::vector<std::uint32_t>> all_labels(const model::Model& model, const MemberSet& set) {
  types::DimensionId by;
  for (const std::int32_t index : set.reductions) {
    const types::DimensionId dimension = model.reductions[static_cast<std::size_t>(index)].by;
    if (by && dimension && by != dimension) return {};
    if (dimension) by = dimension;
  }
  if (!by || model.dimensions[by].labels.size() > kMaxSharedLabels) return {};
  std::vector<std::vector<std::uint32_t>> all;
  for (std::uint32_t label = 0; label < model.dimensions[by].labels.size(); ++label) {
    all.emplace_back();
    for (const std::int32_t index : set.reductions)
      all.back().push_back(model.reductions[static_cast<std::size_t>(index)].by ? label : 0);
  }
  return all;
}

void finish(const model::Model& model, MemberSet& set) {
  std::set<types::DimensionId> dimensions;
  for (const model::SetTerm& term : set.terms) {
    const types::Type& type = model.quantities[term.quantity].type;
    dimensions.insert(type.by.begin(), type.by.end());
    set.components = std::max(set.components, types::components(type));
    set.members += term.rows.size();
  }
  set.dimensions.assign(dimensions.begin(), dimensions.end());
  const auto members = member_labels(model, set);
  set.labels = distinct(members);
  if (auto all = all_labels(model, set); !all.empty() && !members.empty()) {
    set.labels = std::move(all);
    set.all_labels = true;
  }
  set.label_of.resize(set.terms.size());
  std::size_t at = 0;
  for (std::size_t t = 0; t < set.terms.size(); ++t) {
    for (const std::uint32_t row : set.terms[t].rows) {
      const auto found = std::lower_bound(set.labels.begin(), set.labels.end(), members[at++]);
      set.label_of[t][row] = static_cast<std::uint32_t>(found - set.labels.begin());
    }
  }
}

}  // namespace

void find_member_sets(const model::Model& model, Analysis& analysis) {
  analysis.set_of.assign(model.reductions.size(), -1);
  analysis.place_in_set.assign(model.reductions.size(), 0);
  const std::vector<std::string> names = reduction_names(model);
  for (const std::size_t i : order_of(names)) {
    const model::Reduction& reduction = model.reductions[i];
    const auto index = static_cast<std::int32_t>(i);
    std::size_t s = 0;
    for (; s < analysis.sets.size(); ++s) {
      MemberSet& set = analysis.sets[s];
      if (!same_members(set, reduction)) continue;
      set.reductions.push_back(index);
      if (distinct(member_labels(model, set)).size() <= kMaxSharedLabels) break;
      set.reductions.pop_back();
    }
    if (s == analysis.sets.size()) {
      MemberSet set;
      set.name = names[i];
      set.reduce = reduction.reduce;
      set.terms = reduction.terms;
      set.reductions = {index};
      analysis.sets.push_back(std::move(set));
    }
    analysis.set_of[i] = static_cast<std::int32_t>(s);
    analysis.place_in_set[i] = analysis.sets[s].reductions.size() - 1;
  }
  for (MemberSet& set : analysis.sets) finish(model, set);
}

}  // namespace horizon::lower
