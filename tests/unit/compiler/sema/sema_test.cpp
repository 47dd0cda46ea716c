#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/compiler/sema/harness.hpp"

namespace horizon::sema {
namespace {

using model::Distribution;
using testing::ElementsAre;
using testing::IsEmpty;
using types::Sort;

std::string unit_of(const Analysed& a, const std::string& path) {
  const model::Quantity* quantity = a.find(path);
  return quantity ? types::to_text(quantity->type.unit, a.model.vocabulary) : "no such quantity";
}

TEST(Units, MultiplyAndCancel) {
  Analysed a;
  analyse_text(a, "price = 3 DKK per pack\nuse_ = 4 packs per patient per year\ncost = price * use_ * 100 patients\n"
                  "years = cost * 6 months / (1 DKK)\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_EQ(unit_of(a, "cost"), "DKK per year");
  EXPECT_EQ(a.find("years")->type.sort, Sort::Number);
}

TEST(Units, AnnualAndTotalDoNotAddUp) {
  Analysed a;
  analyse_text(a, "x = 3 DKK per year + 4 DKK\ny = 1 DKK + 1 EUR\nz = 1 DKK[AIP] + 1 DKK[SAIP]\nok = 0 + 3 DKK + 4 DKK[AIP]\n");
  EXPECT_THAT(a.codes(), ElementsAre("E0401", "E0401", "E0403"));
  EXPECT_EQ(unit_of(a, "ok"), "DKK[AIP]");
}

TEST(Dates, AddAndSubtract) {
  Analysed a;
  analyse_text(a, "d = 2026-03-02 + 16 weeks\ne = d - 2026\nf = if d > 2026 then e else 0 months\ng = e / 1 year\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_EQ(a.find("d")->type.sort, Sort::Date);
  EXPECT_EQ(a.find("e")->type.sort, Sort::Duration);
  EXPECT_EQ(a.find("f")->type.sort, Sort::Duration);
  EXPECT_TRUE(a.find("g")->type.unit.is_number());
}

const model::DrawSpec& draw_of(const Analysed& a, const std::string& path) {
  for (const model::DrawSpec& draw : a.model.draws) {
    if (model::path(a.model, draw.owner, 0) == path) return draw;
  }
  ADD_FAILURE() << path << " is not drawn";
  return a.model.draws.front();
}

TEST(Draws, FamilyOfARangeFollowsTheDeclaredTypeAlone) {
  Analysed a;
  analyse_text(a, "s ~ 10% to 20%\na ~ 3 DKK to 5 DKK\nb : signed DKK ~ 3 DKK to 5 DKK\nc : Factor ~ 1 to 2\nd ~ 2026-03 to 2026-09\n"
                  "e ~ 2 weeks to 5 weeks\nf : Count ~ 3 to 9\ng ~ 1% per year to 2% per year\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_EQ(draw_of(a, "s").distribution, Distribution::LogitNormalP);
  EXPECT_EQ(draw_of(a, "a").distribution, Distribution::LognormalP);
  EXPECT_EQ(draw_of(a, "b").distribution, Distribution::NormalP);
  EXPECT_EQ(draw_of(a, "c").distribution, Distribution::LognormalP);
  EXPECT_EQ(draw_of(a, "d").distribution, Distribution::NormalP);
  EXPECT_EQ(draw_of(a, "e").distribution, Distribution::LognormalP);
  EXPECT_TRUE(draw_of(a, "e").in_days);
  EXPECT_TRUE(draw_of(a, "f").round);
  EXPECT_EQ(draw_of(a, "g").distribution, Distribution::NormalP);
}

TEST(Draws, OneDistributionAfterATilde) {
  Analysed a;
  analyse_text(a, "a = uniform(1, 2)\nb ~ uniform(1, 2) + uniform(1, 2)\nc ~ 3\nd ~ 3 to 5\ne ~ pert(3, 1, 2)\nf ~ 0 DKK to 5 DKK\n");
  EXPECT_THAT(a.codes(), ElementsAre("E0601", "E0602", "E0603", "E0607", "E0605", "E0608"));
}

TEST(Shares, WhatCannotLeaveItsBoundsIsNotChecked) {
  Analysed a;
  analyse_text(a, "x ~ 1 month to 9 months\nd ~ 2026-02 to 2026-09\nr ~ uniform(1, 3)\n"
                  "proven : Share = 1 / (1 + 9 ^ (x / 1 month))\n"
                  "blend : Share = if now < d then 1 else 20% + (1 - 20%) * exp(-((now - d) / x))\nchecked : Share = r * 0.4\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  ASSERT_EQ(a.model.requirements.size(), 1u);
  EXPECT_NE(a.model.requirements[0].text.find("checked"), std::string::npos);
}

const char* const kinds = R"(
kind drug {
  atc : ATC
  price : DKK per pack
  volume : packs per year = 10 packs per year
  copies : copies?
  spend : DKK per year = price * volume * (1 - (copies.share otherwise 0%))
}
kind copies in drug { entry : Date = 2026-07 ; share : Share = 50% * after(entry) }
kind fancy is drug { volume = 3 packs per year }
)";

TEST(Kinds, FieldsDefaultsSubkindsAndBlocks) {
  Analysed a;
  analyse_text(a, std::string(kinds) + "drug A { atc = L04 ; price = 3 DKK per pack ; copies { entry = 2026-03 } }\n"
                                       "fancy B { atc = L01 ; price = 2 DKK per pack }\ntotal_spend = sum(spend of all drug)\nn = count(all fancy)\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_NE(a.find("A.copies.entry"), nullptr);
  EXPECT_EQ(a.find("B.copies.entry"), nullptr);
  ASSERT_EQ(a.model.reductions.size(), 1u);
  EXPECT_EQ(a.model.reductions[0].terms.size(), 2u);
  EXPECT_EQ(unit_of(a, "total_spend"), "DKK per year");
}

TEST(Kinds, OneMessageForOneMistake) {
  Analysed a;
  analyse_text(a, std::string(kinds) + "drug A { prise = 3 DKK per pack }\nbad = nowhere * 2\nuses_bad = bad + 1 DKK\n");
  EXPECT_THAT(a.codes(), ElementsAre("E0305", "E0306", "E0332"));
  EXPECT_EQ(a.diagnostics.items()[0].mend->replacement, "price");
}

TEST(Families, RowsAreColumnsAndWhereIsStatic) {
  Analysed a;
  analyse_text(a, std::string(kinds) + "table rows from \"rows.csv\" key id { id : Text ; code : ATC ; price : DKK per pack }\n"
                                       "drug New for row in rows where row.code in L01 { atc = row.code ; price = row.price ; volume ~ 1 packs per year to 3 packs per year }\n"
                                       "one = New[\"b\"].spend\nforecast f { measure = sum(spend of all drug); by = [year, atc(2)] }\n",
               {{"rows", "id,code,price\na,L04AB,1\nb,L01AA,2\nc,L01BB,3\n"}});
  EXPECT_THAT(a.codes(), IsEmpty());
  const model::Group& group = a.model.groups[model::GroupId(1)];
  EXPECT_THAT(group.keys, ElementsAre("b", "c"));
  EXPECT_EQ(a.model.draws.size(), 1u);
  ASSERT_EQ(a.model.forecasts.size(), 1u);
  const auto dimension = a.model.forecasts[0].dimensions.at(0);
  EXPECT_EQ(a.model.dimensions[dimension].name, "atc2");
  EXPECT_EQ(a.model.dimensions[dimension].labels.at(0).name, "L01");
}

TEST(Families, ModelDoesNotGrowWithRows) {
  const auto size = [](int rows) {
    std::string csv = "id,code,price\n";
    for (int i = 0; i < rows; ++i) csv += "p" + std::to_string(i) + ",L01AA,2\n";
    Analysed a;
    analyse_text(a, std::string(kinds) + "table rows from \"rows.csv\" key id { id : Text ; code : ATC ; price : DKK per pack }\n"
                                         "drug New for row in rows { atc = row.code ; price = row.price }\n",
                 {{"rows", csv}});
    return std::pair(a.model.exprs.size(), a.model.quantities.size());
  };
  EXPECT_EQ(size(3), size(300));
}

TEST(Tables, EveryWrongCellIsNamed) {
  Analysed a;
  analyse_text(a, "table rows from \"rows.csv\" key id { id : Text ; share : Share ; day : Date }\n",
               {{"rows", "id,share,day\na,35%,2026-02-30\na,1.5,2026-01\n,x,2026\n"}});
  EXPECT_THAT(a.codes(), ElementsAre("E0807", "E0807", "E0802", "E0802"));
}

TEST(Dimensions, MapsBroadcastAndReduce) {
  Analysed a;
  analyse_text(a, "key : Share by region = { N: 40%, otherwise: 60% }\nspend = 100 DKK per year * key\nwhole = sum(spend over region)\n"
                  "north = spend[N]\nsteps = { 2026: 1 DKK, 2027: 2 DKK }\nlow : Share by region = 10%\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_EQ(a.find("spend")->type.by.size(), 1u);
  EXPECT_TRUE(a.find("whole")->type.by.empty());
  EXPECT_TRUE(a.find("north")->type.by.empty());
  EXPECT_EQ(a.model.exprs[a.find("steps")->definition].op, model::Op::Dated);
}

TEST(Loops, PrevGivesTheTypeAndACycleKeepsItsReferences) {
  Analysed a;
  analyse_text(a, "level = prev(level, 3 packs) * 1.1\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_EQ(unit_of(a, "level"), "packs");
  Analysed b;
  const std::string text = "x = y * 2\ny = x / 2\n";
  source::SourceMap sources;
  const auto file = sources.add("s.hzn", "horizon 2026..2027 by year\n" + text);
  const auto parsed = parse::parse(sources, file);
  const auto result = analyse({{{{}, &parsed.value}}, {}}, sources);
  EXPECT_FALSE(result.diagnostics.has_errors());   // the dependency pass tells of the loop
  EXPECT_EQ(result.value.quantities.size(), 2u);
}

TEST(Loops, AChainOfThousandsGoesNotDeep) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "x" + std::to_string(i) + " = x" + std::to_string(i + 1) + " + 1 DKK\n";
  Analysed a;
  analyse_text(a, text + "x20000 = 3 DKK\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_EQ(unit_of(a, "x0"), "DKK");
}

TEST(Requirements, WhatHoldsForCertainIsNotCheckedInTheRun) {
  Analysed a;
  analyse_text(a, "key : Share by region = { N: 40%, S: 60% }\nd ~ 10% to 40%\nrequire abs(sum(key over region) - 1) < 1e-6\n"
                  "require d <= 100%\nrequire d < 30% \"too deep\"\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  ASSERT_EQ(a.model.requirements.size(), 1u);
  EXPECT_EQ(a.model.requirements[0].text, "too deep");
}

TEST(Secrecy, SpreadsAndWarns) {
  Analysed a;
  analyse_text(a, std::string(kinds) + "drug A { atc = L04 ; price = 3 DKK per pack confidential }\nforecast f { measure = A.spend; by = [year] }\n");
  EXPECT_THAT(a.codes(), ElementsAre("W0601"));
  EXPECT_TRUE(a.find("A.spend")->confidential);
  EXPECT_FALSE(a.find("A.volume")->confidential);
}

TEST(Libraries, UseBringsNamesAndNothingOfTheScenarioIsSeenThere) {
  const std::map<std::string, std::string> libraries = {{"lib", "fn twice(x: Number): Number = 2 * x\nbase = 3\nbad = mine + 1\n"}};
  Analysed a;
  analyse_text(a, "use lib\nmine = 1\nx = twice(base)\ny = lib.base\n", {}, libraries);
  EXPECT_THAT(a.codes(), ElementsAre("E0332"));
  Analysed b;
  analyse_text(b, "use lib.{twice}\nx = twice(2)\ny = base\n", {}, {{"lib", "fn twice(x: Number): Number = 2 * x\nbase = 3\n"}});
  EXPECT_THAT(b.codes(), ElementsAre("E0332"));
}

TEST(Forecasts, UnitsFlowsAndBudgets) {
  Analysed a;
  analyse_text(a, "forecast flow { measure = 3 DKK per year; by = [year]; budget = { 2026: 3 DKK } }\n"
                  "forecast stock { measure = 3 patients; by = [month] }\n");
  EXPECT_THAT(a.codes(), IsEmpty());
  EXPECT_EQ(a.model.forecasts[0].unit, "DKK");
  EXPECT_EQ(a.model.forecasts[0].over, model::Forecast::Over::Total);
  ASSERT_EQ(a.model.forecasts[0].budget.size(), 1u);
  EXPECT_EQ(a.model.forecasts[1].over, model::Forecast::Over::Mean);
  Analysed b;
  analyse_text(b, "forecast flow { measure = 3 DKK per year; by = [year]; budget = { 2031: 3 DKK } }\n");
  EXPECT_THAT(b.codes(), ElementsAre("E0409"));
}

}  // namespace
}  // namespace horizon::sema
