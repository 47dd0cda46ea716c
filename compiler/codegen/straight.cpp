#include "compiler/codegen/straight.hpp"

#include <algorithm>

namespace horizon::codegen {
namespace {

using mir::Op;
using mir::ValueId;

bool is_period(const mir::Value& v) { return (v.level & mir::Future) != 0 && (v.level & mir::Period) != 0; }

void add(std::vector<ValueId>& masks, ValueId mask) {
  if (std::find(masks.begin(), masks.end(), mask) == masks.end()) masks.push_back(mask);
}

class Finder {
 public:
  Finder(const mir::Kernel& kernel, const LazyCode& lazy, const LookUpGroups& groups) : k_(kernel), lazy_(lazy), groups_(groups) {}

  std::optional<Straight> run() {
    Straight s;
    for (const LazyCode::Bundle& b : lazy_.bundles) s.sinks.insert(s.sinks.end(), b.sinks.begin(), b.sinks.end());
    std::sort(s.sinks.begin(), s.sinks.end(), [](ValueId a, ValueId b) { return a.index() < b.index(); });
    for (const ValueId sink : s.sinks) add(s.idle, value(value(sink).args[0]).args[0]);
    s.all = way(s.sinks, 1, {});
    s.by_lane = way(s.sinks, 2, s.idle);
    const bool possible = !s.all.masks.empty() && all_effects(s.sinks) && can_be_made(s.all) && can_be_made(s.by_lane);
    return possible ? std::optional(std::move(s)) : std::nullopt;
  }

 private:
  const mir::Kernel& k_;
  const LazyCode& lazy_;
  const LookUpGroups& groups_;

  const mir::Value& value(ValueId id) const { return k_.values[id]; }

  /// The outermost shortcut of each sum takes the given side. Where a shortcut's mask holds, its sides are the same. `asked`: masks that
  /// are wanted besides.
  Way way(const std::vector<ValueId>& sinks, std::uint8_t outermost, const std::vector<ValueId>& asked) const {
    Way w;
    w.before.assign(k_.values.size(), false);
    w.inside.assign(k_.values.size(), false);
    w.side.assign(k_.values.size(), 0);
    for (std::size_t i = 0; i < w.side.size(); ++i)
      if (value(ValueId(i)).op == Op::Shortcut) w.side[i] = 1;
    for (const ValueId sink : sinks) {
      const ValueId sum = value(value(sink).args[0]).args[2];
      if (value(sum).op == Op::Shortcut) w.side[sum.index()] = outermost;
      want(w, sum);
    }
    for (std::size_t i = w.inside.size(); i-- > 0;) {
      if (!w.inside[i]) continue;
      const mir::Value& v = value(ValueId(i));
      if (w.side[i] != 0) {
        if (w.side[i] == 1) add(w.masks, v.args[0]);
        want(w, v.args[w.side[i]]);
      } else {
        for (const ValueId a : v.args) want(w, a);
      }
    }
    for (const ValueId mask : w.masks) need(w, mask);
    for (const ValueId mask : asked) need(w, mask);
    for (const mir::StateSlot& slot : k_.state) need(w, slot.next);
    for (std::size_t i = w.before.size(); i-- > 0;)
      if (w.before[i])
        for (const ValueId a : value(ValueId(i)).args) need(w, a);
    for (std::size_t i = 0; i < w.before.size(); ++i) {
      if (!w.before[i]) continue;
      w.inside[i] = false;
      w.side[i] = 0;
    }
    return w;
  }
  void want(Way& w, ValueId id) const {
    if (is_period(value(id))) w.inside[id.index()] = true;
  }
  void need(Way& w, ValueId id) const {
    if (id && is_period(value(id))) w.before[id.index()] = true;
  }
  bool all_effects(const std::vector<ValueId>& sinks) const {
    const auto count = std::count_if(k_.values.begin(), k_.values.end(), [](const mir::Value& v) { return is_period(v) && mir::info(v.op).effect; });
    return static_cast<std::size_t>(count) == sinks.size();
  }
  bool can_be_made(const Way& w) const {
    for (std::size_t i = 0; i < w.before.size(); ++i) {
      if (!w.before[i] && !w.inside[i]) continue;
      if (groups_.group_of[i] >= 0 || mir::info(value(ValueId(i)).op).effect) return false;
      if (w.before[i] && lazy_.bundle_of[i] >= 0) return false;
    }
    return true;
  }
};

}  // namespace

std::optional<Straight> find_straight(const mir::Kernel& kernel, const LazyCode& lazy, const LookUpGroups& groups) {
  return Finder(kernel, lazy, groups).run();
}

}  // namespace horizon::codegen
