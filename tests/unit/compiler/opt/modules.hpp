#pragma once
// Small modules that tests of passes are made of, and a plain evaluation of them.
#include <cstddef>
#include <vector>

#include "compiler/mir/builder.hpp"
#include "tests/harness/in_a_row.hpp"

namespace horizon::test {

mir::Column column(std::vector<double> numbers);
/// Values of the first kernel with this operation.
std::size_t count(const mir::Module& module, mir::Op op);

/// if load(2) <= t then exp(load(0) + load(1) t) else 0 over 1,200 periods, stored.
mir::Module growth();
/// A share of the market that grows from load(2) on, in proportion to load(3), lost from load(4) on: what `rise and wane` adds up.
mir::Module rise_and_wane();

/// What the first kernel stores and adds up, in order, one row; masks are 0 and 1. `slots`: what it loads. Where `shortcuts_agree`, both sides of a
/// shortcut must be the same where its mask holds.
struct Evaluated {
  std::vector<double> stored;
};
Evaluated evaluate(const mir::Module& module, const std::vector<double>& slots, bool shortcuts_agree = true);

}  // namespace horizon::test
