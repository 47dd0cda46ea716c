// All values that do not depend on the future, and the quantile tables of each row.
#include <algorithm>
#include <bit>
#include <span>
#include <tuple>
#include <unordered_map>

#include "base/share_out.hpp"
#include "compiler/interp/interp.hpp"
#include "compiler/interp/machine.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::interp {
namespace {

constexpr std::size_t N = 32;   ///< lanes: rows, or periods

/// Values of one level that code of row and period reads, by row or by period.
struct Handed {
  std::vector<Register> registers;
  std::vector<std::uint64_t> bits;   ///< [row or period][register]
};

class Builder {
 public:
  Builder(const mir::Module& module, mir::KernelId kernel, std::uint64_t most_table_bytes, ReadyMemory* ready)
      : p_(decode(module, kernel)), most_table_bytes_(most_table_bytes), ready_(ready), rows_(p_.kernel->rows), periods_(module.periods / p_.kernel->step) {
    registers_.resize(std::size_t{p_.registers} * N);
    for (const auto& [reg, bits] : p_.literals) std::fill_n(registers_.data() + std::size_t{reg} * N, N, bits);
  }

  Prologue run() {
    result_.constants.resize(p_.layout.constants);
    result_.row_values.resize(rows_ * p_.layout.row_values);
    result_.time_values.resize(periods_ * p_.layout.time_values);
    result_.both_values.resize(rows_ * p_.layout.both_values * periods_);
    hand_over();
    execute<N>(p_, p_.uniform[mir::Constant], registers_.data(), {});
    for (const Transfer& t : p_.places[mir::Constant]) result_.constants[t.place] = number(registers_, t.reg, 0);
    wanted_by_row_.resize(rows_ * p_.kernel->row_tables.size());
    share_rows([&](std::size_t begin, std::size_t end) { row_values(begin, end); });
    build_tables();
    period_values();
    if (p_.layout.both_values != 0) share_rows([&](std::size_t begin, std::size_t end) { both_values(begin, end); });
    return std::move(result_);
  }

 private:
  using Registers = std::vector<std::uint64_t>;
  Program p_;
  std::uint64_t most_table_bytes_;
  ReadyMemory* ready_;
  std::size_t rows_, periods_;
  Registers registers_;                      ///< literals and constants
  Handed of_row_, of_period_;
  Prologue result_;
  std::vector<rng::TableRow> wanted_by_row_;   ///< [row][row_table]
  std::vector<rng::TableRow> wanted_;
  /// Rows with the same parameters share one table: family and the bits of both parameters.
  using Key = std::tuple<rng::TableRow::Kind, std::uint64_t, std::uint64_t>;
  struct Hash {
    std::size_t operator()(const Key& key) const {
      const auto& [kind, a, b] = key;
      return ((a * 0x9e3779b97f4a7c15u) ^ b) * 0x9e3779b97f4a7c15u + static_cast<std::size_t>(kind);
    }
  };
  std::unordered_map<Key, std::size_t, Hash> known_;

  static double number(const Registers& registers, Register reg, std::size_t lane) {
    return std::bit_cast<double>(registers[std::size_t{reg} * N + lane]);
  }
  /// `work(begin, end)` for all rows, on all cores.
  template <class Work>
  void share_rows(Work&& work) {
    constexpr std::size_t at_once = 64;   // a multiple of N
    share_out((rows_ + at_once - 1) / at_once, [&](std::size_t group) { work(group * at_once, std::min(rows_, (group + 1) * at_once)); });
  }
  /// Finds what code of row and period reads of rows and of periods.
  void hand_over() {
    std::vector<bool> read(p_.kernel->values.size());
    for (const Instruction& i : p_.uniform[mir::Row | mir::Period]) {
      for (const Register r : {i.a, i.b, i.c})
        if (r < read.size()) read[r] = true;
    }
    for (const auto& [level, handed, count] : {std::tuple(mir::Row, &of_row_, rows_), std::tuple(mir::Period, &of_period_, periods_)}) {
      for (const Instruction& i : p_.uniform[level])
        if (i.to < read.size() && read[i.to]) handed->registers.push_back(i.to);
      handed->bits.resize(count * handed->registers.size());
    }
  }
  static void keep(Handed& handed, std::size_t at, const Registers& registers, std::size_t lane) {
    for (std::size_t i = 0; i < handed.registers.size(); ++i)
      handed.bits[at * handed.registers.size() + i] = registers[std::size_t{handed.registers[i]} * N + lane];
  }
  static void take(const Handed& handed, std::size_t at, Registers& registers, std::size_t lane) {
    for (std::size_t i = 0; i < handed.registers.size(); ++i)
      registers[std::size_t{handed.registers[i]} * N + lane] = handed.bits[at * handed.registers.size() + i];
  }

