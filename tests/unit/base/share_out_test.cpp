#include "base/share_out.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace horizon {
namespace {

TEST(ShareOut, DoesEachPieceOnce) {
  for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
    std::vector<std::atomic<int>> times(count);
    share_out(count, [&](std::size_t i) { ++times[i]; });
    for (const auto& t : times) EXPECT_EQ(t, 1);
  }
}

TEST(ShareOut, PiecesMayShareOut) {
  std::atomic<int> leaves{0};
  share_out(5, [&](std::size_t) { share_out(7, [&](std::size_t) { share_out(3, [&](std::size_t) { ++leaves; }); }); });
  EXPECT_EQ(leaves, 5 * 7 * 3);
}

TEST(ShareOut, NoMoreThreadsThanCores) {
  std::atomic<std::size_t> at_work{0}, most{0};
  share_out(4, [&](std::size_t) {
    share_out(20, [&](std::size_t) {
      const std::size_t now = ++at_work;
      for (std::size_t seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      --at_work;
    });
  });
  EXPECT_GE(most, 1u);
  EXPECT_LE(most, cores());
}

TEST(ShareOut, FirstFailureByNumberComesBackAfterAllAreDone) {
  std::atomic<int> done{0};
  try {
    share_out(50, [&](std::size_t i) {
      ++done;
      if (i % 10 == 3) throw std::runtime_error(std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "3");
  }
  EXPECT_EQ(done, 50);
}

TEST(ShareOut, SeveralAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> pieces{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) share_out(4, [&](std::size_t) { ++pieces; });
    });
  }
  threads.clear();
  EXPECT_EQ(pieces, 4 * 50 * 4);
}

}  // namespace
}  // namespace horizon
