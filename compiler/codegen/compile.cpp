// MIR -> LLVM IR -> passes -> objects -> memory.
#include <algorithm>

#include "base/share_out.hpp"
#include "compiler/codegen/fences.hpp"
#include "compiler/codegen/jit.hpp"
#include "compiler/codegen/lanes.hpp"
#include "compiler/codegen/outline.hpp"
#include "compiler/codegen/pack.hpp"
#include "compiler/codegen/shape.hpp"

namespace horizon::codegen {
namespace {

using Text = Expected<std::string, std::string>;

/// An LLVM module with its context and the machine it is for.
struct Draft {
  std::unique_ptr<llvm::LLVMContext> context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;
  std::size_t instructions = 0;
};

/// What the code is made of: what is not in the shape cannot get into it.
Expected<mir::Module, std::string> checked_shape(const mir::Module& module) {
  if (const auto errors = mir::verify(module); !errors.empty())
    return Unexpected<std::string>{"the MIR is broken: " + errors.front()};
  return shape_of(module);
}

/// One of `count` parts of a module's functions.
struct Part {
  std::size_t number = 0, count = 1;
};

/// Of a module that is a shape, to which it refers.
Expected<Draft, std::string> draft(const mir::Module& module, Cpu cpu, Part part = {}) {
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
  if (part.number + 1 == part.count && llvm::verifyModule(*result.module, &stream))
    return Unexpected<std::string>{"LLVM refuses the code made for it: " + problem};   // the part that has least to do says so
  return result;
}

/// As many as there are cores, if there is enough to do: each costs a draft of the whole. Values of MIR are about half of LLVM's
/// instructions.
std::size_t part_count(const mir::Module& shape) {
  constexpr std::size_t least_values = 400, most_parts = 4;
  std::size_t values = 0;
  for (const mir::Function& f : shape.functions) values += f.values.size();
  for (const mir::Kernel& k : shape.kernels) values += k.values.size();
  return std::min({values / least_values + 1, cores(), most_parts});
}

/// Leaves the bodies of one part's functions: the others are declarations, which loading resolves. Every part divides alike: the
/// largest function first, each to the part that has least.
void keep(Part part, llvm::Module& module) {
  std::vector<std::pair<llvm::Function*, std::size_t>> functions;
  for (llvm::Function& f : module) {
    if (!f.isDeclaration()) functions.emplace_back(&f, work_of(f));
  }
  std::stable_sort(functions.begin(), functions.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::size_t> load(part.count);
  for (const auto& [f, work] : functions) {
    const auto least = std::min_element(load.begin(), load.end());
    *least += work;
    f->setLinkage(llvm::GlobalValue::ExternalLinkage);
    if (least - load.begin() != static_cast<std::ptrdiff_t>(part.number)) f->deleteBody();
  }
}

/// MIR comes without redundancy and hoisted by its levels, so little is left to do: tiny functions are inlined, the others
/// stay calls (lanes.cpp). Measured on ten kernels of 2,000 operations: inlining everything takes ten times as long to compile
/// and the code is slower, since hoisted constants do not fit into the registers. Loop passes change nothing.
void optimise(Draft& draft, Part part = {}) {
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
  llvm::ModulePassManager whole, own;
  whole.addPass(llvm::AlwaysInlinerPass(/*InsertLifetimeIntrinsics=*/false));
  whole.addPass(llvm::GlobalDCEPass());
  whole.run(*draft.module, modules);
  split_largest(*draft.module);
  modules.clear();
  if (part.count > 1) {
    keep(part, *draft.module);
    own.addPass(llvm::GlobalDCEPass());
  }
  llvm::FunctionPassManager each;
  each.addPass(llvm::EarlyCSEPass());
  own.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(each)));
  own.run(*draft.module, modules);
  end_searches(*draft.module);
}

Expected<Object, std::string> emit(Draft& draft, llvm::CodeGenFileType type) {
  Object bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (draft.machine->addPassesToEmitFile(passes, stream, nullptr, type, /*DisableVerify=*/true))
    return Unexpected<std::string>{"LLVM cannot write code for this processor"};
  passes.run(*draft.module);
  return bytes;
}

struct Made {
  Object object;
  std::size_t instructions = 0;   ///< of the whole module
  std::string error;
};

Made make(const mir::Module& shape, Cpu cpu, Part part) {
  auto d = draft(shape, cpu, part);
  if (!d) return {{}, 0, d.error()};
  optimise(*d, part);
  auto object = emit(*d, llvm::CodeGenFileType::ObjectFile);
  if (!object) return {{}, 0, object.error()};
  return {std::move(*object), d->instructions, {}};
}

/// Null where there is none or it is not to be used: then it is made anew.
std::shared_ptr<Code> from_store(const mir::Module& module, const std::optional<std::string>& entry) {
  if (!entry) return nullptr;
  const auto kept = unpack(*entry);
  if (!kept) return nullptr;
  std::vector<Object> objects;
  for (const std::string_view object : *kept) objects.emplace_back(object.begin(), object.end());
  auto code = load(module, std::move(objects), 0);
  return code ? *code : nullptr;
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
  const auto shape = checked_shape(module);
  if (!shape) return Unexpected<std::string>{shape.error()};
  std::vector<Made> parts(part_count(*shape));
  share_out(parts.size(), [&](std::size_t i) { parts[i] = make(*shape, cpu, {i, parts.size()}); });
  std::vector<std::string_view> bytes;
  for (const Made& part : parts) {
    if (!part.error.empty()) return Unexpected<std::string>{part.error};
    bytes.emplace_back(part.object.data(), part.object.size());
  }
  const std::string entry = !key.empty() && objects.write ? pack(bytes) : std::string();
  std::vector<Object> made;
  for (Made& part : parts) made.push_back(std::move(part.object));
  auto code = load(module, std::move(made), parts.front().instructions);
  if (code && !entry.empty()) objects.write(key, entry);
  return code;
}

Text llvm_text(const mir::Module& module, Cpu cpu) {
  const auto shape = checked_shape(module);
  if (!shape) return Unexpected<std::string>{shape.error()};
  auto d = draft(*shape, cpu);
  if (!d) return Unexpected<std::string>{d.error()};
  optimise(*d);
  std::string text;
  llvm::raw_string_ostream stream(text);
  d->module->print(stream, nullptr);
  return text;
}

Text assembly_text(const mir::Module& module, Cpu cpu) {
  const auto shape = checked_shape(module);
  if (!shape) return Unexpected<std::string>{shape.error()};
  auto d = draft(*shape, cpu);
  if (!d) return Unexpected<std::string>{d.error()};
  optimise(*d);
  auto text = emit(*d, llvm::CodeGenFileType::AssemblyFile);
  if (!text) return Unexpected<std::string>{text.error()};
  return std::string(text->begin(), text->end());
}

}  // namespace horizon::codegen
