#include "runtime/aggregate/brackets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>

#include "runtime/aggregate/aggregate.hpp"

namespace horizon::aggregate {
namespace {

using Values = std::vector<double>;
using Draw = std::function<double(std::mt19937_64&, std::size_t i, std::size_t n)>;

double normal(std::mt19937_64& random) { return std::normal_distribution<double>()(random); }
double uniform(std::mt19937_64& random) { return std::uniform_real_distribution<double>()(random); }

struct Shape {
  std::string name;
  Draw draw;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {
      {"uniform", [](auto& r, auto, auto) { return uniform(r); }},
      {"normal beside a large mean", [](auto& r, auto, auto) { return 1e9 + 1e3 * normal(r); }},
      {"a third zeros", [](auto& r, auto, auto) { return uniform(r) < 0.33 ? 0.0 : std::exp(normal(r)); }},
      {"mostly zeros", [](auto& r, auto, auto) { return uniform(r) < 0.97 ? 0.0 : normal(r); }},
      {"zeros of both signs",
       [](auto& r, auto, auto) { return uniform(r) < 0.4 ? (uniform(r) < 0.5 ? 0.0 : -0.0) : normal(r); }},
      {"constant", [](auto&, auto, auto) { return 0.1; }},
      {"zero", [](auto&, auto, auto) { return 0.0; }},
      {"constant but for the last", [](auto&, auto i, auto n) { return i + 1 == n ? 0.2 : 0.1; }},
      {"constant, then not", [](auto& r, auto i, auto n) { return i < n / 2 ? 0.1 : uniform(r); }},
      {"two values", [](auto& r, auto, auto) { return uniform(r) < 0.5 ? -1.0 : 1.0; }},
      {"a few values", [](auto& r, auto, auto) { return std::floor(7 * uniform(r)) / 3; }},
      {"hundreds of values", [](auto& r, auto, auto) { return std::floor(300 * uniform(r)) / 7; }},
      {"thousands of values", [](auto& r, auto, auto) { return std::floor(5000 * uniform(r)); }},
      {"rising", [](auto&, auto i, auto) { return static_cast<double>(i); }},
      {"falling", [](auto&, auto i, auto) { return -static_cast<double>(i); }},
      {"a wave", [](auto&, auto i, auto) { return std::sin(static_cast<double>(i) / 30'000); }},
      {"Cauchy", [](auto& r, auto, auto) { return std::tan(3.14159265 * (uniform(r) - 0.5)); }},
      {"over all exponents",
       [](auto& r, auto, auto) { return std::ldexp(1 + uniform(r), static_cast<int>(r() % 1000) - 500); }},
      {"finer than floats", [](auto& r, auto i, auto) { return i == 17 ? 1e30 : 1 + 1e-12 * normal(r); }},
      {"some sums overflow",
       [](auto& r, auto, auto) { return uniform(r) < 0.5 ? 1e200 * uniform(r) : uniform(r); }},
  };
  return all;
}

Values draw_all(const Shape& shape, std::size_t n) {
  std::mt19937_64 random(n);
  Values values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = shape.draw(random, i, n);
  return values;
}

/// Values [begin, end) by several tallies, as threads would: each takes every so many-th block of 4096.
void pass(Column& column, const Values& values, std::size_t begin, std::size_t end, std::size_t threads,
          bool sums) {
  std::vector<Tally> tallies(threads, Tally(column.sieve));
  std::vector<double> room(sift_room);
  for (std::size_t first = begin; first < end; first += sum_block) {
    Tally& tally = tallies[(first / sum_block) % threads];
    for (std::size_t i = first, size = 0; i < std::min(end, first + sum_block); i += size) {
      size = std::min({sift_block, end - i, first + sum_block - i});
      const std::size_t n = sift(column.sieve, std::span(values).subspan(i, size), tally, room.data());
      column.kept.insert(column.kept.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(n));
    }
    const Sums s = take_sums(tally);
    if (sums) {
      column.sums.first += s.first;
      column.sums.second += s.second;
    }
  }
  for (const Tally& tally : tallies) absorb(column, tally);
  column.seen += end - begin;
}

struct Outcome {
  store::Statistics statistics;
  std::vector<double> over;
  bool repaired = false;
  std::size_t most_kept = 0;
};

Outcome stream(const Values& values, const std::vector<std::size_t>& ends, std::size_t threads,
               const Values& budgets = {}) {
  Outcome out;
  std::vector<double> scratch;
  Column column = begin_column(values.size(), std::span(values).first(ends[0]), budgets);
  out.most_kept = column.kept.size();
  for (std::size_t i = 1; i < ends.size(); ++i) {
    pass(column, values, ends[i - 1], ends[i], threads, true);
    out.most_kept = std::max(out.most_kept, column.kept.size());
    if (i + 1 < ends.size()) narrow(column, scratch);
  }
  if (!settle(column)) {
    out.repaired = true;
    const std::uint64_t expected = values_to_widen(column);
    widen(column);
    pass(column, values, 0, values.size(), threads, false);
    EXPECT_LE(column.kept.size(), expected);
    EXPECT_TRUE(settle(column));
  }
  out.statistics = statistics_of(column);
  for (const std::uint64_t count : column.over)
    out.over.push_back(static_cast<double>(count) / static_cast<double>(values.size()));
  return out;
}

std::string bits(const store::Statistics& s) {
  std::string out;
  const auto append = [&](double x) { out.append(reinterpret_cast<const char*>(&x), sizeof x); };
  append(s.mean);
  for (const auto& x : {s.sd, s.mc_error, s.mc_error_p50, s.mc_error_p90}) append(x.value_or(-1));
  for (const double q : s.quantiles) append(q);
  return out;
}

TEST(Brackets, AreSummariseToTheBit) {
  const std::vector<std::vector<std::size_t>> schedules = {{4096, 4097},
                                                           {4096, 40'000},
                                                           {4096, 20'480, 70'001},
                                                           {16'384, 65'536, 131'072, 200'000},
                                                           {8192, 12'288, 16'384, 53'248, 90'007}};
  for (const Shape& shape : shapes()) {
    for (const auto& ends : schedules) {
      const Values values = draw_all(shape, ends.back());
      const store::Statistics stored = summarise(values);
      for (const std::size_t threads : {1u, 3u}) {
        const Outcome streamed = stream(values, ends, threads);
        EXPECT_EQ(bits(stored), bits(streamed.statistics)) << shape.name << ", " << ends.back();
      }
    }
  }
}

TEST(Brackets, AreNotNeededWhereOrderStatisticsAreTold) {
  const std::vector<std::size_t> ends = {8192, 20'480, 70'001};
  for (const Shape& shape : shapes()) {
    const Values values = draw_all(shape, ends.back()), budgets = {0, values[1234]};
    std::vector<double> scratch;
    Column column = begin_told_column(values.size(), std::span(values).first(ends[0]), budgets);
    for (std::size_t i = 1; i < ends.size(); ++i) {
      pass(column, values, ends[i - 1], ends[i], 3, true);
      if (i + 1 < ends.size()) narrow(column, scratch);
    }
    EXPECT_FALSE(settle(column));
    EXPECT_TRUE(column.kept.empty());
    tell(column, order_statistics(values, column.ranks));
    EXPECT_EQ(bits(summarise(values)), bits(statistics_of(column))) << shape.name;
    for (std::size_t i = 0; i < budgets.size(); ++i)
      EXPECT_EQ(static_cast<double>(column.over[i]) / static_cast<double>(values.size()), share_over(values, budgets[i])) << shape.name;
  }
}

TEST(Brackets, HoldFewValuesWhateverTheirShape) {
  const std::vector<std::size_t> ends = {16'384, 131'072, 524'288, 1'000'000};
  for (const Shape& shape : shapes()) {
    const Outcome out = stream(draw_all(shape, ends.back()), ends, 2);
    const bool misleading = shape.name == "rising" || shape.name == "falling" || shape.name == "a wave" ||
                            shape.name == "constant, then not";
    EXPECT_EQ(out.repaired, misleading) << shape.name;
    EXPECT_LT(out.most_kept, 60'000u) << shape.name;
  }
}

TEST(Brackets, CountFuturesOverBudgets) {
  for (const Shape& shape : shapes()) {
    const Values values = draw_all(shape, 50'003);
    const Values budgets = {0, values[1234], 0.5, -1e300, 1e300};
    const Outcome out = stream(values, {4096, 20'480, values.size()}, 2, budgets);
    ASSERT_EQ(out.over.size(), budgets.size());
    for (std::size_t i = 0; i < budgets.size(); ++i)
      EXPECT_EQ(out.over[i], share_over(values, budgets[i])) << shape.name;
  }
}

/// A sieve with random brackets around some of the values.
Sieve some_sieve(std::mt19937_64& random, const Values& values, std::uint32_t brackets, bool wide) {
  Sieve sieve;
  sieve.shift = values[random() % values.size()];
  sieve.wide = wide;
  std::vector<double> keys;
  while (keys.size() < 2 * brackets) {
    keys.push_back(sieve.key(values[random() % values.size()] + (random() % 2 ? 0 : 1e-3 * normal(random))));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  }
  if (brackets > 0 && random() % 3 == 0) keys.front() = -std::numeric_limits<double>::infinity();
  if (brackets > 0 && random() % 3 == 0) keys.back() = std::numeric_limits<double>::infinity();
  sieve.brackets = brackets;
  for (std::uint32_t j = 0; j < brackets; ++j)
    sieve.set_bracket(j, keys[2 * j], keys[2 * j + random() % 4 / 2]);
  for (std::uint64_t i = random() % 3; i > 0; --i) sieve.atoms.push_back(values[random() % values.size()]);
  std::sort(sieve.atoms.begin(), sieve.atoms.end());
  sieve.atoms.erase(std::unique(sieve.atoms.begin(), sieve.atoms.end()), sieve.atoms.end());
  for (std::uint64_t i = random() % 3; i > 0; --i) sieve.budgets.push_back(values[random() % values.size()]);
  return sieve;
}

void expect_same(const Tally& a, const Tally& b) {
  EXPECT_EQ(std::memcmp(a.first.data(), b.first.data(), sizeof a.first), 0);
  EXPECT_EQ(std::memcmp(a.second.data(), b.second.data(), sizeof a.second), 0);
  EXPECT_EQ(a.below, b.below);
  EXPECT_EQ(a.up_to, b.up_to);
  EXPECT_EQ(a.atoms, b.atoms);
  EXPECT_EQ(a.over, b.over);
}

TEST(Sift, IsTheSameWithAvx512) {
  if (!has_avx512()) GTEST_SKIP() << "this machine has no AVX-512";
  std::mt19937_64 random(5);
  for (int round = 0; round < 400; ++round) {
    Values values(round % 3 == 0 ? sift_block : 8 * (1 + random() % (sift_block / 8)));
    const bool ties = random() % 2;
    for (double& x : values) x = ties ? std::floor(6 * normal(random)) : normal(random);
    if (random() % 4 == 0) values[random() % values.size()] = std::nan("");
    if (random() % 4 == 0) values[random() % values.size()] = 1e300;
    const Sieve sieve = some_sieve(
        random, ties ? Values{-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8} : Values{-1, 0, 0.5, 2},
        static_cast<std::uint32_t>(random() % 8), random() % 2);
    Tally plain(sieve), fast(sieve);
    Values kept_plain(sift_room), kept_fast(sift_room);
    for (int i = 0; i < 2; ++i) {
      const std::size_t n = sift_plain(sieve, values, plain, kept_plain.data());
      ASSERT_EQ(sift_avx512(sieve, values, fast, kept_fast.data()), n);
      EXPECT_EQ(std::memcmp(kept_plain.data(), kept_fast.data(), n * sizeof(double)), 0);
    }
    expect_same(plain, fast);
  }
}

TEST(Sift, CountsAndKeepsWhatTheBracketsSay) {
  std::mt19937_64 random(6);
  for (const std::size_t size : {1u, 7u, 8u, 64u, 100u, 136u, 255u, 256u, 264u, 271u, 272u}) {
    for (int round = 0; round < 50; ++round) {
      Values values(size);
      for (double& x : values) x = std::floor(6 * normal(random)) / 4;
      const Sieve sieve =
          some_sieve(random, {-2, -1.5, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3},
                     static_cast<std::uint32_t>(random() % 8), random() % 2);
      Tally tally(sieve);
      Values kept(sift_room), expected;
      kept.resize(sift(sieve, values, tally, kept.data()));
      std::array<std::uint64_t, most_brackets> below{}, up_to{};
      for (const double x : values) {
        bool inside = false;
        for (std::size_t j = 0; j < sieve.brackets; ++j) {
          below[j] += sieve.key(x) < sieve.low[j];
          up_to[j] += sieve.key(x) <= sieve.high[j];
          inside = inside || (sieve.key(x) >= sieve.low[j] && sieve.key(x) <= sieve.high[j]);
        }
        if (inside && !std::count(sieve.atoms.begin(), sieve.atoms.end(), x)) expected.push_back(x);
      }
      EXPECT_EQ(kept, expected);
      EXPECT_EQ(tally.below, below);
      EXPECT_EQ(tally.up_to, up_to);
      for (std::size_t a = 0; a < sieve.atoms.size(); ++a)
        EXPECT_EQ(tally.atoms[a],
                  static_cast<std::uint64_t>(std::count(values.begin(), values.end(), sieve.atoms[a])));
    }
  }
}

}  // namespace
}  // namespace horizon::aggregate
