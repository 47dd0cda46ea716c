// What two editions of a model have in common.
#include "compiler/model/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace horizon::model {
namespace {

Model model_of(double price, double share = 0.5) {
  Model m;
  m.grid = {12 * 56, 1, 12};
  Group scenario;
  scenario.keys = {""};
  scenario.columns.push_back({"share", {}, {share}});
  m.groups.add(std::move(scenario));
  Expr constant;
  constant.number = price;
  const ExprId price_id = m.exprs.add(constant);
  Expr sum;
  sum.op = Op::Add;
  sum.args = {price_id, price_id};
  const ExprId sum_id = m.exprs.add(sum);
  m.quantities.add({"cost", GroupId(0), {}, sum_id, {}, false, false, {}});
  return m;
}

TEST(NumberChanges, AreFound) {
  const Model before = model_of(100);
  const auto same = number_changes(before, model_of(100));
  ASSERT_TRUE(same.has_value());
  EXPECT_TRUE(same->constants.empty() && same->columns.empty());
  const auto both = number_changes(before, model_of(101, 0.25));
  ASSERT_TRUE(both.has_value());
  EXPECT_THAT(both->constants, testing::ElementsAre(ExprId(0)));
  EXPECT_THAT(both->columns, testing::ElementsAre(std::pair(GroupId(0), 0u)));
}

TEST(NumberChanges, ZerosOfEitherSignDiffer) {
  const auto changes = number_changes(model_of(0.0), model_of(-0.0));
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(changes->constants.size(), 1u);
}

TEST(NumberChanges, PlacesInTheTextDoNotCount) {
  Model moved = model_of(100);
  moved.exprs[ExprId(1)].span.begin = 7;
  moved.quantities[QuantityId(0)].provenance.note = "another";
  EXPECT_TRUE(number_changes(model_of(100), moved).has_value());
}

TEST(NumberChanges, AnythingElseIsAnotherModel) {
  const Model before = model_of(100);
  const auto differs = [&](auto&& change) {
    Model now = model_of(101);
    change(now);
    return !number_changes(before, now).has_value();
  };
  EXPECT_TRUE(differs([](Model& m) { m.grid.periods = 13; }));
  EXPECT_TRUE(differs([](Model& m) { m.currency = "EUR"; }));
  EXPECT_TRUE(differs([](Model& m) { m.vocabulary.add_atom("box", false); }));
  EXPECT_TRUE(differs([](Model& m) { m.dimensions.add({"region", {}}); }));
  EXPECT_TRUE(differs([](Model& m) { m.groups[GroupId(0)].keys = {"a"}; }));
  EXPECT_TRUE(differs([](Model& m) { m.groups[GroupId(0)].columns[0].values.push_back(1); }));
  EXPECT_TRUE(differs([](Model& m) { m.quantities[QuantityId(0)].name = "costs"; }));
  EXPECT_TRUE(differs([](Model& m) { m.quantities[QuantityId(0)].definition = ExprId(0); }));
  EXPECT_TRUE(differs([](Model& m) { m.exprs[ExprId(1)].op = Op::Sub; }));
  EXPECT_TRUE(differs([](Model& m) { m.exprs[ExprId(1)].number = 1; }));
  EXPECT_TRUE(differs([](Model& m) { m.exprs[ExprId(0)].type.sort = types::Sort::Share; }));
  EXPECT_TRUE(differs([](Model& m) { m.exprs.add({}); }));
  EXPECT_TRUE(differs([](Model& m) { m.draws.emplace_back(); }));
  EXPECT_TRUE(differs([](Model& m) { m.correlations.push_back({"block", 0.5, {}}); }));
  EXPECT_TRUE(differs([](Model& m) { m.reductions.emplace_back(); }));
  EXPECT_TRUE(differs([](Model& m) { m.requirements.emplace_back(); }));
  EXPECT_TRUE(differs([](Model& m) { m.forecasts.emplace_back(); }));
}

}  // namespace
}  // namespace horizon::model
