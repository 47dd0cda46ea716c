#pragma once
// A stretch of a function's values that is one piece of code several times over, as the rounds of a
// counter-based generator are: machine code makes a loop of it, which takes LLVM as little time as one round.
// Found by structure. Private to compiler/codegen.
#include "compiler/mir/mir.hpp"

namespace horizon::codegen {

/// Rounds of `length` values each from value `begin` on. An operand of a round stands before the first, in
/// the same round, or in the one before; there, the first round has a value of its own.
struct Repeats {
  std::size_t begin = 0, length = 0, count = 0;  ///< count 0: none
  std::vector<mir::ValueId> first;  ///< by place in a round: what the first round takes for that of the round
                                    ///< before; none if nobody asks
  bool holds(std::size_t value) const { return value >= begin && value < begin + length * count; }
};

/// At least five rounds, none of whose values are wanted behind the loop but those of the last two. What is
/// given as a round are two: a value that the next round takes, and another in its place, need not be copied
/// then.
Repeats repeats_of(const mir::Function& function);

}  // namespace horizon::codegen
