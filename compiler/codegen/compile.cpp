// MIR -> LLVM IR -> passes -> object -> memory.
#include "compiler/codegen/lanes.hpp"
#include "compiler/codegen/shape.hpp"
#include "compiler/codegen/soft_fma.hpp"
#include "runtime/rng/poisson.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::codegen {
namespace {

/// What code for processors without fma calls. The same bits either way: a forced --cpu=x86-64 on a newer machine need not wait
/// for the software.
using FmaFunction = double (*)(double, double, double);
__attribute__((target("fma"))) double hardware_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
FmaFunction fma_function() { return supported(Cpu::X86_64_v3) ? &hardware_fma : &soft_fma; }

extern "C" double horizon_solve_beta(std::uint64_t bits, double a, double b) { return rng::beta_quantile(a, b, bits); }
extern "C" double horizon_solve_gamma(std::uint64_t bits, double k) { return rng::gamma_quantile(k, bits); }
extern "C" double horizon_solve_poisson(std::uint64_t bits, double mean) { return rng::poisson_quantile(mean, bits); }

using Text = Expected<std::string, std::string>;

/// An LLVM module with its context and the machine it is for.
struct Draft {
  std::unique_ptr<llvm::LLVMContext> context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;
  std::size_t instructions = 0;
};

Expected<Draft, std::string> draft(const mir::Module& whole, Cpu cpu) {
  if (const auto errors = mir::verify(whole); !errors.empty())
    return Unexpected<std::string>{"the MIR is broken: " + errors.front()};
  const mir::Module module = shape_of(whole);   // what is not in it cannot get into the code
  Draft result;
  auto machine = target_machine(cpu);
  if (!machine) return Unexpected<std::string>{machine.error()};
  result.machine = std::move(*machine);
  result.module = std::make_unique<llvm::Module>("horizon", *result.context);
  result.module->setTargetTriple(result.machine->getTargetTriple().str());
  result.module->setDataLayout(result.machine->createDataLayout());
  Unit unit(module, *result.module, target_of(cpu));
  for (std::size_t i = 0; i < module.kernels.size(); ++i) {
    emit_kernel(unit, mir::KernelId(i), false);
    if (runs_by_period(module, mir::KernelId(i))) emit_kernel(unit, mir::KernelId(i), true);
  }
  result.instructions = result.module->getInstructionCount();
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(*result.module, &stream))
    return Unexpected<std::string>{"LLVM refuses the code made for it: " + problem};
  return result;
}

/// MIR comes without redundancy and hoisted by its levels, so little is left to do: tiny functions are inlined, the others
/// stay calls (lanes.cpp). Measured on ten kernels of 2,000 operations: inlining everything takes ten times as long to compile
/// and the code is slower, since hoisted constants do not fit into the registers. Loop passes change nothing.
void optimise(Draft& draft) {
  llvm::PassBuilder builder(draft.machine.get());
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::AlwaysInlinerPass(/*InsertLifetimeIntrinsics=*/false));
  passes.addPass(llvm::GlobalDCEPass());
  llvm::FunctionPassManager each;
  each.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(each)));
  passes.run(*draft.module, modules);
}

Expected<llvm::SmallVector<char, 0>, std::string> emit(Draft& draft, llvm::CodeGenFileType type) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (draft.machine->addPassesToEmitFile(passes, stream, nullptr, type, /*DisableVerify=*/true))
    return Unexpected<std::string>{"LLVM cannot write code for this processor"};
  passes.run(*draft.module);
  return bytes;
}

struct Failure {
  std::string text;
};
template <class T>
T take(llvm::Expected<T> value) {
  if (!value) throw Failure{llvm::toString(value.takeError())};
  return std::move(*value);
}
void take(llvm::Error error) {
  if (error) throw Failure{llvm::toString(std::move(error))};
}

