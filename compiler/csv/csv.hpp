#pragma once
// Splits the bytes of a CSV file into cells with their places (RFC 4180, and what Danish Excel writes). Meaning, types and
// units of the cells are not its business.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace horizon::csv {

/// How a table's head says that its file is written. International: UTF-8, `,` between cells, decimal point. Danish: what
/// Danish Excel saves: `;` between cells, decimal comma, `.` between thousands, UTF-8 with BOM or Windows-1252.
enum class Dialect : std::uint8_t { International, Danish };

struct Cell {
  std::string text;         ///< UTF-8, quotes removed, outer blanks removed unless quoted
  std::uint32_t line = 1;   ///< 1-based line of the file where the cell begins
};

struct Row {
  std::uint32_t line = 1;
  std::vector<Cell> cells;
};

/// A thing wrong with the file itself, as a sentence without the file's name.
struct Fault {
  std::uint32_t line = 1;
  std::string text;
};

struct Sheet {
  std::vector<Cell> header;
  std::vector<Row> rows;                    ///< blank lines are left out
  std::vector<Fault> faults;                ///< at most 20; rows with a wrong number of cells are reported and left out
  std::optional<Dialect> looks_like;        ///< set when the header looks like the other dialect: the mend to offer
};

Sheet read(std::string_view bytes, Dialect dialect);

/// A decimal number as the dialect writes it, correctly rounded; nothing if `text` is not one. `_` and blanks between digit
/// groups are not accepted; Danish accepts `1.234,5`.
std::optional<double> number(std::string_view text, Dialect dialect);

}  // namespace horizon::csv
