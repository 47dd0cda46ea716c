#pragma once
// Lowers some items of one group to a kernel. The result is a draft: which slots its sums and stored values have is decided when
// drafts of one shape have been put together (batches.cpp).
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/lower/dates.hpp"
#include "compiler/lower/program.hpp"

namespace horizon::lower {

using B = mir::Builder;

/// A value of the model in MIR: cells in row-major order, the components of a cell next to each other.
using Cells = std::vector<B::F>;

/// A column of slots to be filled in, and where wanted a column that is 1 in the first row of each slot.
struct SlotColumn {
  std::uint32_t item = 0;
  std::size_t column = 0;
  std::int32_t first_column = -1;
  std::size_t slots = 0;      ///< of each row (Store) or label (Accumulate)
  bool per_period = false;
};

struct Draft {
  GroupId group;
  std::vector<std::uint32_t> items;
  mir::Kernel kernel;
  std::vector<NumberSource> sources;    ///< by column of the kernel
  std::vector<SlotColumn> slot_columns;
  std::string shape;          ///< drafts with equal shapes differ in their columns only
};

/// How constants are written: in columns, so that groups of one shape can share the code, or, where a group stands alone, at
/// level Constant.
enum class Constants { InColumns, Alone };

class KernelLowering {
 public:
  /// `loop_lagged`: quantities whose last value stands in the buffers of the loop that the kernel belongs to.
  KernelLowering(Program& program, GroupId group, Constants constants, const std::set<QuantityId>& loop_lagged,
                 bool in_loop);
  Draft lower(const std::vector<std::uint32_t>& items);

 private:
  /// Whose rows an expression is about: the kernel's own, or one row of another group, computed here again.
  struct Scope {
    GroupId group;
    std::uint32_t row = 0;
    bool own = true;
    const Cells* bound = nullptr;
  };

  // kernel.cpp: items and what leaves the row
  void lower_item(std::uint32_t item);
  void store_item(std::uint32_t id, const Item& item);
  void lagged_item(const Item& item);
  void accumulate_item(std::uint32_t id, const Item& item);
  void output_item(const Item& item);
  void finish_state();
  std::string shape() const;
  bool varies(const Cells& cells) const;
  std::size_t rows() const { return group_->rows(); }
  std::int32_t number_column(std::string name, std::vector<double> numbers, const NumberSource& source = {});
  std::int32_t integer_column(std::string name, std::vector<std::int64_t> integers);

  // references.cpp: values of other quantities, rows, periods
  const Cells& quantity(QuantityId quantity);
  Cells reference(const model::Expr& e, const Scope& scope);
  Cells foreign(QuantityId quantity, std::uint32_t row);
  Cells load(QuantityId quantity, std::uint32_t row, bool lagged);
  Cells previous(const model::Expr& e, const Scope& scope);
  Cells cumulative(ExprId id, const model::Expr& e, const Scope& scope);
  Cells set_value(const model::Expr& e);
  const Cells& label_total(std::size_t set, std::size_t label);
  Cells load_cells(const std::string& symbol, mir::Address address, std::size_t width);
  B::M is_first();

  // expressions.cpp
  Cells expr(ExprId id, const Scope& scope);
  Cells compute(ExprId id, const model::Expr& e, const Scope& scope);
  Cells constant(ExprId id, const model::Expr& e, const Scope& scope);
  Cells column(const model::Expr& e, const Scope& scope);
  Cells arithmetic(const model::Expr& e, const Scope& scope);
  Cells duration_arithmetic(const model::Expr& e, const Scope& scope);
  B::F duration_part(const model::Expr& e, const std::vector<Cells>& operands, std::size_t k);
  Cells test(const model::Expr& e, const Scope& scope);
  Cells choose(const model::Expr& e, const Scope& scope);
  Cells dimension_op(const model::Expr& e, const Scope& scope);
  B::F reduce(model::Reduce kind, B::F x, B::F y);
  Cells reduce(model::Reduce kind, const Cells& x, const Cells& y);   ///< of one cell each
  B::F pow(const model::Expr& e, B::F x, B::F y);
  B::F times(B::F x, B::F y);
  B::F round(B::F x);
  /// Cell of an operand of type `from` that belongs to `cell` of the result; `extra` stands for a dimension that the result
  /// lacks.
  std::size_t cell_of(const types::Type& from, const types::Type& result, std::size_t cell,
                      types::DimensionId extra = {}, std::size_t extra_label = 0) const;
  std::size_t cells(const types::Type& type) const { return program_.cells(type.by); }
  /// The operand as one number a cell, in the result's cells: a Duration as months.
  Cells spread(ExprId arg, const types::Type& result, const Scope& scope);
  /// The operand with `width` components a cell, in the result's cells.
  Cells spread_components(ExprId arg, const types::Type& result, const Scope& scope, std::size_t width);
  B::F months(B::F ticks, B::F days);

