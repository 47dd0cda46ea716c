// Steps of several periods: the body of a kernel's loop is repeated for the periods of a step, which lets neighbouring periods share
// work. A step depends on no other (but through `prev`), and what is shared stays within a lane:
// - exp(x) and pow(c, x) of an x that grows evenly are called for the first period of all; the others are products;
// - four divisions become one, and nine products;
// - a branch over code that no lane needs is taken once for four periods, on the step's last (or first) period where a comparison
//   with the time can only change one way.
// What may not be accurate (products out of range, divisors too large) is computed as written, behind a branch.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "compiler/mir/builder.hpp"
#include "compiler/opt/ends.hpp"
#include "compiler/opt/exact.hpp"
#include "compiler/opt/opt.hpp"

namespace horizon::opt {
namespace {

using mir::Builder;
using mir::Op;
using mir::ValueId;

constexpr std::uint32_t batch = 4;                        ///< periods whose code is mixed: as many as registers bear
constexpr double least = 1e-280, most = 1e280;            ///< of products: then all factors are normal numbers
constexpr double least_step = 1e-20, most_step = 1e20;    ///< at most 12 of them are multiplied
constexpr double largest = 640, largest_step = 46;        ///< the same of exp, as arguments
constexpr double largest_divisor = 1e300;                 ///< of the product of a batch of divisors of 1 or more
constexpr std::size_t dear = 16;                          ///< operations of a function that is worth a recurrence
/// Of all bodies with steps: code and its compile time stay small where a scenario has many kernels of a few rows each.
constexpr std::size_t most_values = 1500;
constexpr auto innermost = static_cast<mir::Levels>(mir::Period | mir::Future);

/// What is known of a kernel before it is rewritten.
class Facts {
 public:
  Facts(const mir::Module& module, const mir::Kernel& kernel) : m_(module), k_(kernel), exact_(kernel) {
    for (std::size_t i = 0; i < kernel.values.size(); ++i) {
      const mir::Value& v = kernel.values[ValueId(i)];
      bool carried = v.op == Op::Prev;
      for (const ValueId a : v.args) carried = carried || carried_[a.index()];
      carried_.push_back(carried);
      least_.push_back(least_of(v));
    }
  }
  const mir::Value& value(ValueId id) const { return k_.values[id]; }
  bool varies(ValueId id) const { return (value(id).level & mir::Period) != 0; }
  /// Depends on what the period before left.
  bool carried(ValueId id) const { return carried_[id.index()]; }

