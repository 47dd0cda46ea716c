#pragma once
// Where the numbers of a model stand in the module it is lowered to. When only numbers change, code and layout of the module stay as
// they are: the new numbers are put into their places instead of lowering the model again.
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "compiler/mir/mir.hpp"
#include "compiler/model/compare.hpp"
#include "compiler/model/model.hpp"

namespace horizon::lower {

/// Of each expression: whether it is a constant that a scenario gives as such, a field's value or the parameter of a draw, and not a
/// part of a formula.
std::vector<bool> given_constants(const model::Model& model);

/// Whether code is specialised for this component of a constant; all others stand beside it, so that a changed number changes no code.
/// In formulas -1, 0, 1 and 2 do: `1 - x`, `x ^ 2`. Of a Duration, a part that is not there.
bool stands_in_code(const model::Expr& constant, int component, bool given);
/// A constant base of powers: its logarithm is taken once.
inline bool has_fixed_logarithm(double base) { return base > 0 && std::isfinite(base) && base != 1; }

/// One number of a constant or, in some row, of a group's column.
struct NumberSource {
  model::ExprId constant;        ///< none: of a column...
  model::GroupId group;          ///< ... none either: no number of the model
  std::uint32_t column = 0;      ///< of the group
  std::uint32_t part = 0;        ///< constant: component; column: which of a row's numbers
};

/// Filled by lowering.
struct NumberPlaces {
  /// A row of a kernel: the row of its group, and which of the groups that share the kernel this is.
  struct Row {
    std::size_t draft = 0;
    std::uint32_t row = 0;
  };
  struct Column {
    std::vector<NumberSource> by_draft;
    std::size_t rows = 0;        ///< index into `rows`
  };
  mir::TableId constants;                                     ///< none: there is no table of constants
  std::vector<std::pair<NumberSource, std::uint32_t>> table;  ///< by place in it: source, row of the group
  std::vector<Column> columns;                                ///< by mir::Column::origin
  std::vector<std::vector<Row>> rows;

  // What the module depends on in other ways than as a number in a place.
  std::set<model::ExprId> fixed;                              ///< constants whose every bit counts
  std::set<std::pair<model::GroupId, std::uint32_t>> fixed_columns;
  std::set<model::ExprId> bases;                              ///< constants: has_fixed_logarithm
  std::vector<bool> given;                                    ///< given_constants
};

/// A module, passes included, whose numbers can be exchanged.
class Numbers {
 public:
  Numbers(NumberPlaces places, const mir::Module& module);

  /// Makes `module`, of the model `before`, that of `now`: what lowering and passes would give, but for places in the text. Returns the
  /// kernels with numbers that changed. Nothing if that takes more than other numbers in their places: `module` is as it was then.
  std::optional<std::vector<mir::KernelId>> change(const model::Model& before, const model::Model& now,
                                                   const model::NumberChanges& changes, mir::Module& module) const;

 private:
  bool only_numbers(const model::Model& before, const model::Model& now, const model::NumberChanges& changes) const;

  NumberPlaces places_;
  std::vector<std::vector<mir::KernelId>> users_;   // by place in the table of constants
};

}  // namespace horizon::lower