/// Machine code bytes; throws where the object wants a symbol that is not ours.
std::size_t code_size(llvm::MemoryBufferRef buffer) {
  const auto object = take(llvm::object::ObjectFile::createObjectFile(buffer));
  for (const llvm::object::SymbolRef& symbol : object->symbols()) {
    if ((take(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined) == 0) continue;
    const llvm::StringRef name = take(symbol.getName());
    if (!name.empty() && name != soft_fma_name && name != solve_beta_name && name != solve_gamma_name &&
        name != solve_poisson_name)
      throw Failure{"the code calls `" + name.str() + "`, which is not part of Horizon"};
  }
  std::size_t bytes = 0;
  for (const llvm::object::SectionRef& section : object->sections()) {
    if (section.isText()) bytes += section.getSize();
  }
  return bytes;
}

class JitCode final : public Code {
 public:
  JitCode(const mir::Module& module, llvm::SmallVector<char, 0> object, std::size_t instructions)
      : instructions_(instructions) {
    auto buffer = std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object), false);
    code_bytes_ = code_size(*buffer);
    llvm::orc::LLJITBuilder builder;
    builder.setJITTargetMachineBuilder(llvm::orc::JITTargetMachineBuilder(llvm::Triple("x86_64-unknown-linux-gnu")));
    builder.setLinkProcessSymbolsByDefault(false);   // no libm, no libc: only what is defined below
    builder.setPlatformSetUp(llvm::orc::setUpInactivePlatform);
    jit_ = take(builder.create());
    llvm::orc::SymbolMap symbols;
    const auto add = [&](const char* name, auto* address) {
      symbols[jit_->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                              llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    };
    add(soft_fma_name, fma_function());
    add(solve_beta_name, &horizon_solve_beta);
    add(solve_gamma_name, &horizon_solve_gamma);
    add(solve_poisson_name, &horizon_solve_poisson);
    take(jit_->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))));
    take(jit_->addObjectFile(std::move(buffer)));
    for (std::size_t i = 0; i < module.kernels.size(); ++i) {
      const mir::KernelId id(i);
      CompiledKernel kernel;
      kernel.run = take(jit_->lookup(kernel_symbol(id, false))).toPtr<HzKernel>();
      if (runs_by_period(module, id)) kernel.setup = take(jit_->lookup(kernel_symbol(id, true))).toPtr<HzKernel>();
      kernels_.push_back(kernel);
    }
  }
  const std::vector<CompiledKernel>& kernels() const override { return kernels_; }
  std::size_t code_bytes() const override { return code_bytes_; }
  std::size_t llvm_instructions() const override { return instructions_; }

 private:
  std::unique_ptr<llvm::orc::LLJIT> jit_;
  std::vector<CompiledKernel> kernels_;
  std::size_t code_bytes_ = 0, instructions_ = 0;
};

/// Null where there is none or it is not to be used: then it is made anew.
std::shared_ptr<Code> from_store(const mir::Module& module, const std::optional<std::string>& object) {
  if (!object) return nullptr;
  initialise_llvm();
  try {
    return std::make_shared<JitCode>(module, llvm::SmallVector<char, 0>(object->begin(), object->end()), 0);
  } catch (const Failure&) {
    return nullptr;
  }
}

}  // namespace

bool runs_by_period(const mir::Module& module, mir::KernelId kernel) {
  for (const mir::Stage& stage : module.stages) {
    for (const mir::KernelId id : stage.kernels) {
      if (id == kernel) return stage.period_by_period;
    }
  }
  return false;
}

Expected<std::shared_ptr<Code>, std::string> compile(const mir::Module& module, Cpu cpu, const ObjectStore& objects) {
  if (!supported(cpu)) return Unexpected<std::string>{"this machine cannot run code for " + to_text(cpu)};
  const std::string key = objects.read || objects.write ? code_key(module, cpu) : std::string();
  if (!key.empty() && objects.read) {
    if (auto code = from_store(module, objects.read(key))) return code;
  }
  auto d = draft(module, cpu);
  if (!d) return Unexpected<std::string>{d.error()};
  optimise(*d);
  auto object = emit(*d, llvm::CodeGenFileType::ObjectFile);
  if (!object) return Unexpected<std::string>{object.error()};
  const std::string bytes = key.empty() ? std::string() : std::string(object->begin(), object->end());
  try {
    std::shared_ptr<Code> code = std::make_shared<JitCode>(module, std::move(*object), d->instructions);
    if (!key.empty() && objects.write) objects.write(key, bytes);
    return code;
  } catch (const Failure& failure) {
    return Unexpected<std::string>{"the code cannot be loaded: " + failure.text};
  }
}

Text llvm_text(const mir::Module& module, Cpu cpu) {
  auto d = draft(module, cpu);
  if (!d) return Unexpected<std::string>{d.error()};
  optimise(*d);
  std::string text;
  llvm::raw_string_ostream stream(text);
  d->module->print(stream, nullptr);
  return text;
}

Text assembly_text(const mir::Module& module, Cpu cpu) {
  auto d = draft(module, cpu);
  if (!d) return Unexpected<std::string>{d.error()};
  optimise(*d);
  auto text = emit(*d, llvm::CodeGenFileType::AssemblyFile);
  if (!text) return Unexpected<std::string>{text.error()};
  return std::string(text->begin(), text->end());
}

}  // namespace horizon::codegen