  void row_values(std::size_t begin, std::size_t end) {
    Registers registers = registers_;
    Where where;
    where.lanes_are_rows = true;
    for (std::size_t first = begin; first < end; first += N) {
      where.row = static_cast<std::uint32_t>(first);
      execute<N>(p_, p_.uniform[mir::Row], registers.data(), where);
      for (std::size_t row = first; row < std::min(end, first + N); ++row) {
        const std::size_t lane = row - first;
        for (const Transfer& t : p_.places[mir::Row]) result_.row_values[row * p_.layout.row_values + t.place] = number(registers, t.reg, lane);
        keep(of_row_, row, registers, lane);
        std::transform(p_.kernel->row_tables.begin(), p_.kernel->row_tables.end(),
                       wanted_by_row_.begin() + row * p_.kernel->row_tables.size(),
                       [&](const mir::RowTable& table) { return table_row(table, registers, lane); });
      }
    }
  }
  static rng::TableRow table_row(const mir::RowTable& table, const Registers& registers, std::size_t lane) {
    rng::TableRow row;
    row.kind = table.family == mir::RowTable::Family::Beta ? rng::TableRow::Kind::beta : rng::TableRow::Kind::gamma;
    row.a = number(registers, table.a.value, lane);
    if (row.kind == rng::TableRow::Kind::beta) row.b = number(registers, table.b.value, lane);
    return row;
  }
  void want(std::size_t of_row, rng::TableRow row) {
    if (!rng::in_range(row)) {
      complain(of_row, row.kind);
      row.a = row.b = 1;   // the run does not start; the table only has to exist
    }
    const auto [at, fresh] = known_.emplace(Key(row.kind, std::bit_cast<std::uint64_t>(row.a), std::bit_cast<std::uint64_t>(row.b)), wanted_.size());
    if (fresh) wanted_.push_back(row);
    result_.row_tables.push_back(at->second);
  }
  /// The parameters themselves are not printed: they may be confidential.
  void complain(std::size_t row, rng::TableRow::Kind kind) {
    const std::string name = row < p_.kernel->row_names.size() ? p_.kernel->row_names[row] : p_.kernel->name;
    result_.errors.push_back(
        kind == rng::TableRow::Kind::beta
            ? "the parameters of a beta or PERT distribution in " + name +
                  " are out of range: both shapes must lie between 0.2 and 2000 and add up to at least 0.5"
            : "the parameters of a gamma distribution in " + name +
                  " are out of range: the shape must lie between 0.2 and 10000");
  }
  /// Some at a time: several are built at once.
  void build_tables() {
    known_.reserve(wanted_by_row_.size());
    for (std::size_t i = 0; i < wanted_by_row_.size(); ++i) want(i / p_.kernel->row_tables.size(), wanted_by_row_[i]);
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
    result_.tables = rng::Tables(rows.size(), ready_);
    share_out((rows.size() + at_once - 1) / at_once, [&](std::size_t group) {
      const std::size_t begin = group * at_once, n = std::min(at_once, rows.size() - begin);
      rng::build_tables(rows.subspan(begin, n), result_.tables.numbers(begin, n));
    });
  }
  void period_values() {
    Registers registers = registers_;
    Where where;
    for (std::size_t first = 0; first < periods_; first += N) {
      where.period = static_cast<std::uint32_t>(first);
      execute<N>(p_, p_.uniform[mir::Period], registers.data(), where);
      for (std::size_t period = first; period < std::min(periods_, first + N); ++period) {
        for (const Transfer& t : p_.places[mir::Period])
          result_.time_values[period * p_.layout.time_values + t.place] = number(registers, t.reg, period - first);
        keep(of_period_, period, registers, period - first);
      }
    }
  }
  /// Lanes are rows or periods, whichever fills them better.
  void both_values(std::size_t begin, std::size_t end) {
    const auto groups = [](std::size_t count) { return (count + N - 1) / N; };
    const bool lanes_are_rows = groups(rows_) * periods_ < rows_ * groups(periods_);
    const std::size_t row_step = lanes_are_rows ? N : 1, period_step = lanes_are_rows ? 1 : N;
    Registers registers = registers_;
    for (std::size_t row = begin; row < end; row += row_step) {
      for (std::size_t lane = 0; lane < N; ++lane) take(of_row_, lanes_are_rows ? std::min(end - 1, row + lane) : row, registers, lane);
      for (std::size_t period = 0; period < periods_; period += period_step) {
        for (std::size_t lane = 0; lane < N; ++lane)
          take(of_period_, lanes_are_rows ? period : std::min(periods_ - 1, period + lane), registers, lane);
        execute<N>(p_, p_.uniform[mir::Row | mir::Period], registers.data(), {});
        const std::size_t lanes = lanes_are_rows ? std::min(N, end - row) : std::min(N, periods_ - period);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          const std::size_t first = lanes_are_rows ? (row + lane) * periods_ + period : row * periods_ + period + lane;
          for (const Transfer& t : p_.places[mir::Row | mir::Period])
            result_.both_values[first * p_.layout.both_values + t.place] = number(registers, t.reg, lane);
        }
      }
    }
  }
};

}  // namespace

Prologue prologue(const mir::Module& module, mir::KernelId kernel, std::uint64_t most_table_bytes, ReadyMemory* ready) {
  return Builder(module, kernel, most_table_bytes, ready).run();
}

}  // namespace horizon::interp
