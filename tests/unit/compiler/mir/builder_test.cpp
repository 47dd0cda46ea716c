#include "compiler/mir/builder.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace horizon {
namespace {

using mir::Builder;

struct Built {
  mir::Module module;
  mir::Kernel kernel;
  Builder b{module, kernel};
};

TEST(Builder, EqualPureValuesAreOne) {
  Built k;
  const auto x = k.b.column(0), y = k.b.period(0);
  EXPECT_EQ(k.b.add(x, y).id, k.b.add(x, y).id);
  EXPECT_NE(k.b.add(x, y).id, k.b.sub(x, y).id);
  EXPECT_NE(k.b.load({3, {}, 0, {}}).id, k.b.load({3, {}, 0, {}}).id);   // memory may change in between
  EXPECT_NE(k.b.c(0.0).id, k.b.c(-0.0).id);                              // they differ in a bit
}

TEST(Builder, LevelsFollowFromOperands) {
  Built k;
  const auto row = k.b.column(0), period = k.b.period(0);
  EXPECT_EQ(k.b.level(k.b.c(2).id), mir::Constant);
  EXPECT_EQ(k.b.level(k.b.mul(row, period).id), mir::Row | mir::Period);
  EXPECT_EQ(k.b.level(k.b.future().id), mir::Future);
  EXPECT_EQ(k.b.level(k.b.prev(0).id), mir::Row | mir::Period | mir::Future);
  const auto slot = k.b.icolumn(1);
  EXPECT_EQ(k.b.level(k.b.load({0, slot.id, 1, {}}).id), mir::Row | mir::Period | mir::Future);
  EXPECT_EQ(k.b.level(k.b.load({0, {}, 0, {}}).id), mir::Future);
}

TEST(Builder, FoldsConstantsToTheBit) {
  Built k;
  Builder& b = k.b;
  EXPECT_EQ(b.constant(b.add(b.c(0.1), b.c(0.2))), 0.1 + 0.2);
  EXPECT_EQ(b.constant(b.fma(b.c(0.1), b.c(10), b.c(-1))), std::fma(0.1, 10, -1));
  EXPECT_EQ(b.constant(b.umul32(b.ci(-1), b.ci(3))), 0xffffffffll * 3);
  EXPECT_EQ(b.constant(b.sar(b.ci(-8), 1)), -4);
  EXPECT_EQ(b.constant(b.shr(b.ci(-8), 1)), 0x7ffffffffffffffcll);
  EXPECT_EQ(b.constant(b.f2bits(b.c(1.0))), 0x3ff0000000000000ll);
  EXPECT_EQ(b.constant(b.lt(b.c(1), b.c(2))), true);
  EXPECT_EQ(b.constant(b.ult(b.ci(-1), b.ci(2))), false);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(*b.constant(b.min(b.c(1), b.c(nan)))));   // min passes its second operand
  EXPECT_EQ(b.constant(b.min(b.c(nan), b.c(1))), 1);
}

TEST(Builder, OnlyExactIdentitiesVanish) {
  Built k;
  Builder& b = k.b;
  const auto x = b.column(0);
  EXPECT_EQ(b.mul(x, b.c(1)).id, x.id);
  EXPECT_EQ(b.sub(x, b.c(0)).id, x.id);
  EXPECT_EQ(b.add(x, b.c(-0.0)).id, x.id);
  EXPECT_NE(b.add(x, b.c(0)).id, x.id);      // -0 + 0 is +0
  EXPECT_FALSE(b.constant(b.mul(x, b.c(0))));   // x may be infinite
}

TEST(Builder, TruthAndNumberGoBackAndForth) {
  Built k;
  Builder& b = k.b;
  const auto m = b.lt(b.column(0), b.column(1));
  EXPECT_EQ(b.truth_of(b.number(m)).id, m.id);
  EXPECT_EQ(b.constant(b.truth_of(b.c(0.5))), true);
  EXPECT_EQ(b.mnot(b.mnot(m)).id, m.id);
  EXPECT_EQ(b.constant(b.mask_mul(b.c(0), b.column(0))), 0);   // 0 absorbs even infinity
  const auto product = b.mask_mul(b.number(m), b.column(0));
  EXPECT_EQ(k.kernel.values[product.id].op, mir::Op::Select);
  b.require(b.truth(true));
  for (const mir::Value& v : k.kernel.values) EXPECT_NE(v.op, mir::Op::Require);
}

TEST(Builder, TablesOfEqualNumbersAreOne) {
  Built k;
  const double numbers[] = {1, 2, 3, 4}, same[] = {1, 2, 3, 4};
  const auto at = k.b.icolumn(0);
  EXPECT_EQ(k.b.table(numbers, 4, at).id, k.b.table(same, 4, at).id);
  EXPECT_EQ(k.module.tables.size(), 1u);
}

}  // namespace
}  // namespace horizon
