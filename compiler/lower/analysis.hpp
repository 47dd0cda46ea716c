#pragma once
// What must be computed, in which kernels, in which order. A kernel computes items of one group: values that leave their row
// (because another group, another row, a set sum, a forecast or a requirement needs them). Whatever an item needs of its own
// row is computed within its kernel, in several kernels if need be: draws are keyed, so that they come out the same.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compiler/model/model.hpp"
#include "compiler/schedule/schedule.hpp"

namespace horizon::lower {

using model::ExprId;
using model::GroupId;
using model::QuantityId;

/// Reductions over the same members share one set of accumulators, one for each combination of their labels.
struct MemberSet {
  std::string name;                                       ///< by where it is asked for; the order of declarations does not matter
  model::Reduce reduce = model::Reduce::Sum;
  std::vector<model::SetTerm> terms;                      ///< quantities and rows
  std::vector<std::int32_t> reductions;
  std::vector<types::DimensionId> dimensions;             ///< of all terms, ascending: an accumulator has their cells
  int components = 1;
  std::vector<std::vector<std::uint32_t>> labels;         ///< finest labels in order; each: the label by every reduction
  std::vector<std::map<std::uint32_t, std::uint32_t>> label_of;   ///< [term]: member row -> index into `labels`
  std::size_t members = 0;
  bool all_labels = false;                                ///< `labels` also has those without members: every kernel of a table has slots for them
};

struct Item {
  enum class Kind : std::uint8_t {
    Store,        ///< quantity: the rows that others read
    Lagged,       ///< quantity: all rows, for the next period (only in loops)
    Accumulate,   ///< set, term
    Output,       ///< index: forecast
    Require,      ///< index: requirement
  } kind = Kind::Store;
  GroupId group;
  QuantityId quantity;
  std::int32_t set = -1, term = -1, index = -1;
};

/// Kernels (lists of items, each of one group) that run one after another; at a stretch there is exactly one.
struct StagePlan {
  bool period_by_period = false;
  std::vector<std::vector<std::uint32_t>> kernels;
};

struct Analysis {
  std::vector<MemberSet> sets;
  std::vector<std::int32_t> set_of;        ///< by reduction: the set that holds it...
  std::vector<std::size_t> place_in_set;   ///< ... and its place there
  std::vector<Item> items;
  /// [level][...]: plans of one level do not depend on each other; levels run one after another.
  std::vector<std::vector<StagePlan>> levels;
  std::vector<bool> plain;                 ///< by quantity: constants and the period only, no state: computed where needed
  std::map<QuantityId, std::set<std::uint32_t>> read_rows;   ///< rows of a quantity that other rows or groups read
  std::set<QuantityId> read_lagged;        ///< some group reads another's value of the period before
  std::set<QuantityId> lagged;             ///< has a Lagged item
};

Analysis analyse(const model::Model& model, const schedule::Schedule& schedule);

}  // namespace horizon::lower
