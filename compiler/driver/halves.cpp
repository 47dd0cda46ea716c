#include "compiler/driver/halves.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "compiler/driver/footprint.hpp"

namespace horizon::driver {
namespace {

using mir::Op;

/// What a number is as a function of the rows: the same in all futures, a sum of something of each row and a constant, or anything else.
enum class Form : std::uint8_t { Constant, Affine, Other };

Form either(Form a, Form b) { return std::max(a, b); }
Form product(Form a, Form b) {
  if (a == Form::Constant) return b;
  return b == Form::Constant ? a : Form::Other;
}

/// The ids of all draws of a kernel: columns, by row. Not known where one is computed.
class DrawColumns {
 public:
  explicit DrawColumns(const mir::Kernel& kernel) : kernel_(kernel), is_draw_(kernel.columns.size()) {
    for (const mir::Value& value : kernel.values)
      for (const mir::ValueId arg : value.args)
        if (is_source(arg)) look_at(value);
  }
  bool are_known() const { return known_; }
  template <class See>
  void each(std::uint32_t row, See see) const {
    for (std::size_t c = 0; c < is_draw_.size(); ++c)
      if (is_draw_[c] != 0) see(static_cast<std::uint64_t>(kernel_.columns[c].integers.at(row)));
  }

 private:
  bool is_source(mir::ValueId id) const { return kernel_.values[id].op == Op::Seed || kernel_.values[id].op == Op::FutureNo; }

  /// Only draw_bits(seed, id, future) has to do with the seed and with the number of a future.
  void look_at(const mir::Value& call) {
    known_ = known_ && call.op == Op::Call;
    for (const mir::ValueId arg : call.args)
      if (!is_source(arg)) look_at_id(arg);
  }
  /// A column, or one of several by period.
  void look_at_id(mir::ValueId id) {
    const mir::Value& value = kernel_.values[id];
    if (value.op == Op::ColumnI) {
      is_draw_[static_cast<std::size_t>(value.index)] = 1;
    } else if (value.op == Op::ISelect) {
      look_at_id(value.args[1]);
      look_at_id(value.args[2]);
    } else {
      known_ = false;
    }
  }

  const mir::Kernel& kernel_;
  std::vector<std::uint8_t> is_draw_;   // by column
  bool known_ = true;
};

class Halver {
 public:
  Halver(const mir::Module& module, const plan::Plan& plan, std::uint64_t first_draw_slot, std::uint64_t draw_slots_end)
      : module_(module), plan_(plan), first_draw_slot_(first_draw_slot), draw_slots_end_(draw_slots_end), form_(module.slots), of_rows_(module.kernels.size()) {
    for (const mir::Stage& stage : module.stages)
      for (const mir::KernelId k : stage.kernels) follow(k, stage.period_by_period);
  }

  std::optional<plan::Halves> cut(const std::vector<HzSobolDraw>& draws, const std::unordered_map<std::uint64_t, double>& importance) {
    plan::Halves result;
    for (const std::uint32_t slot : module_.outputs) result.columns.push_back(form_[slot] == Form::Affine ? 1 : 0);
    if (!known_ || std::count(result.columns.begin(), result.columns.end(), 1) == 0) return std::nullopt;
    join_rows(importance);
    const std::vector<std::uint8_t> side = sides();
    if (std::count(side.begin(), side.end(), 1) == 0 || std::count(side.begin(), side.end(), 0) == 0) return std::nullopt;
    for (const HzSobolDraw& draw : draws) {
      const auto at = node_of_.find(draw.id);
      result.second_draws.push_back(at != node_of_.end() && side[find(at->second)] == 0 ? 1 : 0);
    }
    std::size_t node = 0;
    for (std::size_t k = 0; k < of_rows_.size(); ++k) {
      result.first.emplace_back();
      if (of_rows_[k] == 0) continue;
      for (std::uint32_t row = 0; row < module_.kernels[mir::KernelId(k)].rows; ++row) result.first[k].push_back(side[find(node++)]);
    }
    return result;
  }

 private:
  bool reads_draws_only(const mir::Kernel& kernel, const Addresses& addresses) const {
    bool only = true;
    for (const mir::Value& value : kernel.values)
      if (value.op == Op::Load)
        addresses.each(value.address, [&](std::uint64_t slot) { only = only && slot >= first_draw_slot_ && slot < draw_slots_end_; });
    return only;
  }