  /// exp(x), or pow(c, x) with c the same in all periods, which no draw or comparison depends on.
  bool is_power(ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != Op::Call || !is_free(id)) return false;
    const mir::Function& f = m_.functions[v.function];
    if (f.values.size() < dear) return false;
    const bool known = (f.name == "exp" && v.args.size() == 1) || (f.name == "pow" && v.args.size() == 2 && !varies(v.args[0]));
    return known && is_even(v.args.back());
  }
  /// x / y with y at least 1 or not a number.
  bool is_quotient(ValueId id) const {
    const mir::Value& v = value(id);
    return v.op == Op::Div && is_free(id) && (value(v.args[1]).level & innermost) == innermost && least_[v.args[1].index()] >= 1;
  }
  /// 1: false, then true, as time goes by; -1: true, then false; 0: not known.
  int direction(ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op == Op::Not) return -direction(v.args[0]);
    if (v.op != Op::Lt && v.op != Op::Le) return 0;
    if (rises(v.args[0]) && !varies(v.args[1])) return -1;
    return rises(v.args[1]) && !varies(v.args[0]) ? 1 : 0;
  }
  /// A choice that is the same side, which costs little, for all periods up to some one, or from some one on; the other costs much.
  /// Gives that side.
  std::size_t quiet_side(ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != Op::Select || !is_free(id) || direction(v.args[0]) == 0) return 0;
    for (const std::size_t side : {std::size_t{1}, std::size_t{2}})
      if ((value(v.args[side]).level & innermost) != innermost && costs_much(v.args[3 - side], 8)) return side;
    return 0;
  }
  /// The distance of a value from period to period, where it is the same for all.
  bool is_even(ValueId id) const {
    if (!varies(id)) return true;
    const mir::Value& v = value(id);
    switch (v.op) {
      case Op::PeriodF:
        return spacing(v).has_value();
      case Op::Mul:
        return varies(v.args[0]) ? !varies(v.args[1]) && is_even(v.args[0]) : is_even(v.args[1]);
      case Op::Div:
        return !varies(v.args[1]) && is_even(v.args[0]);
      case Op::Neg:
        return is_even(v.args[0]);
      case Op::Add:
      case Op::Sub:
        return is_even(v.args[0]) && is_even(v.args[1]);
      default:
        return false;
    }
  }
  std::optional<double> spacing(const mir::Value& period) const {
    const std::vector<double>& numbers = m_.period_columns[static_cast<std::size_t>(period.index)].numbers;
    if (numbers.size() < 2) return std::nullopt;
    const double step = numbers[1] - numbers[0];
    for (std::size_t i = 1; i < numbers.size(); ++i)
      if (!(numbers[i] - numbers[i - 1] == step)) return std::nullopt;
    return step;
  }
  bool is_zero(ValueId id) const {
    const mir::Value& v = value(id);
    return v.op == Op::ConstF && v.number == 0 && !std::signbit(v.number);
  }

 private:
  const mir::Module& m_;
  const mir::Kernel& k_;
  Exact exact_;
  std::vector<bool> carried_;
  std::vector<double> least_;   ///< no value is below; -inf where nothing is known

  bool is_free(ValueId id) const { return (value(id).level & innermost) == innermost && !exact_[id] && !carried(id); }
  bool rises(ValueId id) const {
    const mir::Value& v = value(id);
    if (v.op != Op::PeriodF) return false;
    const std::vector<double>& numbers = m_.period_columns[static_cast<std::size_t>(v.index)].numbers;
    for (std::size_t i = 1; i < numbers.size(); ++i)
      if (!(numbers[i - 1] <= numbers[i])) return false;
    return true;
  }
  bool costs_much(ValueId id, int depth) const {
    const mir::Value& v = value(id);
    if ((v.level & innermost) != innermost || depth == 0) return false;
    if (v.op == Op::Call || v.op == Op::Div) return true;
    for (const ValueId a : v.args)
      if (costs_much(a, depth - 1)) return true;
    return false;
  }
  double least_of(const mir::Value& v) const {
    const double unknown = -HUGE_VAL;
    const auto of = [&](std::size_t arg) { return least_[v.args[arg].index()]; };
    switch (v.op) {
      case Op::ConstF:
        return std::isnan(v.number) ? HUGE_VAL : v.number;
      case Op::Call: {
        const std::string& name = m_.functions[v.function].name;
        return name == "exp" || name == "pow" || name == "logistic" ? 0 : unknown;
      }
      case Op::Add:
        return of(0) == unknown || of(1) == unknown ? unknown : of(0) + of(1);
      case Op::Mul:
        return of(0) >= 0 && of(1) >= 0 ? 0 : unknown;
      case Op::Max:
        return of(1);   // also where the first is no number
      case Op::Min:
        return std::min(of(0), of(1));
      case Op::Select:
      case Op::Shortcut:
        return std::min(of(1), of(2));
      default:
        return unknown;
    }
  }
};

class Rewriter {
 public:
  Rewriter(mir::Module& module, mir::Kernel& kernel, std::uint32_t step)
      : m_(module), k_(kernel), facts_(module, kernel), step_(step), b_(module, result_), fixed_(kernel.values.size()),
        copies_(kernel.values.size()), powers_(kernel.values.size()), ends_(module) {}

  void run() {
    for (std::uint32_t first = 0; first < step_; first += batch) {
      for (std::size_t i = 0; i < fixed_.size(); ++i) {
        const ValueId id(i);
        if (!facts_.varies(id)) {
          fixed(id);
        } else if (value(id).op == Op::Accumulate) {
          accumulate(id, first);
        } else {
          for (std::uint32_t j = first; j < first + batch; ++j) at(id, j);
        }
      }
    }
    for (mir::StateSlot& s : k_.state) {
      s.next = at(s.next, step_ - 1);
      if (s.first) s.first = fixed(s.first);
    }
    k_.state.insert(k_.state.end(), carried_.begin(), carried_.end());
    for (mir::RowTable& t : k_.row_tables) {
      if (t.a) t.a = fixed(t.a);
      if (t.b) t.b = fixed(t.b);
    }
    k_.values = std::move(result_.values);
    k_.step = step_;
  }

