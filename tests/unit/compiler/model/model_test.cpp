#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model_builder.hpp"

namespace horizon::model {
namespace {

using test::ModelBuilder;
using test::type_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using types::Sort;

TEST(ReportPeriods, AreNamedByTheCalendar) {
  const Grid months{12 * 55 + 10, 1, 4};  // 2025-11..2026-02
  EXPECT_THAT(report_periods(months, Grain::Month).names, ElementsAre("2025-11", "2025-12", "2026-01", "2026-02"));
  EXPECT_THAT(report_periods(months, Grain::Quarter).names, ElementsAre("2025-Q4", "2026-Q1"));
  EXPECT_THAT(report_periods(months, Grain::Year).names, ElementsAre("2025", "2026"));
  EXPECT_THAT(report_periods(months, Grain::Year).of_period, ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(report_periods(months, Grain::Whole).names, ElementsAre("all"));
}

TEST(ReportPeriods, WorkBefore1970) {
  EXPECT_THAT(report_periods({-1, 1, 2}, Grain::Month).names, ElementsAre("1969-12", "1970-01"));
  EXPECT_THAT(report_periods({-12, 3, 2}, Grain::Quarter).names, ElementsAre("1969-Q1", "1969-Q2"));
}

TEST(Path, NamesInstanceRowAndQuantity) {
  ModelBuilder b;
  const auto one = b.instance("medicine", "Stelara");
  const auto many = b.family("launch", "pipeline", {"A", "with \"quotes\""});
  const auto climate = b.quantity("climate", b.num(1));
  const auto entry = b.quantity(one, "biosimilars.entry", b.num(1));
  const auto peak = b.quantity(many, "peak", b.num(1));
  EXPECT_EQ(path(b.model, climate, 0), "climate");
  EXPECT_EQ(path(b.model, entry, 0), "Stelara.biosimilars.entry");
  EXPECT_EQ(path(b.model, peak, 0), "pipeline[\"A\"].peak");
  EXPECT_EQ(path(b.model, peak, 1), "pipeline[\"with \\\"quotes\\\"\"].peak");
}

TEST(Cells, AreTheProductOfTheLabels) {
  ModelBuilder b;
  const auto region = b.dimension("region", {"N", "S", "E"});
  const auto age = b.dimension("age", {"old", "young"});
  EXPECT_EQ(cells(b.model, type_of(Sort::Number)), 1u);
  EXPECT_EQ(cells(b.model, type_of(Sort::Number, {region, age})), 6u);
}

TEST(CohortStartRule, IntegratesOneMinusAgeExactly) {
  for (int power = 0; power < 6; ++power) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) {
      double term = cohort_start_rule.weight[i];
      for (int k = 0; k < power; ++k) term *= cohort_start_rule.node[i];
      sum += term;
    }
    EXPECT_NEAR(sum, 1.0 / ((power + 1) * (power + 2)), 1e-15) << power;
  }
}

TEST(Print, ShowsDefinitionsAndHidesWhatIsConfidential) {
  ModelBuilder b;
  const auto one = b.instance("medicine", "Stelara");
  const auto price = b.quantity(one, "price", b.num(21450, Sort::Amount));
  const auto discount = b.quantity(one, "discount", b.num(0.4375, Sort::Share));
  b.model.quantities[discount].confidential = true;
  const auto spend = b.quantity(one, "spend", b.mul(b.ref(price), b.ref(discount)));
  b.quantity(one, "entry", b.date(2026, 3, 15));
  b.quantity(one, "never_at_all", b.num(std::numeric_limits<double>::infinity(), Sort::Date));
  b.forecast("year", b.ref(spend), Grain::Year);
  const std::string text = print(b.model);
  EXPECT_THAT(text, HasSubstr("medicine Stelara {"));
  EXPECT_THAT(text, HasSubstr("price : a plain number = 21450"));
  EXPECT_THAT(text, HasSubstr("discount : Share = (confidential)  confidential"));
  EXPECT_THAT(text, Not(HasSubstr("4375")));
  EXPECT_THAT(text, HasSubstr("spend : a plain number = (price * discount)"));
  EXPECT_THAT(text, HasSubstr("= 2026-03-15"));
  EXPECT_THAT(text, HasSubstr("= never"));
  EXPECT_THAT(text, HasSubstr("measure = Stelara.spend"));
  EXPECT_EQ(text, print(b.model));
}

TEST(Print, NamesWhatStandsInADefinitionTwice) {
  ModelBuilder b;
  ExprId doubled = b.add(b.num(1), b.num(2));
  for (int i = 0; i < 60; ++i) doubled = b.add(doubled, doubled);  // 2^60 paths
  b.quantity("x", doubled);
  const std::string text = print(b.model);
  EXPECT_LT(text.size(), 5000u);
  EXPECT_THAT(text, HasSubstr("where t1 = (1 + 2)"));
  EXPECT_THAT(text, HasSubstr("x : Number = (t60 + t60)"));
}

}  // namespace
}  // namespace horizon::model
