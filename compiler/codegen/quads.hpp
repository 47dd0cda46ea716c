#pragma once
// Sums in quads: four neighbouring periods of a future side by side, [quad][future][period in it], so that futures that are not neighbours are
// added to in wide pieces, and neighbours in whole registers. Private to compiler/codegen.
#include <array>

#include "compiler/codegen/lanes.hpp"

namespace horizon::codegen {

/// Periods in a quad.
inline constexpr unsigned quad = 4;
using Quad = std::array<llvm::Value*, quad>;

/// Four periods of a register's futures, and the registers that stand in memory one after another.
Quad in_memory(llvm::IRBuilder<>& builder, const Quad& periods);
Quad by_period(llvm::IRBuilder<>& builder, const Quad& in_memory);

/// Of each lane: where its four numbers begin, counted in numbers from the quad's first; a vector like `lanes`.
llvm::Value* places_of(const Unit& unit, llvm::IRBuilder<>& builder, llvm::Value* lanes);

/// Adds four registers as `in_memory` gives them to the futures whose numbers begin at `places`.
void add_apart(llvm::IRBuilder<>& builder, const Quad& in_memory, std::span<llvm::Value* const> places);

struct QuadSums {
  llvm::Value* numbers;     ///< [quad][room][4]
  llvm::Value* room;        ///< of futures, i64
  llvm::Value* buffers;     ///< [slot][lane], from the first future on
  llvm::Value* lanes;       ///< of a slot, i64
  llvm::Value* quads;       ///< i64
};
enum class Turn : std::uint8_t { ToQuads, ToSlots };
/// Copies between the sums and slots [slot, slot + 4 quads).
void turn(Unit& unit, llvm::IRBuilder<>& builder, const QuadSums& sums, llvm::Value* slot, Turn direction);
/// Sums of slots in which nothing stands.
void clear(llvm::IRBuilder<>& builder, const QuadSums& sums);

}  // namespace horizon::codegen
