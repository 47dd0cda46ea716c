#pragma once
// One forecast's cells, found by what they are; private to the report.
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/store/result_set.hpp"

namespace horizon::report {

/// A cell with its result.
struct ShownCell {
  const plan::Cell* cell = nullptr;
  const store::CellResult* result = nullptr;
};

/// The cells of one label (or of the total) by period; one without a cell has null pointers.
struct Line {
  std::string label;
  std::vector<ShownCell> cells;
};

struct Breakdown {
  std::string dimension;
  std::vector<Line> lines;  ///< labels in the order of the report
  bool adds_up = false;     ///< the labels' means sum to the total's, in every period
};

struct View {
  std::vector<std::string> periods;  ///< in the order of the report
  Line total;  ///< what is summed over all dimensions; no cells if the forecast has none
  std::vector<Breakdown>
      breakdowns;  ///< per dimension, the others summed over; left out where such cells are missing
};

View view(const plan::ForecastSpec& forecast, const std::vector<store::CellResult>& results);

/// At most `most` of `count` places, spread evenly, the first and the last among them.
std::vector<std::size_t> spread(std::size_t count, std::size_t most);

/// Periods to show of a series: all if they are at most `most`; else, of months and quarters, the first of
/// each year and the very last, if that is few enough; else a spread.
std::vector<std::size_t> periods_to_show(const std::vector<std::string>& periods, std::size_t most);

}  // namespace horizon::report
