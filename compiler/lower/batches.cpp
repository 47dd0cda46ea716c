#include "compiler/lower/batches.hpp"

#include <algorithm>
#include <numeric>

#include "runtime/rng/draw_key.hpp"

namespace horizon::lower {
namespace {

using Origin = NumberPlaces::Row;

struct Batch {
  std::vector<Draft> drafts;          ///< of one shape
  mir::Kernel kernel;                 ///< the first draft's, with all rows
  std::vector<Origin> origins;        ///< by row of the kernel
};

/// Kind and a hash: sums of several kernels are taken in byte order of these names.
std::string kernel_name(const Program& program, GroupId id, std::string_view hashed) {
  const model::Group& group = program.model.groups[id];
  const std::string kind = !group.kind.empty() ? group.kind : group.name.empty() ? "scenario" : group.name;
  static constexpr char digits[] = "0123456789abcdef";
  std::string name = kind + "-";
  const std::uint64_t hash = rng::hash_bytes(hashed);
  for (int shift = 60; shift >= 0; shift -= 4) name += digits[(hash >> shift) & 15];
  return name;
}

const Item& item_of(const Program& program, const Batch& batch, std::size_t draft, std::size_t slot_column) {
  return program.analysis.items[batch.drafts[draft].slot_columns[slot_column].item];
}

/// Label of a row in the set that a slot column adds to; none where the row is no member.
std::optional<std::uint32_t> label_of(const Program& program, const Item& item, std::uint32_t row) {
  const auto& labels = program.analysis.sets[static_cast<std::size_t>(item.set)].label_of[static_cast<std::size_t>(item.term)];
  const auto found = labels.find(row);
  if (found == labels.end()) return std::nullopt;
  return found->second;
}

/// Rows by the label of their first set sum, then by path (rules.md N6).
void order_rows(const Program& program, Batch& batch) {
  for (std::size_t d = 0; d < batch.drafts.size(); ++d)
    for (std::uint32_t r = 0; r < batch.drafts[d].kernel.rows; ++r) batch.origins.push_back({d, r});
  const auto& columns = batch.drafts[0].slot_columns;
  const auto first = std::find_if(columns.begin(), columns.end(), [&](const SlotColumn& c) {
    return program.analysis.items[c.item].kind == Item::Kind::Accumulate;
  });
  const auto at = static_cast<std::size_t>(first - columns.begin());
  struct Key {
    std::uint32_t label;
    const std::string* name;
    Origin origin;
  };
  std::vector<Key> keys;
  keys.reserve(batch.origins.size());
  for (const Origin& o : batch.origins) {
    std::uint32_t label = 0;
    if (first != columns.end()) label = label_of(program, item_of(program, batch, o.draft, at), o.row).value_or(0xffffffffu);
    keys.push_back({label, &batch.drafts[o.draft].kernel.row_names[o.row], o});
  }
  std::stable_sort(keys.begin(), keys.end(),
                   [](const Key& a, const Key& b) { return a.label != b.label ? a.label < b.label : *a.name < *b.name; });
  std::transform(keys.begin(), keys.end(), batch.origins.begin(), [](const Key& key) { return key.origin; });
}

/// Where the numbers of the batch's columns come from.
void note_sources(NumberPlaces& numbers, Batch& batch) {
  numbers.rows.push_back(batch.origins);
  for (std::size_t c = 0; c < batch.kernel.columns.size(); ++c) {
    NumberPlaces::Column column{{}, numbers.rows.size() - 1};
    for (const Draft& draft : batch.drafts) column.by_draft.push_back(draft.sources[c]);
    batch.kernel.columns[c].origin = static_cast<std::int32_t>(numbers.columns.size());
    numbers.columns.push_back(std::move(column));
  }
}

void gather_rows(Batch& batch) {
  batch.kernel = batch.drafts[0].kernel;
  batch.kernel.rows = static_cast<std::uint32_t>(batch.origins.size());
  batch.kernel.row_names.clear();
  for (mir::Column& column : batch.kernel.columns) {
    column.numbers.clear();
    column.integers.clear();
  }
  for (const Origin& origin : batch.origins) {
    const mir::Kernel& from = batch.drafts[origin.draft].kernel;
    batch.kernel.row_names.push_back(from.row_names[origin.row]);
    for (std::size_t c = 0; c < batch.kernel.columns.size(); ++c) {
      mir::Column& column = batch.kernel.columns[c];
      if (column.type == mir::Type::F64) column.numbers.push_back(from.columns[c].numbers[origin.row]);
      else column.integers.push_back(from.columns[c].integers[origin.row]);
    }
  }
}

/// Where values that nobody needs go to.
class Scratch {
 public:
  explicit Scratch(Program& program, std::size_t slots) : program_(program), slots_(slots) {}
  std::uint32_t base() {
    if (base_ == 0) base_ = program_.new_slots(slots_);   // slot 0 is never new
    return base_;
  }

