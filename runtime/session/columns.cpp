#include "runtime/session/columns.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <limits>
#include <new>

namespace horizon::session {
namespace {

constexpr std::size_t line_doubles = 8;
constexpr std::size_t huge_page = std::size_t{2} << 20;

double* allocate(std::size_t columns, std::size_t stride, bool at_once) {
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() - huge_page;
  if (stride > most / sizeof(double) || columns > most / sizeof(double) / stride) throw std::bad_alloc();
  const std::size_t bytes = (columns * stride * sizeof(double) + huge_page - 1) / huge_page * huge_page;
  void* memory = std::aligned_alloc(huge_page, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  // A wish only: fewer page faults while gigabytes are written for the first time.
  if (at_once) static_cast<void>(madvise(memory, bytes, MADV_HUGEPAGE));
  return static_cast<double*>(memory);
}

}  // namespace

void Columns::Free::operator()(double* memory) const { std::free(memory); }

Columns::Columns(std::uint32_t columns, std::uint64_t futures, bool in_batches)
    : futures_(futures),
      stride_((futures + line_doubles - 1) / line_doubles * line_doubles),
      data_(allocate(columns, stride_, !in_batches)) {}

}  // namespace horizon::session
