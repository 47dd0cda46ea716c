// Values of other quantities, other rows, the period before, and sums over sets.
#include <algorithm>

#include "compiler/lower/kernel.hpp"

namespace horizon::lower {

using mir::Address;
using model::Op;

const Cells& KernelLowering::quantity(QuantityId quantity) {
  const auto found = quantities_.find(quantity.value);
  if (found != quantities_.end()) return found->second;
  const model::Quantity& q = model_.quantities[quantity];
  Cells value = spread_components(q.definition, q.type, Scope{group_id_}, static_cast<std::size_t>(types::components(q.type)));
  return quantities_[quantity.value] = std::move(value);
}

Cells KernelLowering::reference(const model::Expr& e, const Scope& scope) {
  const GroupId group = model_.quantities[e.quantity].group;
  const auto row = e.op == Op::RowOf ? static_cast<std::uint32_t>(e.index) : 0u;
  if (e.op == Op::Ref && group == scope.group) return scope.own ? quantity(e.quantity) : foreign(e.quantity, scope.row);
  if (e.op == Op::Ref && group == group_id_) return quantity(e.quantity);   // back from a group of one row
  if (program_.analysis.plain[e.quantity.index()]) return foreign(e.quantity, row);
  return load(e.quantity, row, false);
}

/// A plain value of another row is cheap: it is computed here again, before the run.
Cells KernelLowering::foreign(QuantityId quantity, std::uint32_t row) {
  const model::Quantity& q = model_.quantities[quantity];
  Scope scope;
  scope.group = q.group;
  scope.row = row;
  scope.own = false;
  return spread_components(q.definition, q.type, scope, static_cast<std::size_t>(types::components(q.type)));
}

Cells KernelLowering::load_cells(const std::string& symbol, Address address, std::size_t width) {
  Cells result;
  const std::uint32_t base = address.base;
  const std::uint32_t stride = address.period_stride != 0 ? static_cast<std::uint32_t>(program_.periods) : 1;
  for (std::size_t k = 0; k < width; ++k) {
    address.base = base + static_cast<std::uint32_t>(k) * stride;
    result.push_back(b_.load(address));
    if (!symbol.empty()) symbols_[result.back().id.value] = symbol + "+" + std::to_string(k) + " ";
  }
  return result;
}

/// `lagged`: of the period before; what it gives in the first period must not be used.
Cells KernelLowering::load(QuantityId quantity, std::uint32_t row, bool lagged) {
  const auto key = std::tuple(quantity.value, row, lagged);
  const auto found = loads_.find(key);
  if (found != loads_.end()) return found->second;
  const model::Quantity& q = model_.quantities[quantity];
  const auto stored = program_.stored.find(quantity);
  HZ_CHECK(stored != program_.stored.end());
  const auto at = stored->second.base.find(row);
  HZ_CHECK(at != stored->second.base.end());
  HZ_CHECK(stored->second.per_period || !lagged);
  const std::uint32_t base = at->second - (lagged ? 1u : 0u);
  const std::size_t width = cells(q.type) * static_cast<std::size_t>(types::components(q.type));
  Address address{base, {}, stored->second.per_period ? 1u : 0u, {}};
  std::string symbol;
  if (q.group.index() == 0) {
    symbol = std::string(lagged ? "previous " : "") + q.name;
  } else {   // another instance's value: the place stands in a column, so that instances can share the code
    address.base = 0;
    const std::vector<std::int64_t> places(rows(), static_cast<std::int64_t>(base));
    address.row_slot = b_.icolumn(integer_column("place of " + q.name, places)).id;
  }
  return loads_[key] = load_cells(symbol, address, width);
}

B::M KernelLowering::is_first() {
  std::vector<double> first(program_.periods, 0);
  first[0] = 1;
  return b_.eq(b_.period(program_.period_column("first", first)), b_.c(1));
}

Cells KernelLowering::previous(const model::Expr& e, const Scope& scope) {
  const model::Quantity& q = model_.quantities[e.quantity];
  const auto components = static_cast<std::size_t>(types::components(q.type));
  const std::size_t width = cells(q.type) * components;
  Cells before;
  if (q.group != group_id_) {
    before = load(e.quantity, 0, true);
  } else if (in_loop_ && loop_lagged_.contains(e.quantity)) {
    std::vector<std::int64_t> base, parity;
    for (std::size_t r = 0; r < rows(); ++r)
      base.push_back(static_cast<std::int64_t>(program_.lagged_base.at(e.quantity) + r * 2 * width));
    for (std::size_t t = 0; t < program_.periods; ++t) parity.push_back(static_cast<std::int64_t>((t + 1) % 2));
    const auto key = std::tuple(e.quantity.value, 0u, true);
    const auto found = loads_.find(key);
    if (found != loads_.end()) {
      before = found->second;
    } else {
      const B::I row = b_.icolumn(integer_column("before " + q.name, std::move(base)));
      const B::I then = b_.iperiod(program_.period_column("parity before", parity));
      for (std::size_t k = 0; k < width; ++k)
        before.push_back(b_.load(Address{static_cast<std::uint32_t>(2 * k), row.id, 0, then.id}));
      loads_[key] = before;
    }
  } else {
    const auto [at, is_new] = state_of_.emplace(e.quantity, draft_.kernel.state.size());
    if (is_new) {
      draft_.kernel.state.resize(draft_.kernel.state.size() + width);
      open_state_.push_back(e.quantity);
    }
    for (std::size_t k = 0; k < width; ++k) before.push_back(b_.prev(static_cast<std::int32_t>(at->second + k)));
  }
  const Cells start = spread_components(e.args[0], e.type, scope, components);
  Cells result;
  for (std::size_t k = 0; k < start.size(); ++k) {
    const std::size_t at = cell_of(q.type, e.type, k / components) * components + k % components;
    result.push_back(b_.select(is_first(), start[k], before[at]));
  }
  return result;
}

Cells KernelLowering::cumulative(ExprId, const model::Expr& e, const Scope& scope) {
  const std::size_t components = static_cast<std::size_t>(types::components(e.type));
  const Cells x = spread_components(e.args[0], e.type, scope, components);
  Cells result;
  for (const B::F cell : x) {
    const std::size_t slot = draft_.kernel.state.size();
    draft_.kernel.state.resize(slot + 1);
    const B::F before = b_.select(is_first(), b_.c(0), b_.prev(static_cast<std::int32_t>(slot)));
    const B::F more = e.integrate ? b_.mul(cell, b_.c(model_.grid.months)) : cell;
    result.push_back(b_.add(before, more));
    next_values_.emplace_back(slot, result.back());
  }
  return result;
}

/// The sum of all kernels' parts for one label, in byte order of the kernels' names.
const Cells& KernelLowering::label_total(std::size_t set, std::size_t label) {
  const auto key = std::pair(set, label);
  const auto found = label_totals_.find(key);
  if (found != label_totals_.end()) return found->second;
  const MemberSet& members = program_.analysis.sets[set];
  const std::size_t width = program_.cells(members.dimensions) * static_cast<std::size_t>(members.components);
  Cells total(width, b_.c(0));
  bool is_first_part = true;
  for (const Partial& part : program_.partials[set][label]) {
    const Address address{part.base, {}, part.per_period ? 1u : 0u, {}};
    const std::string symbol = members.name + " " + std::to_string(label) + " of " + part.kernel;
    const Cells cells = load_cells(symbol, address, width);
    const auto components = static_cast<std::ptrdiff_t>(members.components);
    for (auto at = std::ptrdiff_t{0}; at < static_cast<std::ptrdiff_t>(width); at += components) {
      const Cells more(cells.begin() + at, cells.begin() + at + components);
      const Cells so_far(total.begin() + at, total.begin() + at + components);
      const Cells both = is_first_part ? more : reduce(members.reduce, so_far, more);
      std::copy(both.begin(), both.end(), total.begin() + at);
    }
    is_first_part = false;
  }
  return label_totals_[key] = std::move(total);
}

Cells KernelLowering::set_value(const model::Expr& e) {
  const auto set = static_cast<std::size_t>(program_.analysis.set_of[static_cast<std::size_t>(e.set)]);
  const std::size_t place = program_.analysis.place_in_set[static_cast<std::size_t>(e.set)];
  const MemberSet& members = program_.analysis.sets[set];
  const model::Reduction& reduction = model_.reductions[static_cast<std::size_t>(e.set)];
  const auto width = static_cast<std::size_t>(members.components);
  types::Type block;
  block.by = members.dimensions;
  // One total for each label of the reduction (or one in all): the finer labels' totals in order.
  const std::size_t count = reduction.by ? program_.labels(reduction.by) : 1;
  std::vector<Cells> totals(count);
  for (std::size_t label = 0; label < members.labels.size(); ++label) {
    Cells& total = totals[reduction.by ? members.labels[label][place] : 0];
    const Cells& part = label_total(set, label);
    if (total.empty()) {
      total = part;
      continue;
    }
    for (std::size_t k = 0; k < part.size(); ++k) total[k] = b_.add(total[k], part[k]);
  }
  Cells result;
  for (std::size_t cell = 0; cell < cells(e.type); ++cell) {
    std::size_t label = 0, rest = cell;
    for (std::size_t d = e.type.by.size(); d-- > 0;) {
      if (reduction.by && e.type.by[d] == reduction.by) label = rest % program_.labels(e.type.by[d]);
      rest /= program_.labels(e.type.by[d]);
    }
    for (std::size_t k = 0; k < width; ++k) {
      B::F x = totals[label].empty() ? b_.c(0) : totals[label][cell_of(block, e.type, cell) * width + k];
      if (members.reduce == model::Reduce::Mean && members.members > 0)
        x = b_.div(x, b_.c(static_cast<double>(members.members)));
      result.push_back(x);
    }
  }
  return result;
}

}  // namespace horizon::lower
