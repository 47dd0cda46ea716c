// Machine code that is kept, on disk or in memory: when it is used again, that nothing of a scenario's numbers is in it, and that
// results do not notice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "compiler/driver/session.hpp"
#include "runtime/report/forecast_csv.hpp"
#include "runtime/session/keeper.hpp"
#include "runtime/session/run.hpp"

namespace horizon {
namespace {

using driver::CodeInfo;

/// A scenario with numbers in every place that lowering knows: groups of several rows, groups that stand alone, defaults of the
/// kind, parameters of draws, dates, a year-by-year growth.
std::string scenario(const std::string& discount, const std::string& price, const std::string& date, const std::string& cut) {
  return R"(horizon 2026-01..2027-12 by month
currency DKK
kind drug {
  price    : DKK per year
  discount : Share
  entry    : Date = )" + date + R"(
  cut = )" + cut + R"( * price confidential
  spend = price * (1 - discount) * after(entry)
}
drug A { price ~ 80 DKK per year to 125 DKK per year; discount ~ )" + discount + R"(% to 61% confidential }
drug B { price ~ 70 DKK per year to 135 DKK per year; discount ~ 23% to )" + discount + R"(7% confidential }
drug C { price = )" + price + R"( DKK per year growing 3% per year from 2026; discount = )" + discount + R"(% confidential }
drug D { price ~ gamma(mean = )" + price + R"( DKK per year, sd = 9 DKK per year); discount = 5% }
secret ~ normal(mean = )" + cut + R"(, sd = 0.5) confidential
forecast cost { measure = sum(spend of all drug); by = [year] }
forecast cuts { measure = sum(cut of all drug) * secret }
)";
}

driver::ReadFile reads(const std::string& text) {
  return [text](const std::string& path) -> Expected<std::string, std::string> {
    if (path == "s.hzn") return text;
    return Unexpected{std::string("there is no such file")};
  };
}

struct MemoryStore {
  std::map<std::string, std::string> objects;
  int reads = 0;
  codegen::ObjectStore store() {
    return {[this](const std::string& key) -> std::optional<std::string> {
              ++reads;
              const auto at = objects.find(key);
              return at == objects.end() ? std::nullopt : std::optional(at->second);
            },
            [this](const std::string& key, const std::string& object) { objects[key] = object; }};
  }
};

std::string csv(const driver::Compiled& compiled) {
  if (!compiled.plan) {
    ADD_FAILURE() << diag::render_text(compiled.diagnostics, *compiled.sources, false)
                  << (compiled.failure ? compiled.failure->text : "");
    return {};
  }
  session::RunOptions options;
  options.futures = 500;
  const auto results = session::run(*compiled.plan, options);
  if (!results) {
    ADD_FAILURE() << results.error().text;
    return {};
  }
  return report::forecast_csv(*results);
}

driver::Compiled compile(const std::string& text, MemoryStore* memory) {
  driver::Options options;
  if (memory != nullptr) options.objects = memory->store();
  return driver::compile("s.hzn", options, reads(text));
}

const std::string usual = scenario("31.4159", "77.123", "2026-05", "0.8765");

TEST(ObjectStore, ASecondRunNeedsNoLlvmAndGivesTheSameBytes) {
  MemoryStore memory;
  const driver::Compiled without = compile(usual, nullptr), first = compile(usual, &memory), second = compile(usual, &memory);
  EXPECT_EQ(first.code.from, CodeInfo::From::Llvm);
  EXPECT_GT(first.code.llvm_instructions, 0u);
  EXPECT_EQ(second.code.from, CodeInfo::From::Store);
  EXPECT_EQ(second.code.llvm_instructions, 0u);
  EXPECT_EQ(second.code.bytes, first.code.bytes);
  ASSERT_EQ(memory.objects.size(), 1u);
  const std::string expected = csv(without);
  EXPECT_EQ(csv(first), expected);
  EXPECT_EQ(csv(second), expected);
}

TEST(ObjectStore, NumbersAndDatesAreNotInTheCode) {
  MemoryStore memory;
  compile(usual, &memory);
  ASSERT_EQ(memory.objects.size(), 1u);
  const std::string object = memory.objects.begin()->second;
  const std::string other = scenario("44.0001", "12.5", "2027-02", "0.333");
  const driver::Compiled changed = compile(other, &memory);
  EXPECT_EQ(changed.code.from, CodeInfo::From::Store) << "a number changed the shape";
  EXPECT_EQ(memory.objects.size(), 1u);
  EXPECT_EQ(csv(changed), csv(compile(other, nullptr)));
  EXPECT_NE(csv(changed), csv(compile(usual, nullptr)));

  for (const double number : {31.4159, 0.314159, 77.123, 77.123 / 12, 0.8765, 0.05}) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    EXPECT_EQ(object.find(std::string(bytes, sizeof bytes)), std::string::npos) << number;
  }
  for (const char* name : {"drug", "secret", "cost", "s.hzn", "discount"}) {
    EXPECT_EQ(object.find(name), std::string::npos) << name;
    EXPECT_EQ(memory.objects.begin()->first.find(name), std::string::npos) << name << " in the key";
  }
}

