#include "compiler/source/source.hpp"

#include <gtest/gtest.h>

#include <string>

namespace horizon::source {
namespace {

TEST(SourceMap, PositionsCountCodePointsFromOne) {
  SourceMap sources;
  const FileId file = sources.add("a.hzn", "a\næøå = 1\n");
  EXPECT_EQ(sources.position(file, 0).line, 1u);
  EXPECT_EQ(sources.position(file, 0).column, 1u);
  // æ, ø and å are two bytes each: the blank behind them is byte 8 and column 4.
  EXPECT_EQ(sources.position(file, 8).line, 2u);
  EXPECT_EQ(sources.position(file, 8).column, 4u);
}

TEST(SourceMap, NewlineBelongsToItsLine) {
  SourceMap sources;
  const FileId file = sources.add("a.hzn", "ab\ncd");
  EXPECT_EQ(sources.position(file, 2).line, 1u);
  EXPECT_EQ(sources.position(file, 2).column, 3u);
  EXPECT_EQ(sources.position(file, 3).line, 2u);
}

TEST(SourceMap, PositionBehindTheEndIsTheEnd) {
  SourceMap sources;
  const FileId file = sources.add("a.hzn", "ab");
  EXPECT_EQ(sources.position(file, 99).column, 3u);
}

TEST(SourceMap, EmptyFileHasOneEmptyLine) {
  SourceMap sources;
  const FileId file = sources.add("a.hzn", "");
  EXPECT_EQ(sources.position(file, 0).line, 1u);
  EXPECT_EQ(sources.line(file, 1), "");
  EXPECT_EQ(sources.line(file, 2), "");
}

TEST(SourceMap, LinesComeWithoutTheirEnds) {
  SourceMap sources;
  const FileId file = sources.add("a.hzn", "one\r\ntwo\nthree");
  EXPECT_EQ(sources.line(file, 1), "one");
  EXPECT_EQ(sources.line(file, 2), "two");
  EXPECT_EQ(sources.line(file, 3), "three");
  EXPECT_EQ(sources.line(file, 0), "");
  EXPECT_EQ(sources.line(file, 4), "");
}

TEST(SourceMap, TextOfASpan) {
  SourceMap sources;
  sources.add("a.hzn", "first");
  const FileId file = sources.add("b.hzn", "price = 3");
  EXPECT_EQ(sources.text(Span{file, 0, 5}), "price");
  EXPECT_EQ(sources.text(Span{file, 8, 99}), "3");
  EXPECT_EQ(sources.text(Span{file, 5, 2}), "");
  EXPECT_EQ(sources.name(file), "b.hzn");
  EXPECT_EQ(sources.size(), 2u);
}

TEST(Span, JoinIsTheSmallestThatHoldsBoth) {
  const FileId file(0);
  EXPECT_EQ(join({file, 3, 5}, {file, 8, 9}), (Span{file, 3, 9}));
  EXPECT_EQ(join({file, 8, 9}, {file, 3, 5}), (Span{file, 3, 9}));
}

}  // namespace
}  // namespace horizon::source