  void follow(mir::KernelId k, bool period_by_period) {
    const mir::Kernel& kernel = module_.kernels[k];
    const Addresses addresses(module_, kernel, plan_.kernels[k.index()]);
    const bool rows = !period_by_period && reads_draws_only(kernel, addresses);
    of_rows_[k.index()] = rows ? 1 : 0;
    if (rows) known_ = known_ && DrawColumns(kernel).are_known();
    std::vector<Form> forms;
    for (const mir::Value& value : kernel.values) {
      forms.push_back(rows || (value.level & mir::Future) == 0 ? Form::Constant : form(value, forms, addresses));
      if (value.op != Op::Store && value.op != Op::Accumulate) continue;
      const Form written = rows ? Form::Affine : period_by_period ? Form::Other : forms[value.args[0].index()];
      addresses.each(value.address, [&](std::uint64_t slot) { form_.at(slot) = either(form_.at(slot), written); });
    }
  }

  /// Of a value that varies with the future. Choices are no sums, unless the same for all futures.
  Form form(const mir::Value& value, const std::vector<Form>& forms, const Addresses& addresses) const {
    const auto arg = [&](std::size_t i) { return forms[value.args[i].index()]; };
    Form result = Form::Constant;
    switch (value.op) {
      case Op::Load:
        addresses.each(value.address, [&](std::uint64_t slot) { result = either(result, form_.at(slot)); });
        return result;
      case Op::Store:
      case Op::Accumulate:
      case Op::Neg: return arg(0);
      case Op::Add:
      case Op::Sub: return either(arg(0), arg(1));
      case Op::Mul: return product(arg(0), arg(1));
      case Op::Div: return arg(1) == Form::Constant ? arg(0) : Form::Other;
      case Op::Fma: return either(product(arg(0), arg(1)), arg(2));
      case Op::Select: return arg(0) == Form::Constant ? either(arg(1), arg(2)) : Form::Other;
      default: return Form::Other;
    }
  }

  // ---- rows that share a draw

  std::size_t find(std::size_t node) {
    while (above_[node] != node) node = above_[node] = above_[above_[node]];
    return node;
  }

  void join_rows(const std::unordered_map<std::uint64_t, double>& importance) {
    for (std::size_t k = 0; k < of_rows_.size(); ++k) {
      if (of_rows_[k] == 0) continue;
      const mir::Kernel& kernel = module_.kernels[mir::KernelId(k)];
      const DrawColumns draws(kernel);
      for (std::uint32_t row = 0; row < kernel.rows; ++row) {
        const std::size_t node = above_.size();
        above_.push_back(node);
        weight_.push_back(0);
        draws.each(row, [&](std::uint64_t id) {
          const auto [at, is_new] = node_of_.emplace(id, node);
          if (!is_new) above_[find(node)] = find(at->second);
          const auto own = importance.find(id);
          if (is_new && own != importance.end()) weight_[node] += own->second;
        });
      }
    }
  }

  /// By node that stands for its rows: the heaviest first, each to the lighter half.
  std::vector<std::uint8_t> sides() {
    std::vector<double> weight(above_.size());
    std::vector<std::size_t> order;
    for (std::size_t node = 0; node < above_.size(); ++node) {
      weight[find(node)] += weight_[node];
      if (find(node) == node) order.push_back(node);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return weight[x] > weight[y]; });
    std::vector<std::uint8_t> side(above_.size(), 2);
    std::array<double, 2> all{};
    for (const std::size_t node : order) {
      side[node] = all[1] <= all[0] ? 1 : 0;
      all[side[node]] += weight[node];
    }
    return side;
  }

  const mir::Module& module_;
  const plan::Plan& plan_;
  const std::uint64_t first_draw_slot_, draw_slots_end_;
  std::vector<Form> form_;             // by slot; what nobody writes is 0
  std::vector<std::uint8_t> of_rows_;  // by kernel: its rows are cut in two
  bool known_ = true;
  std::vector<std::size_t> above_;     // by row, of all kernels that are cut: another with which it shares a draw, or itself
  std::vector<double> weight_;
  std::unordered_map<std::uint64_t, std::size_t> node_of_;   // by draw: a row that reads it
};

}  // namespace

std::optional<plan::Halves> halves(const mir::Module& module, const plan::Plan& plan, const std::vector<HzSobolDraw>& draws, std::uint64_t first_draw_slot,
                                   std::uint64_t draw_slots_end, const std::unordered_map<std::uint64_t, double>& importance) {
  return Halver(module, plan, first_draw_slot, draw_slots_end).cut(draws, importance);
}

}  // namespace horizon::driver
