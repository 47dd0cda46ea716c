#include "compiler/driver/plan.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/share_out.hpp"
#include "compiler/driver/footprint.hpp"
#include "compiler/interp/interp.hpp"
#include "compiler/mir/layout.hpp"
#include "runtime/abi/draw_layout.h"

namespace horizon::driver {
namespace {

constexpr std::uint64_t all_rows = std::numeric_limits<std::uint64_t>::max();

/// `room`: bytes of quantile tables and numbers by row and period that the plan may still hold. A kernel that makes them later keeps the
/// module.
plan::Kernel constants_of(const std::shared_ptr<const mir::Module>& module, mir::KernelId id, bool period_by_period, std::uint64_t room,
                          ReadyMemory* ready, std::vector<std::string>& errors) {
  const mir::Kernel& kernel = module->kernels[id];
  interp::Prologue prologue = interp::prologue(*module, id, period_by_period ? all_rows : room, ready);
  errors.insert(errors.end(), prologue.errors.begin(), prologue.errors.end());

  plan::Kernel result;
  result.name = kernel.name;
  result.rows = kernel.rows;
  result.periods_per_step = kernel.step;
  result.state_slots = mir::state_layout(kernel, period_by_period).slots;
  put_numbers(result, std::move(prologue), module);
  result.starts = std::move(prologue.starts);
  if (result.in_parts()) {
    result.row_starts.assign(prologue.row_tables.begin(), prologue.row_tables.end());
    return result;
  }
  result.table_count = prologue.tables.size();
  auto tables = std::make_shared<const rng::Tables>(std::move(prologue.tables));
  result.row_tables.reserve(prologue.row_tables.size());
  for (const std::size_t table : prologue.row_tables) {
    result.row_tables.push_back(table < tables->size() ? (*tables)[table].data() : nullptr);
  }
  result.tables = std::move(tables);
  return result;
}

/// The kernel of the edition before, for one that is the same but for its code.
plan::Kernel taken_over(const plan::Kernel& before, const mir::Kernel& kernel, bool period_by_period) {
  plan::Kernel result = before;
  result.name = kernel.name;
  result.state_slots = mir::state_layout(kernel, period_by_period).slots;
  result.setup = nullptr;
  result.run = nullptr;
  return result;
}

/// The multiples that rise with their bases, with the numbers of today.
std::vector<plan::Multiple> multiples_of(const mir::Module& module) {
  std::vector<plan::Multiple> result;
  for (const mir::Multiple& x : module.multiples) {
    plan::Multiple multiple{x.output, x.base, {}};
    for (const std::uint32_t place : x.places) multiple.factors.push_back(module.tables[x.table].numbers.at(place));
    const bool rises = std::all_of(multiple.factors.begin(), multiple.factors.end(), [](double f) { return f >= 0 && std::isfinite(f); });
    if (rises) result.push_back(std::move(multiple));
  }
  return result;
}

std::function<void(const HzKernelArgs&)> callable(HzKernel kernel) {
  return [kernel](const HzKernelArgs& args) { kernel(&args); };
}

/// What keeps a plan's callables alive.
struct Owner {
  std::shared_ptr<const mir::Module> module;
  std::shared_ptr<codegen::Code> code;
};

/// What the edition before and this one have in common; nothing without one before.
std::optional<mir::Comparison> comparison(const KeptCode* kept, const mir::Module& module) {
  if (kept == nullptr || kept->last.module == nullptr) return std::nullopt;
  return mir::Comparison(*kept->last.module, module);
}

Expected<std::shared_ptr<codegen::Code>, std::string> code_of(const mir::Module& module, codegen::Cpu cpu, const Options& options,
                                                              KeptCode* kept, const std::optional<mir::Comparison>& common,
                                                              CodeInfo& info) {
  if (common && kept->last.code != nullptr && kept->last.cpu == cpu && common->same_code()) {
    info = {CodeInfo::From::Memory, kept->last.code->code_bytes(), 0};
    return kept->last.code;
  }
  std::string key = kept == nullptr ? std::string() : codegen::code_key(module, cpu);
  std::shared_ptr<codegen::Code> code = key.empty() ? nullptr : kept->find(key);
  if (code != nullptr) {
    info = {CodeInfo::From::Memory, code->code_bytes(), 0};
    return code;
  }
  auto compiled = codegen::compile(module, cpu, options.objects);
  if (!compiled) return compiled;
  code = compiled.value();
  const bool by_llvm = code->llvm_instructions() > 0;
  info = {by_llvm ? CodeInfo::From::Llvm : CodeInfo::From::Store, code->code_bytes(), code->llvm_instructions()};
  if (!key.empty()) kept->keep(std::move(key), code);
  return code;
}

Failure impossible(std::vector<std::string> errors, Compiled& compiled) {
  for (std::string& error : errors) compiled.diagnostics.add(diag::Code::ParameterOutOfRange, {}, {std::move(error)});
  return {Failure::Kind::Scenario, "the scenario has impossible parameters"};
}

}  // namespace

std::string scenario_name(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.find_last_of('.');
  if (dot != std::string::npos && dot > 0) name.resize(dot);
  return name;
}

void put_numbers(plan::Kernel& kernel, interp::Prologue&& prologue, std::shared_ptr<const mir::Module> module) {
  kernel.constants = std::move(prologue.constants);
  kernel.row_values = std::move(prologue.row_values);
  kernel.time_values = std::move(prologue.time_values);
  kernel.both_values = std::move(prologue.both_values);
  kernel.both_of_row = prologue.both_of_row;
  kernel.make_both = nullptr;
  if (!prologue.make_both) return;
  kernel.make_both = [owner = std::move(module), make = std::move(prologue.make_both)](std::uint32_t begin, std::uint32_t end, double* both) {
    make(begin, end, both);
  };
}

void forget_rows(mir::Module& module) {
  for (mir::Kernel& kernel : module.kernels) {
    kernel.columns = {};
    kernel.row_names = {};
  }
}

Expected<plan::Plan, Failure> make_plan(std::shared_ptr<mir::Module> module, plan::ReportSpec report, const Options& options,
                                        KeptCode* kept, Compiled& compiled, ReadyMemory* ready) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); };

  plan::Plan result;
  result.periods = module->periods;
  result.slots = module->slots;
  result.outputs = module->outputs;
  result.multiples = multiples_of(*module);
  result.report = std::move(report);

  std::vector<bool> by_period(module->kernels.size(), false);
  for (const mir::Stage& stage : module->stages) {
    plan::Stage copy;
    copy.period_by_period = stage.period_by_period;
    for (const mir::KernelId kernel : stage.kernels) {
      copy.kernels.push_back(kernel.value);
      by_period[kernel.index()] = stage.period_by_period;
    }
    result.stages.push_back(std::move(copy));
  }

  const std::optional<mir::Comparison> common = comparison(kept, *module);
  std::vector<std::string> errors;
  const auto make_kernels = [&] {
    // In a Session they are kept from edition to edition.
    std::uint64_t room = kept != nullptr ? all_rows : plan::most_row_bytes(module->slots);
    for (std::size_t i = 0; i < module->kernels.size(); ++i) {
      const mir::KernelId id(i);
      const bool known = common && i < kept->last.plan.kernels.size() && common->same_kernel(id);
      result.kernels.push_back(known ? taken_over(kept->last.plan.kernels[i], module->kernels[id], by_period[i])
                                     : constants_of(module, id, by_period[i], room, ready, errors));
      const plan::Kernel& made = result.kernels.back();
      room -= std::min(room, (made.table_count * HZ_TABLE_DOUBLES + made.both_values.size()) * sizeof(double));
    }
  };
  const bool jit = options.engine == Engine::Jit;
  const codegen::Cpu cpu = options.cpu.value_or(codegen::host_cpu());
  Expected<std::shared_ptr<codegen::Code>, std::string> code = std::shared_ptr<codegen::Code>();
  double code_seconds = 0;
  const auto make_code = [&] {
    const auto start = Clock::now();
    if (jit && codegen::supported(cpu)) code = code_of(*module, cpu, options, kept, common, compiled.code);
    code_seconds = seconds(start);
  };
  const auto start = Clock::now();
  if (kept == nullptr) {   // machine code needs no data: both are made at once, except in a Session, where there is little of either
    share_out(2, [&](std::size_t i) { i == 0 ? make_code() : make_kernels(); });
  } else {
    make_code();
    make_kernels();
  }
  compiled.times.push_back({"codegen", code_seconds});
  compiled.times.push_back({"prologue", seconds(start) - code_seconds});
  if (!errors.empty()) return Unexpected{impossible(std::move(errors), compiled)};

  auto owner = std::make_shared<Owner>();
  if (!jit) {
    owner->module = module;
    for (std::size_t i = 0; i < result.kernels.size(); ++i) {
      if (by_period[i]) result.kernels[i].setup = interp::setup_kernel(*module, mir::KernelId(i));
      result.kernels[i].run = interp::run_kernel(*module, mir::KernelId(i));
    }
    result.engine = "interpreter";
  } else {
    if (!codegen::supported(cpu)) {
      return Unexpected{Failure{Failure::Kind::Outside, "this machine cannot run code for " + codegen::to_text(cpu) +
                                                            "; leave --cpu out to use what it has (" +
                                                            codegen::to_text(codegen::host_cpu()) + ")"}};
    }
    if (!code) return Unexpected{Failure{Failure::Kind::Internal, code.error()}};
    owner->code = code.value();
    for (std::size_t i = 0; i < result.kernels.size(); ++i) {
      const codegen::CompiledKernel& kernel = owner->code->kernels()[i];
      if (kernel.setup != nullptr) result.kernels[i].setup = callable(kernel.setup);
      result.kernels[i].run = callable(kernel.run);
      if (kept == nullptr) continue;
      std::optional<plan::Footprint>& footprint = result.kernels[i].footprint;
      if (!footprint) footprint = footprint_of(*module, module->kernels[mir::KernelId(i)], result.kernels[i]);
      footprint->code = reinterpret_cast<const void*>(kernel.run);
    }
    result.engine = "jit " + codegen::to_text(cpu);
  }
  result.code = owner;
  compiled.work = work_of(*module);
  if (jit && kept != nullptr) kept->last = {std::move(module), result, owner->code, cpu, compiled.work, nullptr, std::nullopt};
  return result;
}

