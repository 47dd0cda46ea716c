#include <set>

#include "tests/unit/compiler/lower/harness.hpp"

namespace horizon::test {
namespace {

using model::Distribution;
using model::Grain;
using model::Reduce;

TEST(Lower, ConstantIsReportedInEveryPeriod) {
  ModelBuilder m(24);
  const auto price = m.quantity("price", m.num(100));
  auto& total = m.forecast("total", m.ref(price), Grain::Year);
  total.over = model::Forecast::Over::Total;
  total.unit_scale = 4;
  const auto l = lowered(m.model);
  const Results r = run(l);
  ASSERT_EQ(r.outputs.size(), 2u);
  EXPECT_EQ(r.outputs[0][0], 300);   // 12 months of 100, in units of 4
  EXPECT_EQ(l.report.forecasts[0].cells[1].period, "2027");
  agrees(m.model);
}

TEST(Lower, SameShapeIsOneKernelWhateverTheNumbers) {
  ModelBuilder m;
  model::Reduction all;
  for (const char* name : {"b", "a", "c"}) {
    const GroupId g = m.instance("medicine", name);
    const auto price = m.quantity(g, "price", m.num(100 + name[0]));
    const auto drawn = m.declare(g, "share", type_of(Sort::Share));
    const ExprId draw = m.expr(Op::Draw, type_of(Sort::Share), {m.num(0.1 * (name[0] - 'a' + 1)), m.num(0.5), m.num(0.8)});
    m.model.exprs[draw].draw = static_cast<std::int32_t>(m.model.draws.size());
    model::DrawSpec spec;
    spec.distribution = Distribution::LogitNormalP;
    spec.owner = drawn;
    m.model.draws.push_back(spec);
    m.define(drawn, draw);
    const auto spend = m.quantity(g, "spend", m.mul(m.ref(price), m.ref(drawn)));
    all.terms.push_back({spend, {0}, {}});
  }
  m.forecast("sum", m.reduce(all, type_of(Sort::Number)));
  const auto l = agrees(m.model);
  ASSERT_EQ(l.module.kernels.size(), 2u);
  const mir::Kernel& kernel = l.module.kernels[mir::KernelId(0)];
  EXPECT_EQ(kernel.rows, 3u);
  EXPECT_EQ(kernel.row_names, (std::vector<std::string>{"a", "b", "c"}));   // in order of paths
  EXPECT_EQ(kernel.name.substr(0, 9), "medicine-");
}

TEST(Lower, CodeDoesNotGrowWithRows) {
  std::vector<std::size_t> sizes;
  for (const std::size_t rows : {std::size_t{3}, std::size_t{50}}) {
    ModelBuilder m;
    std::vector<std::string> keys;
    std::vector<double> values;
    for (std::size_t r = 0; r < rows; ++r) {
      keys.push_back("k" + std::to_string(r));
      values.push_back(static_cast<double>(r) + 1.5);
    }
    const GroupId g = m.family("product", "Product", keys);
    const auto price = m.quantity(g, "price", m.at(m.column(g, "price", type_of(Sort::Number), values), type_of(Sort::Number)));
    const auto noise = m.quantity(g, "noise", m.draw(Distribution::Gamma, {m.ref(price), m.num(1.5)}, type_of(Sort::Number)));
    m.forecast("sum", m.reduce(Reduce::Sum, noise));
    const auto l = agrees(m.model);
    std::size_t count = 0;
    for (const mir::Kernel& k : l.module.kernels) count += k.values.size();
    sizes.push_back(count);
    EXPECT_EQ(l.module.slots, 2u);   // one slot for the whole sum, which is what is reported, and slot 0
  }
  EXPECT_EQ(sizes[0], sizes[1]);
}

TEST(Lower, SumsByLabelAndInAllShareAccumulators) {
  ModelBuilder m;
  const DimensionId region = m.dimension("region", {"N", "S"});
  const DimensionId atc = m.dimension("atc", {"A", "B", "C"});
  const GroupId g = m.family("product", "Product", {"p", "q", "r", "s"});
  const auto size = m.column(g, "size", type_of(Sort::Number), {1.5, 2.5, 4.5, 8.5});
  const ExprId split = m.expr(Op::MapOf, type_of(Sort::Number, {region}), {m.num(0.25), m.num(0.75)});
  m.model.exprs[split].dimension = region;
  const ExprId spend_expr =
      m.expr(Op::Mul, type_of(Sort::Number, {region}), {m.at(size, type_of(Sort::Number)), split});
  const auto spend = m.quantity(g, "spend", spend_expr);
  model::Reduction by_atc;
  by_atc.terms.push_back({spend, {0, 1, 2, 3}, {2, 0, 2, 0}});
  by_atc.by = atc;
  const ExprId grouped = m.reduce(by_atc, type_of(Sort::Number, {region, atc}));
  m.forecast("both", grouped);
  model::Reduction all;
  all.terms.push_back({spend, {0, 1, 2, 3}, {}});
  m.forecast("all", m.reduce(all, type_of(Sort::Number, {region})));
  const auto l = agrees(m.model, 1e-14);
  // 3 labels x 2 regions, members or not, are reported as they stand. 6 sums over labels, regions or both are made each month; the other
  // forecast has its regions from there, and adds them up in another order. And slot 0.
  EXPECT_EQ(l.module.slots, 6 + 7 * 12 + 1u);
  EXPECT_EQ(l.module.outputs.size(), 6 + 7 * 12u);
  const auto& cells = l.report.forecasts[0].cells;
  EXPECT_EQ(cells[0].labels, (std::vector<std::string>{"N", "A"}));
  EXPECT_EQ(cells[3].labels, (std::vector<std::string>{"N", "all"}));
  EXPECT_EQ(cells[11].labels, (std::vector<std::string>{"all", "all"}));
  EXPECT_EQ(l.report.dimensions, (std::vector<std::string>{"region", "atc"}));
  const Results r = run(l);
  EXPECT_DOUBLE_EQ(r.outputs[cells[11].output][0], 17);
  EXPECT_DOUBLE_EQ(r.outputs[cells[0].output][0], 0.25 * 11);
  EXPECT_EQ(r.outputs[cells[1].output][0], 0);   // no member has B
  const auto& rows = l.module.kernels[mir::KernelId(0)].row_names;
  EXPECT_EQ(rows[0], "Product[\"q\"]");   // finest label first, then path
}

TEST(Lower, SmallestLargestAndMeanOfASet) {
  ModelBuilder m;
  const GroupId g = m.family("bid", "Bid", {"x", "y", "z"});
  const auto low = m.column(g, "low", type_of(Sort::Number), {3.5, 2.5, 7.5});
  const auto price = m.quantity(g, "price", m.draw(Distribution::Uniform, {m.at(low, type_of(Sort::Number)), m.num(9)}));
  for (const Reduce how : {Reduce::Min, Reduce::Max, Reduce::Mean})
    m.forecast("f" + std::to_string(static_cast<int>(how)), m.reduce(how, price));
  agrees(m.model);
}

TEST(Lower, MembersOfASetOnly) {
  ModelBuilder m;
  const GroupId g = m.family("product", "Product", {"a", "b", "c"});
  const auto size = m.quantity(g, "size", m.at(m.column(g, "size", type_of(Sort::Number), {1, 10, 100}), type_of(Sort::Number)));
  model::Reduction some;
  some.terms.push_back({size, {0, 2}, {}});
  m.forecast("some", m.reduce(some, type_of(Sort::Number)));
  some.reduce = Reduce::Min;
  m.forecast("least", m.reduce(some, type_of(Sort::Number)));
  const Results r = run(agrees(m.model));
  EXPECT_EQ(r.outputs[0][0], 101);
  EXPECT_EQ(r.outputs[12][0], 1);
}

TEST(Lower, ValuesPassBetweenGroupsAndRows) {
  ModelBuilder m;
  const auto climate = m.quantity("climate", m.draw(Distribution::Normal, {m.num(1), m.num(0.25)}));
  const auto level = m.quantity("level", m.num(3.5));   // no draw: computed again where needed
  const GroupId g = m.family("product", "Product", {"a", "b", "c"});
  const auto own = m.quantity(g, "own", m.mul(m.ref(climate), m.at(m.column(g, "k", type_of(Sort::Number), {2.5, 3.5, 4.5}), type_of(Sort::Number))));
  const auto relative = m.quantity(g, "relative", m.add(m.ref(own), m.mul(m.ref(level), m.row_of(own, 1))));
  m.forecast("sum", m.reduce(Reduce::Sum, relative));
  m.forecast("one", m.row_of(own, 2));
  const auto l = agrees(m.model);
  EXPECT_EQ(l.module.stages.size(), 4u);   // climate; own of b and c; the sum; the outputs
}

TEST(Lower, StateWithinARow) {
  ModelBuilder m;
  const GroupId g = m.family("stock", "Stock", {"a", "b"});
  const auto inflow = m.quantity(g, "inflow", m.draw(Distribution::Exponential, {m.num(5)}));
  const auto stock = m.declare(g, "stock", type_of(Sort::Number));
  m.define(stock, m.add(m.mul(m.prev(stock, m.num(40)), m.num(0.75)), m.ref(inflow)));
  const ExprId running = m.expr(Op::Cumulative, type_of(Sort::Number), {m.ref(stock)});
  m.model.exprs[running].integrate = true;
  const auto total = m.quantity(g, "total", running);
  m.forecast("stock", m.reduce(Reduce::Sum, stock));
  m.forecast("total", m.reduce(Reduce::Sum, total), Grain::Year).over = model::Forecast::Over::End;
  agrees(m.model);
}

TEST(Lower, ALoopThroughTheMarketGoesPeriodByPeriod) {
  ModelBuilder m;
  const GroupId g = m.family("firm", "Firm", {"a", "b", "c"});
  const auto size = m.declare(g, "size", type_of(Sort::Number));
  const auto next = m.declare(g, "next", type_of(Sort::Number));
  const auto vigour = m.quantity(g, "vigour", m.draw(Distribution::Lognormal, {m.num(1.25), m.num(0.5)}));
  // size follows what the firm planned a period ago; plans depend on the market, which adds up sizes
  m.define(size, m.prev(next, m.num(10)));
  const auto market = m.quantity("market", m.reduce(Reduce::Sum, size));
  const ExprId share = m.expr(Op::Div, type_of(Sort::Number), {m.ref(size), m.ref(market)});
  m.define(next, m.add(m.mul(m.ref(size), m.ref(vigour)), share));
  m.forecast("market", m.ref(market));
  const auto l = agrees(m.model, 1e-8);
  bool has_loop = false;
  for (const mir::Stage& s : l.module.stages) has_loop = has_loop || s.period_by_period;
  EXPECT_TRUE(has_loop);
}

TEST(Lower, AFamilyReadsLastPeriodsTotal) {
  ModelBuilder m;
  const GroupId g = m.family("firm", "Firm", {"a", "b"});
  const auto total = m.declare(ModelBuilder::scenario(), "total", type_of(Sort::Number));
  const auto size = m.quantity(g, "size", m.add(m.mul(m.prev(total, m.num(8)), m.num(0.25)),
                                                m.draw(Distribution::Exponential, {m.num(3)})));
  m.model.draws[0].owner = size;
  m.define(total, m.reduce(Reduce::Sum, size));
  m.forecast("total", m.ref(total));
  agrees(m.model);
}

TEST(Lower, RequirementFaultsWhereItFails) {
  ModelBuilder m;
  const auto x = m.quantity("x", m.draw(Distribution::Uniform, {m.num(0), m.num(10)}));
  m.forecast("x", m.ref(x));
  m.require(ModelBuilder::scenario(), m.expr(Op::Lt, type_of(Sort::Event), {m.ref(x), m.num(5)}), "too large");
  const Results r = run(lowered(m.model));
  for (std::size_t future = 0; future < 16; ++future) EXPECT_EQ(r.faults[future] != 0, !(r.outputs[0][future] < 5));
}

TEST(Lower, ReducedDimensionsPicksAndBudgets) {
  ModelBuilder m(12, 3);
  const DimensionId phase = m.dimension("phase", {"I", "II", "III"});
  const ExprId odds = m.expr(Op::MapOf, type_of(Sort::Number, {phase}), {m.num(0.1), m.num(0.3), m.num(0.6)});
  m.model.exprs[odds].dimension = phase;
  Type label = type_of(Sort::Label);
  label.label_of = phase;
  const GroupId g = m.family("trial", "Trial", {"a", "b"});
  const ExprId pick = m.expr(Op::Pick, type_of(Sort::Number), {m.at(m.column(g, "phase", label, {2, 0}), label), odds});
  m.model.exprs[pick].dimension = phase;
  const auto chance = m.quantity(g, "chance", pick);
  m.forecast("chance", m.reduce(Reduce::Sum, chance));
  auto& f = m.forecast("odds", odds, Grain::Year);
  f.budget.push_back({1, {-1}, 0.9});
  f.unit_scale = 0.5;
  const ExprId over = m.expr(Op::ReduceOver, type_of(Sort::Number), {odds});
  m.model.exprs[over].dimension = phase;
  m.model.exprs[over].reduce = Reduce::Max;
  m.forecast("best", over);
  const auto l = agrees(m.model, 1e-14);
  EXPECT_EQ(l.report.forecasts[1].cells[7].budget, 1.8);
  EXPECT_FALSE(l.report.forecasts[1].cells[3].budget.has_value());
  EXPECT_DOUBLE_EQ(run(l).outputs[0][0], 0.7);
}

/// Rows that are drawn and grow with time, summed by a label that has a second one only where `labels` is 2.
struct Market {
  ModelBuilder m{24};
  DimensionId atc;
  QuantityId spend;
  model::Reduction all, by_atc;

