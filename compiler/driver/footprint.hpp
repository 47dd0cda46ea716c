#pragma once
// Which slots a kernel reads and writes, for runs that compute again only what has changed; private to this folder.
#include "compiler/mir/mir.hpp"
#include "runtime/plan/plan.hpp"

namespace horizon::driver {

/// `made` is the plan's kernel of `kernel`, with its arrays. The code is left to the caller.
plan::Footprint footprint_of(const mir::Module& module, const mir::Kernel& kernel, const plan::Kernel& made);

}  // namespace horizon::driver
