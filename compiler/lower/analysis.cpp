#include "compiler/lower/analysis.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "compiler/lower/member_sets.hpp"

namespace horizon::lower {
namespace {

using model::Op;

/// Something that one kernel computes and others read.
struct Key {
  enum class Kind : std::uint8_t { Quantity, Set } kind = Kind::Quantity;
  std::uint32_t index = 0;
  auto operator<=>(const Key&) const = default;
};

struct Reads {
  std::set<Key> keys;               ///< of the same period
  std::set<Key> lagged_keys;        ///< of other groups, of the period before
  std::set<QuantityId> previous;    ///< of the own row, of the period before
  void add(const Reads& other) {
    keys.insert(other.keys.begin(), other.keys.end());
    lagged_keys.insert(other.lagged_keys.begin(), other.lagged_keys.end());
    previous.insert(other.previous.begin(), other.previous.end());
  }
};

class Analyser {
 public:
  Analyser(const model::Model& model, const schedule::Schedule& schedule) : model_(model), schedule_(schedule) {}
  Analysis run();

 private:
  bool plain(QuantityId quantity);
  bool plain_expr(ExprId expr, std::unordered_set<std::uint32_t>& seen);
  void collect(GroupId group, ExprId expr, Reads& into, std::unordered_set<std::uint32_t>& seen);
  Reads reads_of(GroupId group, ExprId expr);
  const Reads& reads(QuantityId quantity);
  Reads item_reads(const Item& item);
  std::set<Key> closure(Reads reads);
  std::uint32_t item_for(const Item& item);
  std::vector<std::uint32_t> providers(const Key& key);
  void add_roots();
  void add_needs();
  void find_loops();
  void place();
  void delay();
  void enter_loop(std::vector<std::uint32_t>& loop);
  StagePlan loop_plan(const std::vector<std::uint32_t>& loop);
  void write_levels();

