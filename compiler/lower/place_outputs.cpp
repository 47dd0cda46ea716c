// Which slots the cells of forecasts have. Sameness is decided by how values are made, never by what they come out as: two cells are the
// same where one kernel adds the same value to both in the same periods.
#include <algorithm>
#include <map>
#include <tuple>

#include "compiler/lower/program.hpp"

namespace horizon::lower {
namespace {

/// The slots of a cell, one a report period.
struct Run {
  std::uint32_t first = 0, stride = 0;
  std::uint32_t slot(std::size_t period) const { return first + static_cast<std::uint32_t>(period) * stride; }
};

/// The instruction that adds up a cell.
struct Place {
  mir::KernelId kernel;
  mir::ValueId value;
};

/// By place from ForecastOutputs::first_place on.
std::vector<Place> find_places(const Program& program, std::size_t count) {
  std::vector<Place> places(count);
  for (std::size_t k = 0; k < program.module.kernels.size(); ++k) {
    const mir::KernelId kernel(k);
    const auto& values = program.module.kernels[kernel].values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const mir::Value& v = values[mir::ValueId(i)];
      if (v.op == mir::Op::Accumulate && v.address.base >= ForecastOutputs::first_place)
        places[v.address.base - ForecastOutputs::first_place] = {kernel, mir::ValueId(i)};
    }
  }
  return places;
}

/// Where a value stands already that is loaded in each period: a sum of an earlier stage. It is never -0, as a cell, which is added to 0,
/// is not either.
std::optional<Run> standing_sum(const Program& program, const mir::Value& v) {
  if (v.op != mir::Op::Load || v.address.row_slot || v.address.period_slot) return std::nullopt;
  const Run run{v.address.base, v.address.period_stride};
  const std::uint32_t last = run.slot(program.periods - 1);
  const auto above = std::upper_bound(program.sums.begin(), program.sums.end(), run.first,
                                      [](std::uint32_t slot, const plan::SlotRange& sum) { return slot < sum.begin; });
  if (above == program.sums.begin() || last >= (above - 1)->end) return std::nullopt;
  return run;
}

/// x times constants, as mir::Multiple has it.
struct Linear {
  mir::ValueId x;
  mir::TableId table;
  std::vector<std::uint32_t> places;
};

std::optional<Linear> product(const mir::Kernel& kernel, const mir::Value& v) {
  if (v.op != mir::Op::Mul) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const mir::Value& factor = kernel.values[v.args[side]];
    if (factor.op != mir::Op::TableF) continue;
    const mir::Value& place = kernel.values[factor.args.at(0)];
    if (place.op != mir::Op::ConstI) continue;
    return Linear{v.args[1 - side], mir::TableId(static_cast<std::size_t>(factor.index)), {static_cast<std::uint32_t>(place.integer)}};
  }
  return std::nullopt;
}

std::optional<Linear> last_term(const mir::Kernel& kernel, mir::ValueId id) {
  const mir::Value& v = kernel.values[id];
  return product(kernel, v.op == mir::Op::Add ? kernel.values[v.args[1]] : v);
}

/// Sums are taken one term after another.
std::optional<Linear> linear(const mir::Kernel& kernel, mir::ValueId id) {
  std::vector<std::uint32_t> later;
  for (;;) {
    const mir::Value& v = kernel.values[id];
    std::optional<Linear> term = last_term(kernel, id);
    if (!term) return std::nullopt;
    later.push_back(term->places[0]);
    if (v.op != mir::Op::Add) {
      term->places.assign(later.rbegin(), later.rend());
      return term;
    }
    const std::optional<Linear> first = last_term(kernel, v.args[0]);
    if (!first || first->x != term->x || first->table != term->table) return std::nullopt;
    id = v.args[0];
  }
}

/// Drops values that are nobody's operands.
void drop(mir::Kernel& kernel, const std::vector<bool>& dropped) {
  std::vector<mir::ValueId> now;
  Store<mir::ValueId, mir::Value> values;
  const auto move = [&](mir::ValueId& id) {
    if (id) id = now[id.index()];
  };
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    now.emplace_back(values.size());
    if (dropped[i]) continue;
    mir::Value v = std::move(kernel.values[mir::ValueId(i)]);
    for (mir::ValueId& arg : v.args) move(arg);
    move(v.address.row_slot);
    move(v.address.period_slot);
    values.add(std::move(v));
  }
  kernel.values = std::move(values);
  for (mir::RowTable& t : kernel.row_tables) {
    move(t.a);
    move(t.b);
  }
  for (mir::StateSlot& s : kernel.state) {
    move(s.next);
    move(s.first);
  }
}

