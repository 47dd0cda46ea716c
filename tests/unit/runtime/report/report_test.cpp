#include "runtime/report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "runtime/report/text.hpp"
#include "runtime/report/view.hpp"

namespace horizon::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Width, CountsWhatIsSeen) {
  EXPECT_EQ(shown_width("Sjælland"), 8u);
  EXPECT_EQ(shown_width("e\xCC\x81"), 1u);  // e and a combining accent
  EXPECT_EQ(shown_width("日本"), 4u);
  EXPECT_EQ(shown_width("\xFF"), 1u);
}

TEST(Cut, KeepsWholeLettersAndNoControls) {
  EXPECT_EQ(cut("Hovedstaden", 20), "Hovedstaden");
  EXPECT_EQ(cut("Hovedstaden", 6), "Hoved…");
  EXPECT_EQ(cut("ææææ", 3), "ææ…");
  EXPECT_EQ(cut("a\x1b[31mb", 20), "a\xEF\xBF\xBD[31mb");
}

TEST(Wrap, BreaksAtBlanks) { EXPECT_THAT(wrap("one two  three", 8), ElementsAre("one two", "three")); }

TEST(Numbers, HaveSeparatorsAndNoMinusZero) {
  NumberStyle plain;
  EXPECT_EQ(plain.text(1234567.4), "1,234,567");
  EXPECT_EQ(plain.text(-1234.0), "-1,234");
  EXPECT_EQ(plain.text(-123.0), "-123");
  EXPECT_EQ(plain.text(-0.2), "0");
  EXPECT_EQ((NumberStyle{1e6, "m", 2}.text(12345678901.0)), "12,345.68");
  EXPECT_EQ(count_text(18446744073709551615u), "18,446,744,073,709,551,615");
}

TEST(NumberStyle, ShowsNoMoreDigitsThanTheErrorAllows) {
  EXPECT_EQ(number_style(11.2e9, 3e6).text(11.2e9), "11.20");  // bn; error 0.003
  EXPECT_EQ(number_style(11.2e9, 30e6).text(11.2e9), "11.2");  // error 0.03
  EXPECT_EQ(number_style(11.2e9, 15e6).text(11.2e9), "11.20");
  EXPECT_EQ(number_style(11.2e9, 3e9).text(11.2e9), "11");    // two digits at least
  EXPECT_EQ(number_style(11.2e9, 1).text(11.2e9), "11.200");  // five at most
  EXPECT_EQ(number_style(4'100, 0.04).text(4'100), "4,100.0");
  EXPECT_EQ(number_style(4'100, 7).text(4'100), "4,100");
  EXPECT_EQ(number_style(0.1234, 0.0004).text(0.1234), "0.123");
  EXPECT_EQ(number_style(0, 0).text(0), "0.000");
}

TEST(Percent, NeverRoundsToCertainty) {
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(0.0001), "<1 %");
  EXPECT_EQ(percent_text(0.42), "42 %");
  EXPECT_EQ(percent_text(0.9999), ">99 %");
  EXPECT_EQ(percent_text(1), "100 %");
}

TEST(Sparkline, RisesWithTheSeries) {
  EXPECT_EQ(sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 20), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline({1, 1, 9, 9}, 2), "▁█");
  EXPECT_EQ(sparkline({5, 5}, 4), "▁▁");
}

TEST(PeriodsToShow, TakesTheFirstOfEachYear) {
  std::vector<std::string> months;
  for (int i = 0; i < 36; ++i) {
    const int month = i % 12 + 1;
    months.push_back(std::to_string(2026 + i / 12) + (month < 10 ? "-0" : "-") + std::to_string(month));
  }
  EXPECT_THAT(periods_to_show(months, 12), ElementsAre(0, 12, 24, 35));
  EXPECT_THAT(periods_to_show(months, 36).size(), 36u);
  EXPECT_THAT(periods_to_show(months, 2), ElementsAre(0, 35));
}

store::CellResult cell(double mean, double error) {
  store::CellResult r;
  r.statistics.mean = mean;
  r.statistics.sd = error * 100;
  r.statistics.mc_error = r.statistics.mc_error_p50 = r.statistics.mc_error_p90 = error;
  r.statistics.quantiles = {mean, mean * 0.9, mean, mean, mean, mean * 1.1, mean};
  return r;
}

