#include "compiler/lower/kernel.hpp"

#include <bit>
#include <charconv>
#include <cmath>

namespace horizon::lower {

using mir::Address;

KernelLowering::KernelLowering(Program& program, GroupId group, Constants constants,
                               const std::set<QuantityId>& loop_lagged, bool in_loop)
    : program_(program),
      model_(program.model),
      group_id_(group),
      group_(&program.model.groups[group]),
      constants_(constants),
      loop_lagged_(loop_lagged),
      in_loop_(in_loop),
      b_(program.module, draft_.kernel) {
  draft_.group = group;
}

Draft KernelLowering::lower(const std::vector<std::uint32_t>& items) {
  draft_.items = items;
  draft_.kernel.rows = static_cast<std::uint32_t>(rows());
  for (const std::string& key : group_->keys)
    draft_.kernel.row_names.push_back(group_->is_family ? group_->name + "[\"" + key + "\"]" : group_->name);
  for (const std::uint32_t item : items) lower_item(item);
  finish_state();
  draft_.shape = shape();
  return std::move(draft_);
}

void KernelLowering::lower_item(std::uint32_t id) {
  const Item& item = program_.analysis.items[id];
  switch (item.kind) {
    case Item::Kind::Store:
      return store_item(id, item);
    case Item::Kind::Lagged:
      return lagged_item(item);
    case Item::Kind::Accumulate:
      return accumulate_item(id, item);
    case Item::Kind::Output:
      return output_item(item);
    case Item::Kind::Require: {
      const model::Requirement& requirement = model_.requirements[static_cast<std::size_t>(item.index)];
      for (const B::F cell : expr(requirement.condition, Scope{group_id_})) {
        b_.at(requirement.span);
        b_.require(b_.truth_of(cell));
      }
      return;
    }
  }
}

bool KernelLowering::varies(const Cells& cells) const {
  for (const B::F cell : cells)
    if ((b_.level(cell.id) & mir::Period) != 0) return true;
  return false;
}

std::int32_t KernelLowering::number_column(std::string name, std::vector<double> numbers, const NumberSource& source) {
  draft_.sources.push_back(source);
  draft_.kernel.columns.push_back(mir::Column{std::move(name), mir::Type::F64, std::move(numbers), {}});
  return static_cast<std::int32_t>(draft_.kernel.columns.size() - 1);
}

std::int32_t KernelLowering::integer_column(std::string name, std::vector<std::int64_t> integers) {
  draft_.sources.emplace_back();
  draft_.kernel.columns.push_back(mir::Column{std::move(name), mir::Type::I64, {}, std::move(integers)});
  return static_cast<std::int32_t>(draft_.kernel.columns.size() - 1);
}

void KernelLowering::store_item(std::uint32_t id, const Item& item) {
  const Cells value = quantity(item.quantity);
  SlotColumn slots;
  slots.item = id;
  slots.per_period = varies(value) || in_loop_ || program_.analysis.read_lagged.contains(item.quantity);
  const std::uint32_t stride = slots.per_period ? static_cast<std::uint32_t>(program_.periods) : 1;
  slots.slots = value.size() * stride;
  slots.column = static_cast<std::size_t>(
      integer_column("slot of " + model_.quantities[item.quantity].name, std::vector<std::int64_t>(rows())));
  const B::I row = b_.icolumn(static_cast<std::int32_t>(slots.column));
  for (std::size_t k = 0; k < value.size(); ++k)
    b_.store(Address{static_cast<std::uint32_t>(k) * stride, row.id, slots.per_period ? 1u : 0u, {}}, value[k]);
  draft_.slot_columns.push_back(slots);
}

void KernelLowering::lagged_item(const Item& item) {
  const Cells value = quantity(item.quantity);
  const auto at = program_.lagged_base.find(item.quantity);
  HZ_CHECK(at != program_.lagged_base.end());
  std::vector<std::int64_t> base;
  for (std::size_t r = 0; r < rows(); ++r)
    base.push_back(static_cast<std::int64_t>(at->second + r * 2 * value.size()));
  const B::I row = b_.icolumn(integer_column("lagged " + model_.quantities[item.quantity].name, std::move(base)));
  std::vector<std::int64_t> parity;
  for (std::size_t t = 0; t < program_.periods; ++t) parity.push_back(static_cast<std::int64_t>(t % 2));
  const B::I now = b_.iperiod(program_.period_column("parity", parity));
  for (std::size_t k = 0; k < value.size(); ++k)
    b_.store(Address{static_cast<std::uint32_t>(2 * k), row.id, 0, now.id}, value[k]);
}

void KernelLowering::accumulate_item(std::uint32_t id, const Item& item) {
  const MemberSet& set = program_.analysis.sets[static_cast<std::size_t>(item.set)];
  const model::Quantity& q = model_.quantities[item.quantity];
  const Cells& value = quantity(item.quantity);
  types::Type block;
  block.by = set.dimensions;
  const auto width = static_cast<std::size_t>(types::components(q.type));
  HZ_CHECK(width == static_cast<std::size_t>(set.components));
  Cells terms;
  for (std::size_t cell = 0; cell < program_.cells(set.dimensions); ++cell)
    for (std::size_t k = 0; k < width; ++k) terms.push_back(value[cell_of(q.type, block, cell) * width + k]);

  SlotColumn slots;
  slots.item = id;
  slots.per_period = varies(terms) || in_loop_;
  const std::uint32_t stride = slots.per_period ? static_cast<std::uint32_t>(program_.periods) : 1;
  slots.slots = terms.size() * stride;
  slots.column =
      static_cast<std::size_t>(integer_column("sum of " + q.name, std::vector<std::int64_t>(rows())));
  const B::I row = b_.icolumn(static_cast<std::int32_t>(slots.column));
  const bool adds = set.reduce == model::Reduce::Sum || set.reduce == model::Reduce::Mean;
  B::M first{};
  if (!adds) {
    slots.first_column = number_column("first of " + q.name, std::vector<double>(rows()));
    first = b_.eq(b_.column(slots.first_column), b_.c(1));
  }
  std::vector<Address> places;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    const Address address{static_cast<std::uint32_t>(k) * stride, row.id, slots.per_period ? 1u : 0u, {}};
    if (adds) b_.accumulate(address, terms[k]);
    else places.push_back(address);
  }
  for (std::size_t at = 0; at < places.size(); at += width) {   // smallest or largest so far
    Cells so_far, term(terms.begin() + static_cast<std::ptrdiff_t>(at), terms.begin() + static_cast<std::ptrdiff_t>(at + width));
    for (std::size_t k = 0; k < width; ++k) so_far.push_back(b_.load(places[at + k]));
    const Cells best = reduce(set.reduce, so_far, term);
    for (std::size_t k = 0; k < width; ++k) b_.store(places[at + k], b_.select(first, term[k], best[k]));
  }
  draft_.slot_columns.push_back(slots);
}

