// Cuts the live quantities into stages. A group is computed in one piece where that is possible, because what passes between
// pieces must be stored for every row, period and future. In rounds: every group of which all that is left can be computed is
// computed (these form one level). If there is none, a group is computed in part: only what other groups wait for; the
// scenario's own first, for it is the cheapest to cut.
//
// A loop through prev that passes between groups, or between the rows of a family, joins its groups to one unit, which is
// computed period by period.
#include "compiler/depend/stages.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/check.hpp"

namespace horizon::depend {
namespace {

using schedule::Segment;
using schedule::Stage;

/// A set of quantities that is made often: emptied in no time, by a new number.
class Marks {
 public:
  struct Storage {
    std::vector<std::uint32_t> mark;
    std::uint32_t number = 0;
  };
  explicit Marks(Storage& storage) : storage_(storage) { ++storage_.number; }
  bool has(QuantityId q) const { return storage_.mark[q.index()] == storage_.number; }
  void set(QuantityId q) { storage_.mark[q.index()] = storage_.number; }
  void clear(QuantityId q) { storage_.mark[q.index()] = 0; }

 private:
  Storage& storage_;
};

class Stager {
 public:
  Stager(const Model& model, const std::vector<Use>& uses, const std::vector<bool>& live,
         const std::vector<QuantityId>& operands_first)
      : model_(model), live_(live), order_(operands_first) {
    for (Marks::Storage* storage : {&in_closure_, &in_ready_, &in_wanted_})
      storage->mark.assign(model.quantities.size(), 0);
    operands_.resize(model.quantities.size());
    users_.resize(model.quantities.size());
    for (const Use& use : uses) {
      if (!live[use.user.index()]) continue;
      operands_[use.user.index()].push_back(use);
      users_[use.used.index()].push_back(use);
    }
    done_.assign(model.quantities.size(), false);
    make_units();
  }

  std::vector<Stage> run() {
    std::uint32_t level = 0;
    for (std::size_t left = total_; left > 0; ++level) {
      std::vector<std::size_t> chosen = complete_units();
      const bool whole = !chosen.empty();
      if (!whole) chosen = partial_units();
      const std::size_t before = stages_.size();
      for (const std::size_t unit : chosen) emit(units_[unit], whole ? units_[unit].left : wanted(units_[unit]), level);
      for (std::size_t s = before; s < stages_.size(); ++s)
        for (const QuantityId q : stages_[s].order) {
          done_[q.index()] = true;
          --left;
        }
      HZ_CHECK(stages_.size() > before);
      for (const std::size_t unit : chosen) forget_done(units_[unit]);
    }
    return std::move(stages_);
  }

 private:
  /// One group, or the groups that a loop through prev joins.
  struct Unit {
    std::vector<QuantityId> left;  ///< not computed yet, in order of position
    std::size_t rows = 0;
    bool joined = false;
    bool scenario = false;
  };

  GroupId group_of(QuantityId q) const { return model_.quantities[q].group; }

  void make_units() {
    std::vector<Edge> edges;
    for (const auto& list : operands_)
      for (const Use& use : list) edges.push_back({use.user.index(), use.used.index()});
    const std::vector<std::size_t> component = components(model_.quantities.size(), edges);

    std::vector<std::size_t> leader(model_.groups.size());  // union-find over groups
    std::iota(leader.begin(), leader.end(), std::size_t{0});
    const auto find = [&](std::size_t g) {
      while (leader[g] != g) g = leader[g] = leader[leader[g]];
      return g;
    };
    std::vector<bool> joined(model_.groups.size(), false);
    in_knot_.assign(model_.quantities.size(), false);
    std::vector<bool> knot(model_.quantities.size(), false);  // by component
    for (const auto& list : operands_) {
      for (const Use& use : list) {
        const bool loop = component[use.user.index()] == component[use.used.index()];
        const std::size_t a = group_of(use.user).index(), b = group_of(use.used).index();
        if (!loop || (a == b && !use.cross_row)) continue;
        knot[component[use.user.index()]] = true;
        joined[a] = joined[b] = true;
        leader[std::max(find(a), find(b))] = std::min(find(a), find(b));
      }
    }
    std::map<std::size_t, std::size_t> unit_of_group;
    unit_of_.assign(model_.quantities.size(), 0);
    for (const QuantityId q : order_) {
      if (!live_[q.index()]) continue;
      ++total_;
      in_knot_[q.index()] = knot[component[q.index()]];
      const std::size_t group = group_of(q).index();
      const auto [at, added] = unit_of_group.try_emplace(find(group), units_.size());
      if (added) units_.emplace_back();
      Unit& unit = units_[at->second];
      unit.left.push_back(q);
      unit.joined = unit.joined || joined[group];
      unit.scenario = unit.scenario || group == 0;
      unit.rows = std::max(unit.rows, model_.groups[GroupId(group)].rows());
      unit_of_[q.index()] = at->second;
    }
  }

