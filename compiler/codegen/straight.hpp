#pragma once
// Steps of periods whose sums need no choice that would be a branch. Private to compiler/codegen.
#include <optional>

#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

/// One way through the code of a step: what it makes, and what must hold in all lanes for it to be right.
struct Way {
  std::vector<mir::ValueId> masks;   ///< of shortcuts whose first side is taken
  /// By value of the period level: made before it is known whether the masks hold; made where they do.
  std::vector<bool> before, inside;
  std::vector<std::uint8_t> side;    ///< by value: the operand that is taken, of shortcuts inside; 0: made lane by lane
};

struct Straight {
  std::vector<mir::ValueId> sinks;   ///< accumulations behind shortcuts, in order
  std::vector<mir::ValueId> idle;    ///< masks of those shortcuts: where all hold in all lanes, a step adds nothing
  Way all;                           ///< all shortcuts take their first sides
  Way by_lane;                       ///< but for the outermost of each sum: a product that is launched in this step
};

/// Nothing where no choice is left to leave out, or where it would have to be known behind another choice.
std::optional<Straight> find_straight(const mir::Kernel& kernel, const LazyCode& lazy, const LookUpGroups& groups);

}  // namespace horizon::codegen
