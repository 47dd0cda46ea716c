// Which code is needed only where a select takes one of its sides. It is put behind a branch that is taken when any lane takes
// that side: uptake before the launch, erosion before the loss of exclusivity, all of a product that failed. Choices of the future
// level have regions of that level, those within the loop over periods have theirs. The other
// lanes' results are computed and dropped, as in the interpreter, so no bit changes.
#include <algorithm>
#include <cmath>

#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {
namespace {

using mir::Op;
using mir::ValueId;

constexpr int least_cost = 16;   ///< in simple operations; a branch costs about as much

class Finder {
 public:
  Finder(const mir::Module& module, const mir::Kernel& kernel, const std::vector<bool>& movable)
      : m_(module), k_(kernel), movable_(movable), context_(kernel.values.size(), -1), bundle_of_(kernel.values.size(), -1) {
    regions_.push_back({});
    depth_.push_back(0);
    condition_.push_back({0, ValueId(), 0, false});
  }

  LazyCode run() {
    const std::size_t n = k_.values.size();
    for (const mir::StateSlot& slot : k_.state) {
      use(slot.next, 0, mir::Period);
      if (slot.first) use(slot.first, 0, mir::Period);
    }
    // Users stand behind their operands, so that each value's context is known when it is reached.
    for (std::size_t i = n; i-- > 0;) {
      const mir::Value& v = k_.values[ValueId(i)];
      if (!movable_[i] || context_[i] < 0) context_[i] = 0;
      if (is_choice(i)) join(i);
      for (std::size_t a = 0; a < v.args.size(); ++a)
        use(v.args[a], is_choice(i) && a > 0 ? bundles_[bundle(i)].sides[a] : context_[i], v.level);
    }
    drop_cheap();
    for (LazyCode::Bundle& b : bundles_) std::reverse(b.selects.begin(), b.selects.end());
    find_sinks();
    find_exports();
    LazyCode result;
    result.regions = std::move(regions_);
    result.bundles = std::move(bundles_);
    result.region_of = std::move(context_);
    result.bundle_of = std::move(bundle_of_);
    return result;
  }

 private:
  /// What must hold for a region to run: that of its parent, and the mask's side. Regions of equal conditions run together.
  struct Condition {
    std::size_t parent;
    ValueId mask;
    std::size_t side;
    bool in_periods;
    bool operator==(const Condition&) const = default;
  };
  const mir::Module& m_;
  const mir::Kernel& k_;
  const std::vector<bool>& movable_;
  std::vector<std::int32_t> context_;   ///< by value; -1 before its first use
  std::vector<std::int32_t> bundle_of_;
  std::vector<LazyCode::Region> regions_;
  std::vector<LazyCode::Bundle> bundles_;
  std::vector<int> depth_;                 ///< by region
  std::vector<Condition> condition_;       ///< by region; `parent` is the first region with the parent's condition

  bool is_choice(std::size_t i) const {
    const Op op = k_.values[ValueId(i)].op;
    if (!movable_[i] || (op != Op::Select && op != Op::ISelect && op != Op::Shortcut)) return false;
    // In a step of several periods a branch for each of them would keep apart what was brought together.
    const bool in_periods = (k_.values[ValueId(i)].level & mir::Period) != 0;
    return k_.step == 1 || !in_periods || op == Op::Shortcut || chooses_like(i, i + 1) || chooses_like(i, i - 1);
  }
  bool chooses_like(std::size_t i, std::size_t other) const {
    if (other >= k_.values.size()) return false;
    const mir::Value &v = k_.values[ValueId(i)], &w = k_.values[ValueId(other)];
    return v.op == w.op && v.args[0] == w.args[0] && (v.level & mir::Period) == (w.level & mir::Period);
  }
  std::size_t bundle(std::size_t i) const { return static_cast<std::size_t>(bundle_of_[i]); }
  LazyCode::Region& region(std::int32_t r) { return regions_[static_cast<std::size_t>(r)]; }

