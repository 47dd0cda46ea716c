#pragma once
// MIR -> machine code through LLVM ORC. No LLVM type in this header.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "compiler/mir/mir.hpp"
#include "runtime/abi/kernel_abi.h"

namespace horizon::codegen {

enum class Cpu : std::uint8_t { X86_64, X86_64_v3, X86_64_v4 };   ///< 2, 4, 8 lanes; the same bits (rules.md N5)
std::string to_text(Cpu cpu);
/// The best the machine has; `supported` says whether it can run a given one.
Cpu host_cpu();
bool supported(Cpu cpu);

struct CompiledKernel {
  HzKernel setup = nullptr;   ///< null unless the kernel's stage goes period by period
  HzKernel run = nullptr;
};

/// Owns the machine code; kernels are in order of KernelId.
class Code {
 public:
  virtual ~Code() = default;
  virtual const std::vector<CompiledKernel>& kernels() const = 0;
  virtual std::size_t code_bytes() const = 0;
  virtual std::size_t llvm_instructions() const = 0;   ///< IR instructions handed to LLVM: the work it was given
};

/// Compiles all kernels in one LLVM module. The error is a sentence for a bug report.
Expected<std::shared_ptr<Code>, std::string> compile(const mir::Module& module, Cpu cpu);

/// `horizon emit --stage=llvm|asm`.
Expected<std::string, std::string> llvm_text(const mir::Module& module, Cpu cpu);
Expected<std::string, std::string> assembly_text(const mir::Module& module, Cpu cpu);

}  // namespace horizon::codegen
