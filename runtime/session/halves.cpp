#include "runtime/session/halves.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/check.hpp"

namespace horizon::session {
namespace {

/// Of an array by row, those of some rows.
template <class T>
std::vector<T> some(const std::vector<T>& all, const std::vector<std::uint8_t>& rows) {
  const std::size_t each = all.size() / rows.size();
  std::vector<T> result;
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (std::size_t i = row * each; rows[row] != 0 && i < (row + 1) * each; ++i) result.push_back(all[i]);
  return result;
}

void keep_rows(plan::Kernel& kernel, const std::vector<std::uint8_t>& rows) {
  HZ_CHECK(rows.size() == kernel.rows);
  kernel.rows = static_cast<std::uint32_t>(std::count(rows.begin(), rows.end(), 1));
  kernel.row_values = some(kernel.row_values, rows);
  kernel.both_values = some(kernel.both_values, rows);
  kernel.row_tables = some(kernel.row_tables, rows);
  kernel.row_starts = some(kernel.row_starts, rows);
  if (!kernel.make_both) return;
  std::vector<std::uint32_t> kept;
  for (std::uint32_t row = 0; row < rows.size(); ++row)
    if (rows[row] != 0) kept.push_back(row);
  kernel.make_both = [kept = std::move(kept), make = std::move(kernel.make_both), each = kernel.both_of_row](
                         std::uint32_t begin, std::uint32_t end, double* both) {
    for (std::uint32_t next = begin; begin < end; begin = next) {   // neighbours at once
      while (++next < end && kept[next] == kept[next - 1] + 1) {
      }
      make(kept[begin], kept[next - 1] + 1, both);
      both += (next - begin) * each;
    }
  };
}

}  // namespace

plan::Plan first_half(const plan::Plan& plan) {
  HZ_CHECK(plan.sobol && plan.sobol->halves && plan.sobol->halves->first.size() == plan.kernels.size());
  plan::Plan half = plan;
  half.report = {};
  half.multiples.clear();
  half.sobol->left_out = half.sobol->halves->second_draws;
  for (std::size_t k = 0; k < plan.kernels.size(); ++k) {
    const std::vector<std::uint8_t>& rows = plan.sobol->halves->first[k];
    if (!rows.empty()) keep_rows(half.kernels[k], rows);
  }
  for (plan::Stage& stage : half.stages) std::erase_if(stage.kernels, [&](std::uint32_t k) { return half.kernels[k].rows == 0; });
  return half;
}

}  // namespace horizon::session