TEST(ObjectStore, AnotherShapeOrProcessorIsAnotherObject) {
  MemoryStore memory;
  compile(usual, &memory);
  compile(usual + "forecast more { measure = secret * 2 }\n", &memory);
  EXPECT_EQ(memory.objects.size(), 2u);
  driver::Options options;
  options.objects = memory.store();
  options.cpu = codegen::Cpu::X86_64;
  const driver::Compiled old = driver::compile("s.hzn", options, reads(usual));
  EXPECT_EQ(old.code.from, CodeInfo::From::Llvm);
  EXPECT_EQ(memory.objects.size(), 3u);
}

TEST(ObjectStore, WhatIsNoObjectIsMadeAnew) {
  MemoryStore memory;
  compile(usual, &memory);
  ASSERT_EQ(memory.objects.size(), 1u);
  const std::string good = memory.objects.begin()->second;
  for (const std::string& bad : {std::string(), std::string("nonsense"), good.substr(0, 100)}) {
    memory.objects.begin()->second = bad;
    const driver::Compiled again = compile(usual, &memory);
    EXPECT_EQ(again.code.from, CodeInfo::From::Llvm);
    EXPECT_EQ(memory.objects.begin()->second, good);
  }
}

TEST(ObjectStore, TheInterpreterHasNoUseForIt) {
  MemoryStore memory;
  driver::Options options;
  options.objects = memory.store();
  options.engine = driver::Engine::Interpreter;
  const driver::Compiled compiled = driver::compile("s.hzn", options, reads(usual));
  EXPECT_TRUE(compiled.plan.has_value());
  EXPECT_EQ(compiled.code.bytes, 0u);
  EXPECT_TRUE(memory.objects.empty());
}

TEST(Session, ReusesCodeWhileOnlyNumbersChange) {
  driver::Session session({}, reads(usual));
  EXPECT_EQ(csv(session.open("s.hzn")), csv(compile(usual, nullptr)));
  const std::string numbers = scenario("38.25", "99", "2027-01", "0.5");
  EXPECT_EQ(csv(session.edit("s.hzn", numbers)), csv(compile(numbers, nullptr)));
  EXPECT_EQ(session.compiled().code.from, CodeInfo::From::Memory);
  EXPECT_EQ(session.compiled().code.llvm_instructions, 0u);
  EXPECT_EQ(session.counters().llvm, 1u);
  EXPECT_EQ(session.counters().memory, 1u);

  const std::string shape = usual + "forecast more { measure = secret * 2 }\n";
  EXPECT_EQ(csv(session.edit("s.hzn", shape)), csv(compile(shape, nullptr)));
  EXPECT_EQ(session.counters().llvm, 2u);
  EXPECT_EQ(csv(session.revert("s.hzn")), csv(compile(usual, nullptr)));
  EXPECT_EQ(session.counters().llvm, 2u);
  EXPECT_EQ(session.counters().memory, 2u);
}

