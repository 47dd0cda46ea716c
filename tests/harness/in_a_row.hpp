#pragma once
// Slots for the result columns of plans and modules made by hand.
#include <cstdint>
#include <numeric>
#include <vector>

namespace horizon::test {

/// [begin, begin + count).
inline std::vector<std::uint32_t> in_a_row(std::uint32_t begin, std::uint32_t count) {
  std::vector<std::uint32_t> slots(count);
  std::iota(slots.begin(), slots.end(), begin);
  return slots;
}

}  // namespace horizon::test
