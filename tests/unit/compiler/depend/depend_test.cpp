#include "compiler/depend/depend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model_builder.hpp"

namespace horizon::depend {
namespace {

using model::Reduce;
using test::GroupId;
using test::ModelBuilder;
using test::Op;
using test::QuantityId;
using test::type_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using types::Sort;

std::vector<std::string> names(const model::Model& model, const std::vector<QuantityId>& order) {
  std::vector<std::string> result;
  for (const QuantityId q : order) {
    const auto& quantity = model.quantities[q];
    const std::string& group = model.groups[quantity.group].name;
    result.push_back(group.empty() ? quantity.name : group + "." + quantity.name);
  }
  return result;
}

TEST(Order, PutsOperandsFirstAndLeavesOutWhatNothingNeeds) {
  ModelBuilder b;
  const auto c = b.declare(ModelBuilder::scenario(), "c");
  const auto a = b.quantity("a", b.num(1));
  const auto unused = b.quantity("unused", b.ref(a));
  const auto d = b.quantity("d", b.ref(a));
  b.define(c, b.add(b.ref(d), b.ref(a)));
  b.forecast("f", b.ref(c));
  const auto result = order(b.model);
  EXPECT_FALSE(result.diagnostics.has_errors());
  EXPECT_THAT(names(b.model, result.value.order), ElementsAre("a", "d", "c"));
  EXPECT_FALSE(result.value.live[unused.index()]);
  EXPECT_TRUE(result.value.live[d.index()]);
}

TEST(Order, RequirementsOfLiveGroupsAreNeeded) {
  ModelBuilder b;
  const auto used = b.instance("k", "Used"), idle = b.instance("k", "Idle");
  const auto cost = b.quantity(used, "cost", b.num(1));
  const auto limit = b.quantity(used, "limit", b.num(2));
  const auto other = b.quantity(idle, "limit", b.num(2));
  for (const auto& [group, q] : {std::pair{used, limit}, std::pair{idle, other}})
    b.require(group, b.expr(Op::Lt, type_of(Sort::Event), {b.ref(q), b.num(3)}), "");
  b.forecast("f", b.ref(cost));
  const auto schedule = order(b.model).value;
  EXPECT_TRUE(schedule.live[limit.index()]);
  EXPECT_FALSE(schedule.live[other.index()]);
  EXPECT_TRUE(schedule.live_groups[used.index()]);
  EXPECT_FALSE(schedule.live_groups[idle.index()]);
}

TEST(Order, MarksWhatVariesWithThePeriod) {
  ModelBuilder b;
  const auto fixed = b.quantity("fixed", b.num(1));
  const auto now = b.quantity("now", b.expr(Op::Now, type_of(Sort::Date)));
  const auto later = b.quantity("later", b.ref(now));
  const auto start = b.quantity("start", b.add(b.ref(fixed), b.num(2)));
  auto yearly = b.draw(model::Distribution::Uniform, {b.num(0), b.num(1)});
  b.model.draws[0].each = model::DrawSpec::Each::Year;
  const auto shock = b.quantity("shock", yearly);
  const auto once = b.quantity("once", b.draw(model::Distribution::Uniform, {b.num(0), b.num(1)}));
  const auto series = order(b.model).value.series;
  EXPECT_FALSE(series[fixed.index()]);
  EXPECT_TRUE(series[now.index()]);
  EXPECT_TRUE(series[later.index()]);
  EXPECT_FALSE(series[start.index()]);
  EXPECT_TRUE(series[shock.index()]);
  EXPECT_FALSE(series[once.index()]);
}

// ---- loops -------------------------------------------------------------------------------------------------------

TEST(Loops, NameEveryQuantityOfAShortestLoopInOrder) {
  ModelBuilder b;
  const auto s = ModelBuilder::scenario();
  const auto a = b.declare(s, "a"), c = b.declare(s, "c"), d = b.declare(s, "d"), e = b.declare(s, "e");
  const auto use_c = b.ref(c), use_d = b.ref(d), use_a = b.ref(a), use_e = b.ref(e), back = b.ref(c);
  b.define(a, use_c);
  b.define(c, b.add(use_d, use_e));  // a -> c -> d -> a (3) and c -> e -> c (2)
  b.define(d, use_a);
  b.define(e, back);
  const auto result = order(b.model);
  ASSERT_THAT(result.diagnostics.items(), SizeIs(1));
  const auto& message = result.diagnostics.items()[0];
  EXPECT_EQ(message.code, diag::Code::LoopWithinPeriod);
  EXPECT_THAT(message.args, ElementsAre("c", "c -> e -> c"));
  ASSERT_THAT(message.notes, SizeIs(2));
  EXPECT_EQ(message.notes[0].span, b.model.exprs[use_e].span);
  EXPECT_THAT(message.notes[0].text, HasSubstr("`c` uses `e`"));
  EXPECT_EQ(message.notes[1].span, b.model.exprs[back].span);
  ASSERT_TRUE(message.mend.has_value());
  EXPECT_THAT(message.mend->text, HasSubstr("prev(e, ...)"));
}

TEST(Loops, IndependentOnesAreReportedEach) {
  ModelBuilder b;
  const auto s = ModelBuilder::scenario();
  const auto group = b.instance("k", "Other");
  const auto self = b.declare(s, "self");
  b.define(self, b.ref(self));
  const auto p = b.declare(group, "p"), q = b.declare(group, "q");
  b.define(p, b.ref(q));
  b.define(q, b.ref(p));
  const auto result = order(b.model);
  ASSERT_THAT(result.diagnostics.items(), SizeIs(2));
  EXPECT_EQ(result.diagnostics.items()[0].args[1], "self -> self");
  EXPECT_EQ(result.diagnostics.items()[1].args[1], "Other.p -> Other.q -> Other.p");
}

TEST(Loops, LeaveOutWhatTheCompilerMade) {
  ModelBuilder b;
  const auto s = ModelBuilder::scenario();
  const auto a = b.declare(s, "a"), hidden = b.declare(s, "a#1");
  b.model.quantities[hidden].hidden = true;
  b.define(a, b.ref(hidden));
  b.define(hidden, b.ref(a));
  const auto result = order(b.model);
  ASSERT_THAT(result.diagnostics.items(), SizeIs(1));
  EXPECT_EQ(result.diagnostics.items()[0].args[1], "a -> a");
}

TEST(Loops, ThroughPrevAreFine) {
  ModelBuilder b;
  const auto x = b.declare(ModelBuilder::scenario(), "x");
  b.define(x, b.add(b.prev(x, b.num(1)), b.num(1)));
  b.forecast("f", b.ref(x));
  const auto result = order(b.model);
  EXPECT_THAT(result.diagnostics.items(), IsEmpty());
  EXPECT_THAT(result.value.order, ElementsAre(x));
}

TEST(Loops, TheStartOfPrevIsOfTheSamePeriod) {
  ModelBuilder b;
  const auto x = b.declare(ModelBuilder::scenario(), "x");
  b.define(x, b.prev(x, b.ref(x)));
  EXPECT_THAT(order(b.model).diagnostics.items(), SizeIs(1));
}

TEST(Loops, ThroughCumulativeAreNot) {
  ModelBuilder b;
  const auto x = b.declare(ModelBuilder::scenario(), "x");
  b.define(x, b.expr(Op::Cumulative, {}, {b.ref(x)}));
  EXPECT_THAT(order(b.model).diagnostics.items(), SizeIs(1));
}

TEST(Loops, ThroughPrevBetweenGroupsAreFine) {
  ModelBuilder b;
  const auto one = b.instance("k", "One"), two = b.instance("k", "Two");
  const auto x = b.declare(one, "x"), y = b.declare(two, "y");
  const auto start = b.quantity("start", b.num(1));
  b.define(x, b.add(b.prev(y, b.ref(start)), b.num(1)));
  b.define(y, b.ref(x));
  b.forecast("f", b.ref(y));
  const auto result = order(b.model);
  EXPECT_THAT(result.diagnostics.items(), IsEmpty());
  EXPECT_THAT(names(b.model, result.value.order), ElementsAre("start", "One.x", "Two.y"));
}

/// Every operand of the same period stands before its user, whatever the shape of the model.
TEST(Order, KeepsOperandsBeforeUsersInRandomModels) {
  std::uint64_t state = 7;
  const auto random = [&](std::uint64_t n) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (state >> 33) % n;
  };
  for (int round = 0; round < 300; ++round) {
    ModelBuilder b;
    std::vector<GroupId> groups{ModelBuilder::scenario(), b.instance("k", "A"), b.instance("k", "B"),
                                b.family("f", "F", {"r", "s"})};
    std::vector<QuantityId> all;
    const std::size_t n = 3 + random(12);
    for (std::size_t i = 0; i < n; ++i) all.push_back(b.declare(groups[random(4)], "q" + std::to_string(i)));
    const auto use = [&](QuantityId user, QuantityId used) {
      const GroupId group = b.model.quantities[used].group;
      if (b.model.groups[group].rows() == 1 || group == b.model.quantities[user].group) return b.ref(used);
      return random(2) ? b.reduce(Reduce::Sum, used) : b.row_of(used, 1);
    };
    for (std::size_t i = 0; i < n; ++i) {
      auto definition = b.num(1);
      for (std::uint64_t k = random(3); k-- > 0 && i > 0;) definition = b.add(definition, use(all[i], all[random(i)]));
      const QuantityId back = all[random(n)];
      const bool same_rows = b.model.quantities[back].group == b.model.quantities[all[i]].group ||
                             b.model.groups[b.model.quantities[back].group].rows() == 1;
      if (random(3) == 0 && same_rows) definition = b.add(definition, b.prev(back, b.num(0)));
      b.define(all[i], definition);
      b.forecast("f" + std::to_string(i),
                 b.model.groups[b.model.quantities[all[i]].group].rows() == 1 ? b.ref(all[i]) : b.reduce(Reduce::Sum, all[i]));
    }
    ASSERT_THAT(model::verify(b.model), IsEmpty());
    const auto result = order(b.model);
    ASSERT_THAT(result.diagnostics.items(), IsEmpty());
    ASSERT_THAT(result.value.order, SizeIs(n));  // each is live, each once
    std::vector<int> place(n, -1);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(place[result.value.order[i].index()], -1);
      place[result.value.order[i].index()] = static_cast<int>(i);
    }
    std::vector<test::ExprId> open;
    for (std::size_t i = 0; i < n; ++i) {
      open.push_back(b.model.quantities[all[i]].definition);
      while (!open.empty()) {
        const model::Expr expr = b.model.exprs[open.back()];
        open.pop_back();
        open.insert(open.end(), expr.args.begin(), expr.args.end());
        QuantityId used = expr.quantity;
        if (expr.op == Op::ReduceSet) used = b.model.reductions[static_cast<std::size_t>(expr.set)].terms[0].quantity;
        if (!used.has_value()) continue;
        if (expr.op != Op::Prev) { EXPECT_LT(place[used.index()], place[i]); }
      }
    }
  }
}

TEST(ToDot, ShowsTheLiveGraph) {
  ModelBuilder b;
  const auto x = b.declare(ModelBuilder::scenario(), "x");
  b.define(x, b.prev(x, b.num(1)));
  b.quantity("unused", b.num(1));
  b.forecast("year", b.ref(x));
  const std::string dot = to_dot(b.model, order(b.model).value);
  EXPECT_THAT(dot, HasSubstr("digraph"));
  EXPECT_THAT(dot, HasSubstr("q0 -> q0 [style=dashed]"));
  EXPECT_THAT(dot, HasSubstr("label=\"year\""));
  EXPECT_THAT(dot, testing::Not(HasSubstr("unused")));
}

}  // namespace
}  // namespace horizon::depend
