#pragma once
// MIR -> a plan that can run: machine code or the interpreter, and the constants that the kernels read.
#include <memory>
#include <string>

#include "base/expected.hpp"
#include "base/large_memory.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/driver/kept_code.hpp"
#include "compiler/interp/interp.hpp"
#include "compiler/mir/mir.hpp"

namespace horizon::driver {

/// With `kept`, machine code and without failure: `module` then stands in kept->last, and the plan does without it. `ready`: memory for
/// quantile tables, if given.
Expected<plan::Plan, Failure> make_plan(std::shared_ptr<mir::Module> module, plan::ReportSpec report, const Options& options,
                                        KeptCode* kept, Compiled& compiled, ReadyMemory* ready = nullptr);

/// The plan of kept.last, in whose module other numbers have been put: `changed` are the kernels that have them. With a failure nothing
/// stays in kept.last.
Expected<plan::Plan, Failure> renew_plan(KeptCode& kept, const std::vector<mir::KernelId>& changed, Compiled& compiled);

/// Puts what a prologue has made into a kernel of the plan, its tables excepted: they may be there already. A kernel that makes numbers
/// later keeps the module.
void put_numbers(plan::Kernel& kernel, interp::Prologue&& prologue, std::shared_ptr<const mir::Module> module);

/// Frees what of a module's kernels grows with their rows. A plan that was made of it does without.
void forget_rows(mir::Module& module);

/// What one future takes.
Work work_of(const mir::Module& module);

/// The file's name without folder and ending: `scenario` in forecast.csv.
std::string scenario_name(const std::string& path);

}  // namespace horizon::driver
