// Errors from independent randomisations, against small cases done by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "runtime/aggregate/aggregate.hpp"

namespace horizon::aggregate {
namespace {

TEST(Replicates, ErrorIsTheSpreadOfTheMeans) {
  // Randomisations {1, 3, 5}, {2, 4, 9}: means 3 and 5, medians 3 and 4; P90 of three values lies 0.8 of the way from the second to the
  // third: 4.6 and 8. Of two estimates sd / sqrt(2) is half their distance.
  const std::vector<double> values = {1, 2, 3, 4, 5, 9};
  store::Statistics s = summarise(values);
  set_replicate_errors(values, 2, {}, s);
  EXPECT_DOUBLE_EQ(*s.mc_error, 1);
  EXPECT_DOUBLE_EQ(*s.mc_error_p50, 0.5);
  EXPECT_NEAR(*s.mc_error_p90, 1.7, 1e-12);
  EXPECT_EQ(s.mean, 4);   // the rest stays
}

TEST(Replicates, UnequalSizesAndAConstant) {
  const std::vector<double> values = {1, 10, 3, 10, 5};   // {1, 3, 5}, {10, 10}
  store::Statistics s;
  set_replicate_errors(values, 2, {}, s);
  EXPECT_DOUBLE_EQ(*s.mc_error, 3.5);
  set_replicate_errors(std::vector<double>(16, 7.25), 8, {}, s);
  EXPECT_EQ(*s.mc_error, 0);
  EXPECT_EQ(*s.mc_error_p90, 0);
}

/// y = 1, 2, 3, 4 with mean 2.5; off are 0.1 * (-1.5 - 0.5) = -0.2 in the first and 0.2 * 1.5 = 0.3 in the second randomisation: means 2 and 3
/// become 2.2 and 2.7, that of the whole 2.45; half their distance is the error. Quantiles stay.
TEST(Replicates, WeightsAreTakenOffTheMeans) {
  const std::vector<double> values = {1, 2, 3, 4};
  const std::vector<double> weights = {0.1, 0, 0.1, 0, 0, 0, 0, 0.2};
  store::Statistics s = summarise(values);
  set_replicate_errors(values, 2, weights, s);
  EXPECT_DOUBLE_EQ(s.mean, 2.45);
  EXPECT_NEAR(*s.mc_error, 0.25, 1e-12);
  EXPECT_EQ(s.quantiles[store::p50_index], 2.5);
  store::Statistics constant = summarise(std::vector<double>(4, 7.25));
  set_replicate_errors(std::vector<double>(4, 7.25), 2, weights, constant);
  EXPECT_EQ(constant.mean, 7.25);
  EXPECT_EQ(*constant.mc_error, 0);
}

TEST(Replicates, TooFewValuesGiveNone) {
  store::Statistics s = summarise(std::vector<double>{1, 2, 3});
  ASSERT_TRUE(s.mc_error);
  set_replicate_errors(std::vector<double>{1, 2, 3}, 2, {}, s);
  EXPECT_FALSE(s.mc_error || s.mc_error_p50 || s.mc_error_p90);
}

}  // namespace
}  // namespace horizon::aggregate
