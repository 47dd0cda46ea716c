// 100,000 draws of each sampler: their moments, and the hash of their bits. A changed hash means that every
// forecast made so far comes out otherwise: allowed only with a new language version
// (docs/language/draws.md).
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "runtime/rng/rng.hpp"

namespace horizon::rng {
namespace {

constexpr int kDraws = 100000;
ScalarArith a;

using Sampler = std::function<double(std::uint64_t)>;

std::vector<double> draws(const char* key, const Sampler& sampler) {
  std::vector<double> values;
  for (std::uint64_t f = 0; f < kDraws; ++f) values.push_back(sampler(draw_bits(20260101, draw_id(key), f)));
  return values;
}

/// Mean within 5 standard errors, standard deviation within 6 (its own error from the fourth moment).
void check(const char* key, const Sampler& sampler, double mean, double sd, std::uint64_t golden) {
  const auto values = draws(key, sampler);
  double sum = 0, second = 0, fourth = 0;
  for (const double v : values) sum += v;
  const double got = sum / kDraws;
  for (const double v : values) {
    const double d = (v - got) * (v - got);
    second += d / kDraws;
    fourth += d * d / kDraws;
  }
  EXPECT_NEAR(got, mean, 5 * sd / std::sqrt(kDraws)) << key;
  const double error = std::sqrt((fourth - second * second) / kDraws) / (2 * std::sqrt(second));
  EXPECT_NEAR(std::sqrt(second), sd, 6 * error) << key;
  std::uint64_t hash = 0;
  for (const double v : values) {
    const auto bits = std::bit_cast<std::uint64_t>(v);
    char bytes[16];
    for (int i = 0; i < 8; ++i) {
      bytes[i] = static_cast<char>(hash >> (8 * i));
      bytes[8 + i] = static_cast<char>(bits >> (8 * i));
    }
    hash = hash_bytes(std::string_view(bytes, 16));
  }
  EXPECT_EQ(hash, golden) << key << std::hex << " 0x" << hash;
}

TEST(Golden, ClosedForms) {
  check(
      "uniform", [](auto b) { return uniform_quantile(a, 2.0, 5.0, b); }, 3.5, 3 / std::sqrt(12.0),
      0x0119cf2c5bca416b);
  check(
      "normal", [](auto b) { return normal_quantile(a, 10.0, 3.0, b); }, 10, 3, 0xefd1a480a92b99df);
  const auto l = lognormal_from_mean_sd(7, 2);
  check(
      "lognormal", [&](auto b) { return lognormal_quantile(a, l->mu, l->sigma, b); }, 7, 2,
      0x303c54ac529342c5);
  check(
      "logit_normal", [](auto b) { return logit_normal_quantile(a, 0.0, 1.0, b); }, 0.5, 0.20827731,
      0xa08e1ff2eb53de98);
  check(
      "triangular", [](auto b) { return triangular_quantile(a, 0.0, 1.0, 4.0, b); }, 5 / 3.0,
      std::sqrt(13 / 18.0), 0x2102cb25e9933ce4);
  check(
      "exponential", [](auto b) { return exponential_quantile(a, 4.0, b); }, 4, 4, 0xf34ec7199297f36d);
  const auto w = weibull_from_mean_shape(12, 2);
  check(
      "weibull", [&](auto b) { return weibull_quantile(a, 1 / w->shape, w->scale, b); }, 12,
      12 * std::sqrt(4 / 3.14159265358979323846 - 1), 0x03d6e083c77da4c7);
  check(
      "chance", [](auto b) { return chance(a, 0.3, b) ? 1.0 : 0.0; }, 0.3, std::sqrt(0.21),
      0xc523714b1910099e);
  const double values[] = {1, 2, 5}, weights[] = {0.5, 0.3, 0.2};
  const auto t = discrete_thresholds(weights);
  const auto discrete = [&](auto b) {
    return discrete_quantile(a, std::span<const double>(values), std::span<const double>(*t), b);
  };
  check("discrete", discrete, 2.1, std::sqrt(6.7 - 2.1 * 2.1), 0x214d8a9faeb824fe);
}

TEST(Golden, Tables) {
  const auto p = pert(55, 75, 88);
  std::vector<double> rows(2 * HZ_TABLE_DOUBLES);
  const TableRow row{TableRow::Kind::beta, p->a, p->b, p->scale, p->offset};
  const TableRow both[] = {row, {TableRow::Kind::gamma, 6.25, 1, 0.5, 0}};
  build_tables(both, rows);
  const std::span<const double> all(rows);
  check(
      "pert", [&](auto b) { return table_value(all.first(HZ_TABLE_DOUBLES), b); }, beta_mean(*p), beta_sd(*p),
      0x24137c4b691d8a49);
  check(
      "gamma", [&](auto b) { return table_value(all.last(HZ_TABLE_DOUBLES), b); }, 3.125, 1.25,
      0x53a9959d7fe4a4f0);
  const auto u = build_beta_table(0.5, 0.7);
  check(
      "beta", [&](auto b) { return table_value(u->coefficients, b); }, beta_mean({0.5, 0.7}),
      beta_sd({0.5, 0.7}), 0xd88b05ed25d98c47);
}

TEST(Golden, Solves) {
  check(
      "beta", [](auto b) { return beta_quantile(3, 8, b); }, beta_mean({3, 8}), beta_sd({3, 8}),
      0x7ba36c5b72555ffc);
  check(
      "gamma", [](auto b) { return gamma_quantile(2.5, b); }, 2.5, std::sqrt(2.5), 0x8014cc15833b40d0);
}

TEST(Golden, DrawsOfTwoKeysAreUncorrelated) {
  const auto x = draws("a", [](auto b) { return normal_inverse(a, b); });
  const auto y = draws("b", [](auto b) { return normal_inverse(a, b); });
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) sum += x[static_cast<std::size_t>(i)] * y[static_cast<std::size_t>(i)];
  EXPECT_NEAR(sum / kDraws, 0, 5 / std::sqrt(kDraws));
}

}  // namespace
}  // namespace horizon::rng