 private:
  using F = Builder::F;
  using M = Builder::M;
  mir::Module& m_;
  mir::Kernel& k_;
  Facts facts_;
  std::uint32_t step_;
  mir::Kernel result_;
  Builder b_;
  std::vector<ValueId> fixed_;                    ///< of values that do not vary with the period
  std::vector<std::vector<ValueId>> copies_;      ///< of those that do: one a period of the step
  /// A power in the making.
  struct Power {
    F factor{}, product{};
    M sound{};
  };
  std::vector<std::optional<Power>> powers_;
  std::vector<mir::StateSlot> carried_;           ///< of powers: their value in the step's first period
  PeriodEnds ends_;

  const mir::Value& value(ValueId id) const { return k_.values[id]; }

  ValueId fixed(ValueId id) {
    ValueId& now = fixed_[id.index()];
    if (now) return now;
    mir::Value v = value(id);
    for (ValueId& a : v.args) a = fixed(a);
    if (v.address.row_slot) v.address.row_slot = fixed(v.address.row_slot);
    v.level = mir::Constant;   // derived anew
    return now = b_.copy(v);
  }
  /// The value in period `j` of the step.
  ValueId at(ValueId id, std::uint32_t j) {
    if (!facts_.varies(id)) return fixed(id);
    std::vector<ValueId>& copies = copies_[id.index()];
    if (copies.empty()) copies.resize(step_);
    if (copies[j]) return copies[j];
    const std::uint32_t first = j / batch * batch;
    if (facts_.is_power(id))
      power(id, first);
    else if (facts_.is_quotient(id))
      quotient(id, first);
    else if (const std::size_t side = facts_.quiet_side(id); side != 0)
      choice(id, side, first);
    else if (value(id).op == Op::Prev && j > 0)
      copies[j] = at(k_.state[static_cast<std::size_t>(value(id).index)].next, j - 1);
    else
      copies[j] = copy(id, j);
    return copies[j];
  }
  ValueId copy(ValueId id, std::uint32_t j) {
    mir::Value v = value(id);
    for (ValueId& a : v.args) a = at(a, j);
    if (v.op == Op::PeriodF || v.op == Op::PeriodI) v.integer = j;
    place(v.address, j);
    v.level = mir::Constant;   // derived anew
    return b_.copy(v);
  }
  void place(mir::Address& address, std::uint32_t j) {
    if (address.row_slot) address.row_slot = fixed(address.row_slot);
    if (address.period_slot) address.period_slot = at(address.period_slot, j);
    address.base += j * address.period_stride;
    address.period_stride *= step_;
  }

  // ---- recurrences
  F slope(ValueId id) {
    const mir::Value& v = value(id);
    if (!facts_.varies(id)) return b_.c(0);
    switch (v.op) {
      case Op::PeriodF:
        return b_.c(*facts_.spacing(v));
      case Op::Mul: {
        const std::size_t x = facts_.varies(v.args[0]) ? 0 : 1;
        return b_.mul(slope(v.args[x]), {fixed(v.args[1 - x])});
      }
      case Op::Div:
        return b_.div(slope(v.args[0]), {fixed(v.args[1])});
      case Op::Neg:
        return b_.neg(slope(v.args[0]));
      case Op::Add:
        return b_.add(slope(v.args[0]), slope(v.args[1]));
      default:
        return b_.sub(slope(v.args[0]), slope(v.args[1]));
    }
  }
  F to_the(F x, std::uint32_t n) {
    if (n == 1) return x;
    const F half = to_the(x, n / 2), square = b_.mul(half, half);
    return n % 2 == 0 ? square : b_.mul(square, x);
  }
  void power(ValueId id, std::uint32_t first) {
    std::vector<ValueId>& copies = copies_[id.index()];
    std::optional<Power>& p = powers_[id.index()];
    if (first > 0 && !p) at(id, 0);   // batches follow one another
    b_.at(value(id).span);
    if (!p) begin(id);
    std::vector<F> products, calls;
    for (std::uint32_t j = first; j < first + batch; ++j)
      products.push_back(p->product = j == 0 ? p->product : b_.mul(p->product, p->factor));
    for (std::uint32_t j = first; j < first + batch; ++j) calls.push_back({copy(id, j)});
    for (std::uint32_t j = first; j < first + batch; ++j)
      copies[j] = b_.select(p->sound, products[j - first], calls[j - first]).id;
  }
  /// Products all the way from the first period of all, and whether they are accurate: they lie between the first and the last.
  void begin(ValueId id) {
    const mir::Value& v = value(id);
    const ValueId x = v.args.back();
    const auto called_with = [&](F argument) {
      std::vector<ValueId> args;
      for (const ValueId a : v.args) args.push_back(a == x ? argument.id : fixed(a));
      return F{b_.call(v.function, std::move(args))};
    };
    Power p;
    const F by = slope(x), from = at_end(x, false);
    p.factor = called_with(by);
    const F start = called_with(from);
    if (v.args.size() == 1) {   // exp: its arguments tell as much
      const auto within = [&](F argument, double bound) { return b_.lt(b_.abs(argument), b_.c(bound)); };
      p.sound = b_.mand(within(by, largest_step), b_.mand(within(from, largest), within(at_end(x, true), largest)));
    } else {
      const auto between = [&](double low, F y, double high) { return b_.mand(b_.lt(b_.c(low), y), b_.lt(y, b_.c(high))); };
      const F last = b_.mul(start, to_the(p.factor, m_.periods - 1));
      p.sound = b_.mand(between(least_step, p.factor, most_step), b_.mand(between(least, start, most), between(least, last, most)));
    }
    p.product = b_.prev(static_cast<std::int32_t>(k_.state.size() + carried_.size()));
    carried_.push_back({b_.mul(p.product, to_the(p.factor, step_)).id, start.id});
    powers_[id.index()] = p;
  }
  /// An even value in the first or last period of all.
  F at_end(ValueId id, bool last) {
    if (!facts_.varies(id)) return {fixed(id)};
    mir::Value v = value(id);
    if (v.op == Op::PeriodF) return last ? ends_.last(b_, v.index) : ends_.first(b_, v.index);
    for (ValueId& a : v.args) a = at_end(a, last).id;
    v.level = mir::Constant;   // derived anew
    return {b_.copy(v)};
  }

