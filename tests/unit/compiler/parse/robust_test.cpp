// Any bytes give a tree and messages: random bytes, random words, broken examples, extreme nesting and
// length.
#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

#include "support.hpp"

namespace horizon::parse::test {
namespace {

/// SplitMix64: the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }

 private:
  std::uint64_t state_;
};

void check_span(source::Span span, std::size_t size) {
  EXPECT_LE(span.begin, span.end);
  EXPECT_LE(span.end, size);
}

/// Parses, prints, renders; what holds for every text is checked.
void survive(const std::string& text) {
  const Parsed parsed = parse_text(text);
  std::uint32_t last = 0;
  for (const diag::Diagnostic& d : parsed.messages()) {
    check_span(d.span, text.size());
    EXPECT_LE(last, d.span.begin);
    last = d.span.begin;
    EXPECT_FALSE(diag::message(d).empty());
    if (d.mend && d.mend->span) check_span(*d.mend->span, text.size());
  }
  EXPECT_LE(parsed.messages().size(), 101u);
  for (const ast::Decl& d : parsed.file().decls) check_span(d.span, text.size());
  EXPECT_FALSE(ast::print(parsed.file(), parsed.sources).empty());
}

std::vector<std::string> examples() {
  std::vector<std::string> out;
  for (const char* folder : {"tests/conformance/parse", "tests/golden/parse", "tests/golden/messages"}) {
    for (const auto& path : scenarios_in(folder)) out.push_back(read(path));
  }
  return out;
}

TEST(Robust, random_bytes) {
  Random random(1);
  for (int round = 0; round < 400; ++round) {
    std::string text(random.below(300), '\0');
    for (char& c : text) c = static_cast<char>(random.below(round % 2 == 0 ? 256 : 128));
    survive(text);
  }
}

TEST(Robust, random_words) {
  const std::vector<std::string> words = {"if",       "then",      "else",     "and",     "or",
                                          "not",      "has",       "chance",   "to",      "interval",
                                          "where",    "for",       "all",      "is",      "fix",
                                          "expect",   "always",    "require",  "test",    "variant",
                                          "kind",     "table",     "fn",       "horizon", "currency",
                                          "basis",    "dimension", "within",   "growing", "otherwise",
                                          "extends",  "without",   "per",      "as",      "by",
                                          "from",     "of",        "in",       "over",    "at",
                                          "use",      "unit",      "key",      "source",  "owner",
                                          "note",     "layer",     "change",   "one",     "confidential",
                                          "language", "on",        "each",     "signed",  "formerly",
                                          "(",        ")",         "[",        "]",       "{",
                                          "}",        ",",         ";",        ":",       "..",
                                          ".",        "?",         "%",        "~",       "->",
                                          "==",       "!=",        "<=",       ">=",      "<",
                                          ">",        "=",         "+",        "-",       "*",
                                          "/",        "^",         "2026-03",  "2026-13", "3",
                                          "4_100",    "1e6",       "\"text\"", "\"open",  "x",
                                          "y",        "Sjælland",  "k",        "m",       "DKK",
                                          "\n",       "\n",        "\n",       "\n  ",    "// note\n",
                                          "“",        "\\",        "#",        "'"};
  Random random(2);
  for (int round = 0; round < 1500; ++round) {
    std::string text;
    for (std::size_t n = random.below(80); n > 0; --n)
      text += words[random.below(words.size())] + (random.below(4) == 0 ? "" : " ");
    survive(text);
  }
}

TEST(Robust, broken_examples) {
  Random random(3);
  for (const std::string& whole : examples()) {
    for (int round = 0; round < 12; ++round) {
      std::string text = whole;
      for (std::size_t n = 1 + random.below(4); n > 0; --n) {
        const std::size_t at = random.below(text.size());
        const std::size_t length = std::min(text.size() - at, 1 + random.below(6));
        switch (random.below(4)) {
          case 0:
            text.erase(at, length);
            break;
          case 1:
            text.insert(at, text.substr(random.below(text.size()), length));
            break;
          case 2:
            text[at] = static_cast<char>(random.below(256));
            break;
          default:
            text.resize(at + 1);
            break;
        }
      }
      survive(text);
    }
  }
}

TEST(Robust, one_line_taken_out_of_an_example_leaves_the_rest) {
  const std::string whole =
      read(std::filesystem::path(HORIZON_SOURCE_DIR) / "tests/conformance/parse/library/market.hzn");
  const std::vector<std::string> lines = lines_of(whole);
  for (std::size_t out = 0; out < lines.size(); ++out) {
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) text += (i == out ? "" : lines[i]) + '\n';
    const Parsed parsed = parse_text(text);
    EXPECT_LE(parsed.messages().size(), 1u) << "without line " << out + 1 << "\n" << parsed.rendered();
  }
}

