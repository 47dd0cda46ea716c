#pragma once
// Typed model + order -> MIR with batches. Groups of the same shape become one kernel; constants become columns.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/diag/diagnostic.hpp"
#include "compiler/lower/numbers.hpp"
#include "compiler/mir/mir.hpp"
#include "compiler/model/model.hpp"
#include "compiler/schedule/schedule.hpp"
#include "runtime/plan/report_spec.hpp"

namespace horizon::lower {

/// A draw that may get a dimension of Sobol's sequence: one that is made outside of the loop over periods. Its place is a number in an
/// integer column: 0 where the bits come from the draw's id, k where they stand in slot Lowered::first_draw_slot + k.
struct DrawPlace {
  std::int64_t id = 0;
  std::string key;           ///< path and labels
  mir::KernelId kernel;
  std::uint32_t row = 0;
  std::string column;        ///< name of the column in that kernel
  std::optional<double> chance;   ///< of a `chance p` that comes true where the draw's own uniform is below p, if p is known before the run
};

struct Lowered {
  mir::Module module;
  plan::ReportSpec report;   ///< which output column is which cell of which forecast
  std::vector<DrawPlace> draws;          ///< one a row and column, in order of kernels, columns, rows: an id may come more than once
  std::uint32_t first_draw_slot = 0;     ///< the first is never read
  std::uint32_t draw_slots = 0;
  NumberPlaces numbers;
};

/// What the bits of a draw are: always a function of its id, or for some that the caller chooses what stands in a slot.
enum class Draws : std::uint8_t { Keyed, Placed };
/// Draws beyond this number stay keyed.
inline constexpr std::uint32_t kMostPlaces = 16384;

/// Only complete models (no errors) may be lowered. With Draws::Placed all places are 0.
diag::WithDiags<Lowered> lower(const model::Model& model, const schedule::Schedule& schedule, Draws draws = Draws::Keyed);

}  // namespace horizon::lower
