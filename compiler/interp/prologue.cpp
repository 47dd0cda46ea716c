// All values that do not depend on the future, and the quantile tables of each row.
#include <algorithm>
#include <bit>
#include <memory>
#include <span>
#include <tuple>
#include <unordered_map>

#include "base/share_out.hpp"
#include "compiler/interp/interp.hpp"
#include "compiler/interp/row_periods.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::interp {
namespace {

constexpr std::size_t N = 32;   ///< lanes: rows, or periods

class Builder {
 public:
  Builder(const mir::Module& module, mir::KernelId kernel, std::uint64_t most_bytes, ReadyMemory* ready)
      : both_(std::make_shared<RowPeriods>(decode(module, kernel), module.periods / module.kernels[kernel].step)), p_(both_->program()),
        most_bytes_(most_bytes), ready_(ready), rows_(p_.kernel->rows), periods_(module.periods / p_.kernel->step) {
    registers_.resize(std::size_t{p_.registers} * N);
    for (const auto& [reg, bits] : p_.literals) std::fill_n(registers_.data() + std::size_t{reg} * N, N, bits);
  }

  Prologue run() {
    result_.constants.resize(p_.layout.constants);
    result_.row_values.resize(rows_ * p_.layout.row_values);
    result_.time_values.resize(periods_ * p_.layout.time_values);
    execute<N>(p_, p_.uniform[mir::Constant], registers_.data(), {});
    for (const Transfer& t : p_.places[mir::Constant]) result_.constants[t.place] = number(registers_, t.reg, 0);
    both_->hand_constants(registers_.data(), N);
    wanted_by_row_.resize(rows_ * p_.kernel->row_tables.size());
    share_rows([&](std::size_t begin, std::size_t end) { row_values(begin, end); });
    known_.reserve(wanted_by_row_.size());
    for (std::size_t i = 0; i < wanted_by_row_.size(); ++i) want(i / p_.kernel->row_tables.size(), wanted_by_row_[i]);
    period_values();
    constexpr std::uint64_t table_bytes = HZ_TABLE_DOUBLES * sizeof(double);
    if (wanted_.size() * table_bytes + rows_ * both_->of_row() * sizeof(double) > most_bytes_) {
      leave_to_the_run();
    } else {
      build_tables();
      make_both_values();
    }
    return std::move(result_);
  }

 private:
  using Registers = std::vector<std::uint64_t>;
  std::shared_ptr<RowPeriods> both_;
  const Program& p_;
  std::uint64_t most_bytes_;
  ReadyMemory* ready_;
  std::size_t rows_, periods_;
  Registers registers_;                      ///< literals and constants
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
        both_->hand_row(row, registers.data(), N, lane);
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
  /// `work(begin, count)` for the tables, some at a time: several are built at once.
  template <class Work>
  void share_tables(Work&& work) {
    constexpr std::size_t at_once = 64;
    share_out((wanted_.size() + at_once - 1) / at_once,
              [&](std::size_t group) { work(group * at_once, std::min(at_once, wanted_.size() - group * at_once)); });
  }
  void build_tables() {
    result_.tables = rng::Tables(wanted_.size(), ready_);
    share_tables([&](std::size_t begin, std::size_t count) {
      rng::build_tables(std::span(wanted_).subspan(begin, count), result_.tables.numbers(begin, count));
    });
  }
  void make_both_values() {
    const std::size_t of_row = both_->of_row();
    if (of_row == 0) return;
    result_.both_values.resize(rows_ * of_row);
    share_rows([&](std::size_t begin, std::size_t end) { both_->make(begin, end, result_.both_values.data() + begin * of_row); });
  }
  void leave_to_the_run() {
    result_.starts.resize(wanted_.size());
    share_tables([&](std::size_t begin, std::size_t count) {
      std::transform(wanted_.begin() + begin, wanted_.begin() + begin + count, result_.starts.begin() + begin, rng::start_of);
    });
    result_.both_of_row = both_->of_row();
    if (result_.both_of_row == 0) return;
    result_.make_both = [both = std::shared_ptr<const RowPeriods>(both_)](std::uint32_t begin, std::uint32_t end, double* to) {
      both->make(begin, end, to);
    };
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
        both_->hand_period(period, registers.data(), N, period - first);
      }
    }
  }
};

}  // namespace

Prologue prologue(const mir::Module& module, mir::KernelId kernel, std::uint64_t most_bytes, ReadyMemory* ready) {
  return Builder(module, kernel, most_bytes, ready).run();
}

}  // namespace horizon::interp
