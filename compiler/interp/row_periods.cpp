#include "compiler/interp/row_periods.hpp"

#include <algorithm>
#include <bit>
#include <memory>

namespace horizon::interp {
namespace {

constexpr std::size_t N = 32;   ///< lanes: rows and their periods, one after the other

void hand(Handed& handed, std::size_t at, const std::uint64_t* registers, std::size_t lanes, std::size_t lane) {
  for (std::size_t i = 0; i < handed.registers.size(); ++i)
    handed.bits[at * handed.registers.size() + i] = registers[std::size_t{handed.registers[i]} * lanes + lane];
}
void take(const Handed& handed, std::size_t at, std::uint64_t* registers, std::size_t lane) {
  for (std::size_t i = 0; i < handed.registers.size(); ++i)
    registers[std::size_t{handed.registers[i]} * N + lane] = handed.bits[at * handed.registers.size() + i];
}

}  // namespace

RowPeriods::RowPeriods(Program p, std::size_t periods) : p_(std::move(p)), periods_(periods) {
  if (p_.layout.both_values == 0) return;
  const std::size_t values = p_.kernel->values.size();
  std::vector<bool> read(values);
  for (const Instruction& i : p_.uniform[mir::Row | mir::Period]) {
    for (const Register r : {i.a, i.b, i.c})
      if (r < values) read[r] = true;
  }
  const auto find = [&](mir::Levels level, Handed& handed, std::size_t count) {
    for (const Instruction& i : p_.uniform[level])
      if (i.to < values && read[i.to]) handed.registers.push_back(i.to);
    handed.bits.resize(count * handed.registers.size());
  };
  find(mir::Constant, constants_, 1);
  find(mir::Row, rows_, p_.kernel->rows);
  find(mir::Period, by_period_, periods_);
}

void RowPeriods::hand_constants(const std::uint64_t* registers, std::size_t lanes) { hand(constants_, 0, registers, lanes, 0); }
void RowPeriods::hand_row(std::size_t at, const std::uint64_t* registers, std::size_t lanes, std::size_t lane) {
  hand(rows_, at, registers, lanes, lane);
}
void RowPeriods::hand_period(std::size_t at, const std::uint64_t* registers, std::size_t lanes, std::size_t lane) {
  hand(by_period_, at, registers, lanes, lane);
}

void RowPeriods::make(std::size_t begin, std::size_t end, double* to) const {
  const auto registers = std::make_unique_for_overwrite<std::uint64_t[]>(std::size_t{p_.registers} * N);
  for (const auto& [reg, bits] : p_.literals) std::fill_n(registers.get() + std::size_t{reg} * N, N, bits);
  for (std::size_t lane = 0; lane < N; ++lane) take(constants_, 0, registers.get(), lane);
  const std::size_t count = (end - begin) * periods_;
  for (std::size_t first = 0; first < count; first += N) {
    for (std::size_t lane = 0; lane < N; ++lane) {
      const std::size_t at = std::min(count - 1, first + lane);
      take(rows_, begin + at / periods_, registers.get(), lane);
      take(by_period_, at % periods_, registers.get(), lane);
    }
    execute<N>(p_, p_.uniform[mir::Row | mir::Period], registers.get(), {});
    for (const Transfer& t : p_.places[mir::Row | mir::Period]) {
      for (std::size_t lane = 0; lane < std::min(N, count - first); ++lane)
        to[(first + lane) * p_.layout.both_values + t.place] = std::bit_cast<double>(registers[std::size_t{t.reg} * N + lane]);
    }
  }
}

}  // namespace horizon::interp