  // time.cpp
  Cells time_op(const model::Expr& e, const Scope& scope);
  Cells dated(const model::Expr& e, const Scope& scope);
  dates::Period<B> period();
  B::F after(B::F date);

  // cohort.cpp
  struct Decay;
  Cells cohort(ExprId id, const model::Expr& e, const Scope& scope);
  Cells decaying_cohort(const model::Expr& e, const Decay& decay, const Scope& scope);
  void warn_of_slow_cohort(const model::Expr& e, const std::vector<Cells>& weight, std::size_t lags);
  Cells general_cohort(const model::Expr& e, const Scope& scope);
  bool uses_age(ExprId id);
  bool add_line(ExprId id, const types::Type& result, const Scope& scope, const Cells& scale, Decay& into);
  bool add_decay(ExprId id, const types::Type& result, const Scope& scope, Decay& into);

  // draws.cpp; the parameters of a draw: sampling.cpp
  Cells draw(const model::Expr& e, const Scope& scope);
  struct Sampling;
  class Parameters;
  B::F sample(const Sampling& sampling, B::I bits);
  B::I bits_of_id(B::I id);
  void note_chances(const model::Expr& e, const model::DrawSpec& spec, const std::vector<B::I>& ids);
  B::I bits_of_draw(const model::DrawSpec& spec, B::I id);
  std::int32_t row_table(const mir::RowTable& table);
  B::F sample_beta(B::F a, B::F b, B::I bits);
  B::F sample_gamma(B::F k, B::I bits);
  B::M between(double low, B::F x, double high);
  B::F at_least_zero(B::M sound, B::F x);
  B::F parameter(ExprId arg, const model::DrawSpec& spec, const types::Type& result, std::size_t cell,
                 const Scope& scope);
  std::vector<B::I> draw_ids(const model::Expr& e, const model::DrawSpec& spec, std::size_t cell,
                             const std::vector<std::string>& calendar);
  B::F normal_score(ExprId probability, bool central, std::size_t cell, const types::Type& result);
  std::optional<double> known(ExprId id, std::uint32_t row);

  Program& program_;
  const model::Model& model_;
  GroupId group_id_;
  const model::Group* group_;
  Constants constants_;
  const std::set<QuantityId>& loop_lagged_;
  bool in_loop_;
  Draft draft_;
  B b_;
  std::unordered_map<std::uint32_t, Cells> quantities_;
  std::unordered_map<std::uint32_t, Cells> exprs_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Cells> foreign_exprs_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int32_t> constant_columns_;
  std::map<std::string, std::int32_t> named_columns_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, Cells> loads_;
  std::map<std::pair<std::size_t, std::size_t>, Cells> label_totals_;
  std::map<std::uint32_t, std::string> symbols_;               ///< by value: what a load's base address stands for
  std::unordered_map<std::uint32_t, bool> uses_age_;
  std::map<QuantityId, std::size_t> state_of_;                 ///< first state slot
  std::vector<QuantityId> open_state_;                         ///< quantities whose `next` is still to be computed
  std::vector<std::pair<std::size_t, B::F>> next_values_;      ///< state slot, what the next period sees
};

}  // namespace horizon::lower
