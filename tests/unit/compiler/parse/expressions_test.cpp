// Precedence, literals, and to_text as the inverse of parsing.
#include <gtest/gtest.h>

#include "base/match.hpp"
#include "support.hpp"

namespace horizon::parse::test {
namespace {

const ast::Expr& value_of(const Parsed& parsed, std::size_t decl = 0) {
  const auto& item = std::get<ast::ItemDecl>(parsed.file().decls.at(decl).node).item;
  return *std::get<ast::Define>(item.node).value;
}

/// Every operation in parentheses.
std::string full(const ast::Expr& e);
std::string full(const ast::ExprPtr& e) { return full(*e); }
std::string full(const ast::Expr& e) {
  return match(
      e.node,
      [](const ast::Unary& n) {
        return '(' + std::string(ast::spelling(n.op)) + ' ' + full(n.operand) + ')';
      },
      [](const ast::Binary& n) {
        return '(' + full(n.lhs) + ' ' + std::string(ast::spelling(n.op)) + ' ' + full(n.rhs) + ')';
      },
      [](const ast::Growing& n) {
        return '(' + full(n.base) + " growing " + full(n.rate) + (n.from ? " from " + full(n.from) : "") +
               ')';
      },
      [](const ast::Interval& n) {
        return '(' + (n.width ? full(n.width) + " interval " : "") + full(n.low) + " to " + full(n.high) +
               ')';
      },
      [](const ast::If& n) {
        return "(if " + full(n.condition) + " then " + full(n.then_value) + " else " + full(n.else_value) +
               ')';
      },
      [](const ast::Lambda& n) { return '(' + n.parameter.text + " -> " + full(n.body) + ')'; },
      [](const ast::Where& n) { return '(' + full(n.set) + " where " + full(n.condition) + ')'; },
      [](const ast::DateRange& n) { return '(' + full(n.from) + ".." + full(n.to) + ')'; },
      [&](const auto&) { return ast::to_text(e); });
}

TEST(Expressions, precedence_is_that_of_the_table) {
  const std::pair<const char*, const char*> table[] = {
      {"a + b * c", "(a + (b * c))"},
      {"a - b - c", "((a - b) - c)"},
      {"a / b * c", "((a / b) * c)"},
      {"-a * b", "((- a) * b)"},
      {"-a ^ 2", "(- (a ^ 2))"},
      {"a ^ -b", "(a ^ (- b))"},
      {"a ^ b ^ c", "(a ^ (b ^ c))"},
      {"a * b ^ c * d", "((a * (b ^ c)) * d)"},
      {"- - a", "(- (- a))"},
      {"not a and b or c", "(((not a) and b) or c)"},
      {"not a < b", "(not (a < b))"},
      {"not not a", "(not (not a))"},
      {"a < b and b <= c", "((a < b) and (b <= c))"},
      {"a + 1 == b", "((a + 1) == b)"},
      {"a in [I, II] and b", "((a in [I, II]) and b)"},
      {"a or b where c or d", "((a or b) where (c or d))"},
      {"a + 1 to b * 2", "((a + 1) to (b * 2))"},
      {"a + (1 to 4)", "(a + (1 to 4))"},
      {"90% interval a to b + 1", "(90% interval a to (b + 1))"},
      {"x at 2027-04 * 2", "((x at 2027-04) * 2)"},
      {"spend of all launch / 2", "((spend of all launch) / 2)"},
      {"a of b at 2027-04", "((a of b) at 2027-04)"},
      {"a ^ b at 2027-04", "(a ^ (b at 2027-04))"},
      {"a growing 2% per year from 2026 + b", "((a growing 2% per year from 2026) + b)"},
      {"a growing -2% per year", "(a growing (- 2% per year))"},
      {"a otherwise b otherwise c", "((a otherwise b) otherwise c)"},
      {"a otherwise -1 * 2", "((a otherwise (- 1)) * 2)"},
      {"1 - x.y otherwise 0%", "(1 - (x.y otherwise 0%))"},
      {"chance p * q", "((chance p) * q)"},
      {"chance (p * q)", "(chance (p * q))"},
      {"chance success(phase)", "(chance success(phase))"},
      {"has a.b and c", "((has a.b) and c)"},
      {"not has a.b", "(not (has a.b))"},
      {"if a then b else if c then d else e + 1", "(if a then b else (if c then d else (e + 1)))"},
      {"x -> y -> x + y", "(x -> (y -> (x + y)))"},
      {"2026-01..2030-12", "(2026-01..2030-12)"},
      {"0..(n - 1)", "(0..(n - 1))"},
      {"5 DKK * 3 per month", "(5 DKK * 3 per month)"},
      {"x at -y", "(x at (- y))"},
  };
  for (const auto& [text, expected] : table) {
    const Parsed parsed = parse_text(std::string("r = ") + text);
    ASSERT_TRUE(parsed.messages().empty()) << text << "\n" << parsed.rendered();
    EXPECT_EQ(full(value_of(parsed)), expected) << text;
  }
}

TEST(Expressions, to_text_parses_back_to_itself) {
  std::size_t seen = 0;
  for (const char* folder : {"tests/conformance/parse", "tests/golden/parse"}) {
    for (const auto& path : scenarios_in(folder)) {
      const Parsed parsed = parse_text(read(path));
      for (const ast::Decl& d : parsed.file().decls) {
        const auto* item = std::get_if<ast::ItemDecl>(&d.node);
        const auto* define = item == nullptr ? nullptr : std::get_if<ast::Define>(&item->item.node);
        if (define == nullptr || define->value == nullptr) continue;
        const std::string once = ast::to_text(*define->value);
        const Parsed again = parse_text("r = " + once);
        ASSERT_TRUE(again.messages().empty()) << once << "\n" << again.rendered();
        EXPECT_EQ(ast::to_text(value_of(again)), once);
        EXPECT_EQ(full(value_of(again)), full(*define->value));
        ++seen;
      }
    }
  }
  EXPECT_GT(seen, 80u);
}

TEST(Expressions, to_text_keeps_the_parentheses_that_matter) {
  for (const char* text :
       {"(a + b) * c", "a - (b - c)", "(a ^ b) ^ c", "(-a) ^ 2", "(a < b) == c", "(not a) == b",
        "(if a then b else c) + 1", "a + (1 to 4)", "(a where b) where c", "(x -> x)(3)", "(a + b).c",
        "chance (p * q)", "has a.b", "(a or b) and c", "x at (d + 1 month)"}) {
    const Parsed parsed = parse_text(std::string("r = ") + text);
    ASSERT_TRUE(parsed.messages().empty()) << parsed.rendered();
    EXPECT_EQ(ast::to_text(value_of(parsed)), text);
  }
}

TEST(Expressions, numbers_are_rounded_correctly_and_keep_their_form) {
  const Parsed parsed =
      parse_text("a = 0.1\nb = 4_100\nc = 1e23\nd = 9007199254740993\ne = 1e-400\nf = 35 %\ng = 2026.0");
  ASSERT_TRUE(parsed.messages().empty()) << parsed.rendered();
  const auto number = [&](std::size_t i) -> const ast::Quantity& {
    return std::get<ast::Quantity>(value_of(parsed, i).node);
  };
  EXPECT_EQ(number(0).value, 0.1);
  EXPECT_EQ(number(1).value, 4100.0);
  EXPECT_TRUE(number(1).is_integer);
  EXPECT_EQ(number(1).text, "4100");
  EXPECT_EQ(number(2).value, 1e23);
  EXPECT_EQ(number(3).value, 9007199254740992.0);
  EXPECT_EQ(number(4).value, 0.0);
  EXPECT_TRUE(number(5).percent);
  EXPECT_EQ(number(5).value, 35.0);
  EXPECT_FALSE(number(6).is_integer);
}

TEST(Expressions, dates_exist) {
  EXPECT_EQ(parse_text("a = 2028-02-29").codes(), "");
  for (const char* text : {"2027-02-29", "2100-02-29", "2026-00", "2026-13", "2026-04-31", "2026-Q0",
                           "2026-Q5", "1000-05", "2200-01"}) {
    EXPECT_EQ(parse_text(std::string("a = ") + text).codes(), "E0203") << text;
  }
  EXPECT_EQ(parse_text("a = 2030 - 12\nb = 1_000-50").codes(), "");
}

TEST(Expressions, texts_are_read_with_their_escapes) {
  const Parsed parsed = parse_text(R"(a = "a \"b\" \\ \n\tæ")");
  ASSERT_TRUE(parsed.messages().empty()) << parsed.rendered();
  EXPECT_EQ(std::get<ast::StringLit>(value_of(parsed).node).value, "a \"b\" \\ \n\tæ");
}

TEST(Expressions, soft_words_are_names_where_a_name_can_stand) {
  for (const char* word : {"by",   "from",         "of",       "in",    "over", "at",     "use",
                           "unit", "key",          "source",   "owner", "note", "layer",  "change",
                           "one",  "confidential", "language", "on",    "each", "signed", "formerly"}) {
    const std::string w = word;
    const Parsed parsed =
        parse_text("kind k {\n  a : Date\n  " + w + " : Date\n  b = k." + w + "\n  " + w + " = 3\n  c = f(" +
                   w + " = 1, x) + " + w + "\n  d = 1\n}\n" + w + " = 3\n" + w + ".x ~ chance 3%\n");
    EXPECT_EQ(parsed.codes(), "") << word << "\n" << parsed.rendered();
    ASSERT_EQ(parsed.file().decls.size(), 3u) << word;
    EXPECT_EQ(std::get<ast::KindDecl>(parsed.file().decls[0].node).body.size(), 6u) << word;
  }
}

TEST(Expressions, reserved_words_are_no_names) {
  for (const char* word : {"if",      "then",      "else",     "and",      "or",    "not",       "has",
                           "chance",  "to",        "interval", "where",    "for",   "all",       "is",
                           "fix",     "expect",    "always",   "require",  "test",  "variant",   "kind",
                           "table",   "fn",        "horizon",  "currency", "basis", "dimension", "within",
                           "growing", "otherwise", "extends",  "without",  "per",   "as"}) {
    const std::string w = word;
    EXPECT_EQ(parse_text("a = 1\n" + w + " = 3\nb = 2\n").codes(), "E0207") << word;
    EXPECT_EQ(parse_text("a = x." + w + "\nb = 2\n").codes(), "E0207") << word;
    EXPECT_EQ(parse_text("kind " + w + " { a : Date }\n").codes(), "E0207") << word;
  }
}

}  // namespace
}  // namespace horizon::parse::test