namespace {

/// Cells of `by` that output `cell` of the forecast adds up, in row-major order.
std::vector<std::size_t> summed_cells(const Program& program, const model::Forecast& forecast,
                                      const std::vector<types::DimensionId>& by, std::size_t cell) {
  std::map<types::DimensionId, std::size_t> wanted;   // dimensions that are not summed
  for (std::size_t d = forecast.dimensions.size(); d-- > 0;) {
    const std::size_t count = program.labels(forecast.dimensions[d]) + 1;
    if (cell % count != count - 1) wanted[forecast.dimensions[d]] = cell % count;
    cell /= count;
  }
  std::vector<std::size_t> result;
  for (std::size_t at = 0; at < program.cells(by); ++at) {
    std::size_t rest = at;
    bool counts = true;
    for (std::size_t d = by.size(); d-- > 0;) {
      const auto found = wanted.find(by[d]);
      if (found != wanted.end() && found->second != rest % program.labels(by[d])) counts = false;
      rest /= program.labels(by[d]);
    }
    if (counts) result.push_back(at);
  }
  return result;
}

}  // namespace

void KernelLowering::output_item(const Item& item) {
  const auto index = static_cast<std::size_t>(item.index);
  const model::Forecast& forecast = model_.forecasts[index];
  const model::ReportPeriods& report = program_.outputs[index].periods;
  const Cells measure = expr(forecast.measure, Scope{group_id_});
  b_.at(forecast.span);
  const std::size_t count = output_cells(program_, forecast);
  const bool whole = report.names.size() == program_.periods;   // each period is reported by itself
  std::vector<std::int64_t> place;
  std::vector<double> last, share;
  std::vector<double> lengths(report.names.size());
  for (const std::int32_t p : report.of_period) lengths[static_cast<std::size_t>(p)] += 1;
  for (std::size_t t = 0; t < program_.periods; ++t) {
    const std::int32_t p = report.of_period[t];
    place.push_back(p);
    last.push_back(t + 1 == program_.periods || report.of_period[t + 1] != p ? 1 : 0);
    share.push_back(lengths[static_cast<std::size_t>(p)]);
  }
  const std::string grain = std::to_string(static_cast<int>(forecast.grain));
  const B::I period = b_.iperiod(program_.period_column("report period of grain " + grain, place));
  for (std::size_t cell = 0; cell < count; ++cell) {
    B::F sum = b_.c(0);
    bool is_first_cell = true;
    for (const std::size_t at : summed_cells(program_, forecast, model_.exprs[forecast.measure].type.by, cell)) {
      sum = is_first_cell ? measure[at] : b_.add(sum, measure[at]);
      is_first_cell = false;
    }
    switch (forecast.over) {
      case model::Forecast::Over::Total:
        sum = b_.mul(sum, b_.c(model_.grid.months));
        break;
      case model::Forecast::Over::Mean:
        if (!whole) sum = b_.div(sum, b_.period(program_.period_column("periods of grain " + grain, share)));
        break;
      case model::Forecast::Over::End: {
        if (whole) break;
        const B::F flag = b_.period(program_.period_column("last of grain " + grain, last));
        sum = b_.select(b_.eq(flag, b_.c(1)), sum, b_.c(0));
        break;
      }
    }
    sum = b_.div(sum, b_.c(forecast.unit_scale));
    b_.accumulate(Address{program_.outputs[index].place(cell), {}, 0, period.id}, sum);
  }
}