  /// Into the bundle of the next value, or a bundle of its own.
  void join(std::size_t i) {
    const mir::Value& v = k_.values[ValueId(i)];
    if (i + 1 < context_.size() && bundle_of_[i + 1] >= 0 && context_[i + 1] == context_[i]) {
      if (chooses_like(i, i + 1)) {
        bundle_of_[i] = bundle_of_[i + 1];
        bundles_[bundle(i)].selects.push_back(ValueId(i));
        return;
      }
    }
    bundle_of_[i] = static_cast<std::int32_t>(bundles_.size());
    bundles_.push_back({});
    bundles_.back().selects.push_back(ValueId(i));
    for (const std::size_t side : {std::size_t{1}, std::size_t{2}}) {
      if (v.op == Op::Shortcut && side == 1)
        bundles_.back().sides[1] = context_[i];   // always there
      else
        bundles_.back().sides[side] = new_region(i, side);
    }
  }
  std::int32_t new_region(std::size_t select, std::size_t side) {
    const auto parent = static_cast<std::size_t>(context_[select]);
    std::size_t first = 0;
    while (condition_[first] != condition_[parent]) ++first;
    const mir::Value& v = k_.values[ValueId(select)];
    condition_.push_back({first, v.args[0], side, (v.level & mir::Period) != 0});
    depth_.push_back(depth_[parent] + 1);
    regions_.push_back({bundle(select), side, context_[select], {}});
    return static_cast<std::int32_t>(regions_.size() - 1);
  }
  /// `level`: the user's. No region of the loop over periods holds code from outside of it.
  void use(ValueId id, std::int32_t context, mir::Levels level) {
    if ((level & mir::Period) != (k_.values[id].level & mir::Period)) context = 0;
    std::int32_t& has = context_[id.index()];
    has = has < 0 ? context : common(has, context);
  }
  /// The innermost region that runs whenever one of both does; of regions with equal conditions the one that stands first.
  std::int32_t common(std::int32_t a, std::int32_t b) const {
    auto x = static_cast<std::size_t>(a), y = static_cast<std::size_t>(b);
    while (condition_[x] != condition_[y]) {
      const int dx = depth_[x], dy = depth_[y];
      if (dx >= dy) x = static_cast<std::size_t>(regions_[x].parent);
      if (dy >= dx) y = static_cast<std::size_t>(regions_[y].parent);
    }
    return static_cast<std::int32_t>(stands_before(x, y) ? x : y);
  }
  /// Of two regions of the same depth. Regions are found from the last to the first, so the larger number stands first; a region within
  /// others stands where the outermost one does.
  bool stands_before(std::size_t x, std::size_t y) const {
    bool result = true;
    for (; x != y; x = static_cast<std::size_t>(regions_[x].parent), y = static_cast<std::size_t>(regions_[y].parent)) result = x > y;
    return result;
  }
  int cost(const mir::Value& v) const {
    switch (v.op) {
      case Op::Call:
        return static_cast<int>(m_.functions[v.function].values.size());
      case Op::Div:
      case Op::Sqrt:
      case Op::TableF:
        return 8;
      case Op::SolveBeta:
      case Op::SolveGamma:
      case Op::SolvePoisson:
        return 1000;
      default:
        return 1;
    }
  }
  bool is_shortcut(std::size_t r) const { return k_.values[bundles_[regions_[r].bundle].selects[0]].op == Op::Shortcut; }
  /// Regions that are not worth a branch become part of their parents: all of one condition or none, since they share values.
  void drop_cheap() {
    std::vector<int> costs(regions_.size());
    for (std::size_t i = 0; i < context_.size(); ++i) {
      if (movable_[i]) costs[static_cast<std::size_t>(context_[i])] += cost(k_.values[ValueId(i)]);
    }
    for (std::size_t r = regions_.size(); r-- > 1;)   // parents have smaller numbers
      costs[static_cast<std::size_t>(regions_[r].parent)] += costs[r];
    std::vector<std::size_t> alike(regions_.size());   // the first of its condition
    std::vector<int> together(regions_.size());
    for (std::size_t r = 1; r < regions_.size(); ++r) {
      while (condition_[alike[r]] != condition_[r]) ++alike[r];
      together[alike[r]] += is_shortcut(r) && costs[r] > 0 ? least_cost : costs[r];
    }
    std::vector<std::int32_t> kept(regions_.size());
    for (std::size_t r = 1; r < regions_.size(); ++r) {
      LazyCode::Region& at = regions_[r];
      at.parent = kept[static_cast<std::size_t>(at.parent)];
      const bool keep = together[alike[r]] >= least_cost;
      kept[r] = keep ? static_cast<std::int32_t>(r) : at.parent;
      if (!keep) bundles_[at.bundle].sides[at.side] = 0;
    }
    for (std::int32_t& context : context_) context = kept[static_cast<std::size_t>(context)];
    for (LazyCode::Bundle& b : bundles_) {
      if (k_.values[b.selects[0]].op == Op::Shortcut) b.sides[1] = 0;
    }
  }

