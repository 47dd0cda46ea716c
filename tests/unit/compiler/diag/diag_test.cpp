#include "compiler/diag/diagnostic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

namespace horizon::diag {
namespace {

using testing::HasSubstr;
using testing::Not;

/// One scenario text and what is said about it.
struct Case {
  source::SourceMap sources;
  source::FileId file;
  Diagnostics diagnostics;

  explicit Case(std::string text, std::string name = "a.hzn") {
    file = sources.add(std::move(name), std::move(text));
  }

  source::Span span(std::string_view part) const {
    const auto at = sources.text(file).find(part);
    EXPECT_NE(at, std::string_view::npos) << part;
    return {file, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + part.size())};
  }
  Diagnostic& say(std::string_view part, std::string text) {
    return diagnostics.add(Code::UnexpectedText, span(part), {std::move(text)});
  }
  std::string text(bool colour = false) const { return render_text(diagnostics, sources, colour); }
  nlohmann::json json() const { return nlohmann::json::parse(render_json_lines(diagnostics, sources)); }
};

TEST(Catalog, CodesAreUniqueAndWellFormed) {
  std::set<std::string_view> codes;
  std::set<std::string_view> names;
  for (const CodeInfo& row : catalog()) {
    EXPECT_TRUE(codes.insert(row.code).second) << row.code << " stands twice in the catalogue";
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " stands twice in the catalogue";
    ASSERT_EQ(row.code.size(), 5u) << row.code;
    EXPECT_EQ(row.code[0], row.severity == Severity::Error ? 'E' : 'W') << row.code;
    EXPECT_EQ(row.code.find_first_not_of("0123456789", 1), std::string_view::npos) << row.code;
    EXPECT_FALSE(row.text.empty()) << row.code;
    EXPECT_NE(row.text.back(), '.') << row.code << ": a message is one sentence without a full stop";
  }
}

TEST(Catalog, FindsACodeByItsText) {
  EXPECT_EQ(find_code("E0701"), Code::NotBuiltYet);
  EXPECT_EQ(find_code("E9999"), std::nullopt);
}

TEST(Message, FillsArgumentsInAndNeverReadsThemAsFormats) {
  Diagnostics diagnostics;
  diagnostics.add(Code::NotBuiltYet, {}, {"`{0} {1} %s`"});
  EXPECT_EQ(message(diagnostics.items()[0]),
            "`{0} {1} %s` is part of the language but not built yet in this version");
}

TEST(MessageDeathTest, MissingArgumentIsOurBug) {
  Diagnostics diagnostics;
  diagnostics.add(Code::NotBuiltYet, {});
  EXPECT_EXIT((void)message(diagnostics.items()[0]), testing::ExitedWithCode(4), "args.size");
}

TEST(Explain, GivesThePageOfACode) {
  EXPECT_THAT(std::string(explain("E0701")), HasSubstr("# E0701"));
  EXPECT_EQ(explain("E9999"), "");
}

TEST(RenderText, ShowsPlaceLineAndCarets) {
  Case c("horizon 2026..2027 by year\nprice = dose\n");
  c.say("dose", "`dose` is not known");
  EXPECT_EQ(c.text(),
            "a.hzn:2:9: error E0201: `dose` is not known\n"
            "   2 | price = dose\n"
            "     |         ^^^^\n"
            "\n");
}

TEST(RenderText, NothingToSayIsEmpty) {
  const Case c("x = 1");
  EXPECT_EQ(c.text(), "");
  EXPECT_EQ(render_json_lines(c.diagnostics, c.sources), "");
}

TEST(RenderText, DanishLettersCountAsOneColumn) {
  Case c("målgruppe_ærø = dosis\n");
  c.say("dosis", "no");
  EXPECT_THAT(c.text(), HasSubstr("a.hzn:1:17: "));
  EXPECT_THAT(c.text(), HasSubstr("     |                 ^^^^^\n"));
}

TEST(RenderText, WideLettersAndTabsKeepTheCaretUnderTheWord) {
  Case c("\t\"薬\" x\n");
  c.say("x", "no");
  // A tab is four cells wide, the ideograph two.
  EXPECT_THAT(c.text(), HasSubstr("   1 |     \"薬\" x\n     |          ^\n"));
}

TEST(RenderText, EmptySpanAtTheEndOfALineHasOneCaret) {
  Case c("price =\nx = 1\n");
  c.diagnostics.add(Code::UnexpectedText, {c.file, 7, 7}, {"a value is missing"});
  EXPECT_THAT(c.text(), HasSubstr("   1 | price =\n     |        ^\n"));
}

TEST(RenderText, SpanOfSeveralLinesIsMarkedToTheEndOfTheFirst) {
  Case c("a = {\n  b\n}\n");
  c.say("{\n  b\n}", "no");
  EXPECT_THAT(c.text(), HasSubstr("   1 | a = {\n     |     ^\n"));
}

TEST(RenderText, LongLinesAreCutAroundTheMark) {
  Case c(std::string(300, 'a') + " wrong " + std::string(300, 'b'));
  c.say("wrong", "no");
  const std::string shown = c.text();
  EXPECT_THAT(shown, HasSubstr("…"));
  EXPECT_THAT(shown, HasSubstr(" wrong "));
  const auto line_begin = shown.find(" | ") + 3;
  const auto line_end = shown.find('\n', line_begin);
  EXPECT_LT(line_end - line_begin, 110u);
  // The carets stand below the word: same distance from the bar, "…" being one cell but three bytes.
  const auto word = shown.find("wrong") - line_begin - 2;
  const auto marks = shown.find(" | ", line_end) + 3;
  EXPECT_EQ(shown.find('^', marks) - marks, word);
}

TEST(RenderText, SortsByPlaceAndSaysEachOnce) {
  Case c("a\nb\n");
  c.say("b", "second");
  c.say("a", "first");
  c.say("b", "second");
  const std::string shown = c.text();
  EXPECT_LT(shown.find("first"), shown.find("second"));
  EXPECT_EQ(shown.find("second"), shown.rfind("second"));
}

TEST(RenderText, NotesHaveTheirOwnPlaces) {
  Case c("a = 1\na = 2\n");
  Diagnostic& d = c.diagnostics.add(Code::UnexpectedText, {c.file, 6, 7}, {"`a` is defined twice"});
  d.notes.push_back({{c.file, 0, 1}, "the other definition is here"});
  EXPECT_EQ(c.text(),
            "a.hzn:2:1: error E0201: `a` is defined twice\n"
            "   2 | a = 2\n"
            "     | ^\n"
            "a.hzn:1:1: note: the other definition is here\n"
            "   1 | a = 1\n"
            "     | -\n"
            "\n");
}

TEST(RenderText, MendShowsTheLineAsItWouldBe) {
  Case c("cut = pert(1, 2, 3)\n");
  Diagnostic& d = c.say("=", "a distribution needs `~`");
  d.mend = Mend{"write `~`", c.span("="), "~"};
  EXPECT_THAT(c.text(), HasSubstr("help: write `~`\n"
                                  "   1 | cut ~ pert(1, 2, 3)\n"
                                  "     |     +\n"));
}

TEST(RenderText, MendThatOnlyRemovesHasNothingToMark) {
  Case c("a = 1 1\n");
  Diagnostic& d = c.diagnostics.add(Code::UnexpectedText, {c.file, 5, 7}, {"no"});
  d.mend = Mend{"leave it out", source::Span{c.file, 5, 7}, ""};
  EXPECT_THAT(c.text(), HasSubstr("help: leave it out\n   1 | a = 1\n\n"));
}

TEST(RenderText, MendWithoutAPlaceIsASentence) {
  Case c("a\n");
  c.say("a", "no").mend = Mend{"look elsewhere", std::nullopt, ""};
  EXPECT_THAT(c.text(), testing::EndsWith("help: look elsewhere\n\n"));
}

TEST(RenderText, MessageWithoutAPlaceHasNone) {
  Case c("a\n");
  c.diagnostics.add(Code::UnexpectedText, {}, {"nothing to forecast"});
  EXPECT_EQ(c.text(), "error E0201: nothing to forecast\n\n");
}

TEST(RenderText, ColourOnlyOnRequest) {
  Case c("a\n");
  c.say("a", "no");
  EXPECT_THAT(c.text(false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(c.text(true), HasSubstr("\x1b[1;31merror E0201\x1b[0m"));
}

TEST(RenderText, ControlCharactersNeverReachTheTerminal) {
  Case c("a = \x1b[2J\xff\xe2\x80\xae\n");
  c.say("a", "bad \x1b[31m byte\xff");
  for (const std::string& shown : {c.text(), render_json_lines(c.diagnostics, c.sources)}) {
    EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
    EXPECT_THAT(shown, Not(HasSubstr("\xff")));
    EXPECT_THAT(shown, Not(HasSubstr("\xe2\x80\xae")));
  }
}

TEST(RenderText, LinesOfDataFilesAreNotShown) {
  Case c("name,price\nA,1234\n", "prices.csv");
  c.say("1234", "the column `price` is too large here");
  EXPECT_EQ(c.text(), "prices.csv:2:3: error E0201: the column `price` is too large here\n\n");
}

TEST(Confidential, NumbersAreHiddenInLinesAndArguments) {
  Case c("discount ~ 35% to 50% confidential\ndose = 4.3\n");
  c.say("to", "35% to 50% cannot be read, 36 neither");
  c.say("dose", "4.3 may be shown");
  const std::string shown = c.text() + render_json_lines(c.diagnostics, c.sources);
  EXPECT_THAT(shown, HasSubstr("   1 | discount ~ ***% to ***% confidential\n     |                 ^^\n"));
  EXPECT_THAT(shown, Not(HasSubstr("35")));
  EXPECT_THAT(shown, Not(HasSubstr("36")));
  EXPECT_THAT(shown, Not(HasSubstr("50")));
  EXPECT_THAT(shown, HasSubstr("dose = 4.3\n"));
}

TEST(Confidential, MagnitudeDoesNotShow) {
  Case c("fee = 26 m DKK confidential\nfee2 = 2_600_000 DKK confidential\n");
  c.say("fee =", "no");
  c.say("fee2 =", "no");
  EXPECT_THAT(c.text(), HasSubstr("fee = *** DKK confidential\n"));
  EXPECT_THAT(c.text(), HasSubstr("fee2 = *** DKK confidential\n"));
}

TEST(Confidential, HoldsOverSeveralLinesAndInBraces) {
  Case c(
      "a = 7\nprice = {\n  2026: 111,\n  2027: 222\n} confidential to amgros\nb { fee = 333 confidential; n "
      "= 8 }\n");
  c.say("2027", "no");
  c.say("n =", "no");
  c.say("a =", "no");
  const std::string shown = c.text();
  EXPECT_THAT(shown, Not(HasSubstr("222")));
  EXPECT_THAT(shown, Not(HasSubstr("333")));
  EXPECT_THAT(shown, HasSubstr("a = 7\n"));
  EXPECT_THAT(shown, HasSubstr("; n = 8 }"));
}

TEST(Confidential, AnOverrideOfTheSameNameIsHiddenToo) {
  Case c(
      "kind deal {\n  fee : DKK confidential\n}\ndeal A { fee = 512 DKK }\nvariant v {\n  A.fee = 640 "
      "DKK\n}\n");
  c.say("512", "512 is odd");
  c.say("A.fee", "640 is odd");
  const std::string shown = c.text();
  EXPECT_THAT(shown, Not(HasSubstr("512")));
  EXPECT_THAT(shown, Not(HasSubstr("640")));
  EXPECT_THAT(shown, HasSubstr("deal A { fee = *** DKK }"));
}

TEST(Confidential, MetadataMayComeBeforeTheWord) {
  Case c("deeper : Share ~ beta(mean = 12%, sd = 8%)\n  note \"as of 2025\"\n  confidential\nplain = 5\n");
  c.say("beta", "no");
  c.say("plain", "no");
  EXPECT_THAT(c.text(), HasSubstr("beta(mean = ***%, sd = ***%)"));
  EXPECT_THAT(c.text(), HasSubstr("plain = 5\n"));
}

TEST(Confidential, ACutThroughANumberShowsNoneOfIt) {
  const std::string digits(700, '5');
  Case c("price = " + digits + " + wrong confidential\n");
  c.say("wrong", "no");
  EXPECT_THAT(c.text(), Not(HasSubstr("5")));
}

TEST(Confidential, HugeNonsenseIsReadInNoTime) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "a=(a confidential ";
  Case c(text);
  c.say("a", "no");
  EXPECT_THAT(c.text(), HasSubstr("error E0201"));
}

TEST(Confidential, MendWithASecretNumberIsNotOffered) {
  Case c("price = 0 to 77 confidential\n");
  c.say("0 to 77", "no").mend = Mend{"write 1 to 77", c.span("0 to 77"), "1 to 77"};
  EXPECT_THAT(c.text(), Not(HasSubstr("77")));
  EXPECT_FALSE(c.json()["mend"].contains("replacement"));
  EXPECT_EQ(c.json()["mend"]["message"], "write *** to ***");
}

TEST(Confidential, TheWordInAStringOrCommentHidesNothing) {
  Case c("forecast f \"net of confidential discounts\" { k = 12 } // confidential\n");
  c.say("k", "no");
  EXPECT_THAT(c.text(), HasSubstr("k = 12"));
}

TEST(RenderJson, OneObjectALineWithInclusiveColumns) {
  Case c("ærø = dosis\n");
  c.say("dosis", "no").mend = Mend{"did you mean `dose`?", c.span("dosis"), "dose"};
  const auto j = c.json();
  EXPECT_EQ(j["type"], "message");
  EXPECT_EQ(j["code"], "E0201");
  EXPECT_EQ(j["severity"], "error");
  EXPECT_EQ(j["path"], "a.hzn");
  EXPECT_EQ(j["line"], 1);
  EXPECT_EQ(j["column"], 7);
  EXPECT_EQ(j["end"], 11);
  EXPECT_EQ(j["end_line"], 1);
  EXPECT_EQ(j["end_column"], 11);
  EXPECT_EQ(j["message"], "no");
  EXPECT_EQ(j["mend"]["replacement"], "dose");
  EXPECT_EQ(j["mend"]["inserts"], false);
}

TEST(RenderJson, EmptyAndLongSpans) {
  Case c("ab\ncde\n");
  c.diagnostics.add(Code::UnexpectedText, {c.file, 2, 2}, {"empty"});
  EXPECT_EQ(c.json()["column"], 3);
  EXPECT_EQ(c.json()["end"], 3);
  Case d("ab\ncde\n");
  d.diagnostics.add(Code::UnexpectedText, {d.file, 1, 5}, {"two lines"});
  EXPECT_EQ(d.json()["end"], 2);
  EXPECT_EQ(d.json()["end_line"], 2);
  EXPECT_EQ(d.json()["end_column"], 2);
}

TEST(Diagnostics, WarningsAloneAreNoErrors) {
  Diagnostics none;
  EXPECT_FALSE(none.has_errors());
  Diagnostics one;
  one.add(Code::UnexpectedText, {}, {"x"});
  EXPECT_TRUE(one.has_errors());
  none.append(std::move(one));
  EXPECT_TRUE(none.has_errors());
  EXPECT_EQ(none.items().size(), 1u);
}

}  // namespace
}  // namespace horizon::diag
