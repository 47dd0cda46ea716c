#pragma once
// A kernel's numbers by row and period; private to this folder.
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "compiler/interp/machine.hpp"

namespace horizon::interp {

/// Values of one level that code of row and period reads.
struct Handed {
  std::vector<Register> registers;
  std::vector<std::uint64_t> bits;   ///< [row or period][register]
};

/// Makes them for any rows, from what that code reads of constants, rows and periods. The program's module must outlive it.
class RowPeriods {
 public:
  /// `p` is kept; all values handed over are 0 at first.
  RowPeriods(Program p, std::size_t periods);

  /// Hands over values as a group of `lanes` registers holds them: lane `lane` is that of row or period `at`.
  void hand_constants(const std::uint64_t* registers, std::size_t lanes);
  void hand_row(std::size_t at, const std::uint64_t* registers, std::size_t lanes, std::size_t lane);
  void hand_period(std::size_t at, const std::uint64_t* registers, std::size_t lanes, std::size_t lane);

  const Program& program() const { return p_; }
  /// Numbers a row.
  std::size_t of_row() const { return periods_ * p_.layout.both_values; }
  /// Those of rows [begin, end), [row - begin][period][number]. May be called by several threads at once.
  void make(std::size_t begin, std::size_t end, double* to) const;

 private:
  Program p_;
  std::size_t periods_;   ///< steps of the kernel
  Handed constants_, rows_, by_period_;
};

}  // namespace horizon::interp
