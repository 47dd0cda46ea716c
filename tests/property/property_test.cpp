// Random scenarios agree between the naive evaluator, the interpreter and machine code, and reach everything that is built.
// HORIZON_CASES=n and HORIZON_FIRST_CASE=k in the environment choose other cases than the first 500.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>

#include "compiler/model/text.hpp"
#include "tests/property/pipeline.hpp"

namespace horizon::property {
namespace {

using model::Op;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}
std::uint64_t cases() { return setting("HORIZON_CASES", 500); }
std::uint64_t first_case() { return setting("HORIZON_FIRST_CASE", 0); }

std::string told(std::uint64_t number, const Scenario& scenario, const std::string& what) {
  std::string text = "case " + std::to_string(number) + ": " + what + "\n---- random.hzn\n" + scenario.text;
  for (const auto& [name, bytes] : scenario.files) text += "---- " + name + "\n" + bytes;
  return text;
}

/// What the cases were made of.
struct Reached {
  std::set<std::string> constructs;
  std::set<Op> ops;
  std::set<model::Distribution> distributions;
  std::set<model::Reduce> reductions_of_sets, reductions_over;
  std::set<model::DrawSpec::Each> each;
  std::set<mir::Op> mir_ops;
  bool loop = false, drawn_each_dimension = false, rounded = false, in_days = false, set_by_label = false;