  // ---- divisions
  void quotient(ValueId id, std::uint32_t first) {
    const mir::Value& v = value(id);
    std::vector<F> up, down;
    for (std::uint32_t j = first; j < first + batch; ++j) {
      up.push_back({at(v.args[0], j)});
      down.push_back({at(v.args[1], j)});
    }
    b_.at(v.span);
    const F left = b_.mul(down[0], down[1]), right = b_.mul(down[2], down[3]), all = b_.mul(left, right);
    const M sound = b_.lt(all, b_.c(largest_divisor));
    const F inverse = b_.div(b_.c(1), all), of_left = b_.mul(inverse, right), of_right = b_.mul(inverse, left);
    std::vector<F> quick, plain;
    for (std::size_t j = 0; j < batch; ++j) quick.push_back(b_.mul(up[j], b_.mul(j < 2 ? of_left : of_right, down[j ^ 1])));
    for (std::size_t j = 0; j < batch; ++j) plain.push_back(b_.div(up[j], down[j]));
    for (std::size_t j = 0; j < batch; ++j) copies_[id.index()][first + j] = b_.select(sound, quick[j], plain[j]).id;
  }

  // ---- what no lane needs
  void choice(ValueId id, std::size_t side, std::uint32_t first) {
    const mir::Value& v = value(id);
    std::vector<F> quiet, all;
    for (std::uint32_t j = first; j < first + batch; ++j) {
      quiet.push_back({at(v.args[side], j)});
      all.push_back({copy(id, j)});
    }
    const M skip = throughout(v.args[0], side == 1);
    b_.at(v.span);
    for (std::size_t j = 0; j < batch; ++j) copies_[id.index()][first + j] = b_.shortcut(skip, quiet[j], all[j]).id;
  }
  /// Holds only where the mask is `what` in all periods of the step.
  M throughout(ValueId mask, bool what) {
    const bool last_decides = (facts_.direction(mask) < 0) == what;
    const M m{at(mask, last_decides ? step_ - 1 : 0)};
    return what ? m : b_.mnot(m);
  }
  /// Adds to `none` what alone suffices for `mask` not to be `what` in any period of the step.
  void never(ValueId mask, bool what, std::optional<M>& none) {
    const mir::Value& v = value(mask);
    if (v.op == Op::Not) return never(v.args[0], !what, none);
    if (v.op == (what ? Op::And : Op::Or)) {
      never(v.args[0], what, none);
      return never(v.args[1], what, none);
    }
    std::optional<M> term;
    if (!facts_.varies(mask)) {
      const M m{fixed(mask)};
      term = what ? b_.mnot(m) : m;
    } else if (facts_.direction(mask) != 0 && !facts_.carried(mask)) {
      term = throughout(mask, !what);
    }
    if (term) none = none ? b_.mor(*none, *term) : *term;
  }
  void accumulate(ValueId id, std::uint32_t first) {
    const mir::Value& v = value(id);
    const mir::Value& x = value(v.args[0]);
    std::vector<F> added;
    for (std::uint32_t j = first; j < first + batch; ++j) added.push_back({at(v.args[0], j)});
    std::optional<M> none;
    if (x.op == Op::Select && facts_.is_zero(x.args[2])) never(x.args[0], true, none);
    if (x.op == Op::Select && facts_.is_zero(x.args[1])) never(x.args[0], false, none);
    b_.at(v.span);
    if (none)
      for (F& y : added) y = b_.shortcut(*none, b_.c(0), y);
    for (std::uint32_t j = 0; j < batch; ++j) {
      mir::Address address = v.address;
      place(address, first + j);
      b_.accumulate(address, added[j]);
    }
  }
};

