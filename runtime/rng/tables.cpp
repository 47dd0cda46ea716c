#include <cstdlib>
#include <new>

#include "runtime/rng/quantile_table.hpp"

namespace horizon::rng {

void Tables::Free::operator()(double* memory) const { std::free(memory); }

Tables::Tables(std::size_t count, ReadyMemory* ready) : count_(count) {
  constexpr std::size_t large = std::size_t{4} << 20, line = 64;
  const std::size_t bytes = count * HZ_TABLE_DOUBLES * sizeof(double);
  if (bytes < large) {
    few_.reset(static_cast<double*>(std::aligned_alloc(line, (bytes + line - 1) / line * line)));
    if (few_ == nullptr && bytes > 0) throw std::bad_alloc();
    numbers_ = few_.get();
  } else {
    many_ = ready != nullptr ? ready->take(bytes) : LargeMemory(bytes);
    numbers_ = static_cast<double*>(many_.data());
  }
}

}  // namespace horizon::rng
