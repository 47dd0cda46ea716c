#pragma once
// Private to this folder: the values of one future, each computed from its definition when first asked for.
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "compiler/eval/calendar.hpp"
#include "compiler/eval/eval.hpp"
#include "compiler/eval/quantile.hpp"

namespace horizon::eval {

using model::Expr;
using model::ExprId;
using model::GroupId;
using model::Model;
using model::QuantityId;
using model::Type;

/// The numbers of one value: [cell][component].
using Cells = std::vector<double>;

/// Where an expression is evaluated.
struct Place {
  GroupId group;
  std::size_t row = 0, period = 0;
  double age = 0;   ///< ticks; in a cohort's body
  std::unordered_map<std::uint32_t, Cells> known;   ///< operations met already at this very place
};

/// For each cell of a value by `to`: the cell of a value by `from` that goes with it. Dimensions of `from` that `to` lacks are
/// not there (the caller has taken care of them).
std::vector<std::size_t> matching_cells(const Model& model, const Type& from, const Type& to);
/// The label of dimension `dimension` in each cell of a value by `type`.
std::vector<std::size_t> labels_of_cells(const Model& model, const Type& type, model::DimensionId dimension);

class Machine {
 public:
  /// `sobol` must outlive it.
  Machine(const Model& model, std::uint64_t seed, std::uint64_t future, const SobolDraws& sobol);

  const Model& model() const { return model_; }
  /// The value's numbers in one row and period.
  Cells quantity(QuantityId id, std::size_t row, std::size_t period);
  /// The value of an expression at a place; its shape is that of the expression's type.
  Cells value(ExprId id, Place& place);
  /// The value in a period of an expression of a group, outside of any cohort's body.
  Cells value(ExprId id, GroupId group, std::size_t row, std::size_t period);
  /// A value of the shape of `from`, in the shape of `to`.
  Cells spread(const Cells& cells, const Type& from, const Type& to) const;
  std::size_t periods() const { return static_cast<std::size_t>(model_.grid.periods); }
  const Period& period(std::size_t index) const { return calendar_[index]; }
  /// The first `dated` met whose dates fall.
  struct Disorder {
    model::Span span;
    GroupId group;
    std::size_t row = 0, period = 0;
  };
  const std::optional<Disorder>& disorder() const { return disorder_; }

 private:
  struct Memo {
    Values values;
    std::vector<char> state;   ///< [row][period]: 0 unknown, 1 being computed, 2 known
  };
  Cells compute(const Expr& expr, ExprId id, Place& place);
  Cells read(const Expr& expr, const Place& place);
  Cells elementwise(const Expr& expr, Place& place);
  Cells time(const Expr& expr, Place& place);
  Cells dated(const Expr& expr, Place& place);
  Cells state(const Expr& expr, ExprId id, Place& place);
  Cells cohort(const Expr& expr, ExprId id, Place& place);
  Cells dimension(const Expr& expr, Place& place);
  Cells reduce_set(const Expr& expr, const Place& place);
  Cells draw(const Expr& expr, Place& place);
  const std::vector<std::uint64_t>& draw_bits(const Expr& expr, const Place& place);
  std::uint64_t bits_of_id(std::uint64_t id) const;
  /// The same in every future and period, as far as can be told without computing it.
  bool is_fixed(ExprId id);
  /// The history of an expression's value: one entry a period, up to and with the place's.
  const std::vector<Cells>& history(ExprId id, const Place& place);

  const Model& model_;
  std::uint64_t seed_, future_;
  const SobolDraws& sobol_;
  std::vector<Period> calendar_;
  std::vector<Memo> memo_;
  Quantiles quantiles_;
  std::optional<Disorder> disorder_;
  std::unordered_map<std::uint32_t, bool> fixed_;   ///< by expression
  std::map<std::pair<std::uint32_t, std::size_t>, std::vector<Cells>> histories_;           ///< expression, row
  std::map<std::tuple<std::int32_t, std::size_t, std::string>, std::vector<std::uint64_t>> bits_;  ///< draw, row, time label
};

}  // namespace horizon::eval