  /// The largest part of `candidates` that needs nothing outside of itself but what is done. Uses for which `barrier` holds
  /// must be done.
  template <class Barrier>
  std::vector<QuantityId> closure(const std::vector<QuantityId>& candidates, Barrier&& barrier) const {
    Marks in(in_closure_);
    for (const QuantityId q : candidates) in.set(q);
    const auto blocked = [&](QuantityId q) {
      return std::any_of(operands_[q.index()].begin(), operands_[q.index()].end(), [&](const Use& use) {
        return !done_[use.used.index()] && (!in.has(use.used) || barrier(use));
      });
    };
    std::vector<QuantityId> open;
    for (const QuantityId q : candidates)
      if (blocked(q)) open.push_back(q);
    for (const QuantityId q : open) in.clear(q);
    while (!open.empty()) {
      const QuantityId out = open.back();
      open.pop_back();
      for (const Use& use : users_[out.index()]) {
        if (!in.has(use.user) || !blocked(use.user)) continue;
        in.clear(use.user);
        open.push_back(use.user);
      }
    }
    std::vector<QuantityId> result;
    for (const QuantityId q : candidates)
      if (in.has(q)) result.push_back(q);
    return result;
  }

  std::vector<QuantityId> ready(const Unit& unit) const {
    return closure(unit.left, [&](const Use& use) { return use.cross_row && !unit.joined; });
  }

  std::vector<std::size_t> complete_units() const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < units_.size(); ++i)
      if (!units_[i].left.empty() && ready(units_[i]).size() == units_[i].left.size()) result.push_back(i);
    return result;
  }

  /// Of what is ready in the unit: what others wait for, and what that needs.
  std::vector<QuantityId> wanted(const Unit& unit) const {
    const std::vector<QuantityId> can = ready(unit);
    Marks in(in_ready_), keep(in_wanted_);
    for (const QuantityId q : can) in.set(q);
    std::vector<QuantityId> open;
    const auto take = [&](QuantityId q) {
      if (!in.has(q) || keep.has(q)) return;
      keep.set(q);
      open.push_back(q);
    };
    for (const QuantityId q : can)
      for (const Use& use : users_[q.index()])
        if (unit_of_[use.user.index()] != unit_of_[q.index()] || (use.cross_row && !unit.joined)) take(q);
    while (!open.empty()) {
      const QuantityId q = open.back();
      open.pop_back();
      for (const Use& use : operands_[q.index()]) take(use.used);
    }
    std::vector<QuantityId> result;
    for (const QuantityId q : can)
      if (keep.has(q)) result.push_back(q);
    return result;
  }

