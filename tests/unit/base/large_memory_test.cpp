#include "base/large_memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

namespace horizon {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

void fill(const LargeMemory& memory, int value) { std::memset(memory.data(), value, memory.bytes()); }

bool holds(const LargeMemory& memory, unsigned char value) {
  const auto* const bytes = static_cast<const unsigned char*>(memory.data());
  for (std::size_t i = 0; i < memory.bytes(); ++i)
    if (bytes[i] != value) return false;
  return true;
}

TEST(LargeMemory, is_whole_huge_pages_that_can_be_written) {
  EXPECT_EQ(LargeMemory().bytes(), 0u);
  EXPECT_EQ(LargeMemory(0).bytes(), 0u);
  const LargeMemory memory(huge_page + 1);
  EXPECT_EQ(memory.bytes(), 2 * huge_page);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % huge_page, 0u);
  fill(memory, 7);
  EXPECT_TRUE(holds(memory, 7));
}

TEST(LargeMemory, is_split_in_two_that_live_and_die_by_themselves) {
  LargeMemory rest(3 * huge_page);
  fill(rest, 1);
  {
    const LargeMemory first = rest.split(huge_page / 2);
    EXPECT_EQ(first.bytes(), huge_page);
    EXPECT_EQ(rest.bytes(), 2 * huge_page);
    EXPECT_EQ(static_cast<std::byte*>(first.data()) + huge_page, rest.data());
    fill(first, 2);
  }
  EXPECT_TRUE(holds(rest, 1));
  const LargeMemory all = rest.split(9 * huge_page);
  EXPECT_EQ(all.bytes(), 2 * huge_page);
  EXPECT_EQ(rest.bytes(), 0u);
  EXPECT_EQ(rest.data(), nullptr);
}

TEST(LargeMemory, that_nobody_has_is_told_of) {
  EXPECT_THROW(LargeMemory(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  EXPECT_THROW(LargeMemory(std::size_t{1} << 60), std::bad_alloc);
}

TEST(ReadyMemory, is_handed_out_once_whether_it_is_ready_or_not) {
  for (int round = 0; round < 20; ++round) {
    ReadyMemory ready(4 * huge_page);
    const LargeMemory first = ready.take(huge_page + 1), second = ready.take(2 * huge_page), third = ready.take(1);
    fill(first, 1);   // nobody else writes there any more
    fill(second, 2);
    fill(third, 3);
    EXPECT_TRUE(holds(first, 1) && holds(second, 2) && holds(third, 3));
    EXPECT_EQ(first.bytes() + second.bytes() + third.bytes(), 5 * huge_page);
  }
}

TEST(ReadyMemory, that_is_too_little_or_not_taken_does_no_harm) {
  { const ReadyMemory unused(64 * huge_page); }
  { const ReadyMemory impossible(std::size_t{1} << 60); }
  ReadyMemory little(huge_page);
  EXPECT_EQ(little.take(3 * huge_page).bytes(), 3 * huge_page);
  ReadyMemory none(0);
  EXPECT_EQ(none.take(1).bytes(), huge_page);
}

}  // namespace
}  // namespace horizon