std::string times(std::size_t n, const std::string& what) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += what;
  return out;
}

TEST(Robust, depth_is_limited_with_one_message) {
  const std::size_t deep = 20'000;
  for (const std::string& text : {"a = " + times(deep, "("),
                                  "a = " + times(deep, "(") + "1" + times(deep, ")"),
                                  "a = " + times(deep, "["),
                                  "a = " + times(deep, "{x:"),
                                  times(deep, "a {\n"),
                                  "a = " + times(deep, "- ") + "1",
                                  "a = " + times(deep, "not ") + "b",
                                  "a = 1" + times(deep, " + 1"),
                                  "a = 2" + times(deep, " ^ 2"),
                                  "a = x" + times(deep, ".y"),
                                  "a = x" + times(deep, "[1]"),
                                  "a = x" + times(deep, "(1)"),
                                  "a = " + times(deep, "if b then 1 else ") + "2",
                                  "a = " + times(deep, "x -> ") + "x",
                                  "a : " + times(deep, "x -> ") + "x",
                                  "a : " + times(deep, "[") + "x",
                                  "a = " + times(deep, "f(") + "1",
                                  "dimension d { " + times(deep, "A { "),
                                  "a = b" + times(deep, " otherwise - b"),
                                  "a = 1" + times(deep, " to 2")}) {
    const Parsed parsed = parse_text(text);
    ASSERT_FALSE(parsed.messages().empty()) << text.substr(0, 40);
    EXPECT_LE(parsed.messages().size(), 2u) << text.substr(0, 40) << "\n"
                                            << parsed.rendered().substr(0, 2000);
    EXPECT_FALSE(ast::print(parsed.file(), parsed.sources).empty());
  }
}

TEST(Robust, depth_below_the_limit_is_fine) {
  EXPECT_EQ(parse_text("a = " + times(400, "(") + "1" + times(400, ")")).codes(), "");
  EXPECT_EQ(parse_text("a = 1" + times(400, " + 1")).codes(), "");
  EXPECT_EQ(parse_text("a = " + times(400, "if b then 1 else ") + "2").codes(), "");
  EXPECT_EQ(parse_text("a = [" + times(5000, "if b then 1 else 2,\n") + "]").codes(), "");
}

TEST(Robust, large_files_are_refused_with_the_mend) {
  std::string text = "a = 1\n" + std::string(max_source_bytes, ' ');
  EXPECT_EQ(parse_text(text).codes(), "E0202");
  EXPECT_TRUE(parse_text(text).file().decls.empty());
  text.resize(max_source_bytes);
  const Parsed parsed = parse_text(text);
  EXPECT_EQ(parsed.codes(), "");
  EXPECT_EQ(parsed.file().decls.size(), 1u);
}

TEST(Robust, thirty_thousand_lines) {
  const std::string whole =
      read(std::filesystem::path(HORIZON_SOURCE_DIR) / "tests/conformance/parse/scenarios/03_analogues.hzn");
  const std::size_t lines = lines_of(whole).size();
  const std::size_t copies = 30'000 / lines + 1;
  const std::size_t decls = parse_text(whole).file().decls.size();
  const Parsed parsed = parse_text(times(copies, whole));
  EXPECT_TRUE(parsed.messages().empty());
  EXPECT_EQ(parsed.file().decls.size(), copies * decls);
}

TEST(Robust, many_mistakes_stop_at_a_hundred) {
  const Parsed parsed = parse_text(times(5000, "a = = 3\n"));
  ASSERT_EQ(parsed.messages().size(), 101u);
  EXPECT_EQ(parsed.code(100), "E0227");
}