  /// Accumulations of a bundle of shortcuts to +0, and of nothing else, may stay away with the region: adding +0 changes no sum, since
  /// sums begin with +0 and are never -0. They must be the next effects.
  void find_sinks() {
    std::vector<std::vector<ValueId>> users(k_.values.size());
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      for (const ValueId a : k_.values[ValueId(i)].args) users[a.index()].push_back(ValueId(i));
    }
    for (const mir::StateSlot& slot : k_.state) {
      users[slot.next.index()].push_back(ValueId());
      if (slot.first) users[slot.first.index()].push_back(ValueId());
    }
    for (LazyCode::Bundle& b : bundles_) {
      if (b.sides[2] == 0 || k_.values[b.selects[0]].op != Op::Shortcut) continue;
      std::vector<ValueId> sinks;
      for (const ValueId s : b.selects) {
        const mir::Value& zero = k_.values[k_.values[s].args[1]];
        if (zero.op != Op::ConstF || zero.number != 0 || std::signbit(zero.number) || users[s.index()].size() != 1) break;
        const ValueId user = users[s.index()][0];
        if (!user || k_.values[user].op != Op::Accumulate) break;
        sinks.push_back(user);
      }
      if (sinks.size() == b.selects.size() && are_next_effects(b.selects.back(), sinks)) b.sinks = std::move(sinks);
    }
  }
  bool are_next_effects(ValueId after, const std::vector<ValueId>& sinks) const {
    std::size_t found = 0;
    for (std::size_t i = after.index() + 1; i < k_.values.size() && found < sinks.size(); ++i) {
      if (!mir::info(k_.values[ValueId(i)].op).effect) continue;
      if (sinks[found] != ValueId(i)) return false;
      ++found;
    }
    return found == sinks.size();
  }

  bool inside(std::int32_t r, std::int32_t of) const {
    while (r != 0 && r != of) r = regions_[static_cast<std::size_t>(r)].parent;
    return r == of;
  }
  /// Where a value's user is computed. Selects with one region stand in it, at its end.
  std::int32_t place_of(std::size_t user) const {
    if (bundle_of_[user] >= 0) {
      const std::int32_t only = bundles_[bundle(user)].only();
      if (only != 0) return only;
    }
    return context_[user];
  }
  void find_exports() {
    std::vector<std::vector<std::int32_t>> places(k_.values.size());
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      for (const ValueId a : k_.values[ValueId(i)].args) places[a.index()].push_back(place_of(i));
    }
    for (const mir::StateSlot& slot : k_.state) {
      places[slot.next.index()].push_back(0);
      if (slot.first) places[slot.first.index()].push_back(0);
    }
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      for (std::int32_t r = context_[i]; r != 0; r = region(r).parent) {
        bool used = false;
        for (const std::int32_t place : places[i]) used = used || !inside(place, r);
        if (used) region(r).exports.push_back(ValueId(i));
      }
    }
  }
};

}  // namespace

LazyCode lazy_code(const mir::Module& module, const mir::Kernel& kernel, std::vector<bool> movable, const LookUpGroups& groups) {
  for (;;) {
    LazyCode result = Finder(module, kernel, movable).run();
    bool together = true;   // the look-ups of a group are made at once: all in one region, or none may move
    for (const LookUpGroup& group : groups.groups) {
      const auto region = [&](const auto& member) { return result.region_of[member.first.index()]; };
      const auto apart = [&](const auto& member) { return region(member) != region(group.members[0]); };
      if (std::none_of(group.members.begin(), group.members.end(), apart)) continue;
      together = false;
      for (const auto& [member, offset] : group.members) movable[member.index()] = false;
    }
    if (together) return result;
  }
}

std::vector<bool> live_values(const mir::Kernel& kernel, const mir::StateLayout& state, bool setup,
                              const std::function<bool(mir::Levels)>& belongs_here) {
  std::vector<bool> live(kernel.values.size());
  for (std::size_t i = live.size(); i-- > 0;) {
    const mir::Value& v = kernel.values[ValueId(i)];
    if (mir::info(v.op).effect && belongs_here(v.level)) live[i] = true;
    if (setup && state.spill[i] >= 0) live[i] = true;
  }
  const auto use = [&](ValueId id) {
    if (id) live[id.index()] = true;
  };
  if (!setup) {
    for (const mir::StateSlot& slot : kernel.state) {
      use(slot.next);
      use(slot.first);
    }
  }
  for (std::size_t i = live.size(); i-- > 0;) {
    const mir::Value& v = kernel.values[ValueId(i)];
    if (!live[i] || !belongs_here(v.level)) continue;
    for (const ValueId a : v.args) use(a);
    use(v.address.row_slot);
    use(v.address.period_slot);
  }
  return live;
}

}  // namespace horizon::codegen
