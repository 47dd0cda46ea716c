#include <chrono>
#include <random>

#include "compiler/lower/dates.hpp"
#include "runtime/rng/arith.hpp"
#include "tests/unit/compiler/lower/harness.hpp"

namespace horizon::test {
namespace {

using model::Distribution;
using rng::ScalarArith;
using namespace lower;

constexpr double never = std::numeric_limits<double>::infinity();

double tick(int year, unsigned month, unsigned day) { return 31.0 * (12 * (year - 1970) + static_cast<int>(month) - 1) + day - 1; }

double true_day(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
}

TEST(Dates, DayNumbersAreThoseOfTheCalendar) {
  ScalarArith a;
  for (int year = 1900; year < 2200; ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      const std::chrono::year_month_day_last last{std::chrono::year(year), std::chrono::month_day_last(std::chrono::month(month))};
      for (const unsigned day : {1u, 2u, 15u, 28u, static_cast<unsigned>(last.day())}) {
        EXPECT_EQ(dates::day_number(a, tick(year, month, day)), true_day(year, month, day));
        EXPECT_EQ(dates::date_of_day(a, true_day(year, month, day)), tick(year, month, day));
      }
    }
  }
}

TEST(Dates, SixteenWeeksAfterTheSecondOfMarch) {
  ScalarArith a;
  EXPECT_EQ(dates::add_duration(a, tick(2026, 3, 2), 0.0, 112.0), tick(2026, 6, 22));
  EXPECT_EQ(dates::add_duration(a, tick(2011, 1, 9), 15 * 12 * 31.0, 0.0), tick(2026, 1, 9));
  EXPECT_EQ(dates::add_duration(a, tick(2026, 1, 31), 31.0, 1.0), tick(2026, 3, 1));   // 28 February, then a day
  EXPECT_EQ(dates::add_duration(a, never, 31.0, 5.0), never);
  EXPECT_EQ(dates::add_duration(a, -never, 31.0, 5.0), -never);
  EXPECT_TRUE(std::isnan(dates::day_number(a, std::nan(""))));
}

/// Every operation on time, on dates around the horizon's edges, against the evaluator.
TEST(Time, OperationsAgreeWithTheEvaluator) {
  for (const int months : {1, 3, 12}) {
    ModelBuilder m(6, months);
    const auto event = [&](Op op, std::vector<ExprId> args, Sort sort) {
      const ExprId e = m.expr(op, type_of(sort), std::move(args));
      return sort == Sort::Duration ? m.expr(Op::ToMonths, type_of(Sort::Number), {e}) : e;
    };
    std::vector<ExprId> dates = {m.date(2025, 6, 5), m.date(2026, 1, 1), m.date(2026, 2, 28), m.date(2026, 2, 31),
                                 m.date(2028, 12, 31.5), m.date(2040, 7, 1), m.num(never, Sort::Date)};
    const auto drawn = m.quantity("drawn", m.draw(Distribution::Uniform, {m.date(2025, 12), m.date(2027, 1)}, type_of(Sort::Date)));
    dates.push_back(m.ref(drawn));
    int n = 0;
    for (const ExprId d : dates) {
      const std::string name = "d" + std::to_string(n++);
      m.forecast(name + " after", event(Op::After, {d}, Sort::Share));
      m.forecast(name + " during", event(Op::During, {d, m.date(2026, 5, 17)}, Sort::Share));
      const auto age = m.quantity(name, m.expr(Op::Since, type_of(Sort::Duration), {d}));
      const ExprId months_since = m.expr(Op::ToMonths, type_of(Sort::Number), {m.ref(age)});
      m.forecast(name + " masked", m.expr(Op::MaskMul, type_of(Sort::Number), {event(Op::After, {d}, Sort::Share), months_since}));
      m.forecast(name + " lump", event(Op::Lump, {m.num(100), d}, Sort::Number));
      const ExprId moved = m.expr(Op::AddMonths, type_of(Sort::Date), {d, m.duration(62, 45)});
      m.forecast(name + " moved", event(Op::After, {moved}, Sort::Share));
      m.forecast(name + " now", event(Op::Lt, {m.expr(Op::Now, type_of(Sort::Date)), d}, Sort::Event));
    }
    const ExprId dated = m.expr(Op::Dated, type_of(Sort::Number),
                                {m.num(5), m.date(2026, 1, 20), m.num(7), m.date(2026, 3, 3), m.num(11)});
    m.forecast("dated", dated);
    agrees(m.model);
  }
}

TEST(Time, AfterIsByTrueDays) {
  ModelBuilder m(3);
  m.forecast("after", m.expr(Op::After, type_of(Sort::Share), {m.date(2026, 2, 15)}));
  const Results r = run(lowered(m.model));
  EXPECT_EQ(r.outputs[0][0], 0);
  EXPECT_EQ(r.outputs[1][0], 0.5);   // 14 of 28 days
  EXPECT_EQ(r.outputs[2][0], 1);
}

TEST(Time, WhatNeverHappensIsZero) {
  ModelBuilder m(3);
  const ExprId start = m.num(never, Sort::Date);
  const ExprId age = m.expr(Op::ToMonths, type_of(Sort::Number), {m.expr(Op::Since, type_of(Sort::Duration), {start})});
  const ExprId power = m.expr(Op::Pow, type_of(Sort::Number), {m.num(0.95), age});   // infinite
  m.forecast("x", m.expr(Op::MaskMul, type_of(Sort::Number), {m.expr(Op::After, type_of(Sort::Share), {start}), power}));
  for (const auto& column : run(agrees(m.model)).outputs)
    for (const double x : column) EXPECT_EQ(x, 0);
}

TEST(Time, CohortOfAConstantShareIsTheInflowSoFar) {
  ModelBuilder m(6);
  const ExprId bound = m.expr(Op::Bound, type_of(Sort::Duration));
  const ExprId stays = m.expr(Op::Exp, type_of(Sort::Number),
                              {m.expr(Op::Neg, type_of(Sort::Number),
                                      {m.expr(Op::Div, type_of(Sort::Number), {bound, m.duration(93)})})});
  const auto inflow = m.quantity("inflow", m.draw(Distribution::Exponential, {m.num(10)}));
  m.forecast("decays", m.expr(Op::Cohort, type_of(Sort::Number), {m.ref(inflow), stays}));
  m.forecast("stays", m.expr(Op::Cohort, type_of(Sort::Number), {m.num(12), m.num(1)}));
  const Results r = run(agrees(m.model));
  for (std::size_t t = 0; t < 6; ++t) EXPECT_NEAR(r.outputs[6 + t][0], 12 * (static_cast<double>(t) + 0.5), 1e-12);
}

}  // namespace
}  // namespace horizon::test
