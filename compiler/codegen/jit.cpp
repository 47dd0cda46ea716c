// Objects -> memory, through LLVM ORC.
#include "compiler/codegen/jit.hpp"

#include <set>

#include "compiler/codegen/lanes.hpp"
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
extern "C" void horizon_table_numbers(const double* table, std::uint64_t index, std::uint64_t count, double* to) {
  rng::table_numbers(table, index, count, to);
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

/// Machine code bytes; throws where the objects want a symbol that is neither ours nor in one of them.
std::size_t code_size(const std::vector<std::unique_ptr<llvm::SmallVectorMemoryBuffer>>& buffers) {
  std::set<std::string> defined = {soft_fma_name, solve_beta_name, solve_gamma_name, solve_poisson_name, table_numbers_name}, wanted;
  std::size_t bytes = 0;
  for (const auto& buffer : buffers) {
    const auto object = take(llvm::object::ObjectFile::createObjectFile(*buffer));
    for (const llvm::object::SymbolRef& symbol : object->symbols()) {
      const bool here = (take(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined) == 0;
      (here ? defined : wanted).insert(take(symbol.getName()).str());
    }
    for (const llvm::object::SectionRef& section : object->sections()) {
      if (section.isText()) bytes += section.getSize();
    }
  }
  for (const std::string& name : wanted) {
    if (!name.empty() && !defined.contains(name)) throw Failure{"the code calls `" + name + "`, which is not part of Horizon"};
  }
  return bytes;
}

class JitCode final : public Code {
 public:
  JitCode(const mir::Module& module, std::vector<Object> objects, std::size_t instructions) : instructions_(instructions) {
    std::vector<std::unique_ptr<llvm::SmallVectorMemoryBuffer>> buffers;
    for (Object& object : objects) buffers.push_back(std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object), false));
    code_bytes_ = code_size(buffers);
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
    add(table_numbers_name, &horizon_table_numbers);
    take(jit_->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))));
    for (auto& buffer : buffers) take(jit_->addObjectFile(std::move(buffer)));
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

}  // namespace

Expected<std::shared_ptr<Code>, std::string> load(const mir::Module& module, std::vector<Object> objects, std::size_t instructions) {
  initialise_llvm();
  try {
    return std::shared_ptr<Code>(std::make_shared<JitCode>(module, std::move(objects), instructions));
  } catch (const Failure& failure) {
    return Unexpected<std::string>{"the code cannot be loaded: " + failure.text};
  }
}

}  // namespace horizon::codegen