/// Gives runs to cells, and takes out what no longer adds up anything.
class Placing {
 public:
  Placing(Program& program, std::size_t count)
      : program_(program), places_(find_places(program, count)), by_period_(program.module.kernels.size()), dropped_(by_period_.size()) {
    for (const mir::Stage& stage : program.module.stages)
      for (const mir::KernelId k : stage.kernels) by_period_[k.index()] = stage.period_by_period;
  }

  Run run_of(const ForecastOutputs& outputs, model::Grain grain, std::size_t cell) {
    const Place place = places_[outputs.place(cell) - ForecastOutputs::first_place];
    HZ_CHECK(place.kernel);
    auto& values = program_.module.kernels[place.kernel].values;
    const mir::ValueId added = values[place.value].args.at(0);
    const std::size_t count = outputs.periods.names.size();
    const bool at_once = !by_period_[place.kernel.index()];
    if (count == program_.periods && at_once) {
      if (const auto run = standing_sum(program_, values[added])) {
        drop_later(place);
        return *run;
      }
    }
    const auto [at, is_new] = runs_.emplace(std::tuple(place.kernel, added, grain), Run{});
    if (is_new) {
      at->second = {program_.new_slots(count), 1};
      values[place.value].address.base = at->second.first;
      if (count == program_.periods && at_once) note_multiple(place.kernel, added, at->second);
    } else {
      drop_later(place);
    }
    return at->second;
  }

  /// Columns whose values are those of others times constants: of both the slots, once a period.
  struct Multiples {
    Run run, base;
    Linear linear;
  };
  const std::vector<Multiples>& multiples() const { return multiples_; }

  void finish() {
    for (std::size_t k = 0; k < dropped_.size(); ++k)
      if (!dropped_[k].empty()) drop(program_.module.kernels[mir::KernelId(k)], dropped_[k]);
  }

 private:
  /// Of a sum that stands already: its values in one period tell those of the multiple in the same.
  void note_multiple(mir::KernelId kernel, mir::ValueId added, Run run) {
    const mir::Kernel& k = program_.module.kernels[kernel];
    std::optional<Linear> found = linear(k, added);
    if (!found) return;
    if (const auto base = standing_sum(program_, k.values[found->x])) multiples_.push_back({run, *base, std::move(*found)});
  }

  void drop_later(const Place& place) {
    std::vector<bool>& dropped = dropped_[place.kernel.index()];
    dropped.resize(program_.module.kernels[place.kernel].values.size());
    dropped[place.value.index()] = true;
  }

  Program& program_;
  std::vector<Place> places_;
  std::vector<bool> by_period_;
  std::map<std::tuple<mir::KernelId, mir::ValueId, model::Grain>, Run> runs_;   ///< of what was added up
  std::vector<Multiples> multiples_;
  std::vector<std::vector<bool>> dropped_;                                      ///< by kernel, value; empty: none
};

}  // namespace

void place_outputs(Program& program, plan::ReportSpec& report) {
  std::size_t count = 0;
  for (const plan::ForecastSpec& forecast : report.forecasts) count += forecast.cells.size();
  Placing placing(program, count);
  std::vector<std::vector<Run>> runs;   // by forecast, cell
  std::vector<std::uint32_t>& slots = program.module.outputs;
  for (std::size_t f = 0; f < program.outputs.size(); ++f) {
    const ForecastOutputs& outputs = program.outputs[f];
    runs.emplace_back();
    for (std::size_t c = 0; c < outputs.cells; ++c) {
      runs[f].push_back(placing.run_of(outputs, program.model.forecasts[f].grain, c));
      for (std::size_t p = 0; p < outputs.periods.names.size(); ++p) slots.push_back(runs[f][c].slot(p));
    }
  }
  placing.finish();
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  const auto column_of = [&](std::uint32_t slot) {
    return static_cast<std::uint32_t>(std::lower_bound(slots.begin(), slots.end(), slot) - slots.begin());
  };
  for (std::size_t f = 0; f < runs.size(); ++f) {
    auto& cells = report.forecasts[f].cells;   // [report period][cell]
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].output = column_of(runs[f][i % runs[f].size()].slot(i / runs[f].size()));
    }
  }
  for (const auto& multiples : placing.multiples()) {
    for (std::size_t p = 0; p < program.periods; ++p) {
      const std::uint32_t output = multiples.run.slot(p), base = multiples.base.slot(p);
      if (std::binary_search(slots.begin(), slots.end(), base))   // is it reported itself?
        program.module.multiples.push_back({column_of(output), column_of(base), multiples.linear.table, multiples.linear.places});
    }
  }
}

}  // namespace horizon::lower
