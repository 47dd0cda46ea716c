#pragma once
// The order in which groups and quantities are computed, and which of them at all.
#include <cstdint>
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::schedule {

/// Quantities of one group that one kernel can compute: a row needs no other row of the segment within the same period
/// (nor, unless its stage goes period by period, any value of another segment that is not complete).
struct Segment {
  model::GroupId group;
  std::vector<model::QuantityId> order;  ///< operands of the same period first
};

/// Quantities that are computed together. A stage that does not go period by period has exactly one segment, of which all
/// periods are computed at a stretch; all that it needs from others stands complete in stages of a lower level. A stage that
/// goes period by period holds a loop through prev or cumulative that passes between groups (or between rows of a
/// family): in each period its segments run in the order given; the same group may occur in several segments.
///
/// A group may occur in several stages: the scenario's own block usually has one with what the instances use, and a later
/// one with what is summed over them.
struct Stage {
  bool period_by_period = false;
  /// Stages of the same level do not depend on each other: segments of the same shape of such stages (not period by
  /// period) may become one kernel, its rows in order of stage. Levels do not fall from one stage to the next.
  std::uint32_t level = 0;
  std::vector<Segment> segments;
  std::vector<model::QuantityId> order;  ///< the segments' quantities one after another
};

struct Schedule {
  std::vector<Stage> stages;             ///< in order of computation; quantities that no output needs do not occur
  std::vector<bool> live;                ///< by quantity: some forecast, or a requirement of a live group, needs it
  std::vector<bool> live_groups;         ///< by group: the scenario's own, and those with a live quantity
  std::vector<bool> series;              ///< by quantity: differs between periods
};

}  // namespace horizon::schedule
