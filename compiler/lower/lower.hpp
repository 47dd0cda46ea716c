#pragma once
// Typed model + order -> MIR with batches. Groups of the same shape become one kernel; constants become columns.
#include "compiler/diag/diagnostic.hpp"
#include "compiler/mir/mir.hpp"
#include "compiler/model/model.hpp"
#include "compiler/schedule/schedule.hpp"
#include "runtime/plan/report_spec.hpp"

namespace horizon::lower {

struct Lowered {
  mir::Module module;
  plan::ReportSpec report;   ///< which output column is which cell of which forecast
};

/// Only complete models (no errors) may be lowered.
diag::WithDiags<Lowered> lower(const model::Model& model, const schedule::Schedule& schedule);

}  // namespace horizon::lower
