#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/mir/mir.hpp"
#include "tests/harness/random_mir.hpp"

namespace horizon {
namespace {

TEST(Text, PrintParsePrintIsIdentical) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string text = mir::print(testing::RandomMir(seed).make());
    const mir::ParseResult parsed = mir::parse(text);
    ASSERT_EQ(parsed.error, "") << "seed " << seed;
    ASSERT_EQ(mir::print(parsed.module), text) << "seed " << seed;
    ASSERT_EQ(mir::verify(parsed.module), std::vector<std::string>{}) << "seed " << seed;
  }
}

constexpr const char* sample = R"(module periods 2 slots 5 output 4 1 2 1
midpoints 15.5 46.5
table "normal \x22z\x22" 0.5 -1e-300
period_column i64 "year" 0 1
multiple 0 of 1 by #0 1 0
function "twice" f64 -> %2
  %0 f64/ = param #0
  %1 f64/ = const 2
  %2 f64/ = mul %0 %1
end
kernel "medicine" rows 2 "Herceptin" "Enbrel"
  column f64 "price" 10.5 -0
  row_table beta %0 %1
  state %6
  %0 f64/r = column #0 @0:10-15
  %1 f64/ = const 2.5
  %2 i64/f = future
  %3 i64/f = shr by 12 %2
  %4 i64/p = iperiod #0
  %5 f64/rf = call function 0 %0 @none:0-3
  %6 f64/rpf = prev #0
  %7 none/rpf = accumulate [1 stride 1 period %4] %5
end
stage at_a_stretch 0
)";

TEST(Text, ASampleReadsBack) {
  const mir::ParseResult parsed = mir::parse(sample);
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(mir::print(parsed.module), sample);
  EXPECT_EQ(parsed.module.tables[mir::TableId(0)].name, "normal \"z\"");
  EXPECT_EQ(parsed.module.kernels[mir::KernelId(0)].values.size(), 8u);
}

TEST(Text, TheFormOfMachineCode) {
  const std::string plain = sample, head = "rows 2 ";
  for (const std::string form : {"step 2 ", "registers 2 ", "gathered ", "step 2 registers 2 gathered "}) {
    std::string text = plain;
    text.insert(text.find(head) + head.size(), form);
    const mir::ParseResult parsed = mir::parse(text);
    ASSERT_EQ(parsed.error, "") << form;
    EXPECT_EQ(mir::print(parsed.module), text);
    const mir::Kernel& kernel = parsed.module.kernels[mir::KernelId(0)];
    EXPECT_EQ(kernel.step, form.starts_with("step") ? 2u : 1u);
    EXPECT_EQ(kernel.registers, form.find("registers") != std::string::npos ? 2u : 1u);
    EXPECT_EQ(kernel.gathered, form.find("gathered") != std::string::npos);
    EXPECT_EQ(kernel.row_names, (std::vector<std::string>{"Herceptin", "Enbrel"}));
  }
}

TEST(Text, KeepsTheBitsOfEveryNumber) {
  mir::Module m;
  mir::Table table{"bits", {}};
  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; ++i) table.numbers.push_back(std::bit_cast<double>(random()));
  table.numbers.push_back(std::numeric_limits<double>::quiet_NaN());
  m.tables.add(table);
  const mir::ParseResult parsed = mir::parse(mir::print(m));
  ASSERT_EQ(parsed.error, "");
  const auto& back = parsed.module.tables[mir::TableId(0)].numbers;
  ASSERT_EQ(back.size(), table.numbers.size());
  for (std::size_t i = 0; i < back.size(); ++i)
    ASSERT_EQ(std::bit_cast<std::uint64_t>(back[i]), std::bit_cast<std::uint64_t>(table.numbers[i]));
}

TEST(Text, ErrorsNameTheLine) {
  using ::testing::HasSubstr;
  const auto error = [](const std::string& text) { return mir::parse(text).error; };
  const std::string head = "module periods 1 slots 1 output 0 1\n";
  EXPECT_THAT(error(""), HasSubstr("`module` expected"));
  EXPECT_THAT(error("module periods x"), HasSubstr("1: `x` is not a whole number"));
  EXPECT_THAT(error(head + "tabel \"a\" 1\n"), HasSubstr("2: "));
  EXPECT_THAT(error(head + "table \"a 1\n"), HasSubstr("does not end"));
  EXPECT_THAT(error(head + "table \"a\" 1 x\n"), HasSubstr("2: `x` is not a number"));
  EXPECT_THAT(error(head + "kernel \"k\" rows 0\n  %0 f64/ = frobnicate\nend\n"), HasSubstr("3: `frobnicate` is not an"));
  EXPECT_THAT(error(head + "kernel \"k\" rows 0\n  %1 f64/ = const 1\nend\n"), HasSubstr("numbered in order"));
  EXPECT_THAT(error(head + "kernel \"k\" rows 0\n  %0 f65/ = const 1\nend\n"), HasSubstr("is not a type"));
  EXPECT_THAT(error(head + "kernel \"k\" rows 0\n"), HasSubstr("`end` expected"));
  EXPECT_THAT(error(head + "kernel \"k\" rows 0\n  %0 f64/ = const 1 1\nend\n"), HasSubstr("should end here"));
}

/// Whatever bytes are lost, changed or doubled: an answer, never a crash.
TEST(Text, DamagedTextIsAnsweredNotCrashedOn) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2'000; ++i) {
    std::string text = sample;
    for (int n = 0; n < 3; ++n) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0)
        text.erase(at, 1 + random() % 4);
      else
        text[at] = static_cast<char>(random() % 128);
    }
    const mir::ParseResult parsed = mir::parse(text);
    if (parsed.error.empty()) mir::verify(parsed.module);
  }
}

}  // namespace
}  // namespace horizon
