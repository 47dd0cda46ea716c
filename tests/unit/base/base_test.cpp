#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <unordered_set>
#include <variant>

#include "base/check.hpp"
#include "base/expected.hpp"
#include "base/id.hpp"
#include "base/match.hpp"
#include "base/store.hpp"

namespace horizon {
namespace {

using AppleId = Id<struct AppleTag>;
using PearId = Id<struct PearTag>;

TEST(Id, DefaultIsNone) {
  EXPECT_FALSE(AppleId().has_value());
  EXPECT_FALSE(static_cast<bool>(AppleId()));
  EXPECT_TRUE(AppleId(0).has_value());
}

TEST(Id, OrdersByIndexWithNoneLast) {
  EXPECT_LT(AppleId(1), AppleId(2));
  EXPECT_LT(AppleId(2), AppleId());
}

TEST(Id, IdsOfTwoStoresDoNotMix) { EXPECT_FALSE((std::is_convertible_v<AppleId, PearId>)); }

TEST(Id, Hashes) {
  const std::unordered_set<AppleId> set = {AppleId(1), AppleId(1), AppleId(2)};
  EXPECT_EQ(set.size(), 2u);
}

TEST(Store, GivesIdsInOrder) {
  Store<AppleId, std::string> store;
  EXPECT_TRUE(store.empty());
  const AppleId first = store.add("a");
  const AppleId second = store.add("b");
  EXPECT_EQ(first.index(), 0u);
  EXPECT_EQ(store[second], "b");
  EXPECT_EQ(store.id_at(1), second);
  EXPECT_EQ(store.size(), 2u);
}

TEST(StoreDeathTest, UnknownIdIsOurBugAndExits4) {
  const Store<AppleId, int> store;
  EXPECT_EXIT((void)store[AppleId(3)], testing::ExitedWithCode(4), "internal fault at .*store.hpp");
  EXPECT_EXIT((void)store[AppleId()], testing::ExitedWithCode(4), "not in your scenario");
}

TEST(Check, PassesSilently) { HZ_CHECK(1 + 1 == 2); }

TEST(CheckDeathTest, UnreachableNamesWhat) {
  EXPECT_EXIT(HZ_UNREACHABLE("the moon"), testing::ExitedWithCode(4), "unreachable: the moon");
}

TEST(Expected, HoldsAValueOrAnError) {
  const Expected<int, std::string> good = 3;
  const Expected<int, std::string> bad = Unexpected{std::string("no file")};
  ASSERT_TRUE(good);
  EXPECT_EQ(good.value(), 3);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), "no file");
}

TEST(Expected, TellsAStringFromAnErrorString) {
  const Expected<std::string, std::string> good = std::string("x");
  const Expected<std::string, std::string> bad = Unexpected{std::string("x")};
  EXPECT_TRUE(good.has_value());
  EXPECT_FALSE(bad.has_value());
}

TEST(ExpectedDeathTest, ValueOfAnErrorIsOurBug) {
  const Expected<int, std::string> bad = Unexpected{std::string("no")};
  EXPECT_EXIT((void)bad.value(), testing::ExitedWithCode(4), "has_value");
}

TEST(Match, TakesTheRightBranch) {
  const std::variant<int, std::string> number = 3;
  const std::variant<int, std::string> word = std::string("three");
  const auto length = [](const auto& v) {
    return match(
        v, [](int i) { return static_cast<std::size_t>(i); }, [](const std::string& s) { return s.size(); });
  };
  EXPECT_EQ(length(number), 3u);
  EXPECT_EQ(length(word), 5u);
}

}  // namespace
}  // namespace horizon