  void add(const Scenario& scenario, const Built& built) {
    constructs.insert(scenario.constructs.begin(), scenario.constructs.end());
    for (const model::Expr& expr : built.model->exprs) {
      ops.insert(expr.op);
      if (expr.op == Op::ReduceOver) reductions_over.insert(expr.reduce);
    }
    for (const model::DrawSpec& draw : built.model->draws) {
      distributions.insert(draw.distribution);
      each.insert(draw.each);
      drawn_each_dimension = drawn_each_dimension || !draw.each_dimension.empty();
      rounded = rounded || draw.round;
      in_days = in_days || draw.in_days;
    }
    for (const model::Reduction& set : built.model->reductions) {
      reductions_of_sets.insert(set.reduce);
      set_by_label = set_by_label || set.by.has_value();
    }
    for (const mir::Kernel& kernel : built.module->kernels)
      for (const mir::Value& value : kernel.values) mir_ops.insert(value.op);
    for (const mir::Function& function : built.module->functions)
      for (const mir::Value& value : function.values) mir_ops.insert(value.op);
    for (const mir::Stage& stage : built.module->stages) loop = loop || stage.period_by_period;
  }
};

/// Operations of the model that no text leads to yet: the period's ends have no name.
bool has_no_text(Op op) { return op == Op::PeriodStart || op == Op::PeriodEnd; }

/// Part of the arithmetic that runtime/rng is written in, but nothing of it that a draw needs compares without sign, or multiplies integers
/// of more than 32 bits.
bool is_never_lowered_to(mir::Op op) { return op == mir::Op::IUlt || op == mir::Op::IMul; }

TEST(RandomScenarios, AgreeBetweenTheThreeAndReachEverything) {
  Reached reached;
  std::size_t stopped = 0;
  for (std::uint64_t i = first_case(); i < first_case() + cases(); ++i) {
    const Scenario scenario = generate(i);
    const Built built = build(scenario);
    ASSERT_EQ(built.error, "") << told(i, scenario, "does not compile");
    reached.add(scenario, built);
    const std::uint64_t seed = i % 3 == 0 ? i : 0x9e3779b97f4a7c15ull * (i + 1);
    const Outcome naive = evaluate(built, seed);
    const Outcome interpreted = run(built, built.module, driver::Engine::Interpreter, std::nullopt, seed);
    std::string differs = difference(interpreted, naive, false);
    ASSERT_EQ(differs, "") << told(i, scenario, "interpreter and evaluator");
    const std::vector<codegen::Cpu> cpus = {codegen::Cpu::X86_64, codegen::Cpu::X86_64_v3, codegen::Cpu::X86_64_v4};
    std::optional<codegen::Cpu> cpu = cpus[i % 3];
    if (!codegen::supported(*cpu)) cpu.reset();
    const Outcome compiled = run(built, built.module, driver::Engine::Jit, cpu, seed);
    differs = difference(compiled, interpreted, true);
    ASSERT_EQ(differs, "") << told(i, scenario, "machine code and interpreter");
    stopped += static_cast<std::size_t>(std::count(naive.faults.begin(), naive.faults.end(), true));
  }
  std::cout << cases() << " scenarios of " << kFutures << " futures, " << stopped << " of them stopped by a requirement\n";
  if (cases() < 300) return;  // too few to reach everything

  for (int i = 0; i <= static_cast<int>(Op::Draw); ++i) {
    const Op op = static_cast<Op>(i);
    EXPECT_NE(reached.ops.contains(op), has_no_text(op)) << model::op_name(op);
  }
  for (int d = 0; d <= static_cast<int>(model::Distribution::Discrete); ++d)
    EXPECT_TRUE(reached.distributions.contains(static_cast<model::Distribution>(d)))
        << "never drawn: " << model::distribution_name(static_cast<model::Distribution>(d));
  EXPECT_EQ(reached.reductions_of_sets.size(), 4u);
  EXPECT_EQ(reached.reductions_over.size(), 4u);
  EXPECT_EQ(reached.each.size(), 4u);
  EXPECT_TRUE(reached.drawn_each_dimension);
  EXPECT_TRUE(reached.rounded);
  EXPECT_TRUE(reached.in_days);
  EXPECT_TRUE(reached.set_by_label);
  EXPECT_TRUE(reached.loop) << "no loop through prev between groups";
  for (const std::string& construct : all_constructs())
    EXPECT_TRUE(reached.constructs.contains(construct)) << "never written: " << construct;
  for (int i = 0; i <= static_cast<int>(mir::Op::Require); ++i) {
    const mir::Op op = static_cast<mir::Op>(i);
    EXPECT_NE(reached.mir_ops.contains(op), is_never_lowered_to(op)) << "MIR operation " << i;
  }
  EXPECT_GT(stopped, 0u);
}

// ---- planted faults ----------------------------------------------------------------------------------------------

/// Values that an address or a table's place depends on: a fault there would leave the memory, not the truth.
std::vector<bool> leads_to_places(const mir::Kernel& kernel) {
  std::vector<bool> result(kernel.values.size(), false);
  const auto mark = [&](mir::ValueId id) {
    if (id.has_value()) result[id.index()] = true;
  };
  for (std::size_t i = kernel.values.size(); i-- > 0;) {  // operands stand before their users
    const mir::Value& value = kernel.values[mir::ValueId(i)];
    mark(value.address.row_slot);
    mark(value.address.period_slot);
    if (result[i] || value.type == mir::Type::I64 || value.op == mir::Op::RowTableF || value.op == mir::Op::TableF ||
        value.op == mir::Op::Call)
      for (const mir::ValueId arg : value.args) mark(arg);
  }
  for (const mir::RowTable& table : kernel.row_tables) mark(table.a), mark(table.b);
  return result;
}

/// The module with every `right` replaced by something else; null where there is none.
std::shared_ptr<mir::Module> with_fault(const mir::Module& module, mir::Op right) {
  auto changed = std::make_shared<mir::Module>(module);
  bool any = false;
  for (mir::Kernel& kernel : changed->kernels) {
    const std::vector<bool> keep = leads_to_places(kernel);
    for (std::size_t i = 0; i < kernel.values.size(); ++i) {
      mir::Value& value = kernel.values[mir::ValueId(i)];
      if (value.op != right || keep[i]) continue;
      any = true;
      switch (right) {
        case mir::Op::Add: value.op = mir::Op::Sub; break;
        case mir::Op::Sub: value.op = mir::Op::Add; break;
        case mir::Op::Mul: value.op = mir::Op::Add; break;
        case mir::Op::Div: value.op = mir::Op::Mul; break;
        case mir::Op::Min: value.op = mir::Op::Max; break;
        case mir::Op::Max: value.op = mir::Op::Min; break;
        case mir::Op::Neg: value.op = mir::Op::Abs; break;
        case mir::Op::Abs: value.op = mir::Op::Neg; break;
        case mir::Op::Sqrt: value.op = mir::Op::Abs; break;
        case mir::Op::Floor: value.op = mir::Op::Ceil; break;
        case mir::Op::Ceil: value.op = mir::Op::Floor; break;
        case mir::Op::And: value.op = mir::Op::Or; break;
        case mir::Op::Or: value.op = mir::Op::And; break;
        case mir::Op::Lt: case mir::Op::Le: std::swap(value.args[0], value.args[1]); break;
        case mir::Op::Select: std::swap(value.args[1], value.args[2]); break;
        case mir::Op::Accumulate: value.op = mir::Op::Store; break;
        case mir::Op::ConstF: value.number *= 1 + 1e-8; break;
        default: ADD_FAILURE() << "no fault is known for this operation"; break;
      }
    }
  }
  if (!any) return nullptr;
  return changed;
}

TEST(PlantedFaults, AreCaughtInEveryOperation) {
  const std::vector<std::pair<mir::Op, const char*>> operations = {
      {mir::Op::Add, "add"},     {mir::Op::Sub, "sub"},     {mir::Op::Mul, "mul"},       {mir::Op::Div, "div"},
      {mir::Op::Min, "min"},     {mir::Op::Max, "max"},     {mir::Op::Neg, "neg"},       {mir::Op::Abs, "abs"},
      {mir::Op::Sqrt, "sqrt"},   {mir::Op::Floor, "floor"}, {mir::Op::Ceil, "ceil"},     {mir::Op::And, "and"},
      {mir::Op::Or, "or"},       {mir::Op::Lt, "lt"},       {mir::Op::Le, "le"},         {mir::Op::Select, "select"},
      {mir::Op::Accumulate, "accumulate"}, {mir::Op::ConstF, "const, off by 1e-8"},
  };
  std::map<mir::Op, bool> caught;
  for (std::uint64_t i = 0; i < 300 && caught.size() < operations.size(); ++i) {
    const Built built = build(generate(i));
    ASSERT_EQ(built.error, "");
    const Outcome naive = evaluate(built, 1);
    for (const auto& [op, name] : operations) {
      if (caught.contains(op)) continue;
      const auto faulty = with_fault(*built.module, op);
      if (!faulty) continue;
      if (!difference(run(built, faulty, driver::Engine::Interpreter, std::nullopt, 1), naive, false).empty()) caught[op] = true;
    }
  }
  for (const auto& [op, name] : operations) EXPECT_TRUE(caught.contains(op)) << "a fault in `" << name << "` goes unnoticed";
}

}  // namespace
}  // namespace horizon::property
