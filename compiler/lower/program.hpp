#pragma once
// What all kernels of one lowering share: slots, constants, period columns, draw ids.
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "compiler/diag/diagnostic.hpp"
#include "compiler/lower/analysis.hpp"
#include "compiler/lower/functions.hpp"
#include "compiler/lower/lower.hpp"
#include "runtime/plan/plan.hpp"

namespace horizon::lower {

/// Begins the name of the column that holds the places of the draws whose ids the column with the rest of the name holds.
inline constexpr const char* place_of = "point of ";

/// Where the rows of a quantity that others read stand: cell k of row r at base[r] + k * (per_period ? periods : 1).
struct Stored {
  bool per_period = false;
  std::map<std::uint32_t, std::uint32_t> base;
};

/// The part of a sum that one kernel computes for one label.
struct Partial {
  std::string kernel;
  std::uint32_t base = 0;
  bool per_period = false;
};

/// Where the cells of a forecast stand until all kernels are there and place_outputs() knows their slots: numbers that no slot has.
struct ForecastOutputs {
  static constexpr std::uint32_t first_place = std::uint32_t{1} << 31;

  std::uint32_t begin = 0, cells = 0;
  model::ReportPeriods periods;
  /// Of a cell in the first report period; the others follow.
  std::uint32_t place(std::size_t cell) const { return begin + static_cast<std::uint32_t>(cell * periods.names.size()); }
};

struct Program {
  Program(const model::Model& m, const Analysis& a, Lowered& lowered, diag::Diagnostics& diagnostics, Draws draws);

  std::size_t labels(types::DimensionId dimension) const { return model.dimensions[dimension].labels.size(); }
  std::size_t cells(const std::vector<types::DimensionId>& by) const;
  /// `count` slots, zero at the start of a block.
  std::uint32_t new_slots(std::size_t count);
  /// Level Constant: number `key` of the module's table of constants, so that a changed number changes no code. `source`, in row
  /// `row` of its group: whose number it is.
  mir::Builder::F constant(mir::Builder& b, const std::tuple<int, std::uint32_t, std::uint32_t, std::uint32_t>& key, double number,
                           const NumberSource& source, std::uint32_t row = 0);
  std::int32_t period_column(const std::string& name, const std::vector<double>& numbers);
  std::int32_t period_column(const std::string& name, const std::vector<std::int64_t>& numbers);
  /// Number of a part of keys, for draw_id().
  std::uint32_t key_part(std::string text);
  /// The id of a draw's key: the path of row `row` of `owner`, if there is one, and the part `rest`. Reports two keys with one id.
  std::int64_t draw_id(QuantityId owner, std::size_t row, std::uint32_t rest, source::Span span);
  /// The key that gave an id.
  std::string draw_key(std::int64_t id) const;
  /// What is known of draws beside their ids: DrawPlace::chance.
  void note_chance(std::int64_t id, double p) { chances_.emplace(id, p); }
  std::optional<double> chance_of(std::int64_t id) const;
  /// Call once, at the end: the table of constants gets its final size.
  void finish();

  const model::Model& model;
  const Analysis& analysis;
  mir::Module& module;
  diag::Diagnostics& diagnostics;
  NumberPlaces& places;
  Functions functions;
  std::size_t periods;
  std::uint32_t first_draw_slot = 0, draw_slots = 0;             ///< Lowered's
  std::map<QuantityId, Stored> stored;
  std::map<QuantityId, std::uint32_t> lagged_base;               ///< [row][2][cell]
  std::vector<std::vector<std::vector<Partial>>> partials;       ///< [set][label]: in byte order of the kernels' names
  std::vector<ForecastOutputs> outputs;                          ///< by forecast
  std::vector<plan::SlotRange> sums;                             ///< slots that begin with 0 and that one kernel adds to; rising

 private:
  std::map<std::tuple<int, std::uint32_t, std::uint32_t, std::uint32_t>, std::int64_t> constant_index_;
  mir::TableId constants_;
  std::map<std::string, std::int32_t> period_columns_;
  struct DrawKey {
    std::int64_t id = 0;
    QuantityId owner;
    std::uint32_t row = 0, rest = 0;
  };
  void write_key(std::string& text, const DrawKey& key) const;
  std::size_t draw_place(std::int64_t id) const;
  void grow_draw_places();
  std::vector<DrawKey> draw_keys_;              ///< as they came
  std::map<std::string, std::uint32_t> key_part_numbers_;
  std::vector<const std::string*> key_parts_;   ///< by number
  std::string key_text_;                        ///< of the last draw
  std::vector<std::uint32_t> draw_places_;      ///< a hash table: 1 + position in draw_keys_, 0 is free; at most half full
  std::unordered_map<std::int64_t, double> chances_;
};

/// The number of output columns of a forecast in one report period: every label or `all`, for each dimension.
std::size_t output_cells(const Program& program, const model::Forecast& forecast);

/// Cells, labels, budgets of all forecasts; gives every forecast the places of its outputs.
void lay_out_outputs(Program& program, plan::ReportSpec& report);

/// Once all kernels are there: gives every cell the result column where it stands, and every column a slot. Cells that are the same value,
/// to the last bit and in every future, share one, and what is a sum already is not summed again.
void place_outputs(Program& program, plan::ReportSpec& report);

}  // namespace horizon::lower
