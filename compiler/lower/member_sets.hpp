#pragma once
#include "compiler/lower/analysis.hpp"

namespace horizon::lower {

/// Fills `sets`, `set_of` and `place_in_set`.
void find_member_sets(const model::Model& model, Analysis& analysis);

}  // namespace horizon::lower
