// Steps of several periods: the body of a kernel's loop is repeated for the periods of a step, which lets neighbouring periods share
// work. A step depends on no other (but through `prev`), and what is shared stays within a lane:
// - exp(x) and pow(c, x) of an x that grows evenly are called for the first period of all; the others are products;
// - a + b x of such a power x is one operation;
// - four divisions become one, and nine products; what a quotient 1 / (1 + x) of a power is multiplied with goes into them;
// - a branch over code that no lane needs is taken once for four periods, on the step's last (or first) period where a comparison
//   with the time can only change one way.
// What may not be accurate (products out of range, divisors too large) is computed as written, behind a branch.
#include <algorithm>

#include "compiler/opt/opt.hpp"
#include "compiler/opt/step_terms.hpp"

namespace horizon::opt {
namespace {

using mir::Op;
using mir::ValueId;

constexpr double largest_divisor = 1e300;                 ///< of the product of a batch of divisors of 1 or more
/// Of all bodies with steps: code and its compile time stay small where a scenario has many kernels of a few rows each.
constexpr std::size_t most_values = 1500;

class Rewriter final : public StepTerms {
 public:
  using StepTerms::StepTerms;

  void run() {
    for (std::uint32_t first = 0; first < step_; first += batch) {
      for (std::size_t i = 0; i < fixed_.size(); ++i) {
        const ValueId id(i);
        if (facts_.is_absorbed(id)) continue;
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
  bool make(ValueId id, std::uint32_t first) override {
    if (facts_.term(id) != nullptr)
      term(id, first);
    else if (facts_.is_power(id))
      power(id, first);
    else if (facts_.affine(id))
      affine(id, first);
    else if (facts_.is_quotient(id))
      quotient(id, first);
    else if (const std::size_t side = facts_.quiet_side(id); side != 0)
      choice(id, side, first);
    else
      return false;
    return true;
  }
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
  const StepFacts facts(module, kernel);
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
