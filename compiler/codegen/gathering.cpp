#include "compiler/codegen/gathering.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/codegen/quads.hpp"
#include "compiler/codegen/ranges.hpp"

namespace horizon::codegen {
namespace {

using mir::Op;
using mir::ValueId;

constexpr std::uint32_t most_numbers = 256;   ///< of a step that a sum may have

bool is_future(const mir::Value& v) { return (v.level & mir::Future) != 0 && (v.level & mir::Period) == 0; }
bool is_period(const mir::Value& v) { return (v.level & mir::Future) != 0 && (v.level & mir::Period) != 0; }

class Finder {
 public:
  Finder(const mir::Kernel& kernel, const LazyCode& lazy, const LookUpGroups& groups, const std::vector<bool>& live, const std::vector<bool>& paired)
      : k_(kernel), lazy_(lazy), groups_(groups), live_(live), paired_(paired) {}

  std::optional<Gathering> run() {
    if (k_.step % quad != 0 || !find_sums() || !find_masks()) return std::nullopt;
    g_.known.resize(k_.values.size());
    for (const ValueId gate : g_.gates) know(gate, false);
    g_.for_gates = needed(g_.gates, is_future);
    g_.for_steps = needed(g_.idle, is_period);
    std::vector<ValueId> dates;
    for (std::size_t i = 0; i < k_.values.size(); ++i)
      if (g_.for_steps[i])
        for (const ValueId a : k_.values[ValueId(i)].args)
          if (is_future(k_.values[a]) && !g_.known[a.index()]) dates.push_back(a);
    g_.for_masks = needed(dates, is_future);
    for (std::size_t i = 0; i < k_.values.size(); ++i)
      if (g_.for_gates[i]) g_.for_masks[i] = false;
    find_draws();
    find_records();
    find_gates_first();
    return std::move(g_);
  }

 private:
  const mir::Kernel& k_;
  const LazyCode& lazy_;
  const LookUpGroups& groups_;
  const std::vector<bool>&live_, &paired_;
  Gathering g_;

  const mir::Value& value(ValueId id) const { return k_.values[id]; }

  /// Accumulations must be all that the kernel does, each behind a shortcut, fours of them together.
  bool find_sums() {
    g_.sum_of.assign(k_.values.size(), -1);
    std::size_t sinks = 0;
    for (const LazyCode::Bundle& b : lazy_.bundles) {
      if (b.sinks.size() % quad != 0) return false;
      sinks += b.sinks.size();
    }
    std::size_t effects = 0;
    for (std::size_t i = 0; i < k_.values.size(); ++i) {
      const mir::Value& v = value(ValueId(i));
      if (!live_[i]) continue;
      if (v.op == Op::Load || v.op == Op::Store || v.op == Op::Require) return false;
      if (v.op == Op::Accumulate && (++effects, !place(ValueId(i)))) return false;
    }
    const auto whole = [&](const Gathering::Sum& s) { return s.step == s.address.period_stride; };
    return effects > 0 && sinks == effects && std::all_of(g_.sums.begin(), g_.sums.end(), whole) && all_in_fours();
  }
  /// Into the sum whose next slot it adds to, or a sum of its own.
  bool place(ValueId id) {
    const mir::Address& a = value(id).address;
    if (a.period_slot || a.period_stride == 0 || a.period_stride % quad != 0 || a.period_stride > most_numbers) return false;
    for (std::size_t s = 0; s < g_.sums.size(); ++s) {
      Gathering::Sum& sum = g_.sums[s];
      if (sum.address.row_slot != a.row_slot || sum.address.period_stride != a.period_stride || sum.address.base + sum.step != a.base) continue;
      if (sum.step == a.period_stride) continue;
      g_.sum_of[id.index()] = static_cast<std::int32_t>(s);
      ++sum.step;
      return true;
    }
    g_.sum_of[id.index()] = static_cast<std::int32_t>(g_.sums.size());
    g_.sums.push_back({a, 1});
    return true;
  }
  bool all_in_fours() const {
    for (const LazyCode::Bundle& b : lazy_.bundles) {
      for (std::size_t i = 0; i < b.sinks.size(); ++i) {
        const std::size_t first = i / quad * quad;
        const std::int32_t sum = g_.sum_of[b.sinks[i].index()];
        const std::uint32_t slot = value(b.sinks[i]).address.base, of_first = value(b.sinks[first]).address.base;
        if (sum != g_.sum_of[b.sinks[first].index()] || slot != of_first + (i - first)) return false;
        if ((of_first - g_.sums[static_cast<std::size_t>(sum)].address.base) % quad != 0) return false;
      }
    }
    return true;
  }

