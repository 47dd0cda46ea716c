// Whole scenarios and libraries parse; the printed trees of small files are as reviewed; messages are as
// reviewed.
#include <gtest/gtest.h>

#include "support.hpp"

namespace horizon::parse::test {
namespace {

TEST(Examples, every_draft_of_a_scenario_and_of_the_library_parses_without_a_message) {
  const auto files = scenarios_in("tests/conformance/parse");
  ASSERT_GE(files.size(), 19u);
  for (const auto& path : files) {
    const Parsed parsed = parse_text(read(path), path.filename());
    EXPECT_TRUE(parsed.messages().empty()) << path << "\n" << parsed.rendered();
    EXPECT_FALSE(parsed.file().decls.empty()) << path;
  }
}

TEST(Examples, declarations_and_comments_cover_the_text_in_order) {
  for (const auto& path : scenarios_in("tests/conformance/parse")) {
    const std::string text = read(path);
    const Parsed parsed = parse_text(text);
    std::string covered(text.size(), ' ');
    std::uint32_t last = 0;
    for (const ast::Decl& d : parsed.file().decls) {
      EXPECT_LE(last, d.span.begin) << path;
      EXPECT_LT(d.span.begin, d.span.end) << path;
      last = d.span.end;
      for (std::uint32_t i = d.span.begin; i < d.span.end; ++i) covered[i] = '#';
    }
    for (const ast::Comment& c : parsed.file().comments) {
      EXPECT_EQ(text.substr(c.span.begin, c.span.end - c.span.begin), c.text) << path;
      for (std::uint32_t i = c.span.begin; i < c.span.end; ++i) covered[i] = '#';
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (covered[i] == '#') continue;
      EXPECT_NE(std::string(" \t\n\r;").find(text[i]), std::string::npos)
          << path << ": byte " << i << " belongs to no declaration";
    }
  }
}

TEST(Examples, trees_are_as_reviewed) {
  const auto files = scenarios_in("tests/golden/parse");
  ASSERT_GE(files.size(), 5u);
  for (const auto& path : files) {
    const Parsed parsed = parse_text(read(path), path.filename());
    std::filesystem::path tree = path;
    EXPECT_EQ(ast::print(parsed.file(), parsed.sources), read(tree.replace_extension(".tree"))) << path;
    EXPECT_TRUE(parsed.messages().empty()) << path << "\n" << parsed.rendered();
  }
}

TEST(Examples, messages_are_as_reviewed) {
  const auto files = scenarios_in("tests/golden/messages");
  ASSERT_GE(files.size(), 13u);
  for (const auto& path : files) {
    const std::string text = read(path);
    EXPECT_EQ(annotate(text, path.filename()), text) << path;
    EXPECT_FALSE(parse_text(text).messages().empty()) << path;
  }
}

}  // namespace
}  // namespace horizon::parse::test