Expected<plan::Plan, Failure> renew_plan(KeptCode& kept, const std::vector<mir::KernelId>& changed, Compiled& compiled) {
  KeptCode::Edition& last = kept.last;
  std::vector<std::string> errors;
  for (const mir::KernelId id : changed) {
    const auto in_steps = [&](const plan::Stage& s) {
      return s.period_by_period && std::find(s.kernels.begin(), s.kernels.end(), id.value) != s.kernels.end();
    };
    const bool by_period = std::any_of(last.plan.stages.begin(), last.plan.stages.end(), in_steps);
    plan::Kernel& kernel = last.plan.kernels[id.index()];
    plan::Kernel renewed = constants_of(last.module, id, by_period, all_rows, nullptr, errors);
    renewed.setup = std::move(kernel.setup);
    renewed.run = std::move(kernel.run);
    renewed.footprint = std::move(kernel.footprint);   // addresses are made of whole numbers only
    kernel = std::move(renewed);
  }
  if (!errors.empty()) {
    last = {};
    return Unexpected{impossible(std::move(errors), compiled)};
  }
  last.plan.multiples = multiples_of(*last.module);
  compiled.code = {CodeInfo::From::Memory, last.code->code_bytes(), 0};
  compiled.work = last.work;
  return last.plan;
}

}  // namespace horizon::driver
