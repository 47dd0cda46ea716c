#pragma once
// MIR -> machine code through LLVM ORC. No LLVM type in this header.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
  virtual std::size_t llvm_instructions() const = 0;   ///< IR instructions handed to LLVM: the work it was given; 0 if none
};

/// Keeps machine code from one program run to the next: object files by key, those of a module as one entry. Both may be empty. `read` gives what `write` got
/// under the same key, whole and unchanged, or nothing; what is written must come from this program's own hands, since it will be
/// executed. No number of a scenario is in an object or a key.
struct ObjectStore {
  std::function<std::optional<std::string>(const std::string& key)> read;
  std::function<void(const std::string& key, const std::string& object)> write;
};

/// Equal keys, equal code: the shape of the kernels as MIR text (their constants are data, not code), the processor, the versions of
/// LLVM and of the binary contract, the build of this program. Empty where the build cannot be told: then nothing is to be kept.
std::string code_key(const mir::Module& module, Cpu cpu);

/// Compiles all kernels, parts of them on all cores, unless `objects` has them. The error is a sentence for a bug report.
Expected<std::shared_ptr<Code>, std::string> compile(const mir::Module& module, Cpu cpu, const ObjectStore& objects = {});

/// `horizon emit --stage=llvm|asm`.
Expected<std::string, std::string> llvm_text(const mir::Module& module, Cpu cpu);
Expected<std::string, std::string> assembly_text(const mir::Module& module, Cpu cpu);

}  // namespace horizon::codegen
