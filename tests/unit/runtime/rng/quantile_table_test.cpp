// Row tables and direct solves against Boost.Math: random shapes over the stated ranges, every depth of w.
#include "runtime/rng/quantile_table.hpp"

#include "oracle.hpp"

namespace horizon::rng {
namespace {

using oracle::miss;
using oracle::Random;
using oracle::Real;

constexpr double kPromise = 1e-9;

auto beta_tail(double a, double b) {
  return [a, b](Real x, bool upper) -> Real {
    return upper ? boost::math::ibetac(Real{a}, Real{b}, x) : boost::math::ibeta(Real{a}, Real{b}, x);
  };
}

auto gamma_tail(double k) {
  return [k](Real x, bool upper) -> Real {
    return upper ? boost::math::gamma_q(Real{k}, x) : boost::math::gamma_p(Real{k}, x);
  };
}

std::vector<std::pair<double, double>> beta_shapes() {
  std::vector<std::pair<double, double>> shapes;
  const auto add = [&](double a, double b) {
    if (a + b >= kMinBetaSum) shapes.emplace_back(a, b);
  };
  const double edges[] = {kMinBetaShape, 0.25, kMinBetaSum - kMinBetaShape, 0.4, 1, 2, 30, kMaxBetaShape};
  for (const double a : edges) {
    for (const double b : edges) add(a, b);
  }
  Random r(1);
  for (int i = 0; i < 300; ++i) {
    add(r.spread(kMinBetaShape, kMaxBetaShape), r.spread(kMinBetaShape, kMaxBetaShape));
    add(r.spread(kMinBetaShape, 0.6), r.spread(kMinBetaShape, 0.6));
    const double mode = r.share();  // PERT
    add(1 + 4 * mode, 5 - 4 * mode);
  }
  return shapes;
}

TEST(QuantileTable, Beta) {
  Random r(2);
  double worst = 0;
  for (const auto& [a, b] : beta_shapes()) {
    const auto table = build_beta_table(a, b);
    ASSERT_TRUE(table.has_value());
    for (int i = 0; i < 250; ++i) {
      const auto bits = r.draw(i < 52 ? i : 0);
      const double error = miss(table_value(table->coefficients, bits), bits, 0, 1, beta_tail(a, b));
      ASSERT_LE(error, kPromise) << "beta " << a << " " << b << " bits " << bits;
      worst = std::max(worst, error);
    }
  }
  oracle::report("beta table", worst);
}

TEST(QuantileTable, Gamma) {
  Random r(3);
  double worst = 0;
  for (int i = 0; i < 400; ++i) {
    const double edges[] = {kMinGammaShape, 0.4, 1, 30, kMaxGammaShape};
    const double k = i < 5 ? edges[i] : r.spread(kMinGammaShape, kMaxGammaShape);
    const auto table = build_gamma_table(k);
    ASSERT_TRUE(table.has_value());
    for (int j = 0; j < 250; ++j) {
      const auto bits = r.draw(j < 52 ? j : 0);
      const double error = miss(table_value(table->coefficients, bits), bits, 0, INFINITY, gamma_tail(k));
      ASSERT_LE(error, kPromise) << "gamma " << k << " bits " << bits;
      worst = std::max(worst, error);
    }
  }
  oracle::report("gamma table", worst);
}

TEST(QuantileSolve, Beta) {
  Random r(4);
  for (const auto& [a, b] : beta_shapes()) {
    for (int i = 0; i < 20; ++i) {
      const auto bits = r.draw();
      ASSERT_LE(miss(beta_quantile(a, b, bits), bits, 0, 1, beta_tail(a, b)), kPromise)
          << "beta " << a << " " << b;
    }
  }
}

TEST(QuantileSolve, Gamma) {
  Random r(5);
  for (int i = 0; i < 4000; ++i) {
    const double k = r.spread(kMinGammaShape, kMaxGammaShape);
    const auto bits = r.draw();
    ASSERT_LE(miss(gamma_quantile(k, bits), bits, 0, INFINITY, gamma_tail(k)), kPromise) << "gamma " << k;
  }
}

TEST(QuantileTable, ExtremeDrawsStayInTheSupport) {
  const std::uint64_t draws[] = {0, std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{0} >> 1};
  for (const auto& [a, b] : beta_shapes()) {
    const auto table = build_beta_table(a, b);
    for (const auto bits : draws) {
      const double x = table_value(table->coefficients, bits);
      EXPECT_GE(x, 0);
      EXPECT_LE(x, 1);
    }
  }
}

TEST(QuantileTable, RisesWithU) {
  // Neighbouring segments are made apart: a step down is less than the promise allows.
  for (const auto& [a, b] : {std::pair{1.5, 3.0}, {40.0, 2.0}, {0.5, 0.7}}) {
    const auto table = build_beta_table(a, b);
    double last = 0;
    for (int i = 1; i < 20000; ++i) {
      const double u = (i - 0.5) / 20000.0;
      const auto n = static_cast<std::uint64_t>((u < 0.5 ? u : 1 - u) * 0x1p53) | 1;
      const double x = table_value(table->coefficients, n | std::uint64_t{u >= 0.5} << 63);
      ASSERT_GE(x, last - 1e-9) << a << " " << b << " " << u;
      last = x;
    }
  }
}

TEST(QuantileTable, ManyRowsHaveTheBitsOfOne) {
  Random r(6);
  std::vector<TableRow> rows;
  for (int i = 0; i < 61; ++i) {
    const bool beta = r.share() < 0.6;
    rows.push_back({beta ? TableRow::Kind::beta : TableRow::Kind::gamma, r.spread(0.25, 2000),
                    r.spread(0.25, 2000), r.between(0.1, 9), r.between(-5, 5)});
  }
  std::vector<double> all(rows.size() * HZ_TABLE_DOUBLES), one(HZ_TABLE_DOUBLES);
  build_tables(rows, all);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    build_tables(std::span(&rows[i], 1), one);
    ASSERT_TRUE(
        std::equal(one.begin(), one.end(), all.begin() + static_cast<std::ptrdiff_t>(i * HZ_TABLE_DOUBLES)))
        << i;
  }
}

TEST(QuantileTable, FromAStartHasTheSameBitsInAnyCompany) {
  Random r(8);
  std::vector<HzTableStart> starts;
  std::vector<std::vector<double>> expected;
  for (int i = 0; i < 24; ++i) {
    const TableRow row{i % 3 == 0 ? TableRow::Kind::gamma : TableRow::Kind::beta, r.spread(0.25, 2000), r.spread(0.25, 2000)};
    starts.push_back(start_of(row));
    expected.emplace_back(HZ_TABLE_DOUBLES);
    build_tables(std::span(&row, 1), expected.back());
  }
  for (std::size_t count = 1; count <= starts.size(); ++count) {
    std::vector<std::uint32_t> which;
    for (std::size_t i = 0; i < count; ++i) which.push_back(static_cast<std::uint32_t>(r.share() * static_cast<double>(starts.size())));
    std::vector<double> tables(count * HZ_TABLE_DOUBLES, std::nan(""));
    build_tables(starts, which, tables);
    for (std::size_t i = 0; i < count; ++i) {
      const auto table = tables.begin() + static_cast<std::ptrdiff_t>(i * HZ_TABLE_DOUBLES);
      ASSERT_TRUE(std::equal(table, table + HZ_TABLE_DOUBLES, expected[which[i]].begin())) << count << " " << i;
    }
  }
}

TEST(QuantileTable, NumbersThatAreNotInMemoryAreTheSameOneByOne) {
  const TableRow rows[] = {{TableRow::Kind::beta, 0.6, 7, 3, -2}, {TableRow::Kind::gamma, 250, 1, 0.5, 4}};
  for (const TableRow& row : rows) {
    std::vector<double> table(HZ_TABLE_DOUBLES);
    build_tables(std::span(&row, 1), table);
    for (std::uint64_t first = 0; first < 16; ++first) {
      constexpr std::uint64_t count = HZ_TABLE_NUMBERS / 16;
      std::vector<double> numbers(16 * count, -1);
      table_numbers(table.data(), first, count, numbers.data());
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t index = first + 16 * i;
        ASSERT_EQ(numbers[16 * i], table_number(table.data(), index)) << index;
        const std::uint64_t depth = 8 * (index / HZ_TABLE_LEVEL_DOUBLES) + index % 8;
        ASSERT_TRUE(index >= HZ_TABLE_STORED || numbers[16 * i] == table[index]) << index;
        ASSERT_TRUE(depth < HZ_TABLE_DEPTHS || numbers[16 * i] == 0) << index;
      }
      ASSERT_EQ(std::count(numbers.begin(), numbers.end(), -1), 15 * static_cast<std::ptrdiff_t>(count));
    }
  }
}

