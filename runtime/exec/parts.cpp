#include "runtime/exec/parts.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::exec {
namespace {

/// Numbers made for a part, about: so few that they stay in the second-level cache from block to block.
constexpr std::size_t part_doubles = (std::size_t{1} << 20) / sizeof(double);

std::size_t doubles_of(const plan::Kernel& kernel, std::size_t tables, std::size_t rows) {
  return tables * HZ_TABLE_DOUBLES + rows * kernel.both_of_row;
}

}  // namespace

bool is_in_parts(const plan::Plan& plan) {
  return std::any_of(plan.kernels.begin(), plan.kernels.end(), [](const plan::Kernel& k) { return k.in_parts(); });
}

Parts::Parts(const plan::Plan& plan) : plan_(plan), row_tables_(plan.kernels.size()) {
  for (const plan::Stage& stage : plan.stages) {
    const auto is_cut = [&](std::uint32_t k) { return plan.kernels[k].in_parts(); };
    if (std::none_of(stage.kernels.begin(), stage.kernels.end(), is_cut)) {
      parts_.push_back({&stage, nullptr, 0, 0, {}});
      continue;
    }
    HZ_CHECK(!stage.period_by_period);
    for (const std::uint32_t k : stage.kernels) cut(stage, k);
  }
  place_tables();
}

void Parts::cut(const plan::Stage& stage, std::uint32_t k) {
  const plan::Kernel& kernel = plan_.kernels[k];
  if (!kernel.in_parts()) {
    parts_.push_back({&stage, &kernel, 0, kernel.rows, {}});
    return;
  }
  const std::size_t a_row = kernel.row_starts.size() / kernel.rows;
  std::vector<bool> taken(kernel.starts.size());
  Part part{&stage, &kernel, 0, 0, {}};
  for (std::uint32_t row = 0; row < kernel.rows; ++row) {
    if (row > part.row_begin && doubles_of(kernel, part.tables.size() + a_row, row + 1 - part.row_begin) > part_doubles) {
      for (const std::uint32_t table : part.tables) taken[table] = false;
      parts_.push_back(part);
      part.row_begin = row;
      part.tables.clear();
    }
    for (std::size_t i = row * a_row; i < (row + 1) * a_row; ++i) {
      const std::uint32_t table = kernel.row_starts[i];
      if (!taken[table]) part.tables.push_back(table);
      taken[table] = true;
    }
    part.row_end = row + 1;
  }
  parts_.push_back(std::move(part));
}

void Parts::place_tables() {
  for (const Part& part : parts_) {
    if (part.kernel != nullptr && part.kernel->in_parts())
      place_size_ = std::max(place_size_, doubles_of(*part.kernel, part.tables.size(), part.row_end - part.row_begin));
  }
  places_.resize(place_size_ * std::min(places, parts_.size()));
  std::vector<std::uint32_t> at;   // of a table in its part, by index into the starts
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    if (part.tables.empty()) continue;
    const plan::Kernel& kernel = *part.kernel;
    std::vector<const double*>& pointers = row_tables_[static_cast<std::size_t>(&kernel - plan_.kernels.data())];
    pointers.resize(kernel.row_starts.size());
    at.resize(std::max(at.size(), kernel.starts.size()));
    for (std::uint32_t i = 0; i < part.tables.size(); ++i) at[part.tables[i]] = i;
    const std::size_t a_row = kernel.row_starts.size() / kernel.rows;
    for (std::size_t i = part.row_begin * a_row; i < part.row_end * a_row; ++i) {
      pointers[i] = places_.data() + place(p) + at[kernel.row_starts[i]] * std::size_t{HZ_TABLE_DOUBLES};
    }
  }
}

void Parts::build(std::size_t p) {
  const Part& part = parts_[p];
  if (part.kernel == nullptr || !part.kernel->in_parts()) return;
  const std::size_t tables = part.tables.size() * HZ_TABLE_DOUBLES;
  rng::build_tables(part.kernel->starts, part.tables, std::span(places_).subspan(place(p), tables));
  if (part.kernel->make_both) part.kernel->make_both(part.row_begin, part.row_end, places_.data() + place(p) + tables);
}

PartData Parts::data(std::size_t p) const {
  const Part& part = parts_[p];
  const plan::Kernel& kernel = *part.kernel;
  if (!kernel.in_parts()) return {kernel.row_values.data(), kernel.both_values.data(), kernel.row_tables.data()};
  const std::vector<const double*>& tables = row_tables_[static_cast<std::size_t>(&kernel - plan_.kernels.data())];
  return {kernel.row_values.data() + part.row_begin * (kernel.row_values.size() / kernel.rows),
          places_.data() + place(p) + part.tables.size() * HZ_TABLE_DOUBLES,
          tables.data() + part.row_begin * (tables.size() / kernel.rows)};
}

}  // namespace horizon::exec
