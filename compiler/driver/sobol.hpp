#pragma once
// Draws that get Sobol dimensions; private to this folder.
#include <memory>

#include "compiler/driver/compile.hpp"
#include "compiler/lower/lower.hpp"

namespace horizon::driver {

struct PlacedDraws {
  std::shared_ptr<const mir::Module> module;
  std::vector<lower::DrawPlace> draws;
  std::uint32_t first_slot = 0, slots = 0;
};

/// Fills Compiled::draws and Compiled::placed; takes the draws out of `lowered`.
void list_draws(Compiled& compiled, std::shared_ptr<const mir::Module> module, lower::Lowered& lowered);

}  // namespace horizon::driver
