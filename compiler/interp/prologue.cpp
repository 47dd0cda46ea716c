// All values that do not depend on the future, and the quantile tables of each row.
#include <algorithm>
#include <bit>
#include <map>
#include <span>
#include <tuple>

#include "base/share_out.hpp"
#include "compiler/interp/interp.hpp"
#include "compiler/interp/machine.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::interp {
namespace {

constexpr int N = 8;   ///< lanes are periods here

class Builder {
 public:
  Builder(const mir::Module& module, mir::KernelId kernel, std::uint64_t most_table_bytes)
      : p_(decode(module, kernel)), most_table_bytes_(most_table_bytes) {
    registers_.resize(std::size_t{p_.registers} * N);
    for (const auto& [reg, bits] : p_.literals) std::fill_n(registers_.data() + std::size_t{reg} * N, N, bits);
  }

  Prologue run() {
    const std::size_t periods = p_.module->periods / p_.kernel->step, rows = p_.kernel->rows;
    result_.constants.resize(p_.layout.constants);
    result_.row_values.resize(rows * p_.layout.row_values);
    result_.time_values.resize(periods * p_.layout.time_values);
    result_.both_values.resize(rows * p_.layout.both_values * periods);
    execute<N>(p_, p_.uniform[mir::Constant], registers_.data(), where_);
    for (const Transfer& t : p_.places[mir::Constant]) result_.constants[t.place] = number(t.reg, 0);
    for (where_.row = 0; where_.row < rows; ++where_.row) row();
    build_tables();
    for (where_.period = 0; where_.period < periods; where_.period += N) period_group();
    return std::move(result_);
  }

 private:
  Program p_;
  std::uint64_t most_table_bytes_;
  std::vector<std::uint64_t> registers_;
  Where where_;
  Prologue result_;
  std::vector<rng::TableRow> wanted_;
  /// Rows with the same parameters share one table: family and the bits of both parameters.
  std::map<std::tuple<rng::TableRow::Kind, std::uint64_t, std::uint64_t>, std::size_t> known_;

  double number(Register reg, std::size_t lane) const {
    return std::bit_cast<double>(registers_[std::size_t{reg} * N + lane]);
  }
  void row() {
    execute<N>(p_, p_.uniform[mir::Row], registers_.data(), where_);
    for (const Transfer& t : p_.places[mir::Row])
      result_.row_values[std::size_t{where_.row} * p_.layout.row_values + t.place] = number(t.reg, 0);
    for (const mir::RowTable& t : p_.kernel->row_tables) want(t);
  }
  void want(const mir::RowTable& table) {
    rng::TableRow row;
    row.kind = table.family == mir::RowTable::Family::Beta ? rng::TableRow::Kind::beta : rng::TableRow::Kind::gamma;
    row.a = number(table.a.value, 0);
    if (row.kind == rng::TableRow::Kind::beta) row.b = number(table.b.value, 0);
    if (!rng::in_range(row)) {
      complain(row.kind);
      row.a = row.b = 1;   // the run does not start; the table only has to exist
    }
    const auto key = std::tuple(row.kind, std::bit_cast<std::uint64_t>(row.a), std::bit_cast<std::uint64_t>(row.b));
    const auto [at, fresh] = known_.emplace(key, wanted_.size());
    if (fresh) wanted_.push_back(row);
    result_.row_tables.push_back(at->second);
  }
  /// The parameters themselves are not printed: they may be confidential.
  void complain(rng::TableRow::Kind kind) {
    const std::string name =
        where_.row < p_.kernel->row_names.size() ? p_.kernel->row_names[where_.row] : p_.kernel->name;
    result_.errors.push_back(
        kind == rng::TableRow::Kind::beta
            ? "the parameters of a beta or PERT distribution in " + name +
                  " are out of range: both shapes must lie between 0.2 and 2000 and add up to at least 0.5"
            : "the parameters of a gamma distribution in " + name +
                  " are out of range: the shape must lie between 0.2 and 10000");
  }
  /// Some at a time: several are built at once, and the memory in between stays small.
  void build_tables() {
    constexpr std::size_t at_once = 64;
    const std::span<const rng::TableRow> rows = wanted_;
    if (rows.size() > most_table_bytes_ / (HZ_TABLE_DOUBLES * sizeof(double))) {
      result_.starts.resize(rows.size());
      share_out((rows.size() + at_once - 1) / at_once, [&](std::size_t group) {
        const std::size_t begin = group * at_once, n = std::min(at_once, rows.size() - begin);
        std::transform(rows.begin() + begin, rows.begin() + begin + n, result_.starts.begin() + begin, rng::start_of);
      });
      return;
    }
    result_.tables.resize(rows.size());
    share_out((rows.size() + at_once - 1) / at_once, [&](std::size_t group) {
      const std::size_t begin = group * at_once, n = std::min(at_once, rows.size() - begin);
      std::vector<double> numbers(n * HZ_TABLE_DOUBLES);
      rng::build_tables(rows.subspan(begin, n), numbers);
      for (std::size_t i = 0; i < n; ++i) {
        const auto table = numbers.begin() + static_cast<std::ptrdiff_t>(i * HZ_TABLE_DOUBLES);
        result_.tables[begin + i].assign(table, table + HZ_TABLE_DOUBLES);
      }
    });
  }
  void period_group() {
    const std::size_t periods = p_.module->periods / p_.kernel->step, lanes = std::min<std::size_t>(N, periods - where_.period);
    execute<N>(p_, p_.uniform[mir::Period], registers_.data(), where_);
    for (const Transfer& t : p_.places[mir::Period]) {
      for (std::size_t l = 0; l < lanes; ++l)
        result_.time_values[(where_.period + l) * p_.layout.time_values + t.place] = number(t.reg, l);
    }
    if (p_.layout.both_values == 0) return;
    constexpr std::size_t at_once = 128;
    share_out((p_.kernel->rows + at_once - 1) / at_once, [&](std::size_t group) { both_values(group * at_once, at_once, lanes); });
  }
  void both_values(std::size_t first_row, std::size_t count, std::size_t lanes) {
    const std::size_t periods = p_.module->periods / p_.kernel->step, end = std::min<std::size_t>(p_.kernel->rows, first_row + count);
    std::vector<std::uint64_t> registers = registers_;
    Where where = where_;
    for (where.row = static_cast<std::uint32_t>(first_row); where.row < end; ++where.row) {
      execute<N>(p_, p_.uniform[mir::Row], registers.data(), where);
      execute<N>(p_, p_.uniform[mir::Row | mir::Period], registers.data(), where);
      for (const Transfer& t : p_.places[mir::Row | mir::Period]) {
        const std::size_t first = std::size_t{where.row} * periods + where.period;
        for (std::size_t l = 0; l < lanes; ++l)
          result_.both_values[(first + l) * p_.layout.both_values + t.place] = std::bit_cast<double>(registers[std::size_t{t.reg} * N + l]);
      }
    }
  }
};

}  // namespace

Prologue prologue(const mir::Module& module, mir::KernelId kernel, std::uint64_t most_table_bytes) {
  return Builder(module, kernel, most_table_bytes).run();
}

}  // namespace horizon::interp
