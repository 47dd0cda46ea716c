// The oracle itself against figures worked out by hand.
#include "compiler/eval/eval.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runtime/rng/draw_key.hpp"
#include "runtime/rng/philox.hpp"
#include "tests/unit/model_builder.hpp"

namespace horizon::eval {
namespace {

using model::Distribution;
using model::Reduce;
using test::ExprId;
using test::ModelBuilder;
using test::Op;
using test::type_of;
using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using types::Sort;

constexpr double kNever = std::numeric_limits<double>::infinity();

/// The measure in each period of the grid.
std::vector<double> by_period(ModelBuilder& b, ExprId measure) {
  b.model.forecasts.clear();
  b.forecast("f", measure, b.model.grid.months == 12 ? model::Grain::Year : model::Grain::Month);
  EXPECT_THAT(model::verify(b.model), testing::IsEmpty());
  return evaluate(b.model, 1, 0).forecasts[0];
}
/// A Date or Duration as a number: ticks of a date, months of a duration.
ExprId as_number(ModelBuilder& b, ExprId x) {
  if (b.model.exprs[x].type.sort == Sort::Duration) return b.expr(Op::ToMonths, type_of(Sort::Number), {x});
  const auto difference = b.expr(Op::DateDiff, type_of(Sort::Duration), {x, b.num(0, Sort::Date)});
  return b.mul(b.expr(Op::ToMonths, type_of(Sort::Number), {difference}), b.num(31));
}
double once(ModelBuilder& b, ExprId measure) { return by_period(b, measure)[0]; }

TEST(Dates, AddWeeksThroughTheCalendar) {
  ModelBuilder b(1);
  const auto sum = b.expr(Op::AddMonths, type_of(Sort::Date), {b.date(2026, 3, 2), b.duration(0, 112)});
  EXPECT_DOUBLE_EQ(once(b, as_number(b, sum)), ModelBuilder::ticks(2026, 6, 22));
}
TEST(Dates, AddYearsExactly) {
  ModelBuilder b(1);
  const auto sum = b.expr(Op::AddMonths, type_of(Sort::Date), {b.date(2009, 1, 15), b.duration(31 * 180)});
  EXPECT_DOUBLE_EQ(once(b, as_number(b, sum)), ModelBuilder::ticks(2024, 1, 15));
}
TEST(Dates, ADayBeyondTheMonthIsReadAsItsLast) {
  ModelBuilder b(2);  // January and February 2026
  const auto date = b.expr(Op::AddMonths, type_of(Sort::Date), {b.date(2026, 1, 31), b.duration(31)});
  EXPECT_THAT(by_period(b, b.expr(Op::After, type_of(Sort::Share), {date})), ElementsAre(0, DoubleEq(1.0 / 28)));
  const auto day_later = b.expr(Op::AddMonths, type_of(Sort::Date), {date, b.duration(0, 1)});
  EXPECT_DOUBLE_EQ(once(b, as_number(b, day_later)), ModelBuilder::ticks(2026, 3, 1));
}
TEST(Dates, NeverStays) {
  ModelBuilder b(1);
  const auto sum =
      b.expr(Op::AddMonths, type_of(Sort::Date), {b.num(kNever, Sort::Date), b.duration(31, 5)});
  EXPECT_EQ(once(b, b.expr(Op::After, type_of(Sort::Share), {sum})), 0);
}

TEST(Time, SinceIsTheMiddleOfThePartAfter) {
  ModelBuilder b(3);
  const auto since = b.expr(Op::Since, type_of(Sort::Duration), {b.date(2026, 2, 11)});
  EXPECT_THAT(by_period(b, as_number(b, since)), ElementsAre(DoubleEq((15.5 - 41) / 31), DoubleEq(21 / 2.0 / 31), DoubleEq((77.5 - 41) / 31)));
}
TEST(Time, AfterAndDuringCountTrueDays) {
  ModelBuilder b(3);
  const auto after = b.expr(Op::After, type_of(Sort::Share), {b.date(2026, 2, 8)});
  EXPECT_THAT(by_period(b, after), ElementsAre(0, DoubleEq(21.0 / 28), 1));
  const auto during = b.expr(Op::During, type_of(Sort::Share), {b.date(2026, 2, 8), b.date(2026, 2, 15)});
  EXPECT_THAT(by_period(b, during), ElementsAre(0, DoubleEq(0.25), 0));
}
TEST(Time, DatedIsTheMeanOverThePeriod) {
  ModelBuilder b(3);
  const auto dated =
      b.expr(Op::Dated, type_of(Sort::Number), {b.num(1), b.date(2026, 2, 8), b.num(2), b.date(2026, 2, 22), b.num(4)});
  EXPECT_THAT(by_period(b, dated), ElementsAre(1, DoubleEq(0.25 * 1 + 0.5 * 2 + 0.25 * 4), 4));
}
TEST(Time, LumpFallsIntoOnePeriod) {
  ModelBuilder b(2, 3);
  const auto lump = b.expr(Op::Lump, type_of(Sort::Number), {b.num(30), b.date(2026, 4, 1)});
  b.forecast("f", lump, model::Grain::Quarter);
  EXPECT_THAT(evaluate(b.model, 1, 0).forecasts[0], ElementsAre(0, 10));
}

TEST(Masks, AZeroAbsorbsInfinity) {
  ModelBuilder b(1);
  EXPECT_EQ(once(b, b.expr(Op::MaskMul, type_of(Sort::Number), {b.num(0, Sort::Event), b.num(kNever)})), 0);
}

TEST(State, PrevStartsAndGoesOn) {
  ModelBuilder b(4);
  const auto x = b.declare(ModelBuilder::scenario(), "x");
  b.define(x, b.mul(b.prev(x, b.num(3)), b.num(2)));
  EXPECT_THAT(by_period(b, b.ref(x)), ElementsAre(6, 12, 24, 48));
}
TEST(State, CumulativeIncludesThePeriod) {
  ModelBuilder b(3, 12);
  const auto x = b.declare(ModelBuilder::scenario(), "x");
  b.define(x, b.add(b.prev(x, b.num(0)), b.num(1)));
  auto sum = b.expr(Op::Cumulative, type_of(Sort::Number), {b.ref(x)});
  EXPECT_THAT(by_period(b, sum), ElementsAre(1, 3, 6));
  sum = b.expr(Op::Cumulative, type_of(Sort::Number), {b.ref(x)});
  b.model.exprs[sum].integrate = true;
  EXPECT_THAT(by_period(b, sum), ElementsAre(12, 36, 72));
}
TEST(State, CohortOfAConstantIsTheRunningTotalAtTheMiddle) {
  ModelBuilder b(3);
  const auto all = b.expr(Op::Cohort, type_of(Sort::Number), {b.num(10), b.num(1)});
  EXPECT_THAT(by_period(b, all), ElementsAre(DoubleNear(5, 1e-12), DoubleNear(15, 1e-12), DoubleNear(25, 1e-12)));
}
TEST(State, CohortOfExponentialStayIsNearItsIntegral) {
  ModelBuilder b(24);
  const auto age = b.expr(Op::ToMonths, type_of(Sort::Number), {b.expr(Op::Bound, type_of(Sort::Duration))});
  const auto stay = b.expr(Op::Exp, type_of(Sort::Number), {b.mul(age, b.num(-0.1))});
  const auto on = by_period(b, b.expr(Op::Cohort, type_of(Sort::Number), {b.num(10), stay}));
  for (std::size_t p = 0; p < on.size(); ++p) {  // mean over the period of 10 (1 - e^(-t/10)) / 0.1
    const double t = static_cast<double>(p);
    EXPECT_NEAR(on[p], 100 * (1 - 10 * (std::exp(-t / 10) - std::exp(-(t + 1) / 10))), 1e-6);
  }
}

TEST(Dimensions, MapLabelPickAndReduce) {
  ModelBuilder b(1);
  const auto region = b.dimension("region", {"N", "S"});
  const auto age = b.dimension("age", {"old", "young", "all"});
  const auto map = [&](test::DimensionId d, std::vector<ExprId> entries) {
    const auto id = b.expr(Op::MapOf, type_of(Sort::Number, {d}), std::move(entries));
    b.model.exprs[id].dimension = d;
    return id;
  };
  const auto by_region = map(region, {b.num(1), b.num(10)});
  const auto by_age = map(age, {b.num(2), b.num(3), b.num(4)});
  const auto both = b.expr(Op::Mul, type_of(Sort::Number, {region, age}), {by_age, by_region});
  auto over = [&](Reduce how, test::DimensionId d, test::DimensionId left) {
    const auto id = b.expr(Op::ReduceOver, type_of(Sort::Number, {left}), {both});
    b.model.exprs[id].dimension = d;
    b.model.exprs[id].reduce = how;
    return id;
  };
  EXPECT_THAT(by_period(b, both), ElementsAre(2, 3, 4, 9, 20, 30, 40, 90, 22, 33, 44, 99));  // `all` last
  EXPECT_THAT(by_period(b, over(Reduce::Max, region, age)), ElementsAre(20, 30, 40, 90));
  EXPECT_THAT(by_period(b, over(Reduce::Mean, age, region)), ElementsAre(3, 30, 33));
  const auto young = b.expr(Op::LabelOf, type_of(Sort::Number, {region}), {both});
  b.model.exprs[young].dimension = age;
  b.model.exprs[young].index = 1;
  EXPECT_THAT(by_period(b, young), ElementsAre(3, 30, 33));
  auto label_type = type_of(Sort::Label);
  label_type.label_of = age;
  const auto label = b.expr(Op::Const, label_type);
  b.model.exprs[label].number = 2;
  const auto pick = b.expr(Op::Pick, type_of(Sort::Number, {region}), {label, both});
  b.model.exprs[pick].dimension = age;
  EXPECT_THAT(by_period(b, pick), ElementsAre(4, 40, 44));
}

TEST(Sets, SumByALabelOfTheMembers) {
  ModelBuilder b(1);
  const auto atc = b.dimension("atc1", {"A", "L"});
  const auto family = b.family("product", "P", {"x", "y", "z"});
  const auto column = b.column(family, "spend", type_of(Sort::Number), {1, 10, 100});
  const auto spend = b.quantity(family, "spend", b.at(column, type_of(Sort::Number)));
  model::Reduction set;
  set.terms = {{spend, {0, 1, 2}, {1, 0, 1}}};
  set.by = atc;
  EXPECT_THAT(by_period(b, b.reduce(set, type_of(Sort::Number, {atc}))), ElementsAre(10, 101, 111));
  EXPECT_THAT(by_period(b, b.reduce(Reduce::Mean, spend)), ElementsAre(37));
  EXPECT_THAT(by_period(b, b.reduce(Reduce::Min, spend)), ElementsAre(1));
}

TEST(Draws, AreKeyedByPathRowAndLabels) {
  ModelBuilder b(24);
  const auto region = b.dimension("region", {"N", "S"});
  const auto family = b.family("k", "F", {"a", "b"});
  const auto draw = b.draw(Distribution::Uniform, {b.num(0), b.num(1)}, type_of(Sort::Number, {region}));
  b.model.draws[0].each = model::DrawSpec::Each::Year;
  b.model.draws[0].each_dimension = {region};
  const auto x = b.quantity(family, "x", draw);
  b.forecast("f", b.row_of(x, 1));
  const auto result = evaluate(b.model, 7, 5).forecasts[0];
  rng::ScalarArith a;
  const auto u = [&](const char* key) { return rng::uniform_of(a, rng::draw_bits(7, rng::draw_id(key), 5)).u; };
  EXPECT_EQ(result[0], u("F[\"b\"].x[N][2026]"));
  EXPECT_EQ(result[1], u("F[\"b\"].x[S][2026]"));
  EXPECT_EQ(result[11 * 3], result[0]);
  EXPECT_EQ(result[12 * 3], u("F[\"b\"].x[N][2027]"));
}

/// Mean and quantiles of each distribution over many futures, from its definition.
TEST(Draws, HaveTheStatedQuantiles) {
  struct Case {
    Distribution distribution;
    std::vector<double> parameters;
    double p, quantile;  ///< P(X <= quantile) = p
  };
  const std::vector<Case> cases = {
      {Distribution::Uniform, {2, 6}, 0.25, 3},
      {Distribution::Normal, {10, 2}, 0.8413447460685429, 12},
      {Distribution::NormalP, {1, 3, 0.8}, 0.9, 3},
      {Distribution::Lognormal, {std::exp(0.5), std::exp(0.5) * std::sqrt(std::exp(1.0) - 1)}, 0.5, 1},
      {Distribution::LognormalP, {1, 4, 0.8}, 0.1, 1},
      {Distribution::LognormalMedian, {1, 4, 0.9}, 0.9, 4},
      {Distribution::LogitNormalP, {0.2, 0.6, 0.8}, 0.9, 0.6},
      {Distribution::Triangular, {0, 1, 4}, 0.25, 1},
      {Distribution::Pert, {0, 1, 2}, 0.5, 1},
      {Distribution::Beta, {2, 2}, 0.5, 0.5},
      {Distribution::BetaMeanSd, {0.5, 0.1}, 0.5, 0.5},
      {Distribution::Gamma, {1, 1}, 1 - std::exp(-1.0), 1},  // exponential
      {Distribution::Weibull, {1, 1}, 1 - std::exp(-2.0), 2},
      {Distribution::Exponential, {3}, 1 - std::exp(-1.0), 3},
      {Distribution::Poisson, {2}, 5 * std::exp(-2.0), 2},
      {Distribution::Chance, {0.3}, 0.7, 0},
      {Distribution::Discrete, {5, 2, 7, 6}, 0.25, 5},
  };
  for (const Case& c : cases) {
    ModelBuilder b(1);
    std::vector<ExprId> args;
    for (const double p : c.parameters) args.push_back(b.num(p));
    const auto x = b.quantity("x", b.draw(c.distribution, args, type_of(c.distribution == Distribution::Chance ? Sort::Event : Sort::Number)));
    b.forecast("f", b.ref(x));
    int below = 0;
    constexpr int n = 4000;
    for (std::uint64_t future = 0; future < n; ++future)
      below += evaluate(b.model, 3, future).forecasts[0][0] <= c.quantile * (1 + 1e-12) ? 1 : 0;
    const double se = std::sqrt(c.p * (1 - c.p) / n);
    EXPECT_NEAR(below / static_cast<double>(n), c.p, 4 * se) << static_cast<int>(c.distribution);
  }
}

TEST(Draws, ImpossibleParametersAreNoNumber) {
  ModelBuilder b(1);
  b.forecast("f", b.ref(b.quantity("x", b.draw(Distribution::Triangular, {b.num(3), b.num(2), b.num(1)}))));
  EXPECT_TRUE(std::isnan(evaluate(b.model, 1, 0).forecasts[0][0]));
}

TEST(Draws, ADurationInDaysKeepsItsDays) {
  ModelBuilder b(1);
  const auto draw = b.draw(Distribution::Uniform, {b.duration(0, 14), b.duration(0, 14)}, type_of(Sort::Duration));
  b.model.draws[0].in_days = true;
  const auto x = b.quantity("x", draw);
  const auto sum = b.expr(Op::AddMonths, type_of(Sort::Date), {b.date(2026, 2, 20), b.ref(x)});
  EXPECT_DOUBLE_EQ(once(b, as_number(b, sum)), ModelBuilder::ticks(2026, 3, 6));
}

TEST(Forecasts, TotalMeanAndEnd) {
  ModelBuilder b(24);
  const auto x = b.declare(ModelBuilder::scenario(), "x");
  b.define(x, b.add(b.prev(x, b.num(0)), b.num(1)));
  using Over = model::Forecast::Over;
  const auto with = [&](Over over) {
    b.model.forecasts.clear();
    auto& f = b.forecast("f", b.ref(x), model::Grain::Year);
    f.over = over;
    f.unit_scale = 2;
    return evaluate(b.model, 1, 0).forecasts[0];
  };
  EXPECT_THAT(with(Over::Total), ElementsAre(39, 111));
  EXPECT_THAT(with(Over::Mean), ElementsAre(3.25, 9.25));
  EXPECT_THAT(with(Over::End), ElementsAre(6, 12));
}

// ---- faults ------------------------------------------------------------------------------------------------------

TEST(Faults, NameTheFirstQuantityThatWentWrong) {
  ModelBuilder b(3);
  const auto group = b.instance("medicine", "Stelara");
  const auto countdown = b.declare(group, "countdown");
  b.define(countdown, b.add(b.prev(countdown, b.num(2)), b.num(-1)));  // 1, 0, -1
  const auto ratio = b.quantity(group, "ratio", b.expr(Op::Div, {}, {b.num(5), b.ref(countdown)}));
  b.model.quantities[ratio].confidential = true;
  const auto total = b.quantity("total", b.add(b.ref(ratio), b.num(1)));
  b.forecast("f", b.ref(total));
  const auto fault = find_fault(b.model, 1, 0);
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->path, "Stelara.ratio");
  EXPECT_EQ(fault->period, "2026-02");
  EXPECT_EQ(fault->what, "is infinite");
  EXPECT_TRUE(fault->confidential);
  EXPECT_EQ(fault->span, b.model.quantities[ratio].span);
}
TEST(Faults, NameTheRequirementThatFails) {
  ModelBuilder b(2, 12);
  const auto family = b.family("k", "F", {"a", "b"});
  const auto column = b.column(family, "price", type_of(Sort::Number), {1, -1});
  const auto price = b.quantity(family, "price", b.at(column, type_of(Sort::Number)));
  b.require(family, b.expr(Op::Ge, type_of(Sort::Event), {b.ref(price), b.num(0)}), "a price below zero");
  b.forecast("f", b.reduce(Reduce::Sum, price), model::Grain::Year);
  const auto fault = find_fault(b.model, 1, 0);
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->path, "F[\"b\"]");
  EXPECT_EQ(fault->period, "2026");
  EXPECT_THAT(fault->what, HasSubstr("a price below zero"));
}
TEST(Faults, NameDatesOutOfOrder) {
  ModelBuilder b(1);
  const auto dated =
      b.expr(Op::Dated, type_of(Sort::Number), {b.num(1), b.date(2026, 3), b.num(2), b.date(2026, 2), b.num(4)});
  b.forecast("f", b.ref(b.quantity("x", dated)));
  const auto fault = find_fault(b.model, 1, 0);
  ASSERT_TRUE(fault.has_value());
  EXPECT_THAT(fault->what, HasSubstr("in order"));
  EXPECT_EQ(fault->span, b.model.exprs[dated].span);
}
TEST(Faults, NeverIsNone) {
  ModelBuilder b(2);
  const auto start = b.quantity("start", b.num(kNever, Sort::Date));
  const auto age = b.quantity("age", b.expr(Op::Since, type_of(Sort::Duration), {b.ref(start)}));
  const auto growth = b.quantity("growth", b.expr(Op::Exp, {}, {b.expr(Op::ToMonths, {}, {b.ref(age)})}));
  const auto mask = b.expr(Op::After, type_of(Sort::Share), {b.ref(start)});
  b.forecast("f", b.expr(Op::MaskMul, {}, {mask, b.expr(Op::Div, {}, {b.num(1), b.ref(growth)})}));
  EXPECT_FALSE(find_fault(b.model, 1, 0).has_value());
}

}  // namespace
}  // namespace horizon::eval
