#include "compiler/model/model.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "base/check.hpp"

namespace horizon::model {

const GaussRule cohort_start_rule = {
    {0.088587959512703947396, 0.40946686444073471086, 0.78765946176084705603},
    {0.20093191373895963077, 0.22924110635958624669, 0.069826979901454122534},
};

std::size_t cells(const Model& model, const Type& type) {
  std::size_t count = 1;
  for (const DimensionId dimension : type.by) count *= model.dimensions[dimension].labels.size();
  return count;
}

namespace {

/// A family's key as it stands between the quotes of a path: two keys never give the same path.
void append_quoted(std::string& text, const std::string& key) {
  text += '"';
  const auto is_special = [](char c) { return c == '"' || c == '\\'; };
  if (std::none_of(key.begin(), key.end(), is_special)) {
    text += key;
  } else {
    for (const char c : key) {
      if (is_special(c)) text += '\\';
      text += c;
    }
  }
  text += '"';
}

std::string two_digits(int number) {
  std::string text = std::to_string(number);
  return text.size() < 2 ? "0" + text : text;
}

/// `month` counts from 1970-01.
std::string period_name(int month, Grain grain) {
  const int year_offset = month >= 0 ? month / 12 : -((11 - month) / 12);
  const int month_of_year = month - 12 * year_offset;
  const std::string year = std::to_string(1970 + year_offset);
  switch (grain) {
    case Grain::Whole:
      return "all";
    case Grain::Year:
      return year;
    case Grain::Quarter:
      return year + "-Q" + std::to_string(month_of_year / 3 + 1);
    case Grain::Month:
      return year + "-" + two_digits(month_of_year + 1);
  }
  HZ_UNREACHABLE("grain");
}

}  // namespace

void append_path(std::string& text, const Model& model, QuantityId quantity, std::size_t row) {
  const Quantity& q = model.quantities[quantity];
  const Group& group = model.groups[q.group];
  if (group.name.empty()) {
    text += q.name;
    return;
  }
  HZ_CHECK(row < group.rows());
  text += group.name;
  if (group.is_family) {
    text += '[';
    append_quoted(text, group.keys[row]);
    text += ']';
  }
  text += '.';
  text += q.name;
}

std::string path(const Model& model, QuantityId quantity, std::size_t row) {
  std::string text;
  append_path(text, model, quantity, row);
  return text;
}

ReportPeriods report_periods(const Grid& grid, Grain grain) {
  ReportPeriods result;
  for (int p = 0; p < grid.periods; ++p) {
    std::string name = period_name(grid.start + p * grid.months, grain);
    if (result.names.empty() || result.names.back() != name) result.names.push_back(std::move(name));
    result.of_period.push_back(static_cast<std::int32_t>(result.names.size()) - 1);
  }
  return result;
}

}  // namespace horizon::model
