#pragma once
// Private to this folder: what a run computes at all.
#include <vector>

#include "compiler/eval/machine.hpp"

namespace horizon::eval {

/// The quantities that an operation itself reads (not its operands); `lagged` where of the period before.
struct Read {
  QuantityId quantity;
  std::vector<std::size_t> rows;
  bool lagged = false;
};
std::vector<Read> reads(const Model& model, const Expr& expr, const Place& place);

/// What the forecasts need, and the requirements of every group that is needed (the scenario's own always).
struct Live {
  std::vector<bool> quantities, groups;
};
Live find_live(const Model& model);

}  // namespace horizon::eval
