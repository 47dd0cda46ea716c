// Which slots the cells of forecasts have. Sameness is decided by how values are made, never by what they come out as: two cells are the
// same where one kernel adds the same value to both in the same periods.
#include <algorithm>
#include <map>
#include <set>
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

  /// Nothing for what may be a multiple of a sum whose run is not known yet: `last` call.
  std::optional<Run> run_of(const ForecastOutputs& outputs, model::Grain grain, std::size_t cell, bool last) {
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
    if (count < program_.periods && at_once && !runs_.contains(std::tuple(place.kernel, added, grain))) {
      if (const auto found = linear(program_.module.kernels[place.kernel], added)) {
        if (!last) return std::nullopt;
        const auto base = runs_.find(std::tuple(place.kernel, found->x, grain));
        if (base != runs_.end() && !is_to_make(base->second)) {
          const Run run{program_.new_slots(count), 1};
          runs_.emplace(std::tuple(place.kernel, added, grain), run);
          multiples_.push_back({run, base->second, *found, count, true});
          drop_later(place);
          return run;
        }
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
    std::size_t count = 0;   ///< report periods
    bool to_make = false;    ///< no kernel has them yet
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
    if (const auto base = standing_sum(program_, k.values[found->x])) multiples_.push_back({run, *base, std::move(*found), program_.periods, false});
  }

  /// A multiple of a multiple would have to be made after it, by a kernel of a later stage: it is added up as written.
  bool is_to_make(const Run& run) const {
    return std::any_of(multiples_.begin(), multiples_.end(), [&](const Multiples& m) { return m.to_make && m.run.first == run.first; });
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

/// A kernel that makes the multiples of so many terms from sums over periods: a row each, and report period.
void add_kernel(Program& program, const std::vector<Placing::Multiples>& multiples, std::size_t terms) {
  mir::Kernel kernel;
  mir::TableId table;
  std::vector<std::vector<std::int64_t>> columns(2 + terms);
  for (const auto& m : multiples) {
    if (!m.to_make || m.linear.places.size() != terms) continue;
    HZ_CHECK(!table || table == m.linear.table);   // there is one table of constants
    table = m.linear.table;
    for (std::size_t p = 0; p < m.count; ++p) {
      columns[0].push_back(m.base.slot(p));
      columns[1].push_back(m.run.slot(p));
      for (std::size_t i = 0; i < terms; ++i) columns[2 + i].push_back(m.linear.places[i]);
    }
  }
  if (columns[0].empty()) return;
  kernel.name = "multiples-" + std::to_string(terms);
  kernel.rows = static_cast<std::uint32_t>(columns[0].size());
  kernel.row_names.resize(kernel.rows, "");
  mir::Builder b(program.module, kernel);
  std::vector<mir::Builder::I> at;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = i == 0 ? "sum" : i == 1 ? "slot" : "factor " + std::to_string(i - 2);
    kernel.columns.push_back({name, mir::Type::I64, {}, std::move(columns[i])});
    at.push_back(b.icolumn(static_cast<std::int32_t>(i)));
  }
  const mir::Builder::F x = b.load(mir::Address{0, at[0].id, 0, {}});
  mir::Builder::F sum = b.mul(b.table(table, at[2]), x);
  for (std::size_t i = 1; i < terms; ++i) sum = b.add(sum, b.mul(b.table(table, at[2 + i]), x));
  b.accumulate(mir::Address{0, at[1].id, 0, {}}, sum);
  program.module.stages.push_back({{program.module.kernels.add(std::move(kernel))}, false});
}

}  // namespace

void place_outputs(Program& program, plan::ReportSpec& report) {
  std::size_t count = 0;
  for (const plan::ForecastSpec& forecast : report.forecasts) count += forecast.cells.size();
  Placing placing(program, count);
  std::vector<std::vector<std::optional<Run>>> runs;   // by forecast, cell
  std::vector<std::uint32_t>& slots = program.module.outputs;
  for (std::size_t f = 0; f < program.outputs.size(); ++f) {
    const ForecastOutputs& outputs = program.outputs[f];
    runs.emplace_back();
    for (std::size_t c = 0; c < outputs.cells; ++c)
      runs[f].push_back(placing.run_of(outputs, program.model.forecasts[f].grain, c, false));
  }
  for (std::size_t f = 0; f < program.outputs.size(); ++f) {
    const ForecastOutputs& outputs = program.outputs[f];
    for (std::size_t c = 0; c < outputs.cells; ++c) {
      if (!runs[f][c]) runs[f][c] = placing.run_of(outputs, program.model.forecasts[f].grain, c, true);
      for (std::size_t p = 0; p < outputs.periods.names.size(); ++p) slots.push_back(runs[f][c]->slot(p));
    }
  }
  placing.finish();
  std::set<std::size_t> terms;
  for (const auto& m : placing.multiples())
    if (m.to_make) terms.insert(m.linear.places.size());
  for (const std::size_t n : terms) add_kernel(program, placing.multiples(), n);
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  const auto column_of = [&](std::uint32_t slot) {
    return static_cast<std::uint32_t>(std::lower_bound(slots.begin(), slots.end(), slot) - slots.begin());
  };
  for (std::size_t f = 0; f < runs.size(); ++f) {
    auto& cells = report.forecasts[f].cells;   // [report period][cell]
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].output = column_of(runs[f][i % runs[f].size()]->slot(i / runs[f].size()));
    }
  }
  for (const auto& multiples : placing.multiples()) {
    for (std::size_t p = 0; p < multiples.count; ++p) {
      const std::uint32_t output = multiples.run.slot(p), base = multiples.base.slot(p);
      if (std::binary_search(slots.begin(), slots.end(), base))   // is it reported itself?
        program.module.multiples.push_back({column_of(output), column_of(base), multiples.linear.table, multiples.linear.places});
    }
  }
}

}  // namespace horizon::lower
