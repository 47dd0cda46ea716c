#include "base/text.hpp"

#include <gtest/gtest.h>

namespace horizon {
namespace {

TEST(EditDistance, CountsOneSlipAsOne) {
  EXPECT_EQ(edit_distance("discount", "discount"), 0u);
  EXPECT_EQ(edit_distance("discuont", "discount"), 1u);  // neighbours swapped
  EXPECT_EQ(edit_distance("discont", "discount"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Closest, FindsWhatIsMeantAndNothingElse) {
  const std::vector<std::string> names = {"price", "discount", "dose"};
  EXPECT_EQ(closest("discuont", names), "discount");
  EXPECT_EQ(closest("prise", names), "price");
  EXPECT_EQ(closest("volume", names), std::nullopt);
  EXPECT_EQ(closest("x", names), std::nullopt);
}

TEST(JoinWords, ReadsAsAList) {
  EXPECT_EQ(join_words({}), "");
  EXPECT_EQ(join_words({"a"}), "a");
  EXPECT_EQ(join_words({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(join_words({"a", "b"}, "or"), "a or b");
}

}  // namespace
}  // namespace horizon
