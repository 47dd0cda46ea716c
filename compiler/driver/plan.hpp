#pragma once
// MIR -> a plan that can run: machine code or the interpreter, and the constants that the kernels read.
#include <memory>
#include <string>

#include "base/expected.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/driver/kept_code.hpp"
#include "compiler/mir/mir.hpp"

namespace horizon::driver {

Expected<plan::Plan, Failure> make_plan(std::shared_ptr<const mir::Module> module, plan::ReportSpec report, const Options& options,
                                        KeptCode* kept, Compiled& compiled);

/// What one future takes.
Work work_of(const mir::Module& module);

/// The file's name without folder and ending: `scenario` in forecast.csv.
std::string scenario_name(const std::string& path);

}  // namespace horizon::driver