  const model::Model& model_;
  const schedule::Schedule& schedule_;
  Analysis out_;
  std::unordered_map<std::uint32_t, Reads> reads_;
  std::unordered_map<std::uint32_t, bool> plain_;
  std::map<std::tuple<int, std::uint32_t, std::int32_t, std::int32_t, std::int32_t>, std::uint32_t> index_;
  std::vector<std::vector<std::uint32_t>> needs_;          ///< by item, state included
  std::vector<std::vector<std::uint32_t>> components_;     ///< strongly connected items, needs first
  std::vector<std::size_t> component_of_;
  std::vector<std::size_t> level_;                         ///< by component
};

// ---- what an expression reads ------------------------------------------------------------------------------------

bool Analyser::plain(QuantityId quantity) {
  const auto found = plain_.find(quantity.value);
  if (found != plain_.end()) return found->second;
  std::unordered_set<std::uint32_t> seen;
  const bool result = plain_expr(model_.quantities[quantity].definition, seen);
  plain_[quantity.value] = result;
  return result;
}

bool Analyser::plain_expr(ExprId expr, std::unordered_set<std::uint32_t>& seen) {
  if (!seen.insert(expr.value).second) return true;
  const model::Expr& e = model_.exprs[expr];
  if (e.op == Op::Draw || e.op == Op::ReduceSet || e.op == Op::Prev || e.op == Op::Cumulative || e.op == Op::Cohort)
    return false;
  if ((e.op == Op::Ref || e.op == Op::RowOf) && !plain(e.quantity)) return false;
  return std::all_of(e.args.begin(), e.args.end(), [&](ExprId arg) { return plain_expr(arg, seen); });
}

void Analyser::collect(GroupId group, ExprId expr, Reads& into, std::unordered_set<std::uint32_t>& seen) {
  if (!seen.insert(expr.value).second) return;
  const model::Expr& e = model_.exprs[expr];
  for (const ExprId arg : e.args) collect(group, arg, into, seen);
  const auto quantity = [&] { return Key{Key::Kind::Quantity, e.quantity.value}; };
  switch (e.op) {
    case Op::Ref:
      if (model_.quantities[e.quantity].group == group) {
        into.add(reads(e.quantity));
      } else if (!plain(e.quantity)) {
        into.keys.insert(quantity());
        out_.read_rows[e.quantity].insert(0);
      }
      break;
    case Op::RowOf:
      if (!plain(e.quantity)) {
        into.keys.insert(quantity());
        out_.read_rows[e.quantity].insert(static_cast<std::uint32_t>(e.index));
      }
      break;
    case Op::Prev:
      if (model_.quantities[e.quantity].group == group) {
        into.previous.insert(e.quantity);
      } else {
        into.lagged_keys.insert(quantity());
        out_.read_rows[e.quantity].insert(0);
        out_.read_lagged.insert(e.quantity);
      }
      break;
    case Op::ReduceSet:
      into.keys.insert(Key{Key::Kind::Set, static_cast<std::uint32_t>(out_.set_of[static_cast<std::size_t>(e.set)])});
      break;
    default:
      break;
  }
}

Reads Analyser::reads_of(GroupId group, ExprId expr) {
  Reads result;
  std::unordered_set<std::uint32_t> seen;
  collect(group, expr, result, seen);
  return result;
}

const Reads& Analyser::reads(QuantityId quantity) {
  const auto found = reads_.find(quantity.value);
  if (found != reads_.end()) return found->second;
  const model::Quantity& q = model_.quantities[quantity];
  Reads result = reads_of(q.group, q.definition);
  return reads_[quantity.value] = std::move(result);
}

Reads Analyser::item_reads(const Item& item) {
  if (item.kind == Item::Kind::Output)
    return reads_of(item.group, model_.forecasts[static_cast<std::size_t>(item.index)].measure);
  if (item.kind == Item::Kind::Require)
    return reads_of(item.group, model_.requirements[static_cast<std::size_t>(item.index)].condition);
  return reads(item.quantity);
}

/// All keys, of whatever period: also what the state read through prev is made of.
std::set<Key> Analyser::closure(Reads all) {
  std::set<QuantityId> done;
  while (done.size() < all.previous.size()) {
    for (const QuantityId quantity : std::set<QuantityId>(all.previous))
      if (done.insert(quantity).second) all.add(reads(quantity));
  }
  all.keys.insert(all.lagged_keys.begin(), all.lagged_keys.end());
  return all.keys;
}

// ---- items -------------------------------------------------------------------------------------------------------

std::uint32_t Analyser::item_for(const Item& item) {
  const auto key = std::tuple(static_cast<int>(item.kind), item.quantity.value, item.set, item.term, item.index);
  const auto [at, is_new] = index_.emplace(key, static_cast<std::uint32_t>(out_.items.size()));
  if (is_new) out_.items.push_back(item);
  return at->second;
}

std::vector<std::uint32_t> Analyser::providers(const Key& key) {
  std::vector<std::uint32_t> result;
  if (key.kind == Key::Kind::Quantity) {
    Item item;
    item.kind = Item::Kind::Store;
    item.quantity = QuantityId(key.index);
    item.group = model_.quantities[item.quantity].group;
    return {item_for(item)};
  }
  const MemberSet& set = out_.sets[key.index];
  for (std::size_t t = 0; t < set.terms.size(); ++t) {
    Item item;
    item.kind = Item::Kind::Accumulate;
    item.quantity = set.terms[t].quantity;
    item.group = model_.quantities[item.quantity].group;
    item.set = static_cast<std::int32_t>(key.index);
    item.term = static_cast<std::int32_t>(t);
    result.push_back(item_for(item));
  }
  return result;
}

void Analyser::add_roots() {
  for (std::size_t i = 0; i < model_.forecasts.size(); ++i) {
    Item item;
    item.kind = Item::Kind::Output;
    item.group = GroupId(0);
    item.index = static_cast<std::int32_t>(i);
    item_for(item);
  }
  for (std::size_t i = 0; i < model_.requirements.size(); ++i) {
    Item item;
    item.kind = Item::Kind::Require;
    item.group = model_.requirements[i].group;
    item.index = static_cast<std::int32_t>(i);
    if (item.group.index() == 0 || schedule_.live_groups[item.group.index()]) item_for(item);
  }
}

void Analyser::add_needs() {
  for (std::size_t i = needs_.size(); i < out_.items.size(); ++i) {
    std::set<std::uint32_t> needs;
    for (const Key& key : closure(item_reads(Item(out_.items[i])))) {
      const auto items = providers(key);
      needs.insert(items.begin(), items.end());
    }
    needs_.emplace_back(needs.begin(), needs.end());
  }
}

// ---- order -------------------------------------------------------------------------------------------------------

/// Tarjan's algorithm, without recursion: a model may be deep.
void Analyser::find_loops() {
  const std::size_t n = out_.items.size();
  constexpr auto none = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> number(n, none), low(n, 0), next(n, 0);
  std::vector<bool> open(n);
  std::vector<std::uint32_t> stack, path;
  component_of_.assign(n, none);
  std::size_t count = 0;
  for (std::size_t root = 0; root < n; ++root) {
    if (number[root] != none) continue;
    path.push_back(static_cast<std::uint32_t>(root));
    while (!path.empty()) {
      const std::uint32_t at = path.back();
      if (number[at] == none) {
        number[at] = low[at] = count++;
        stack.push_back(at);
        open[at] = true;
      }
      if (next[at] < needs_[at].size()) {
        const std::uint32_t to = needs_[at][next[at]++];
        if (number[to] == none) {
          path.push_back(to);
        } else if (open[to]) {
          low[at] = std::min(low[at], number[to]);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) low[path.back()] = std::min(low[path.back()], low[at]);
      if (low[at] != number[at]) continue;
      std::vector<std::uint32_t> component;
      std::uint32_t member = 0;
      do {
        member = stack.back();
        stack.pop_back();
        open[member] = false;
        component_of_[member] = components_.size();
        component.push_back(member);
      } while (member != at);
      std::sort(component.begin(), component.end());
      components_.push_back(std::move(component));
    }
  }
}

/// Each component as early as possible.
void Analyser::place() {
  level_.assign(components_.size(), 0);
  for (std::size_t c = 0; c < components_.size(); ++c)
    for (const std::uint32_t item : components_[c])
      for (const std::uint32_t need : needs_[item])
        if (component_of_[need] != c) level_[c] = std::max(level_[c], level_[component_of_[need]] + 1);
}

bool is_loop(const std::vector<std::uint32_t>& component, const std::vector<std::vector<std::uint32_t>>& needs) {
  if (component.size() > 1) return true;
  const auto& own = needs[component[0]];
  return std::find(own.begin(), own.end(), component[0]) != own.end();
}

/// Items of one group move to a later level that the group has a kernel in anyway, where nothing needs them before.
void Analyser::delay() {
  constexpr auto never = std::numeric_limits<std::size_t>::max();
  std::map<GroupId, std::set<std::size_t>> levels_of;
  for (std::size_t c = 0; c < components_.size(); ++c)
    if (!is_loop(components_[c], needs_)) levels_of[out_.items[components_[c][0]].group].insert(level_[c]);
  std::vector<std::size_t> latest(components_.size(), never);   // exclusive
  for (std::size_t c = components_.size(); c-- > 0;) {          // users first
    if (!is_loop(components_[c], needs_)) {
      const auto& levels = levels_of[out_.items[components_[c][0]].group];
      auto at = latest[c] == never ? levels.end() : levels.lower_bound(latest[c]);
      if (at != levels.begin() && *std::prev(at) > level_[c]) level_[c] = *std::prev(at);
    }
    for (const std::uint32_t item : components_[c])
      for (const std::uint32_t need : needs_[item])
        if (component_of_[need] != c) latest[component_of_[need]] = std::min(latest[component_of_[need]], level_[c]);
  }
}

/// Values of the period before that are themselves made within the loop cannot be kept by the kernel that reads them (it has run
/// by then): they get items of their own.
void Analyser::enter_loop(std::vector<std::uint32_t>& loop) {
  std::set<std::uint32_t> members(loop.begin(), loop.end());
  for (std::size_t i = 0; i < loop.size(); ++i) {
    Reads all = item_reads(Item(out_.items[loop[i]]));
    std::set<QuantityId> done;
    std::vector<QuantityId> open(all.previous.begin(), all.previous.end());
    while (!open.empty()) {
      const QuantityId quantity = open.back();
      open.pop_back();
      if (!done.insert(quantity).second) continue;
      Reads of_state = reads(quantity);
      const std::set<Key> keys = closure(of_state);
      const bool within = std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
        const auto items = providers(key);
        return std::any_of(items.begin(), items.end(), [&](std::uint32_t p) { return members.contains(p); });
      });
      if (!within) continue;
      Item item;
      item.kind = Item::Kind::Lagged;
      item.quantity = quantity;
      item.group = model_.quantities[quantity].group;
      const std::uint32_t id = item_for(item);
      out_.lagged.insert(quantity);
      if (members.insert(id).second) loop.push_back(id);
    }
  }
}

StagePlan Analyser::loop_plan(const std::vector<std::uint32_t>& loop) {
  StagePlan plan;
  plan.period_by_period = true;
  std::map<std::uint32_t, std::size_t> rank;
  const std::set<std::uint32_t> members(loop.begin(), loop.end());
  std::function<std::size_t(std::uint32_t)> rank_of = [&](std::uint32_t item) {
    const auto found = rank.find(item);
    if (found != rank.end()) {
      HZ_CHECK(found->second != std::numeric_limits<std::size_t>::max());   // a cycle within a period: depend reports it
      return found->second;
    }
    rank[item] = std::numeric_limits<std::size_t>::max();
    std::size_t result = 0;
    for (const Key& key : item_reads(Item(out_.items[item])).keys)
      for (const std::uint32_t need : providers(key))
        if (members.contains(need)) result = std::max(result, rank_of(need) + 1);
    return rank[item] = result;
  };
  std::map<std::pair<std::size_t, std::string>, std::vector<std::uint32_t>> kernels;   // of one rank: by name of the group
  for (const std::uint32_t item : loop)
    kernels[{rank_of(item), model_.groups[out_.items[item].group].name}].push_back(item);
  for (auto& [key, items] : kernels) plan.kernels.push_back(std::move(items));
  return plan;
}

void Analyser::write_levels() {
  std::map<std::pair<std::size_t, GroupId>, std::vector<std::uint32_t>> kernels;
  std::size_t levels = 0;
  for (std::size_t c = 0; c < components_.size(); ++c) levels = std::max(levels, level_[c] + 1);
  out_.levels.resize(levels);
  for (std::size_t c = 0; c < components_.size(); ++c) {
    if (!is_loop(components_[c], needs_)) {
      kernels[{level_[c], out_.items[components_[c][0]].group}].push_back(components_[c][0]);
    } else {
      std::vector<std::uint32_t> loop = components_[c];
      enter_loop(loop);
      out_.levels[level_[c]].push_back(loop_plan(loop));
    }
  }
  for (auto& [key, items] : kernels) {
    StagePlan plan;
    plan.kernels.push_back(std::move(items));
    out_.levels[key.first].push_back(std::move(plan));
  }
  // Within a kernel: in an order that groups of the same shape have in common, and that is not the order of declarations.
  const auto about = [&](const Item& item) -> const std::string& {
    switch (item.kind) {
      case Item::Kind::Accumulate:
        return out_.sets[static_cast<std::size_t>(item.set)].name;
      case Item::Kind::Output:
        return model_.forecasts[static_cast<std::size_t>(item.index)].name;
      case Item::Kind::Require:
        return model_.requirements[static_cast<std::size_t>(item.index)].text;
      case Item::Kind::Store:
      case Item::Kind::Lagged:
        break;
    }
    return model_.quantities[item.quantity].name;
  };
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    const Item &x = out_.items[a], &y = out_.items[b];
    if (x.kind != y.kind) return x.kind < y.kind;
    const int order = about(x).compare(about(y));
    return order != 0 ? order < 0 : std::tuple(x.term, x.index) < std::tuple(y.term, y.index);
  };
  for (auto& level : out_.levels)
    for (StagePlan& plan : level)
      for (auto& items : plan.kernels) std::sort(items.begin(), items.end(), before);
}

Analysis Analyser::run() {
  find_member_sets(model_, out_);
  add_roots();
  add_needs();
  find_loops();
  place();
  delay();
  write_levels();
  out_.plain.resize(model_.quantities.size());
  for (std::size_t q = 0; q < out_.plain.size(); ++q) {
    const auto found = plain_.find(static_cast<std::uint32_t>(q));
    out_.plain[q] = found != plain_.end() && found->second;
  }
  return std::move(out_);
}

}  // namespace

Analysis analyse(const model::Model& model, const schedule::Schedule& schedule) {
  return Analyser(model, schedule).run();
}

}  // namespace horizon::lower