/// Two years, `labels` groups and their total.
store::ResultSet grouped(int labels) {
  store::ResultSet r;
  r.report.scenario = "small";
  r.report.dimensions = {"group"};
  r.futures = 12'345;
  r.seed = 7;
  plan::ForecastSpec f{"cost", "What it costs", "DKK", {"group"}, {}, false};
  r.forecasts.emplace_back();
  for (const char* year : {"2026", "2027"}) {
    double sum = 0;
    for (int i = 0; i < labels; ++i) {
      f.cells.push_back({year, {"Gruppe-ø" + std::to_string(i)}, 0, std::nullopt});
      r.forecasts[0].push_back(cell(1e9 * (i + 1), 1e6));
      sum += 1e9 * (i + 1);
    }
    f.cells.push_back({year, {"all"}, 0, 2.5e9});
    r.forecasts[0].push_back(cell(sum, 1e6));
    r.forecasts[0].back().p_over = 0.25;
  }
  r.report.forecasts = {f};
  return r;
}

TEST(Summary, ShowsWhatADirectorAsksFor) {
  EXPECT_EQ(summary(grouped(2), 80),
            "small: 12,345 futures, seed 7\n"
            "\n"
            "What it costs (cost), bn DKK\n"
            "         Mean    P10    P50    P90  Budget  Chance over\n"
            "  2026  3.000  2.700  3.000  3.300   2.500         25 %\n"
            "  2027  3.000  2.700  3.000  3.300   2.500         25 %\n"
            "\n"
            "  Mean by group   2026   2027\n"
            "  Gruppe-ø0      1.000  1.000\n"
            "  Gruppe-ø1      2.000  2.000\n"
            "  Monte Carlo error, at most: mean ± 0.0010, P50 ± 0.0010, P90 ± 0.0010 bn DKK\n"
            "  (one standard error)\n"
            "\n"
            "P10, P50 and P90: in 10, 50 and 90 of 100 futures the figure is no higher. The\n"
            "Monte Carlo error is what more futures would take away. Every month counts as\n"
            "1/12 of a year; where days matter, a month has 30.436875.\n");
}

TEST(Summary, FoldsManyLabels) {
  const std::string text = summary(grouped(40), 80);
  EXPECT_THAT(text, HasSubstr("Gruppe-ø39"));
  EXPECT_THAT(text, HasSubstr("34 others"));
  EXPECT_THAT(text, Not(HasSubstr("Gruppe-ø3 ")));
  EXPECT_THAT(text, HasSubstr("595.0"));  // 1 + ... + 34
}

TEST(Summary, RefersToATableThatStandsThereAlready) {
  store::ResultSet r = grouped(2);
  r.report.forecasts.push_back(r.report.forecasts[0]);
  r.report.forecasts[1].name = "again";
  r.forecasts.push_back(r.forecasts[0]);
  EXPECT_THAT(summary(r, 80),
              HasSubstr("What it costs (again), bn DKK\n  In all: as for cost above.\n\n  Mean by"));
  r.forecasts[1][2].statistics.mean *= 1.1;  // 2026, all
  EXPECT_THAT(summary(r, 80), Not(HasSubstr("In all")));
}

TEST(Summary, NoLineIsWiderThanTheTerminal) {
  for (unsigned width : {60u, 80u, 120u}) {
    std::istringstream lines(summary(grouped(12), width));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(shown_width(line), width) << line;
  }
}

TEST(Summary, OneFutureHasNoErrorNote) {
  store::ResultSet r = grouped(2);
  r.futures = 1;
  for (auto& c : r.forecasts[0])
    c.statistics.sd = c.statistics.mc_error = c.statistics.mc_error_p50 = c.statistics.mc_error_p90 = {};
  const std::string text = summary(r, 80);
  EXPECT_THAT(text, HasSubstr("1 future,"));
  EXPECT_THAT(text, Not(HasSubstr("Monte Carlo")));
}

TEST(Summary, WarnsOfConfidentialValuesBehindFewProducts) {
  store::ResultSet r = grouped(2);
  EXPECT_THAT(summary(r, 80), Not(HasSubstr("confidential")));
  r.report.forecasts[0].confidential_warning = true;
  EXPECT_THAT(summary(r, 80), HasSubstr("confidential"));
}

}  // namespace
}  // namespace horizon::report
