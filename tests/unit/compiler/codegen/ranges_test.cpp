// How large values can be, from their structure alone.
#include "compiler/codegen/ranges.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "compiler/mir/builder.hpp"
#include "runtime/rng/philox.hpp"

namespace horizon::codegen {
namespace {

using mir::Builder;
using F = Builder::F;

class Ranges : public ::testing::Test {
 protected:
  Ranges() : builder_(module_, kernel_) {}
  double highest_of(F x) const { return highest(kernel_, x.id); }
  F any_bits() { return builder_.bits2f(builder_.future()); }

  mir::Module module_;
  mir::Kernel kernel_;
  Builder builder_;
};

TEST_F(Ranges, OfADrawnNumber) {
  Builder& b = builder_;
  const auto drawn = rng::uniform_of(b, b.future());
  EXPECT_EQ(highest_of(drawn.u), 1 - 0x1p-53);
  EXPECT_EQ(highest_of(drawn.w), 0.5 - 0x1p-53);
  EXPECT_EQ(highest_of(b.mul(drawn.u, b.c(3))), 3 * (1 - 0x1p-53));
  EXPECT_EQ(highest_of(b.sub(drawn.u, drawn.w)), 1 - 0x1p-53 - 0x1p-53);
}

TEST_F(Ranges, AreNotKnownElsewhere) {
  Builder& b = builder_;
  const F drawn = rng::uniform_of(b, b.future()).u;
  EXPECT_TRUE(std::isinf(highest_of(any_bits())));
  EXPECT_TRUE(std::isinf(highest_of(b.mul(drawn, b.c(-1)))));
  EXPECT_TRUE(std::isinf(highest_of(b.select(b.lt(drawn, b.c(0.5)), drawn, any_bits()))));
  EXPECT_TRUE(std::isinf(highest_of(b.add(drawn, b.c(1)))));
  EXPECT_FALSE(std::isfinite(highest_of(b.sub(any_bits(), any_bits()))));
}

}  // namespace
}  // namespace horizon::codegen
