#pragma once
// Which columns of a `--sampling sobol` run are sums of two independent halves; private to this folder.
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "compiler/mir/mir.hpp"
#include "runtime/plan/plan.hpp"

namespace horizon::driver {

/// Cuts the rows of the kernels that other kernels add up: rows that share a draw stay together, and both halves get about as much of
/// `importance` (by id; draws that are not in it count nothing). `plan` has the kernels of `module` with their arrays; those of `draws` stand in
/// slots [first_draw_slot, draw_slots_end). None if no column is a sum of both halves.
///
/// A column is one if all that lies between the rows and it is affine: additions, and products with what no future changes. Rows must read
/// nothing but draws. Where draws cannot be told from the code there are no halves.
std::optional<plan::Halves> halves(const mir::Module& module, const plan::Plan& plan, const std::vector<HzSobolDraw>& draws, std::uint64_t first_draw_slot,
                                   std::uint64_t draw_slots_end, const std::unordered_map<std::uint64_t, double>& importance);

}  // namespace horizon::driver