TEST(Robust, bytes_that_are_no_utf8_give_one_message_and_the_rest_is_read) {
  const Parsed parsed = parse_text("a = 1 // S\xe6son\nb = \"\xff\"\nc = 3\n");
  EXPECT_EQ(parsed.codes(), "E0216");
  EXPECT_EQ(parsed.messages().at(0).span.begin, 10u);
  EXPECT_EQ(parsed.file().decls.size(), 3u);
}

TEST(Robust, a_byte_order_mark_and_windows_line_ends_do_no_harm) {
  const Parsed parsed = parse_text(
      "\xef\xbb\xbf"
      "a = 1\r\nb = 2\r\n\r\nk {\r\n  c = 3\r\n}\r\n");
  EXPECT_EQ(parsed.codes(), "");
  ASSERT_EQ(parsed.file().decls.size(), 3u);
  EXPECT_EQ(parsed.file().decls[0].span.begin, 3u);
  EXPECT_EQ(parsed.file().decls[1].span.begin, 10u);
}

TEST(Robust, nul_and_other_control_bytes_are_named) {
  const Parsed parsed = parse_text(std::string("a = 1\0\nb = 2\x07\n", 14));
  EXPECT_EQ(parsed.codes(), "E0217 E0217");
  EXPECT_EQ(parsed.file().decls.size(), 2u);
}

TEST(Robust, empty_files) {
  for (const char* text : {"", "\n", "\n\n;\n", "// only a comment", "\xef\xbb\xbf", "   "}) {
    EXPECT_EQ(parse_text(text).codes(), "") << text;
    EXPECT_TRUE(parse_text(text).file().decls.empty());
  }
  EXPECT_EQ(parse_text("// only a comment").file().comments.size(), 1u);
}

TEST(Names, are_compared_in_normal_form) {
  const Parsed parsed = parse_text("Sja\u0308lland = 1\nSj\u00e4lland = 2\n");
  ASSERT_EQ(parsed.codes(), "");
  const auto name = [&](std::size_t i) {
    const auto& define =
        std::get<ast::Define>(std::get<ast::ItemDecl>(parsed.file().decls.at(i).node).item.node);
    return std::get<ast::Name>(define.path.steps.front().step).text;
  };
  EXPECT_EQ(name(0), name(1));
  EXPECT_EQ(name(0), "Sj\u00e4lland");
}

TEST(Names, of_mixed_scripts_are_warned_of_once) {
  EXPECT_EQ(parse_text("p\u0430tients = 1\nb = p\u0430tients\n").codes(), "W0201");
  EXPECT_EQ(
      parse_text("\u043f\u0430\u0446\u0438\u0435\u043d\u0442 = 1\nkøbenhavn = 2\nx_2\u00e9 = 3\n").codes(),
      "");
}

TEST(Names, are_the_longest_run_of_letters_marks_and_digits) {
  const Parsed parsed = parse_text("iff = 1\n_if = 2\nif_ = 3\nif\u00e6 = 4\nif2 = 5\nx\u0663 = 6\n\u4eac = 7\nIf = 8\n_ = 9\n");
  EXPECT_EQ(parsed.codes(), "") << parsed.rendered();
  EXPECT_EQ(parsed.file().decls.size(), 9u);
  EXPECT_EQ(parse_text("\u0308x = 1\n").codes(), "E0217");   // a mark, a digit first: neither is a name
  EXPECT_EQ(parse_text("\u0663x = 1\n").codes(), "E0217");
}

TEST(Parse, is_the_same_from_several_threads) {
  const std::vector<std::string> texts = examples();
  const auto all = [&] {
    std::string out;
    for (const std::string& text : texts) {
      const Parsed parsed = parse_text(text);
      out += ast::print(parsed.file(), parsed.sources) + parsed.codes();
    }
    return out;
  };
  std::vector<std::string> results(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& result : results) threads.emplace_back([&] { result = all(); });
  }
  for (const std::string& result : results) EXPECT_EQ(result, all());
}

}  // namespace
}  // namespace horizon::parse::test
