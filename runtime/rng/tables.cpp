#include <sys/mman.h>

#include <cstdlib>
#include <new>

#include "runtime/rng/quantile_table.hpp"

namespace horizon::rng {

void Tables::Free::operator()(double* memory) const { std::free(memory); }

Tables::Tables(std::size_t count) : count_(count) {
  constexpr std::size_t huge_page = std::size_t{2} << 20, line = 64;
  const std::size_t bytes = count * HZ_TABLE_DOUBLES * sizeof(double);
  const std::size_t piece = bytes >= 2 * huge_page ? huge_page : line;
  const std::size_t whole = (bytes + piece - 1) / piece * piece;
  memory_.reset(static_cast<double*>(std::aligned_alloc(piece, whole)));
  if (memory_ == nullptr && whole > 0) throw std::bad_alloc();
  // A wish only: one page fault in place of 512.
  if (piece == huge_page) static_cast<void>(madvise(memory_.get(), whole, MADV_HUGEPAGE));
}

}  // namespace horizon::rng