TEST(Session, WhatIfsThroughAKeeperAreSeparateRuns) {
  driver::Session session({}, reads(usual));
  session::Keeper keeper;
  const auto what_if = [&](const std::string& text) {
    session::RunOptions options;
    options.futures = 500;
    const auto results = keeper.run(*session.edit("s.hzn", text).plan, options);
    return results.has_value() ? report::forecast_csv(*results) : std::string();
  };
  const auto separately = [](const std::string& text) { return csv(compile(text, nullptr)); };
  session.open("s.hzn");
  EXPECT_EQ(what_if(usual), separately(usual));
  std::uint64_t kept = 0;
  for (const std::string& text :
       {scenario("38.25", "99", "2027-01", "0.5"), scenario("38.25", "99", "2027-02", "0.5"), scenario("38.25", "98", "2027-02", "0.5"),
        scenario("38.25", "98", "2027-02", "0.25"), usual, usual + "forecast more { measure = secret * 2 }\n", usual}) {
    EXPECT_EQ(what_if(text), separately(text));
    kept += keeper.last().kernels_kept;
  }
  EXPECT_GT(kept, 0u);
  EXPECT_EQ(session.counters().llvm, 2u);
}

TEST(Session, AMistakeIsSaidAndTheNextEditGoesOn) {
  driver::Session session({}, reads(usual));
  session.open("s.hzn");
  EXPECT_FALSE(session.edit("s.hzn", usual + "forecast bad { measure = nobody }\n").plan.has_value());
  EXPECT_TRUE(session.compiled().diagnostics.has_errors());
  EXPECT_TRUE(session.edit("s.hzn", usual).plan.has_value());
  EXPECT_EQ(session.counters().llvm, 1u);
  EXPECT_EQ(session.counters().memory, 1u);
}

bool lowered(const driver::Compiled& compiled) {
  return std::any_of(compiled.times.begin(), compiled.times.end(), [](const driver::StageTime& t) { return t.stage == "lower"; });
}

TEST(Session, OtherNumbersAreNotLoweredAgain) {
  driver::Session session({}, reads(usual));
  EXPECT_TRUE(lowered(session.open("s.hzn")));
  const plan::Plan first = *session.compiled().plan;
  const std::string numbers = scenario("38.25", "99", "2027-01", "0.5");
  EXPECT_EQ(csv(session.edit("s.hzn", numbers)), csv(compile(numbers, nullptr)));
  EXPECT_FALSE(lowered(session.compiled()));
  EXPECT_EQ(session.compiled().work.operations, compile(numbers, nullptr).work.operations);
  EXPECT_TRUE(lowered(session.edit("s.hzn", numbers + "forecast more { measure = secret * 2 }\n")));
  EXPECT_EQ(csv(session.revert("s.hzn")), csv(compile(usual, nullptr)));
  session::RunOptions options;
  options.futures = 500;
  EXPECT_EQ(report::forecast_csv(*session::run(first, options)), csv(compile(usual, nullptr)));   // an old plan is what it was
}

TEST(Session, ImpossibleParametersAreSaidAndTheNextEditGoesOn) {
  driver::Session session({}, reads(usual));
  session.open("s.hzn");
  EXPECT_FALSE(session.edit("s.hzn", scenario("38.25", "0.01", "2027-01", "0.5")).plan.has_value());
  EXPECT_TRUE(session.compiled().diagnostics.has_errors());
  const std::string numbers = scenario("38.25", "99", "2027-01", "0.5");
  EXPECT_EQ(csv(session.edit("s.hzn", numbers)), csv(compile(numbers, nullptr)));
  EXPECT_EQ(session.counters().llvm, 1u);
}

TEST(Session, PlansOutliveIt) {
  plan::Plan plan;
  {
    driver::Session session({}, reads(usual));
    plan = *session.open("s.hzn").plan;
  }
  session::RunOptions options;
  options.futures = 500;
  const auto results = session::run(plan, options);
  ASSERT_TRUE(results.has_value());
  EXPECT_EQ(report::forecast_csv(*results), csv(compile(usual, nullptr)));
}

TEST(Work, IsCounted) {
  const driver::Compiled compiled = compile(R"(
horizon 2026-01..2026-12 by month
currency DKK
kind drug { price : DKK per year }
drug A { price ~ 80 DKK per year to 125 DKK per year }
drug B { price ~ 70 DKK per year to 135 DKK per year }
forecast cost { measure = sum(price of all drug) }
)", nullptr);
  EXPECT_EQ(compiled.work.draws, 2u);
  EXPECT_GE(compiled.work.row_periods, 24u);
  EXPECT_GT(compiled.work.operations, compiled.work.draws * 50);
}

}  // namespace
}  // namespace horizon
