#include "tests/unit/compiler/lower/harness.hpp"

namespace horizon::test {
namespace {

using model::Distribution;
using model::DrawSpec;
using model::Grain;

struct Family {
  Distribution distribution;
  std::vector<double> parameters;
};

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {Distribution::Uniform, {3, 5}},
      {Distribution::Normal, {3, 0.5}},
      {Distribution::NormalP, {3, 5, 0.9}},
      {Distribution::Lognormal, {7, 2.5}},
      {Distribution::LognormalP, {3, 5, 0.8}},
      {Distribution::LognormalMedian, {4, 6, 0.9}},
      {Distribution::LogitNormalP, {0.3, 0.5, 0.8}},
      {Distribution::Triangular, {3, 4.5, 9}},
      {Distribution::Pert, {3, 4, 9}},
      {Distribution::Beta, {2.5, 3.5}},
      {Distribution::BetaMeanSd, {0.25, 0.1}},
      {Distribution::Gamma, {7, 2.5}},
      {Distribution::Weibull, {7, 1.5}},
      {Distribution::Exponential, {7}},
      {Distribution::Poisson, {7}},
      {Distribution::Chance, {0.3}},
      {Distribution::Discrete, {10, 0.2, 20, 0.5, 30, 0.3}},
  };
  return all;
}

/// A name that the test can put into its messages.
class EachFamily : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Draws, EachFamily, testing::Range(std::size_t{0}, families().size()));

TEST_P(EachFamily, OfConstants) {
  const Family& family = families()[GetParam()];
  ModelBuilder m(3);
  std::vector<ExprId> args;
  for (const double p : family.parameters) args.push_back(m.num(p));
  const auto x = m.quantity("x", m.draw(family.distribution, args, type_of(Sort::Number)));
  m.forecast("x", m.ref(x));
  agrees(m.model);
}

TEST_P(EachFamily, OfColumns) {
  const Family& family = families()[GetParam()];
  ModelBuilder m(3);
  const GroupId g = m.family("kind", "Rows", {"b", "a", "c"});
  std::vector<ExprId> args;
  for (std::size_t i = 0; i < family.parameters.size(); ++i) {
    const double p = family.parameters[i];
    const bool is_probability = p < 1;
    const std::vector<double> values = {p, p * (is_probability ? 0.95 : 1.5), p * (is_probability ? 0.99 : 0.5)};
    const auto column = m.column(g, "p" + std::to_string(i), type_of(Sort::Number), values);
    args.push_back(m.at(column, type_of(Sort::Number)));
  }
  const auto x = m.quantity(g, "x", m.draw(family.distribution, args, type_of(Sort::Number)));
  m.forecast("x", m.reduce(model::Reduce::Sum, x));
  m.forecast("last", m.row_of(x, 2));
  agrees(m.model);
}

/// Parameters that are drawn themselves, and that move with time.
TEST_P(EachFamily, OfDrawnParametersThatMove) {
  const Family& family = families()[GetParam()];
  ModelBuilder m(3);
  const auto wobble = m.quantity("wobble", m.draw(Distribution::Uniform, {m.num(0.97), m.num(1.02)}, type_of(Sort::Number)));
  std::vector<ExprId> args;
  const bool fixed_last = family.distribution == Distribution::NormalP || family.distribution == Distribution::LognormalP ||
                          family.distribution == Distribution::LognormalMedian ||
                          family.distribution == Distribution::LogitNormalP;
  for (std::size_t i = 0; i < family.parameters.size(); ++i) {
    const ExprId p = m.num(family.parameters[i]);
    args.push_back(fixed_last && i == 2 ? p : m.mul(p, m.ref(wobble)));
  }
  const auto x = m.quantity("x", m.draw(family.distribution, args, type_of(Sort::Number)));
  m.forecast("x", m.ref(x));
  const ExprId start = m.expr(Op::Now, type_of(Sort::Date));
  const ExprId slow = m.expr(Op::Div, type_of(Sort::Number), {start, m.date(2026, 1)});   // barely above 1
  std::vector<ExprId> moving;
  for (std::size_t i = 0; i < args.size(); ++i) moving.push_back(fixed_last && i == 2 ? args[i] : m.mul(args[i], slow));
  const auto y = m.quantity("y", m.draw(family.distribution, moving, type_of(Sort::Number)));
  m.forecast("y", m.ref(y));
  agrees(m.model);
}

TEST(Draws, OneForEachCalendarUnitAndLabel) {
  for (const auto each : {DrawSpec::Each::None, DrawSpec::Each::Year, DrawSpec::Each::Quarter, DrawSpec::Each::Month}) {
    ModelBuilder m(24);
    const DimensionId region = m.dimension("region", {"N", "S[1]"});
    const auto x = m.quantity(
        "x", m.draw(Distribution::Pert, {m.num(1.5), m.num(2.5), m.num(7)}, type_of(Sort::Number, {region})));
    m.model.draws[0].each = each;
    m.model.draws[0].each_dimension = {region};
    m.forecast("x", m.ref(x));
    const auto y = m.quantity("y", m.draw(Distribution::Chance, {m.num(0.5)}, type_of(Sort::Event, {region})));
    m.model.draws[1].each = each;   // the same in all regions
    m.forecast("y", m.ref(y));
    const auto l = agrees(m.model);
    const Results r = run(l);
    std::set<double> different;
    for (std::size_t t = 0; t < 24; ++t) different.insert(r.outputs[l.report.forecasts[0].cells[t * 3].output][0]);
    const std::size_t expected[] = {1, 2, 8, 24};
    EXPECT_EQ(different.size(), expected[static_cast<std::size_t>(each)]);
  }
}

