#pragma once
// What of a kernel can be done for all futures, and what only for those that count. Private to compiler/codegen.
//
// Where sums are only added to behind a shortcut (compiler/opt/steps.cpp), its mask tells in which steps of periods a future adds nothing. Gates
// are masks of the future level that alone make it hold in all of them: a product that failed.
#include <optional>

#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

struct Gathering {
  /// A sum has `step` slots side by side in each step of periods, from `address` on; steps follow one another.
  struct Sum {
    mir::Address address;
    std::uint32_t step = 0;
  };
  /// Choices by row that a value stands behind: masks, and whether they must hold.
  using Conditions = std::vector<std::pair<mir::ValueId, bool>>;

  std::vector<Sum> sums;
  std::vector<std::int32_t> sum_of;               ///< by value: of accumulations, four of which always follow one another; -1
  std::vector<mir::ValueId> idle;                 ///< masks of the period level; a step in which all hold adds nothing
  std::vector<mir::ValueId> gates;                ///< masks of the future level; where one holds, no step adds anything
  /// Of each gate, a number by row: where it is above the bound, the gate does not hold, whatever is drawn. Empty if a gate has none.
  std::vector<std::pair<mir::ValueId, double>> open_above;
  std::vector<std::optional<bool>> known;         ///< by mask of the future level: what it is in futures that no gate holds for
  /// By value: gates need it; masks need it besides, at the future and at the period level. Draws that serve two futures are in none.
  std::vector<bool> for_gates, for_masks, for_steps;
  /// By value of the future level: made, or taken up, where masks are made; where all the rest is.
  std::vector<bool> in_masks, in_rest;
  std::vector<mir::ValueId> records;              ///< values that a later piece of code takes up
  bool gates_first = false;                       ///< nothing that gates need is wanted later
  std::vector<mir::ValueId> gate_draws;           ///< draws that serve two futures and that gates need
  /// Draws that serve two futures, by the rows that need them; those of the first entry are needed by all. Those of gates that come first
  /// are not among them.
  std::map<Conditions, std::vector<mir::ValueId>> draws;
  std::vector<bool> conditional;                  ///< by value: a draw that not all rows need
};

/// Nothing if futures cannot be gathered. `paired`: by value, draws that serve two futures at once.
std::optional<Gathering> find_gathering(const mir::Kernel& kernel, const LazyCode& lazy, const LookUpGroups& groups, const std::vector<bool>& live,
                                        const std::vector<bool>& paired);

}  // namespace horizon::codegen