void KernelLowering::finish_state() {
  while (!open_state_.empty()) {
    const QuantityId next = open_state_.back();
    open_state_.pop_back();
    const Cells value = quantity(next);
    const std::size_t first = state_of_.at(next);
    for (std::size_t k = 0; k < value.size(); ++k) next_values_.emplace_back(first + k, value[k]);
  }
  for (const auto& [slot, value] : next_values_) draft_.kernel.state[slot].next = value.id;
}

/// Everything by name: numbers that are given in the order of declarations would carry that order into sums.
std::string KernelLowering::shape() const {
  std::string text;
  const auto word = [&](std::uint64_t x) {
    if (x < 10) {   // most are
      text += static_cast<char>('0' + x);
      text += ' ';
      return;
    }
    char digits[21];
    char* const end = std::to_chars(digits, digits + 20, x).ptr;
    *end = ' ';
    text.append(digits, static_cast<std::size_t>(end - digits) + 1);
  };
  const mir::Kernel& kernel = draft_.kernel;
  text.reserve(kernel.values.size() * 48);
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    const mir::Value& v = kernel.values[mir::ValueId(i)];
    word(static_cast<std::uint64_t>(v.op));
    for (const mir::ValueId arg : v.args) word(arg.value);
    text += "| ";
    word(std::bit_cast<std::uint64_t>(v.number));
    word(std::bit_cast<std::uint64_t>(v.integer));
    if (v.op == mir::Op::PeriodF || v.op == mir::Op::PeriodI)
      text += program_.module.period_columns[static_cast<std::size_t>(v.index)].name + ' ';
    else if (v.op == mir::Op::TableF) text += program_.module.tables[mir::TableId(static_cast<std::uint32_t>(v.index))].name + ' ';
    else word(static_cast<std::uint32_t>(v.index));
    if (v.function) text += program_.module.functions[v.function].name + ' ';
    const auto symbol = symbols_.find(static_cast<std::uint32_t>(i));
    if (symbol != symbols_.end()) text += symbol->second;
    else word(v.address.base);
    word(v.address.row_slot.value);
    word(v.address.period_stride);
    word(v.address.period_slot.value);
    text += '\n';
  }
  for (const mir::RowTable& t : kernel.row_tables) {
    word(static_cast<std::uint64_t>(t.family));
    word(t.a.value);
    word(t.b.value);
  }
  for (const mir::StateSlot& s : kernel.state) word(s.next.value);
  for (const SlotColumn& s : draft_.slot_columns) {
    const Item& item = program_.analysis.items[s.item];
    word(static_cast<std::uint64_t>(item.kind));
    if (item.set >= 0) text += program_.analysis.sets[static_cast<std::size_t>(item.set)].name + ' ';
    word(s.slots);
  }
  return text;
}

}  // namespace horizon::lower