/// The slots that an access can touch, in all rows and periods.
struct Slots {
  std::int64_t begin = 0, end = 0;
  bool writes = false;
};
std::vector<Slots> accesses(const mir::Module& module, const mir::Kernel& kernel) {
  std::vector<Slots> result;
  for (const mir::Value& v : kernel.values) {
    if (v.op != Op::Load && v.op != Op::Store && v.op != Op::Accumulate) continue;
    Slots slots{v.address.base, std::int64_t{v.address.base} + 1 + std::int64_t{module.periods - 1} * v.address.period_stride, v.op != Op::Load};
    for (const ValueId part : {v.address.row_slot, v.address.period_slot}) {
      if (!part) continue;
      const mir::Value& p = kernel.values[part];
      const std::vector<std::int64_t>* numbers = nullptr;
      if (p.op == Op::ColumnI) numbers = &kernel.columns[static_cast<std::size_t>(p.index)].integers;
      if (p.op == Op::PeriodI) numbers = &module.period_columns[static_cast<std::size_t>(p.index)].integers;
      if (numbers == nullptr || numbers->empty()) {
        slots = {0, module.slots, slots.writes};   // anywhere
        break;
      }
      slots.begin += *std::min_element(numbers->begin(), numbers->end());
      slots.end += *std::max_element(numbers->begin(), numbers->end());
    }
    result.push_back(slots);
  }
  return result;
}
/// No access touches what another writes, so that their order does not matter.
bool are_apart(const std::vector<Slots>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if ((all[i].writes || all[j].writes) && all[i].begin < all[j].end && all[j].begin < all[i].end) return false;
  }
  return true;
}

/// Periods of a step: 1 where there is nothing to gain, or the body would have more values than are `left`, which are then fewer.
std::uint32_t step_for(const mir::Module& module, const mir::Kernel& kernel, std::size_t& left) {
  const Facts facts(module, kernel);
  bool gains = false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    const ValueId id(i);
    gains = gains || facts.is_power(id) || facts.is_quotient(id);
    if ((facts.value(id).level & innermost) == innermost) ++size;
  }
  if (!gains || !are_apart(accesses(module, kernel))) return 1;
  for (const std::uint32_t step : {12u, 8u, 4u}) {
    if (module.periods % step != 0 || size * step > left) continue;
    left -= size * step;
    return step;
  }
  return 1;
}

}  // namespace

void use_steps(mir::Module& module) {
  std::vector<bool> by_period(module.kernels.size());
  for (const mir::Stage& stage : module.stages) {
    for (const mir::KernelId id : stage.kernels) by_period[id.index()] = stage.period_by_period;
  }
  std::vector<mir::KernelId> order;   // those with the most rows, whose code runs most often, come first
  for (std::size_t i = 0; i < module.kernels.size(); ++i) order.emplace_back(i);
  std::stable_sort(order.begin(), order.end(), [&](mir::KernelId a, mir::KernelId b) { return module.kernels[a].rows > module.kernels[b].rows; });
  std::size_t left = most_values;
  for (const mir::KernelId id : order) {
    mir::Kernel& kernel = module.kernels[id];
    if (by_period[id.index()] || kernel.step != 1) continue;
    const std::uint32_t step = step_for(module, kernel, left);
    if (step > 1) Rewriter(module, kernel, step).run();
  }
}

}  // namespace horizon::opt
