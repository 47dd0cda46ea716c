// Each invariant of verify.cpp with a model that breaks it, and one that keeps them all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model_builder.hpp"

namespace horizon::model {
namespace {

using test::ModelBuilder;
using test::type_of;
using testing::Contains;
using testing::IsEmpty;
using testing::StartsWith;
using types::Sort;

struct Sound : testing::Test {
  ModelBuilder b;
  DimensionId region = b.dimension("region", {"N", "S"});
  DimensionId age = b.dimension("age", {"old", "young"});
  GroupId family = b.family("launch", "pipeline", {"A", "B"});
  std::int32_t column = b.column(family, "peak", type_of(Sort::Number), {0.1, 0.2});
  QuantityId peak = b.quantity(family, "peak", b.at(column, type_of(Sort::Number)));
  QuantityId drawn = b.quantity(family, "drawn", b.draw(Distribution::Uniform, {b.num(0), b.num(1)}));
  QuantityId total = b.quantity("total", b.reduce(Reduce::Sum, peak));

  void expect(const std::string& invariant) {
    EXPECT_THAT(verify(b.model), Contains(StartsWith(invariant + ": ")));
  }
};

TEST_F(Sound, IsSound) {
  b.forecast("total", b.ref(total)).budget.push_back({3, {}, 5.0});
  EXPECT_THAT(verify(b.model), IsEmpty());
}
TEST_F(Sound, ScenarioFirst) {
  b.model.groups[GroupId(0)].keys = {"", ""};
  expect("scenario_first");
}
TEST_F(Sound, IdsInRangeOfOperands) {
  b.quantity("x", b.add(b.num(1), ExprId(12345)));
  expect("ids_in_range");
}
TEST_F(Sound, IdsInRangeOfRows) {
  b.quantity("x", b.row_of(peak, 2));
  expect("ids_in_range");
}
TEST_F(Sound, IdsInRangeOfMembers) {
  b.model.reductions[0].terms[0].rows.push_back(2);
  expect("ids_in_range");
}
TEST_F(Sound, NoUnknownTypes) {
  b.quantity("x", b.num(1, Sort::Unknown));
  expect("no_unknown_types");
}
TEST_F(Sound, DimensionsInOrder) {
  b.quantity("x", b.expr(Op::Const, type_of(Sort::Number, {age, region})));
  expect("dimensions_in_order");
}
TEST_F(Sound, ColumnsComplete) {
  b.model.groups[family].columns[0].values.pop_back();
  expect("columns_complete");
}
TEST_F(Sound, Arity) {
  b.quantity("x", b.expr(Op::Add, {}, {b.num(1)}));
  expect("arity");
}
TEST_F(Sound, ArityOfMaps) {
  const auto map = b.expr(Op::MapOf, type_of(Sort::Number, {region}), {b.num(1)});
  b.model.exprs[map].dimension = region;
  b.quantity("x", map);
  expect("arity");
}
TEST_F(Sound, ArityOfDraws) {
  b.quantity("x", b.draw(Distribution::Pert, {b.num(0), b.num(1)}));
  expect("arity");
}
TEST_F(Sound, NoLoops) {
  const auto sum = b.add(b.num(1), b.num(2));
  b.model.exprs[sum].args[1] = sum;
  b.quantity("x", sum);
  expect("no_loops");
}
TEST_F(Sound, OperandTypesLoseNoDimension) {
  const auto wide = b.expr(Op::Const, type_of(Sort::Number, {region}));
  b.quantity("x", b.expr(Op::Add, type_of(Sort::Number), {wide, b.num(1)}));
  expect("operand_types");
}
TEST_F(Sound, OperandTypesKeepDurations) {
  b.quantity("x", b.expr(Op::Add, type_of(Sort::Number), {b.duration(31), b.num(1)}));
  expect("operand_types");
}
TEST_F(Sound, OperandTypesOfConditions) {
  b.quantity("x", b.expr(Op::Select, type_of(Sort::Number), {b.num(1), b.num(2), b.num(3)}));
  expect("operand_types");
}
TEST_F(Sound, OperandTypesOfRequirements) {
  b.require(ModelBuilder::scenario(), b.num(1), "");
  expect("operand_types");
}
TEST_F(Sound, Masks) {
  b.quantity("x", b.expr(Op::MaskMul, type_of(Sort::Number), {b.num(1, Sort::Amount), b.num(2)}));
  expect("masks");
}
TEST_F(Sound, RowsAgree) {
  b.quantity("x", b.ref(peak));
  expect("rows_agree");
}
TEST_F(Sound, BoundInCohort) {
  b.quantity("x", b.expr(Op::Bound, type_of(Sort::Duration)));
  expect("bound_in_cohort");
}
TEST_F(Sound, DrawsOwnedOnce) {
  const auto definition = b.model.quantities[drawn].definition;
  b.quantity(family, "again", definition);
  expect("draws_owned_once");
}
TEST_F(Sound, LatentsByRow) {
  const auto draw = static_cast<std::size_t>(b.model.exprs[b.model.quantities[drawn].definition].draw);
  b.model.correlations = {{"climate", 0.4, {}}};
  b.model.draws[draw].latent.assign(b.model.groups[b.model.quantities[drawn].group].rows() + 1, {0, false});
  expect("latents_by_row");
}
TEST_F(Sound, LatentsOfABlockThatIs) {
  const auto draw = static_cast<std::size_t>(b.model.exprs[b.model.quantities[drawn].definition].draw);
  b.model.draws[draw].latent.assign(b.model.groups[b.model.quantities[drawn].group].rows(), {0, false});
  expect("ids_in_range");
}
TEST_F(Sound, SetsAligned) {
  b.model.reductions[0].by = region;
  expect("sets_aligned");
}
TEST_F(Sound, SetsAlignedMeanOfNothing) {
  b.model.reductions[0].terms.clear();
  b.model.reductions[0].reduce = Reduce::Mean;
  expect("sets_aligned");
}
TEST_F(Sound, ForecastsInGrid) {
  b.forecast("total", b.ref(total)).budget.push_back({12, {}, 5.0});
  expect("forecasts_in_grid");
}
TEST_F(Sound, ForecastsHaveTheirDimensions) {
  b.forecast("total", b.ref(total)).dimensions = {region};
  expect("forecasts_in_grid");
}

}  // namespace
}  // namespace horizon::model
