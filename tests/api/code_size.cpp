// A table of 100 rows and one of 10,000 get the same machine code: the work depends on kinds, not on rows.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "compiler/codegen/codegen.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/mir/mir.hpp"

namespace horizon {
namespace {

const std::string bench = std::string(HORIZON_SOURCE_DIR) + "/tests/bench/";

std::string file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// A table of so many rows: those of portfolio.csv over and over, under new names.
std::string table(int rows) {
  std::istringstream lines(file(bench + "data/portfolio.csv"));
  std::string header, line;
  std::getline(lines, header);
  std::vector<std::string> have;
  while (have.size() < 100 && std::getline(lines, line)) have.push_back(line.substr(line.find(',')));
  std::string text = header + "\n";
  for (int i = 0; i < rows; ++i) text += "N" + std::to_string(i) + have[static_cast<std::size_t>(i) % have.size()] + "\n";
  return text;
}

struct Size {
  std::size_t code = 0, instructions = 0, rows = 0;
};

Size size_with(int rows) {
  const std::string csv = table(rows);
  const driver::ReadFile read = [&](const std::string& path) -> Expected<std::string, std::string> {
    if (path == "rows.csv") return csv;
    if (path == "portfolio.hzn") return file(bench + "portfolio.hzn");
    return Unexpected{std::string("there is no such file")};
  };
  driver::Options options;
  options.data["portfolio"] = "rows.csv";
  const driver::Emitted emitted = driver::emit(driver::Stage::Mir, "portfolio.hzn", options, read);
  const mir::ParseResult parsed = mir::parse(emitted.text);
  EXPECT_EQ(parsed.error, "");
  Size size;
  for (const mir::Kernel& kernel : parsed.module.kernels) size.rows += kernel.rows;
  const auto code = codegen::compile(parsed.module, codegen::host_cpu());
  EXPECT_TRUE(code);
  if (!code) return size;
  size.code = (*code)->code_bytes();
  size.instructions = (*code)->llvm_instructions();
  return size;
}

TEST(PortfolioCode, IsTheSameFor100And10000Rows) {
  const Size few = size_with(100), many = size_with(10'000);
  EXPECT_EQ(few.rows, 131u);   // products, the scenario, and five years of five regions and of all
  EXPECT_EQ(many.rows, 10'031u);
  EXPECT_GT(few.code, 0u);
  EXPECT_GT(few.instructions, 0u);
  EXPECT_EQ(few.code, many.code);
  EXPECT_EQ(few.instructions, many.instructions);
}

}  // namespace
}  // namespace horizon
