#pragma once
// The first and last numbers of period columns, as values that differ with nothing. Private to compiler/opt.
#include "compiler/mir/builder.hpp"

namespace horizon::opt {

/// They stand in a table, not in the code: dates of a scenario are data.
class PeriodEnds {
 public:
  explicit PeriodEnds(mir::Module& module) : m_(module) {}
  mir::Builder::F first(mir::Builder& b, std::int32_t column) { return number(b, 2 * column); }
  mir::Builder::F last(mir::Builder& b, std::int32_t column) { return number(b, 2 * column + 1); }

 private:
  mir::Module& m_;
  mir::TableId table_;

  mir::Builder::F number(mir::Builder& b, std::int32_t place) {
    static constexpr const char* name = "ends of periods";
    for (std::size_t i = 0; i < m_.tables.size() && !table_; ++i)
      if (m_.tables[mir::TableId(i)].name == name) table_ = mir::TableId(i);
    if (!table_) table_ = m_.tables.add(mir::Table{name, {}});
    std::vector<double>& numbers = m_.tables[table_].numbers;
    for (std::size_t c = numbers.size() / 2; c < m_.period_columns.size(); ++c) {
      const std::vector<double>& column = m_.period_columns[c].numbers;
      numbers.push_back(column.empty() ? 0 : column.front());
      numbers.push_back(column.empty() ? 0 : column.back());
    }
    return b.table(table_, b.ci(place));
  }
};

}  // namespace horizon::opt
