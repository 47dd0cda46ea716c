#pragma once
// What is known of a processor, and LLVM's description of it. Private to compiler/codegen.
#include <memory>

#include "compiler/codegen/codegen.hpp"
#include "compiler/codegen/llvm.hpp"

namespace horizon::codegen {

struct Target {
  Cpu cpu;
  unsigned lanes;      ///< f64 in a register
  bool fma;            ///< else soft_fma
  bool rounding;       ///< floor and ceil are instructions
  bool gather;
  bool permute16;      ///< any of 16 f64 in two registers, by lane
};
Target target_of(Cpu cpu);

/// LLVM's tables are global: filled once a process, by whoever comes first. Linking needs them, too.
void initialise_llvm();

/// A new one for each compilation: target machines are not to be shared between threads.
Expected<std::unique_ptr<llvm::TargetMachine>, std::string> target_machine(Cpu cpu);

}  // namespace horizon::codegen
