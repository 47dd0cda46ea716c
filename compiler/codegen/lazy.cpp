// Which code is needed only where a select takes one of its sides. It is put behind a branch that is taken when any lane takes
// that side: uptake before the launch, erosion before the loss of exclusivity, all of a product that failed. The other
// lanes' results are computed and dropped, as in the interpreter, so no bit changes.
#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {
namespace {

using mir::Op;
using mir::ValueId;

constexpr int least_cost = 16;   ///< in simple operations; a branch costs about as much

class Finder {
 public:
  Finder(const mir::Module& module, const mir::Kernel& kernel, const std::vector<bool>& movable)
      : m_(module), k_(kernel), movable_(movable), context_(kernel.values.size(), -1) {
    regions_.push_back({});
  }

  LazyCode run() {
    const std::size_t n = k_.values.size();
    for (const mir::StateSlot& slot : k_.state) use(slot.next, 0);
    // Users stand behind their operands, so that each value's context is known when it is reached.
    for (std::size_t i = n; i-- > 0;) {
      const mir::Value& v = k_.values[ValueId(i)];
      if (!movable_[i] || context_[i] < 0) context_[i] = 0;
      const bool choice = v.op == Op::Select || v.op == Op::ISelect;
      for (std::size_t a = 0; a < v.args.size(); ++a)
        use(v.args[a], choice && movable_[i] && a > 0 ? region(i, a) : context_[i]);
    }
    drop_cheap();
    LazyCode result;
    result.regions = std::move(regions_);
    result.region_of = std::move(context_);
    return result;
  }

 private:
  const mir::Module& m_;
  const mir::Kernel& k_;
  const std::vector<bool>& movable_;
  std::vector<std::int32_t> context_;   ///< by value; -1 before its first use
  std::vector<LazyCode::Region> regions_;

  std::int32_t region(std::size_t select, std::size_t side) {
    regions_.push_back({ValueId(select), side, context_[select]});
    return static_cast<std::int32_t>(regions_.size() - 1);
  }
  void use(ValueId id, std::int32_t context) {
    std::int32_t& has = context_[id.index()];
    has = has < 0 ? context : common(has, context);
  }
  /// Parents have smaller numbers than their children.
  std::int32_t common(std::int32_t a, std::int32_t b) const {
    while (a != b) {
      std::int32_t& later = a > b ? a : b;
      later = regions_[static_cast<std::size_t>(later)].parent;
    }
    return a;
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
  /// Regions that are not worth a branch become part of their parents.
  void drop_cheap() {
    std::vector<int> costs(regions_.size());
    for (std::size_t i = 0; i < context_.size(); ++i) {
      if (movable_[i]) costs[static_cast<std::size_t>(context_[i])] += cost(k_.values[ValueId(i)]);
    }
    std::vector<std::int32_t> kept(regions_.size());
    for (std::size_t r = regions_.size(); r-- > 1;)
      costs[static_cast<std::size_t>(regions_[r].parent)] += costs[r];
    for (std::size_t r = 1; r < regions_.size(); ++r) {
      std::int32_t& parent = regions_[r].parent;
      parent = kept[static_cast<std::size_t>(parent)];
      kept[r] = costs[r] >= least_cost ? static_cast<std::int32_t>(r) : parent;
      if (costs[r] < least_cost) regions_[r].select = {};
    }
    for (std::int32_t& context : context_) context = kept[static_cast<std::size_t>(context)];
  }
};

}  // namespace

LazyCode lazy_code(const mir::Module& module, const mir::Kernel& kernel, const std::vector<bool>& movable) {
  return Finder(module, kernel, movable).run();
}

}  // namespace horizon::codegen