  bool find_masks() {
    bool first = true;
    for (const LazyCode::Bundle& b : lazy_.bundles) {
      if (b.sinks.empty()) continue;
      const ValueId select = b.selects[0], mask = value(select).args[0];
      if (!is_period(value(mask)) || lazy_.region_of[select.index()] != 0) return false;
      if (std::find(g_.idle.begin(), g_.idle.end(), mask) != g_.idle.end()) continue;
      g_.idle.push_back(mask);
      std::vector<ValueId> gates;
      alone(mask, gates);
      if (!first) std::erase_if(gates, [&](ValueId gate) { return std::find(g_.gates.begin(), g_.gates.end(), gate) == g_.gates.end(); });
      g_.gates = std::move(gates);
      first = false;
    }
    for (std::size_t i = 0; i < k_.values.size(); ++i)
      if (live_[i] && value(ValueId(i)).op == Op::Prev && needed(g_.idle, is_period)[i]) return false;
    return true;
  }
  /// Masks of the future level that alone make `mask` hold.
  void alone(ValueId mask, std::vector<ValueId>& result) const {
    const mir::Value& v = value(mask);
    if (v.op == Op::Or)
      for (const ValueId a : v.args) is_future(value(a)) ? result.push_back(a) : alone(a, result);
  }
  void know(ValueId mask, bool holds) {
    const mir::Value& v = value(mask);
    if (!is_future(v)) return;
    g_.known[mask.index()] = holds;
    if (v.op == Op::Not) know(v.args[0], !holds);
    if (v.op == (holds ? Op::And : Op::Or))
      for (const ValueId a : v.args) know(a, holds);
  }
  /// Look-ups at one place are made together.
  std::vector<bool> needed(const std::vector<ValueId>& roots, bool (*level)(const mir::Value&)) const {
    std::vector<bool> result(k_.values.size());
    const auto want = [&](ValueId id) {
      if (!level(value(id)) || paired_[id.index()]) return;
      result[id.index()] = true;
      if (const std::int32_t group = groups_.group_of[id.index()]; group >= 0)
        for (const auto& [member, offset] : groups_.groups[static_cast<std::size_t>(group)].members)
          if (live_[member.index()]) result[member.index()] = true;
    };
    for (const ValueId root : roots) want(root);
    for (std::size_t i = result.size(); i-- > 0;)
      if (result[i])
        for (const ValueId a : value(ValueId(i)).args) want(a);
    return result;
  }

  void find_draws() {
    g_.draws[{}];
    g_.conditional.assign(k_.values.size(), false);
    std::vector<bool> for_gates(k_.values.size());
    for (std::size_t i = 0; i < k_.values.size(); ++i)
      if (g_.for_gates[i])
        for (const ValueId a : value(ValueId(i)).args) for_gates[a.index()] = true;
    std::map<Gathering::Conditions, std::vector<ValueId>> draws;
    for (std::size_t i = 0; i < k_.values.size(); ++i)
      if (live_[i] && paired_[i]) {
        if (for_gates[i]) g_.gate_draws.emplace_back(i);
        draws[for_gates[i] ? Gathering::Conditions() : conditions_of(ValueId(i))].push_back(ValueId(i));
      }
    for (const auto& [conditions, ids] : draws) {
      const bool alone = ids.size() == 1;   // it costs less with others than behind a branch
      std::vector<ValueId>& together = g_.draws[alone ? Gathering::Conditions() : conditions];
      together.insert(together.end(), ids.begin(), ids.end());
      for (const ValueId id : ids) g_.conditional[id.index()] = !conditions.empty() && !alone;
    }
  }
  void find_records() {
    const std::size_t n = k_.values.size();
    g_.in_masks = g_.for_masks;
    g_.in_rest.assign(n, false);
    std::vector<bool> kept(n);
    for (std::size_t i = 0; i < n; ++i) g_.in_rest[i] = live_[i] && !paired_[i] && !g_.for_gates[i] && !g_.for_masks[i];
    const auto use = [&](ValueId id, bool by_masks, bool by_rest) {
      const std::size_t i = id.index();
      const mir::Value& v = value(id);
      if (!is_future(v)) return;
      const bool early = paired_[i] || g_.for_gates[i];
      by_masks = by_masks && early;
      by_rest = by_rest && (early || g_.for_masks[i]);
      if (by_masks) g_.in_masks[i] = true;
      if (by_rest) g_.in_rest[i] = true;
      if ((by_masks || by_rest) && !g_.known[i] && v.op != Op::Seed && v.op != Op::FutureNo) kept[i] = true;
    };
    for (std::size_t i = 0; i < n; ++i)
      if (live_[i])
        for (const ValueId a : value(ValueId(i)).args) use(a, g_.for_masks[i] || g_.for_steps[i], g_.in_rest[i]);
    for (const mir::StateSlot& s : k_.state)
      for (const ValueId id : {s.next, s.first})
        if (id) use(id, false, true);
    for (std::size_t i = 0; i < n; ++i)
      if (kept[i]) g_.records.emplace_back(i);
  }