  /// The first unit that others wait for (the scenario, then few rows), and all that look the same, so that they can
  /// still share a kernel.
  std::vector<std::size_t> partial_units() const {
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < units_.size(); ++i)
      if (!units_[i].left.empty() && !wanted(units_[i]).empty()) candidates.push_back(i);
    HZ_CHECK(!candidates.empty());
    const auto rank = [&](std::size_t i) {
      return std::make_pair(units_[i].scenario && !units_[i].joined ? 0 : 1, units_[i].rows);
    };
    const std::size_t first = *std::min_element(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
      return rank(a) < rank(b);
    });
    std::vector<std::size_t> result;
    for (const std::size_t i : candidates)
      if (i == first || looks_like(units_[i], units_[first])) result.push_back(i);
    return result;
  }

  bool looks_like(const Unit& a, const Unit& b) const {
    if (a.joined || b.joined || a.left.size() != b.left.size()) return false;
    if (model_.groups[group_of(a.left[0])].kind != model_.groups[group_of(b.left[0])].kind) return false;
    return std::equal(a.left.begin(), a.left.end(), b.left.begin(), [&](QuantityId p, QuantityId q) {
      return model_.quantities[p].name == model_.quantities[q].name;
    });
  }

  void emit(const Unit& unit, const std::vector<QuantityId>& part, std::uint32_t level) {
    const bool looping =
        std::any_of(part.begin(), part.end(), [&](QuantityId q) { return in_knot_[q.index()]; });
    Stage stage;
    stage.level = level;
    if (!unit.joined) {
      stage.segments.push_back({group_of(part[0]), part});
      add(std::move(stage));
    } else if (looping) {
      stage.period_by_period = true;
      stage.segments = segments(part);
      add(std::move(stage));
    } else {
      emit_without_loop(part, level);
    }
  }

  /// Part of a joined unit that the loop itself is not in: whatever of it one group can compute at a stretch.
  void emit_without_loop(const std::vector<QuantityId>& part, std::uint32_t level) {
    std::map<GroupId, std::vector<QuantityId>> by_group;
    for (const QuantityId q : part) by_group[group_of(q)].push_back(q);
    for (const auto& [group, members] : by_group) {
      const std::vector<QuantityId> can = closure(members, [](const Use& use) { return use.cross_row; });
      if (can.empty()) continue;
      Stage stage;
      stage.level = level;
      stage.segments.push_back({group, can});
      add(std::move(stage));
    }
  }

  /// Segments of a stage that goes period by period: in each period, one after another; lagged uses do not count.
  std::vector<Segment> segments(const std::vector<QuantityId>& part) {
    std::vector<Segment> result;
    std::vector<bool> placed(model_.quantities.size(), false);
    std::vector<bool> here(model_.quantities.size(), false);
    for (const QuantityId q : part) here[q.index()] = true;
    for (std::size_t left = part.size(); left > 0;) {
      Segment best;
      std::map<GroupId, std::vector<QuantityId>> can;
      std::vector<bool> now(model_.quantities.size(), false);
      for (const QuantityId q : part) {  // in order of position, so operands of the same period come first
        if (placed[q.index()]) continue;
        const bool fits = std::all_of(operands_[q.index()].begin(), operands_[q.index()].end(), [&](const Use& use) {
          const std::size_t used = use.used.index();
          if (use.lagged || !here[used] || placed[used]) return true;
          return now[used] && group_of(use.used) == group_of(q) && !use.cross_row;
        });
        if (!fits) continue;
        now[q.index()] = true;
        can[group_of(q)].push_back(q);
      }
      for (auto& [group, members] : can)
        if (members.size() > best.order.size()) best = {group, std::move(members)};
      HZ_CHECK(!best.order.empty());
      for (const QuantityId q : best.order) placed[q.index()] = true;
      left -= best.order.size();
      result.push_back(std::move(best));
    }
    return result;
  }

  void add(Stage stage) {
    for (const Segment& segment : stage.segments)
      stage.order.insert(stage.order.end(), segment.order.begin(), segment.order.end());
    stages_.push_back(std::move(stage));
  }

  void forget_done(Unit& unit) const {
    std::erase_if(unit.left, [&](QuantityId q) { return done_[q.index()]; });
  }

  mutable Marks::Storage in_closure_, in_ready_, in_wanted_;
  const Model& model_;
  const std::vector<bool>& live_;
  const std::vector<QuantityId>& order_;
  std::vector<std::vector<Use>> operands_, users_;
  std::vector<bool> done_, in_knot_;
  std::vector<Unit> units_;
  std::vector<std::size_t> unit_of_;
  std::size_t total_ = 0;
  std::vector<Stage> stages_;
};

}  // namespace

std::vector<schedule::Stage> make_stages(const Model& model, const std::vector<Use>& uses, const std::vector<bool>& live,
                                         const std::vector<QuantityId>& operands_first) {
  return Stager(model, uses, live, operands_first).run();
}

}  // namespace horizon::depend