  explicit Market(std::size_t labels) {
    atc = m.dimension("atc", labels == 1 ? std::vector<std::string>{"A"} : std::vector<std::string>{"A", "B"});
    const GroupId g = m.family("product", "Product", {"p", "q"});
    const auto level = m.declare(g, "level", type_of(Sort::Number));
    m.define(level, m.mul(m.prev(level, m.num(3)), m.num(1.0625)));
    const auto drawn = m.quantity(g, "drawn", m.draw(Distribution::Exponential, {m.num(5)}));
    spend = m.quantity(g, "spend", m.mul(m.ref(level), m.ref(drawn)));
    all.terms.push_back({spend, {0, 1}, {}});
    by_atc.terms.push_back({spend, {0, 1}, {0, labels == 1 ? 0u : 1u}});
    by_atc.by = atc;
  }
  ExprId national() { return m.reduce(all, type_of(Sort::Number)); }
  ExprId by_code() { return m.reduce(by_atc, type_of(Sort::Number, {atc})); }
};

std::vector<std::uint32_t> outputs_of(const lower::Lowered& l, std::size_t forecast) {
  std::vector<std::uint32_t> outputs;
  for (const plan::Cell& cell : l.report.forecasts[forecast].cells) outputs.push_back(cell.output);
  return outputs;
}

std::size_t sums_of_cells(const lower::Lowered& l) {
  std::size_t count = 0;
  for (const mir::Value& v : l.module.kernels[mir::KernelId(l.module.kernels.size() - 1)].values)
    count += v.op == mir::Op::Accumulate ? 1u : 0u;
  return count;
}

TEST(Lower, CellsThatAreTheSameShareAColumn) {
  Market market(1);
  ModelBuilder& m = market.m;
  m.forecast("year", market.national(), Grain::Year);
  m.forecast("by code", market.by_code(), Grain::Year);
  m.forecast("end", market.national(), Grain::Year).over = model::Forecast::Over::End;
  m.forecast("half as large", market.national(), Grain::Year).unit_scale = 2;
  const auto l = agrees(m.model);
  EXPECT_EQ(l.module.outputs.size(), 6u);
  EXPECT_EQ(sums_of_cells(l), 3u);
  const std::vector<std::uint32_t> year = outputs_of(l, 0);
  EXPECT_NE(year[0], year[1]);
  EXPECT_EQ(outputs_of(l, 1), (std::vector<std::uint32_t>{year[0], year[0], year[1], year[1]}));   // the label, all; next year
  for (const std::size_t other : {std::size_t{2}, std::size_t{3}})
    for (const std::uint32_t output : outputs_of(l, other)) EXPECT_TRUE(output != year[0] && output != year[1]);
}

TEST(Lower, EqualNumbersAreNotTheSame) {
  Market market(2);
  ModelBuilder& m = market.m;
  m.forecast("by code", market.by_code(), Grain::Year);
  m.forecast("once", m.mul(market.national(), m.num(3)), Grain::Year);
  m.forecast("again", m.mul(market.national(), m.num(3)), Grain::Year);
  const auto l = agrees(m.model);
  EXPECT_EQ(l.module.outputs.size(), 10u);   // another number may come into one of the two
}

TEST(Lower, ASumIsReportedAsItStands) {
  Market market(2);
  ModelBuilder& m = market.m;
  m.forecast("month", market.by_code());
  m.forecast("end", market.national()).over = model::Forecast::Over::End;
  const auto l = agrees(m.model);
  EXPECT_EQ(sums_of_cells(l), 1u);   // over the codes, for both forecasts
  EXPECT_EQ(l.module.outputs.size(), 3 * 24u);
  EXPECT_EQ(l.module.slots, 1 + 3 * 24u);
  std::vector<std::uint32_t> all;
  for (std::size_t t = 0; t < 24; ++t) all.push_back(outputs_of(l, 0)[3 * t + 2]);
  EXPECT_EQ(outputs_of(l, 1), all);
}

/// Two regions, and a number for each: 0.25 and `second`.
std::pair<DimensionId, QuantityId> key_by_region(ModelBuilder& m, double second) {
  const DimensionId region = m.dimension("region", {"N", "S"});
  const QuantityId key = m.quantity("key", m.expr(Op::MapOf, type_of(Sort::Number, {region}), {m.num(0.25), m.num(second)}));
  m.model.exprs[m.model.quantities[key].definition].dimension = region;
  return {region, key};
}

TEST(Lower, MultiplesOfReportedSumsAreNoted) {
  Market market(2);
  ModelBuilder& m = market.m;
  const auto [region, key] = key_by_region(m, 0.75);
  const auto by_region = [&, region = region, key = key](ExprId x) { return m.expr(Op::Mul, type_of(Sort::Number, {region}), {x, m.ref(key)}); };
  model::Reduction first;   // one label alone is a sum that stands; both together are not
  first.terms.push_back({market.spend, {0}, {}});
  m.forecast("month", m.reduce(first, type_of(Sort::Number)));
  m.forecast("month and region", by_region(m.reduce(first, type_of(Sort::Number))));
  m.forecast("unknown base", by_region(market.national()));
  m.forecast("year and region", by_region(m.reduce(first, type_of(Sort::Number))), Grain::Year);
  const auto l = agrees(m.model);
  ASSERT_EQ(l.module.multiples.size(), 3 * 24u);
  const Results r = run(l);
  for (const mir::Multiple& x : l.module.multiples) {
    for (std::size_t future = 0; future < 16; ++future) {
      double sum = 0;
      for (const std::uint32_t place : x.places) sum += l.module.tables[x.table].numbers[place] * r.outputs[x.base][future];
      EXPECT_EQ(r.outputs[x.output][future], sum);
    }
  }
  EXPECT_EQ(l.module.multiples[0].output, outputs_of(l, 1)[0]);
  EXPECT_EQ(l.module.multiples[0].base, outputs_of(l, 0)[0]);
  EXPECT_EQ(l.module.multiples.back().places.size(), 2u);   // all regions
}

TEST(Lower, LinearMapsComeAfterSumsOverPeriods) {
  Market market(2);
  ModelBuilder& m = market.m;
  const auto [region, key] = key_by_region(m, -0.7);
  const ExprId by_region = m.expr(Op::Mul, type_of(Sort::Number, {region}), {market.national(), m.ref(key)});
  m.forecast("year and region", by_region, Grain::Year).over = model::Forecast::Over::Total;   // before what it needs
  m.forecast("year", market.national(), Grain::Year).over = model::Forecast::Over::Total;
  m.forecast("quarter and region", by_region, Grain::Quarter).over = model::Forecast::Over::Total;   // no sum of that kind is there
  m.forecast("again", by_region, Grain::Year).over = model::Forecast::Over::Total;
  const auto l = agrees(m.model, 1e-14);
  std::vector<std::string> made;   // kernels of multiples: of one term and of two
  for (const mir::Kernel& k : l.module.kernels)
    if (k.name.starts_with("multiples-")) made.push_back(k.name + " x " + std::to_string(k.rows));
  EXPECT_EQ(made, (std::vector<std::string>{"multiples-1 x 4", "multiples-2 x 2"}));
  EXPECT_EQ(outputs_of(l, 0), outputs_of(l, 3));
  ASSERT_EQ(l.module.multiples.size(), 6u);
  const Results r = run(l);
  for (const mir::Multiple& x : l.module.multiples) {
    EXPECT_TRUE(x.base == outputs_of(l, 1)[0] || x.base == outputs_of(l, 1)[1]);
    for (std::size_t future = 0; future < 16; ++future) {
      double sum = 0;
      for (const std::uint32_t place : x.places) sum += l.module.tables[x.table].numbers[place] * r.outputs[x.base][future];
      EXPECT_EQ(r.outputs[x.output][future], sum);
    }
  }
}

TEST(Lower, MultiplesOfMultiplesAreAddedUpAsWritten) {
  Market market(2);
  ModelBuilder& m = market.m;
  const auto [region, key] = key_by_region(m, 0.7);
  const ExprId once = m.expr(Op::Mul, type_of(Sort::Number, {region}), {market.national(), m.ref(key)});
  const ExprId twice = m.expr(Op::Mul, type_of(Sort::Number, {region}), {once, m.ref(key)});
  for (const auto& [name, measure] : {std::pair{"year", market.national()}, std::pair{"once", once}, std::pair{"twice", twice}})
    m.forecast(name, measure, Grain::Year).over = model::Forecast::Over::Total;
  const auto l = agrees(m.model, 1e-14);
  std::vector<std::uint32_t> made;
  for (const mir::Multiple& x : l.module.multiples) made.push_back(x.output);
  EXPECT_FALSE(made.empty());
  for (const mir::Multiple& x : l.module.multiples)
    EXPECT_EQ(std::count(made.begin(), made.end(), x.base), 0) << "a multiple of a multiple";
}

TEST(Lower, WhatIsNotASumIsAddedToZero) {
  ModelBuilder m;
  const GroupId g = m.family("bid", "Bid", {"x", "y"});
  const auto price = m.quantity(g, "price", m.draw(Distribution::Normal, {m.num(0), m.num(1)}));
  const auto cost = m.quantity(g, "cost", m.expr(Op::Neg, type_of(Sort::Number), {m.expr(Op::Abs, type_of(Sort::Number), {m.ref(price)})}));
  m.forecast("least", m.reduce(Reduce::Min, cost));   // may be -0
  const auto l = agrees(m.model);
  EXPECT_EQ(sums_of_cells(l), 1u);
}

}  // namespace
}  // namespace horizon::test
