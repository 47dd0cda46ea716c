#pragma once
// A result as text: the table that spreadsheets and other programs read.
#include <string>

#include "runtime/store/result_set.hpp"

namespace horizon::report {

/// UTF-8, LF, one header line, RFC 4180 quoting where needed, decimals as short as they can be and still read
/// back to the same bits. Columns: scenario, variant, forecast, unit, period, one a dimension of any
/// forecast, then the statistics. `all` stands where a forecast by a dimension sums over it, nothing where it
/// is not by that dimension or there is no value. Rows in the order of the report.
std::string forecast_csv(const store::ResultSet& results);

}  // namespace horizon::report
