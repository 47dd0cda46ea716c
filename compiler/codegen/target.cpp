#include "compiler/codegen/target.hpp"

#include <mutex>

namespace horizon::codegen {
namespace {

const char* llvm_name(Cpu cpu) {
  switch (cpu) {
    case Cpu::X86_64:
      return "x86-64";
    case Cpu::X86_64_v3:
      return "x86-64-v3";
    case Cpu::X86_64_v4:
      return "x86-64-v4";
  }
  HZ_UNREACHABLE("cpu");
}

bool host_has(std::initializer_list<const char*> features) {
  static const llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (const char* feature : features) {
    if (!host.lookup(feature)) return false;
  }
  return true;
}

/// Passes that find next to nothing to do in code made of MIR, which has no redundancy and is hoisted, and take a fifth of LLVM's time
/// (docs/performance.md). LLVM has no other way to leave them out; where it does not know such an option, the pass runs.
void leave_out_passes() {
  constexpr std::pair<const char*, const char*> settings[] = {
      {"disable-lsr", "true"}, {"disable-machine-cse", "true"}, {"disable-machine-licm", "true"}, {"enable-misched", "false"}};
  auto& options = llvm::cl::getRegisteredOptions();
  for (const auto& [name, value] : settings)
    if (const auto option = options.find(name); option != options.end()) option->second->addOccurrence(1, name, value);
}

}  // namespace

void initialise_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    leave_out_passes();
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
}

std::string to_text(Cpu cpu) { return llvm_name(cpu); }

bool supported(Cpu cpu) {
  switch (cpu) {
    case Cpu::X86_64:
      return true;
    case Cpu::X86_64_v3:
      return host_has({"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"});
    case Cpu::X86_64_v4:
      return supported(Cpu::X86_64_v3) && host_has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
  }
  HZ_UNREACHABLE("cpu");
}

Cpu host_cpu() {
  if (supported(Cpu::X86_64_v4)) return Cpu::X86_64_v4;
  return supported(Cpu::X86_64_v3) ? Cpu::X86_64_v3 : Cpu::X86_64;
}

Target target_of(Cpu cpu) {
  switch (cpu) {
    case Cpu::X86_64:
      return {cpu, 2, false, false, false, false};
    case Cpu::X86_64_v3:
      return {cpu, 4, true, true, false, false};   // AVX2 gathers are no faster than loads lane by lane
    case Cpu::X86_64_v4:
      return {cpu, 8, true, true, true, true};
  }
  HZ_UNREACHABLE("cpu");
}

Expected<std::unique_ptr<llvm::TargetMachine>, std::string> target_machine(Cpu cpu) {
  initialise_llvm();
  const std::string triple = "x86_64-unknown-linux-gnu";
  std::string error;
  const llvm::Target* const target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (target == nullptr) return Unexpected<std::string>{"LLVM does not know the target: " + error};
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.UnsafeFPMath = false;
  // LLVM would rather use 256-bit registers on v4.
  const char* const features = cpu == Cpu::X86_64_v4 ? "-prefer-256-bit" : "";
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(triple, llvm_name(cpu), features, options, llvm::Reloc::PIC_,
                                  llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default, /*JIT=*/true));
  if (machine == nullptr) return Unexpected<std::string>{"LLVM cannot make code for this processor"};
  return machine;
}

}  // namespace horizon::codegen
