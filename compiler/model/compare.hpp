#pragma once
// What two editions of a model have in common: a scenario in which a number or a date was changed is the same but for that number.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::model {

/// Numbers, compared bit by bit, that are others in the second of two models.
struct NumberChanges {
  std::vector<ExprId> constants;                               ///< Op::Const; rising
  std::vector<std::pair<GroupId, std::uint32_t>> columns;      ///< some value of the group's column; rising
};

/// Nothing if the models differ in anything else than numbers of constants and columns, places in the text, or what is said of a
/// number's source. All other ids mean the same in both then.
std::optional<NumberChanges> number_changes(const Model& before, const Model& now);

}  // namespace horizon::model
