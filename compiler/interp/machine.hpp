#pragma once
// The interpreter's own code: a kernel decoded into flat lists of instructions over registers of N lanes. Calls are
// unfolded, so that an operation is dispatched once for N lanes and nothing is looked up while running.
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "compiler/mir/layout.hpp"
#include "compiler/mir/mir.hpp"
#include "runtime/abi/draw_layout.h"
#include "runtime/abi/kernel_abi.h"

namespace horizon::interp {

using Register = std::uint32_t;
inline constexpr Register no_register = 0xffffffffu;

/// `op` as in MIR, with registers for operands; Op::Param copies `a` to `to`.
struct Instruction {
  mir::Op op{};
  Register to = 0, a = no_register, b = no_register, c = no_register;
  std::int64_t integer = 0;              ///< shift count; index of a column or table
  std::uint32_t base = 0, stride = 0;    ///< address: base + stride * period + registers at_row and at_period; the period itself likewise
  Register at_row = no_register, at_period = no_register;
};
using Code = std::vector<Instruction>;

/// A register and its place in an array of the ABI.
struct Transfer {
  Register reg;
  std::uint32_t place;
};

struct Program {
  const mir::Module* module = nullptr;
  const mir::Kernel* kernel = nullptr;
  bool period_by_period = false;
  mir::UniformLayout layout;
  std::uint32_t state_slots = 0;
  Register registers = 0;
  std::vector<std::pair<Register, std::uint64_t>> literals;
  Code uniform[4];                        ///< by level below Future: constant, row, period, both
  Code future, period;                    ///< level Future; level Future and Period
  std::vector<Transfer> places[4];        ///< uniform values that future-level code uses, by level
  std::vector<Transfer> spills;           ///< future-level values kept in the state between calls
  std::vector<std::vector<Register>> prev;   ///< by state slot: all registers that hold its previous value
  std::vector<Register> next;             ///< by state slot
  std::vector<Register> first;            ///< by state slot; no_register: 0
};
Program decode(const mir::Module& module, mir::KernelId kernel);

/// What leaves and memory operations refer to; lane l is future lane + l, or period + l or row + l in the prologue. `period` is a step of
/// the kernel.
struct Where {
  const HzKernelArgs* args = nullptr;     ///< null in the prologue
  std::uint32_t row = 0, period = 0, lane = 0;
  bool lanes_are_rows = false;            ///< those past the last one are the last one
};

/// Runs `code` on N = 8 or 32 lanes; register r is at `registers + r * N`.
template <int N>
void execute(const Program& program, const Code& code, std::uint64_t* registers, const Where& where);

extern template void execute<8>(const Program&, const Code&, std::uint64_t*, const Where&);
extern template void execute<32>(const Program&, const Code&, std::uint64_t*, const Where&);

}  // namespace horizon::interp
