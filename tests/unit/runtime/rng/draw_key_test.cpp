// The hash of a key is XXH64 (answers of libxxhash 0.8.1), and the text of a key is spelt as draws.md says.
#include "runtime/rng/draw_key.hpp"

#include <gtest/gtest.h>

namespace horizon::rng {
namespace {

TEST(DrawKey, HashIsXxh64) {
  EXPECT_EQ(hash_bytes(""), 0xef46db3751d8e999u);
  EXPECT_EQ(hash_bytes("a"), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(hash_bytes("abc"), 0x44bc2cf5ad770999u);
  EXPECT_EQ(hash_bytes("The quick brown fox jumps over the lazy dog"), 0x0b242d361fda71bcu);
  EXPECT_EQ(hash_bytes("Stelara.discount"), 0xc678ff56c619cad6u);
  EXPECT_EQ(hash_bytes("shock[2026]"), 0x5a973fe46877591au);
  EXPECT_EQ(hash_bytes("lægemiddel.pris[Sjælland]"), 0x6e6a3dd9b20e8a3cu);
}

TEST(DrawKey, EveryLength) {
  std::uint64_t sum = 0;
  for (int n = 0; n < 200; ++n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += static_cast<char>((i * 7 + n) % 256);
    sum = sum * 31 + hash_bytes(text);
  }
  EXPECT_EQ(sum, 0x33c08a8a17803cb0u);
}

TEST(DrawKey, Text) {
  const std::string_view year[] = {"2026"}, two[] = {"Nord", "2026"}, odd[] = {"a]b[c\\d"};
  EXPECT_EQ(draw_key_text("Stelara.discount"), "Stelara.discount");
  EXPECT_EQ(draw_key_text("shock", year), "shock[2026]");
  EXPECT_EQ(draw_key_text("share", two), "share[Nord][2026]");
  EXPECT_EQ(draw_key_text("x", odd), "x[a\\]b\\[c\\\\d]");
  EXPECT_EQ(sub_key_text("walk", 1), "walk/1");
  EXPECT_EQ(draw_id("Stelara.discount"), hash_bytes("Stelara.discount"));
}

}  // namespace
}  // namespace horizon::rng