 private:
  Program& program_;
  std::size_t slots_;
  std::uint32_t base_ = 0;
};

void give_stored_slots(Program& program, Batch& batch, std::size_t at) {
  const SlotColumn& slots = batch.drafts[0].slot_columns[at];
  Scratch scratch(program, slots.slots);
  auto& column = batch.kernel.columns[slots.column].integers;
  for (std::size_t r = 0; r < batch.origins.size(); ++r) {
    const Origin& origin = batch.origins[r];
    const QuantityId quantity = item_of(program, batch, origin.draft, at).quantity;
    Stored& stored = program.stored[quantity];
    stored.per_period = slots.per_period;
    if (program.analysis.read_rows.at(quantity).contains(origin.row)) {
      const auto [at_row, is_new] = stored.base.emplace(origin.row, 0);   // a loop has given them before
      if (is_new) at_row->second = program.new_slots(slots.slots);
      column[r] = at_row->second;
    } else {
      column[r] = scratch.base();
    }
  }
}

void give_sum_slots(Program& program, Batch& batch, std::size_t at) {
  const SlotColumn& slots = batch.drafts[0].slot_columns[at];
  const auto set = static_cast<std::size_t>(item_of(program, batch, 0, at).set);
  Scratch scratch(program, slots.slots);
  std::map<std::uint32_t, std::uint32_t> base_of;   // by label
  std::vector<std::optional<std::uint32_t>> labels;
  for (const Origin& origin : batch.origins) {
    labels.push_back(label_of(program, item_of(program, batch, origin.draft, at), origin.row));
    if (labels.back()) base_of[*labels.back()] = 0;
  }
  const MemberSet& members = program.analysis.sets[set];
  // Which labels a table's rows have is data; a block says it in the text.
  const bool of_table = std::any_of(batch.drafts.begin(), batch.drafts.end(),
                                    [&](const Draft& draft) { return program.model.groups[draft.group].is_family; });
  if (members.all_labels && of_table)
    for (std::size_t label = 0; label < members.labels.size(); ++label) base_of[static_cast<std::uint32_t>(label)] = 0;
  for (auto& [label, base] : base_of) {
    base = program.new_slots(slots.slots);
    program.partials[set][label].push_back(Partial{batch.kernel.name, base, slots.per_period});
    if (slots.first_column < 0) program.sums.push_back({base, base + static_cast<std::uint32_t>(slots.slots)});
  }
  std::set<std::uint32_t> begun;
  for (std::size_t r = 0; r < batch.origins.size(); ++r) {
    const std::uint32_t base = labels[r] ? base_of.at(*labels[r]) : scratch.base();
    batch.kernel.columns[slots.column].integers[r] = base;
    if (slots.first_column >= 0)
      batch.kernel.columns[static_cast<std::size_t>(slots.first_column)].numbers[r] = begun.insert(base).second ? 1 : 0;
  }
}

/// Orders rows, gives slots, appends the kernel.
mir::KernelId finish(Program& program, Batch& batch, std::string name) {
  order_rows(program, batch);
  gather_rows(batch);
  note_sources(program.places, batch);
  batch.kernel.name = std::move(name);
  for (std::size_t at = 0; at < batch.drafts[0].slot_columns.size(); ++at) {
    if (item_of(program, batch, 0, at).kind == Item::Kind::Store) give_stored_slots(program, batch, at);
    else give_sum_slots(program, batch, at);
  }
  return program.module.kernels.add(std::move(batch.kernel));
}

std::string unique_name(const Program& program, std::string name) {
  const auto taken = [&](const std::string& candidate) {
    return std::any_of(program.module.kernels.begin(), program.module.kernels.end(),
                       [&](const mir::Kernel& k) { return k.name == candidate; });
  };
  if (!taken(name)) return name;
  for (int i = 2;; ++i)
    if (const std::string next = name + "-" + std::to_string(i); !taken(next)) return next;
}

/// In a loop a value may be read, with a lag, before the kernel that stores it is lowered.
void reserve_loop_stores(Program& program, const StagePlan& plan) {
  for (const auto& items : plan.kernels) {
    for (const std::uint32_t id : items) {
      const Item& item = program.analysis.items[id];
      if (item.kind != Item::Kind::Store) continue;
      const model::Quantity& q = program.model.quantities[item.quantity];
      const std::size_t width = program.cells(q.type.by) * static_cast<std::size_t>(types::components(q.type));
      Stored& stored = program.stored[item.quantity];
      stored.per_period = true;
      for (const std::uint32_t row : program.analysis.read_rows.at(item.quantity))
        stored.base[row] = program.new_slots(width * program.periods);
    }
  }
}

void sort_partials(Program& program) {
  for (auto& set : program.partials)
    for (auto& label : set)
      std::stable_sort(label.begin(), label.end(), [](const Partial& a, const Partial& b) { return a.kernel < b.kernel; });
}

}  // namespace

void lower_batches(Program& program, const std::vector<const StagePlan*>& plans) {
  static const std::set<QuantityId> none;
  // Shapes are found with all constants in columns; a group that turns out to stand alone is lowered again.
  std::map<std::string, Batch> batches;   // by name: the order in which sums are taken
  std::map<std::string, std::string> shape_of;
  for (const StagePlan* plan : plans) {
    const auto& items = plan->kernels[0];
    const GroupId group = program.analysis.items[items[0]].group;
    Draft draft = KernelLowering(program, group, Constants::InColumns, none, false).lower(items);
    std::string name = kernel_name(program, draft.group, draft.shape);
    const auto [at, is_new] = shape_of.emplace(name, draft.shape);
    HZ_CHECK(is_new || at->second == draft.shape);   // two shapes with one 64-bit hash
    batches[name].drafts.push_back(std::move(draft));
  }
  for (auto& [name, batch] : batches) {
    if (batch.drafts.size() == 1) {
      const Draft& draft = batch.drafts[0];
      batch.drafts[0] = KernelLowering(program, GroupId(draft.group), Constants::Alone, none, false)
                            .lower(std::vector<std::uint32_t>(draft.items));
    }
    const mir::KernelId kernel = finish(program, batch, unique_name(program, name));
    program.module.stages.push_back(mir::Stage{{kernel}, false});
  }
  sort_partials(program);
}

void lower_loop(Program& program, const StagePlan& plan) {
  std::set<QuantityId> lagged;
  for (const auto& items : plan.kernels) {
    for (const std::uint32_t id : items) {
      const Item& item = program.analysis.items[id];
      if (item.kind != Item::Kind::Lagged) continue;
      const model::Quantity& q = program.model.quantities[item.quantity];
      const std::size_t width = program.cells(q.type.by) * static_cast<std::size_t>(types::components(q.type));
      program.lagged_base[item.quantity] = program.new_slots(program.model.groups[q.group].rows() * 2 * width);
      lagged.insert(item.quantity);
    }
  }
  mir::Stage stage;
  stage.period_by_period = true;
  reserve_loop_stores(program, plan);
  for (const auto& items : plan.kernels) {
    Batch batch;
    const GroupId group = program.analysis.items[items[0]].group;
    batch.drafts.push_back(KernelLowering(program, group, Constants::Alone, lagged, true).lower(items));
    // In a loop each group stands alone: the hash is of its name.
    const std::string name = unique_name(program, kernel_name(program, group, program.model.groups[group].name));
    stage.kernels.push_back(finish(program, batch, name));
    sort_partials(program);
  }
  program.module.stages.push_back(std::move(stage));
}

}  // namespace horizon::lower