/// Some rows of a family hang on a block, one of them on another, one on none; with parameters by table, by formula and drawn.
TEST(Draws, CorrelatedRowsAreThoseOfTheEvaluator) {
  for (const auto& [distribution, parameters] : families()) {
    ModelBuilder m(24);
    const GroupId g = m.family("kind", "Rows", {"a", "b", "c", "d"});
    std::vector<ExprId> args;
    for (const double p : parameters) args.push_back(m.num(p));
    const auto x = m.quantity(g, "x", m.draw(distribution, args, type_of(Sort::Number)));
    const auto y = m.quantity("y", m.draw(Distribution::Normal, {m.num(0), m.num(1)}, type_of(Sort::Number)));
    m.model.draws[1].each = DrawSpec::Each::Year;
    m.model.correlations = {{"climate", 0.5, {}}, {"seesaw", 0.9, {}}};
    m.model.draws[0].latent = {{0, false}, {-1, false}, {1, true}, {0, false}};
    m.model.draws[1].latent = {{1, false}};
    m.forecast("x", m.reduce(model::Reduce::Sum, x));
    for (std::uint32_t row = 0; row < 4; ++row) m.forecast("row" + std::to_string(row), m.row_of(x, row));
    m.forecast("y", m.ref(y));
    agrees(m.model);
  }
}

TEST(Draws, WholeNumbersAndDurations) {
  ModelBuilder m(6);
  const auto count = m.quantity("count", m.draw(Distribution::LognormalP, {m.num(3), m.num(15), m.num(0.8)}, type_of(Sort::Count)));
  m.model.draws[0].round = true;
  m.forecast("count", m.ref(count));
  const auto lag = m.quantity("lag", m.draw(Distribution::Uniform, {m.duration(0, 10), m.duration(0, 100)}, type_of(Sort::Duration)));
  m.model.draws[1].in_days = true;
  const auto wait = m.quantity("wait", m.draw(Distribution::Uniform, {m.duration(31), m.duration(93)}, type_of(Sort::Duration)));
  const auto entry = m.quantity("entry", m.expr(Op::AddMonths, type_of(Sort::Date), {m.date(2026, 1, 31), m.ref(lag)}));
  const auto later = m.quantity("later", m.expr(Op::AddMonths, type_of(Sort::Date), {m.ref(entry), m.ref(wait)}));
  m.forecast("entry", m.expr(Op::After, type_of(Sort::Share), {m.ref(entry)}));
  m.forecast("later", m.expr(Op::After, type_of(Sort::Share), {m.ref(later)}));
  const Results r = run(agrees(m.model));
  for (const double x : r.outputs[0]) EXPECT_EQ(x, std::floor(x));
}

TEST(Draws, TheSameIdTwiceIsReported) {
  ModelBuilder m(2);
  const GroupId a = m.instance("kind", "x.y"), b = m.instance("kind", "x");
  const auto first = m.quantity(a, "z", m.draw(Distribution::Chance, {m.num(0.5)}, type_of(Sort::Event)));
  const auto second = m.quantity(b, "y.z", m.draw(Distribution::Chance, {m.num(0.5)}, type_of(Sort::Event)));
  m.forecast("f", m.ref(first));
  m.forecast("g", m.ref(second));
  schedule::Schedule schedule;
  schedule.live_groups.assign(3, true);
  const auto result = lower::lower(m.model, schedule);
  ASSERT_FALSE(result.diagnostics.items().empty());
  EXPECT_EQ(result.diagnostics.items()[0].code, diag::Code::DrawsCollide);
}

TEST(Draws, TheWidthOfAnIntervalMustBeKnown) {
  ModelBuilder m(2);
  const auto width = m.quantity("width", m.draw(Distribution::Uniform, {m.num(0.7), m.num(0.9)}, type_of(Sort::Share)));
  const auto x = m.quantity("x", m.draw(Distribution::NormalP, {m.num(3), m.num(5), m.ref(width)}, type_of(Sort::Number)));
  m.forecast("x", m.ref(x));
  schedule::Schedule schedule;
  schedule.live_groups.assign(1, true);
  const auto result = lower::lower(m.model, schedule);
  ASSERT_FALSE(result.diagnostics.items().empty());
  EXPECT_EQ(result.diagnostics.items()[0].code, diag::Code::ProbabilityNotFixed);
}

TEST(Draws, AddingAProductChangesNoOther) {
  const auto values = [](const std::vector<std::string>& names) {
    ModelBuilder m(1);
    std::map<std::string, std::vector<double>> result;
    for (const std::string& name : names) {
      const GroupId g = m.instance("kind", name);
      const auto x = m.quantity(g, "x", m.draw(Distribution::Beta, {m.num(2.5), m.num(3.5)}, type_of(Sort::Share)));
      m.forecast(name, m.ref(x));
    }
    const auto l = lowered(m.model);
    const Results r = run(l);
    for (std::size_t i = 0; i < names.size(); ++i) result[names[i]] = r.outputs[l.report.forecasts[i].cells[0].output];
    return result;
  };
  const auto few = values({"a", "c"}), many = values({"d", "c", "b", "a"});
  EXPECT_EQ(few.at("a"), many.at("a"));
  EXPECT_EQ(few.at("c"), many.at("c"));
  EXPECT_NE(many.at("b"), many.at("d"));
}

}  // namespace
}  // namespace horizon::test
