// Random scenarios with one number or date changed: where lowering says that only numbers in their places differ, the module with the
// new numbers put in is the one that lowering and passes give for the changed text, to the last character of its printed form.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <iostream>

#include "compiler/interp/interp.hpp"
#include "compiler/lower/numbers.hpp"
#include "tests/property/pipeline.hpp"

namespace horizon::property {
namespace {

constexpr std::uint64_t kCases = 100;
constexpr std::size_t kEdits = 12;   // of each, spread over the text

bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Places of last digits of numbers.
std::vector<std::size_t> numbers_in(const std::string& text) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!digit(text[i]) || (i > 0 && in_word(text[i - 1]))) continue;
    while (i + 1 < text.size() && in_word(text[i + 1])) ++i;
    if (digit(text[i])) places.push_back(i);
  }
  return places;
}

/// Another last digit: 7 for 3, and also 0, 1 and 2, which may stand in code.
void change(std::string& text, std::size_t at, std::size_t how) {
  static constexpr char digits[] = "70312";
  char to = digits[how % 5];
  if (to == text[at]) to = '4';
  text[at] = to;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

struct Counts {
  std::size_t compared = 0, taken_over = 0, right = 0, untouched_kernels = 0;
};

void compare(const Built& before, const Built& now, const std::string& told, Counts& counts) {
  ++counts.compared;
  const auto changes = model::number_changes(*before.model, *now.model);
  if (!changes) return;
  mir::Module module = *before.module;
  const lower::Numbers numbers(before.places, module);
  const auto kernels = numbers.change(*before.model, *now.model, *changes, module);
  if (!kernels) {
    ASSERT_EQ(mir::print(module), mir::print(*before.module)) << told;
    return;
  }
  ++counts.taken_over;
  ASSERT_EQ(mir::print(module), mir::print(*now.module)) << told;
  ++counts.right;
  for (std::size_t k = 0; k < module.kernels.size(); ++k) {
    const mir::KernelId id(k);
    if (std::find(kernels->begin(), kernels->end(), id) != kernels->end()) continue;
    ++counts.untouched_kernels;
    const interp::Prologue a = interp::prologue(*before.module, id), b = interp::prologue(*now.module, id);
    ASSERT_TRUE(same_bits(a.constants, b.constants) && same_bits(a.row_values, b.row_values) &&
                same_bits(a.time_values, b.time_values) && same_bits(a.both_values, b.both_values) && a.row_tables == b.row_tables)
        << told;
  }
}

TEST(OtherNumbers, InTheirPlacesGiveTheModuleOfTheChangedText) {
  Counts counts;
  for (std::uint64_t i = 0; i < kCases; ++i) {
    const Scenario scenario = generate(i);
    const Built before = build(scenario);
    ASSERT_EQ(before.error, "");
    const auto edit = [&](const std::string& text, std::size_t count, auto&& put) {
      const std::vector<std::size_t> places = numbers_in(text);
      for (std::size_t e = 0; e < std::min(count, places.size()); ++e) {
        std::string edited = text;
        change(edited, places[e * places.size() / std::min(count, places.size())], e + i);
        Scenario other = scenario;
        put(other) = edited;
        const Built now = build(other);
        if (now.error.empty()) compare(before, now, "case " + std::to_string(i) + "\n" + edited, counts);
        if (testing::Test::HasFatalFailure()) return;
      }
    };
    edit(scenario.text, kEdits, [](Scenario& s) -> std::string& { return s.text; });
    for (const auto& [name, bytes] : scenario.files)
      edit(bytes, kEdits / 3, [&](Scenario& s) -> std::string& { return s.files[name]; });
    if (HasFatalFailure()) return;
  }
  std::cout << counts.compared << " edits, " << counts.taken_over << " of them with numbers in their places only, "
            << counts.untouched_kernels << " kernels without a change\n";
  EXPECT_EQ(counts.right, counts.taken_over);
  EXPECT_GT(counts.taken_over, counts.compared / 2);
  EXPECT_LT(counts.taken_over, counts.compared);
  EXPECT_GT(counts.untouched_kernels, 0u);
}

}  // namespace
}  // namespace horizon::property