  /// Where nothing else needs what tells whether gates hold, futures and rows may be left out before there are other draws.
  void find_gates_first() {
    const auto drawn = [&](ValueId id) { return std::find(g_.gate_draws.begin(), g_.gate_draws.end(), id) != g_.gate_draws.end(); };
    const auto for_gates = [&](ValueId id) { return g_.for_gates[id.index()] || drawn(id); };
    g_.gates_first = !g_.gates.empty() && std::none_of(g_.records.begin(), g_.records.end(), for_gates);
    if (!g_.gates_first) return;
    std::erase_if(g_.draws[{}], drawn);
    for (const ValueId gate : g_.gates) {
      const auto [number, bound] = open_above(gate);
      if (!std::isfinite(bound)) return g_.open_above.clear();
      g_.open_above.emplace_back(number, bound);
    }
  }
  /// Of a gate that is not (x < number): what x never is above.
  std::pair<ValueId, double> open_above(ValueId gate) const {
    if (value(gate).op != Op::Not) return {gate, INFINITY};
    const mir::Value& v = value(value(gate).args[0]);
    const bool fits = (v.op == Op::Lt || v.op == Op::Le) && (value(v.args[1]).level & mir::Future) == 0;
    return fits ? std::pair(v.args[1], highest(k_, v.args[0])) : std::pair(gate, double{INFINITY});
  }

  Gathering::Conditions conditions_of(ValueId id) const {
    std::map<ValueId, bool> result;
    for (std::int32_t r = lazy_.region_of[id.index()]; r != 0; r = lazy_.regions[static_cast<std::size_t>(r)].parent) {
      const LazyCode::Region& region = lazy_.regions[static_cast<std::size_t>(r)];
      const ValueId mask = value(lazy_.bundles[region.bundle].selects[0]).args[0];
      if ((value(mask).level & mir::Future) == 0) result[mask] = region.side == 1;
      else if (const ValueId row = region.side == 2 ? implied_by(mask) : ValueId()) result[row] = false;
    }
    return {result.begin(), result.end()};
  }
  /// A mask by row that makes this one hold: x < (row ? a : b), where row is x < a.
  ValueId implied_by(ValueId mask) const {
    const mir::Value& v = value(mask);
    if (v.op != Op::Lt && v.op != Op::Le) return {};
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const mir::Value& choice = value(v.args[side]);
      if (choice.op != Op::Select || (value(choice.args[0]).level & mir::Future) != 0) continue;
      const mir::Value& row = value(choice.args[0]);
      if (row.op == v.op && row.args[side] == choice.args[1] && row.args[1 - side] == v.args[1 - side]) return choice.args[0];
    }
    return {};
  }
};

}  // namespace

std::optional<Gathering> find_gathering(const mir::Kernel& kernel, const LazyCode& lazy, const LookUpGroups& groups, const std::vector<bool>& live,
                                        const std::vector<bool>& paired) {
  return Finder(kernel, lazy, groups, live, paired).run();
}

}  // namespace horizon::codegen