TEST(QuantileTable, OctavesInMemoryAndOthersMeet) {
  for (const TableRow& row : {TableRow{TableRow::Kind::beta, 1.5, 3}, {TableRow::Kind::beta, 0.3, 900}, {TableRow::Kind::gamma, 40}}) {
    std::vector<double> table(HZ_TABLE_DOUBLES);
    build_tables(std::span(&row, 1), table);
    for (const std::uint64_t side : {std::uint64_t{0}, std::uint64_t{1} << 63}) {
      const std::uint64_t n = std::uint64_t{1} << (53 - 1 - HZ_TABLE_STORED_DEPTHS);   // of the first w in memory
      const double inner = table_value(table, side | n | 1), outer = table_value(table, side | (n - 1));
      ASSERT_NEAR(inner, outer, 2e-9 * inner) << row.a;
      EXPECT_NE(inner, 0);
    }
  }
}

TEST(QuantileTable, ScaleAndOffset) {
  const TableRow row{TableRow::Kind::beta, 2, 3, 10, 100};
  std::vector<double> scaled(HZ_TABLE_DOUBLES);
  build_tables(std::span(&row, 1), scaled);
  const auto plain = build_beta_table(2, 3);
  Random r(7);
  for (int i = 0; i < 1000; ++i) {
    const auto bits = r.draw();
    ASSERT_NEAR(table_value(scaled, bits), 100 + 10 * table_value(plain->coefficients, bits), 1e-13);
  }
}

TEST(QuantileTable, ShapesOutOfRangeAreRefused) {
  EXPECT_FALSE(build_beta_table(0.1, 1));
  EXPECT_FALSE(build_beta_table(0.2, 0.29));
  EXPECT_FALSE(build_beta_table(1, 2001));
  EXPECT_FALSE(build_beta_table(std::nan(""), 1));
  EXPECT_FALSE(build_gamma_table(0));
  EXPECT_FALSE(build_gamma_table(10001));
  EXPECT_TRUE(std::isnan(beta_quantile(-1, 1, 5)));
  EXPECT_TRUE(std::isnan(gamma_quantile(0, 5)));
  EXPECT_FALSE(in_range({TableRow::Kind::beta, 1, 1, INFINITY, 0}));
}

}  // namespace
}  // namespace horizon::rng
