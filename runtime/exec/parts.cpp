#include "runtime/exec/parts.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::exec {
namespace {

/// Tables of a part, about: so few that they stay in the second-level cache from block to block.
constexpr std::size_t part_tables = (std::size_t{1} << 20) / (HZ_TABLE_DOUBLES * sizeof(double));

}  // namespace

bool is_in_parts(const plan::Plan& plan) {
  return std::any_of(plan.kernels.begin(), plan.kernels.end(), [](const plan::Kernel& k) { return !k.starts.empty(); });
}

Parts::Parts(const plan::Plan& plan) : plan_(plan), row_tables_(plan.kernels.size()) {
  for (const plan::Stage& stage : plan.stages) {
    const auto is_cut = [&](std::uint32_t k) { return !plan.kernels[k].starts.empty(); };
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
  if (kernel.starts.empty()) {
    parts_.push_back({&stage, &kernel, 0, kernel.rows, {}});
    return;
  }
  const std::size_t a_row = kernel.row_starts.size() / kernel.rows;
  std::vector<bool> taken(kernel.starts.size());
  Part part{&stage, &kernel, 0, 0, {}};
  for (std::uint32_t row = 0; row < kernel.rows; ++row) {
    if (row > part.row_begin && part.tables.size() + a_row > part_tables) {
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
  for (const Part& part : parts_) place_size_ = std::max(place_size_, part.tables.size() * HZ_TABLE_DOUBLES);
  tables_.resize(place_size_ * std::min(places, parts_.size()));
  std::vector<std::uint32_t> at;   // of a table in its part, by index into the starts
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    if (part.tables.empty()) continue;
    const plan::Kernel& kernel = *part.kernel;
    std::vector<const double*>& pointers = row_tables_[static_cast<std::size_t>(&kernel - plan_.kernels.data())];
    pointers.resize(kernel.row_starts.size());
    const double* const place = tables_.data() + p % places * place_size_;
    at.resize(std::max(at.size(), kernel.starts.size()));
    for (std::uint32_t i = 0; i < part.tables.size(); ++i) at[part.tables[i]] = i;
    const std::size_t a_row = kernel.row_starts.size() / kernel.rows;
    for (std::size_t i = part.row_begin * a_row; i < part.row_end * a_row; ++i) {
      pointers[i] = place + at[kernel.row_starts[i]] * std::size_t{HZ_TABLE_DOUBLES};
    }
  }
}

void Parts::build(std::size_t p) {
  const Part& part = parts_[p];
  if (part.tables.empty()) return;
  rng::build_tables(part.kernel->starts, part.tables,
                    std::span(tables_).subspan(p % places * place_size_, part.tables.size() * HZ_TABLE_DOUBLES));
}

const double* const* Parts::row_tables(const Part& part) const {
  return row_tables_[static_cast<std::size_t>(part.kernel - plan_.kernels.data())].data();
}

}  // namespace horizon::exec
