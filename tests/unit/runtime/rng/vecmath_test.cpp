// exp, log, pow, logistic against MPFR: errors in units of the last place, and the values at the edges.
#include "runtime/rng/vecmath.hpp"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>
#include <limits>
#include <random>

#include "runtime/rng/scalar_math.hpp"

namespace horizon::rng {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSmallest = std::numeric_limits<double>::denorm_min();

/// |got - exact| in ulps of `exact`; 0 where both overflow.
double ulps(double got, const mpfr_t exact) {
  const double rounded = mpfr_get_d(exact, MPFR_RNDN);
  if (std::isinf(rounded) || std::isinf(got)) return rounded == got ? 0 : 1e300;
  const int exponent = rounded == 0 ? -1074 : std::max(std::ilogb(rounded) - 52, -1074);
  mpfr_t difference;
  mpfr_init2(difference, 300);
  mpfr_sub_d(difference, exact, got, MPFR_RNDN);
  mpfr_mul_2si(difference, difference, -exponent, MPFR_RNDN);
  const double result = std::fabs(mpfr_get_d(difference, MPFR_RNDN));
  mpfr_clear(difference);
  return result;
}

class Exact {
 public:
  Exact() { mpfr_inits2(300, x_, y_, r_, static_cast<mpfr_ptr>(nullptr)); }
  ~Exact() { mpfr_clears(x_, y_, r_, static_cast<mpfr_ptr>(nullptr)); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  double exp(double x) { return one(exact_exp(x), x, mpfr_exp); }
  double log(double x) { return one(exact_log(x), x, mpfr_log); }
  double log1p(double x) { return one(exact_log1p(x), x, mpfr_log1p); }
  double expm1(double x) { return one(exact_expm1(x), x, mpfr_expm1); }
  double pow(double x, double y) {
    mpfr_set_d(x_, x, MPFR_RNDN);
    mpfr_set_d(y_, y, MPFR_RNDN);
    mpfr_pow(r_, x_, y_, MPFR_RNDN);
    return ulps(exact_pow(x, y), r_);
  }
  double logistic(double x) {
    mpfr_set_d(x_, -x, MPFR_RNDN);
    mpfr_exp(r_, x_, MPFR_RNDN);
    mpfr_add_d(r_, r_, 1, MPFR_RNDN);
    mpfr_d_div(r_, 1, r_, MPFR_RNDN);
    return ulps(exact_logistic(x), r_);
  }

 private:
  double one(double got, double x, int (*f)(mpfr_t, const mpfr_t, mpfr_rnd_t)) {
    mpfr_set_d(x_, x, MPFR_RNDN);
    f(r_, x_, MPFR_RNDN);
    return ulps(got, r_);
  }
  mpfr_t x_, y_, r_;
};

struct Random {
  std::mt19937_64 bits{7};
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1p-53;
  }
  /// Any positive finite double, evenly over the bit patterns.
  double positive() { return std::bit_cast<double>(bits() % 0x7ff0000000000000); }
};

constexpr int kSamples = 60000;

void report(const char* name, double worst) {
  std::printf("%s: %.3f ulp\n", name, worst);
  ::testing::Test::RecordProperty(name, std::to_string(worst));
}

TEST(Vecmath, ExpWithinTwoUlp) {
  Exact e;
  Random r;
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    worst = std::max(worst, e.exp(r.between(-745, 709.7)));
    worst = std::max(worst, e.exp(r.between(-2, 2)));
    worst = std::max(worst, e.exp(std::copysign(r.positive(), i % 2 ? -1.0 : 1.0)));
  }
  for (const double x :
       {709.782712893384, 709.7827128933841, -708.3964185322641, -744.44, -745.13, -745.14, 1e-300})
    worst = std::max(worst, e.exp(x));
  report("exp", worst);
  EXPECT_LT(worst, 1.2);
}

/// Bit for bit, up to the last number for which it is asked.
TEST(Vecmath, ModerateExpIsExp) {
  ScalarArith a;
  Random r;
  const double last = std::nextafter(vecmath::kModerateExponent, 0);
  std::vector<double> numbers{0.0, -0.0, 0x1p-1074, -0x1p-1074, 1e-300, 0x1p-54, last, -last, 1, -1};
  for (int i = 0; i < kSamples; ++i) {
    numbers.push_back(r.between(-last, last));
    numbers.push_back(r.between(-2, 2));
    numbers.push_back(std::ldexp(r.between(-1, 1), -static_cast<int>(r.bits() % 1080)));
  }
  for (const double x : numbers) ASSERT_EQ(std::bit_cast<std::uint64_t>(moderate_exp(a, x)), std::bit_cast<std::uint64_t>(exp(a, x))) << x;
}

TEST(Vecmath, LogWithinTwoUlp) {
  Exact e;
  Random r;
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    worst = std::max(worst, e.log(r.positive()));
    worst = std::max(worst, e.log(r.between(0.5, 2)));
    worst = std::max(worst, e.log(1 + r.between(-1e-8, 1e-8)));
    worst = std::max(worst, e.log(r.between(0, 0x1p-1022)));
  }
  report("log", worst);
  EXPECT_LT(worst, 1.0);
}

TEST(Vecmath, PowWithinTwoUlp) {
  Exact e;
  Random r;
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    worst = std::max(worst, e.pow(r.between(0, 10), r.between(-10, 10)));
    worst = std::max(worst, e.pow(r.between(0.9, 1.1), r.between(-5000, 5000)));
    const double x = r.positive(), largest = 708 / std::fabs(std::log(x));
    worst = std::max(worst, e.pow(x, r.between(-largest, largest)));
    worst = std::max(worst, e.pow(x, r.between(-1.06 * largest, 1.06 * largest)));  // subnormals, overflow
  }
  report("pow", worst);
  EXPECT_LT(worst, 1.0);
}

TEST(Vecmath, LogisticWithinTwoUlp) {
  Exact e;
  Random r;
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    worst = std::max(worst, e.logistic(r.between(-750, 750)));
    worst = std::max(worst, e.logistic(r.between(-5, 5)));
    worst = std::max(worst, e.logistic(r.between(-40, 40)));
  }
  report("logistic", worst);
  EXPECT_LT(worst, 1.5);
}

TEST(Vecmath, SmallDifferencesWithinFourUlp) {
  Exact e;
  Random r;
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double tiny = std::ldexp(r.between(-1, 1), -static_cast<int>(r.bits() % 60));
    worst = std::max(
        {worst, e.log1p(0.9 * tiny), e.expm1(tiny), e.expm1(r.between(-30, 30)), e.log1p(r.between(0, 1e6))});
  }
  report("log1p, expm1", worst);
  EXPECT_LT(worst, 4.0);
}

TEST(Vecmath, Edges) {
  EXPECT_EQ(exact_exp(0), 1);
  EXPECT_EQ(exact_exp(-kInf), 0);
  EXPECT_EQ(exact_exp(kInf), kInf);
  EXPECT_EQ(exact_exp(710), kInf);
  EXPECT_EQ(exact_exp(-1000), 0);
  EXPECT_EQ(exact_exp(-745), kSmallest);
  EXPECT_TRUE(std::isnan(exact_exp(kNaN)));
  EXPECT_EQ(exact_log(0), -kInf);
  EXPECT_EQ(exact_log(-0.0), -kInf);
  EXPECT_EQ(exact_log(1), 0);
  EXPECT_EQ(exact_log(kInf), kInf);
  EXPECT_TRUE(std::isnan(exact_log(-1)));
  EXPECT_TRUE(std::isnan(exact_log(-kInf)));
  EXPECT_TRUE(std::isnan(exact_log(kNaN)));
  EXPECT_EQ(exact_log1p(0), 0);
  EXPECT_EQ(exact_log1p(1e-300), 1e-300);
  EXPECT_EQ(exact_log1p(kInf), kInf);
  EXPECT_EQ(exact_log1p(-1), -kInf);
  EXPECT_TRUE(std::isnan(exact_log1p(-2)));
  EXPECT_TRUE(std::isnan(exact_log1p(kNaN)));
  EXPECT_EQ(exact_logistic(0), 0.5);
  EXPECT_EQ(exact_logistic(kInf), 1);
  EXPECT_EQ(exact_logistic(-kInf), 0);
  EXPECT_TRUE(std::isnan(exact_logistic(kNaN)));
}

TEST(Vecmath, PowEdges) {
  EXPECT_EQ(exact_pow(0, 0), 1);
  EXPECT_EQ(exact_pow(0, 2.5), 0);
  EXPECT_EQ(exact_pow(0, -1), kInf);
  EXPECT_EQ(exact_pow(kInf, 0.5), kInf);
  EXPECT_EQ(exact_pow(kInf, -0.5), 0);
  EXPECT_EQ(exact_pow(kInf, 0), 1);
  EXPECT_EQ(exact_pow(2, kInf), kInf);
  EXPECT_EQ(exact_pow(0.5, kInf), 0);
  EXPECT_EQ(exact_pow(2, -kInf), 0);
  EXPECT_EQ(exact_pow(0, kInf), 0);
  EXPECT_EQ(exact_pow(1, kInf), 1);
  EXPECT_EQ(exact_pow(1, kNaN), 1);
  EXPECT_EQ(exact_pow(kNaN, 0), 1);
  EXPECT_TRUE(std::isnan(exact_pow(kNaN, 1)));
  EXPECT_TRUE(std::isnan(exact_pow(2, kNaN)));
  EXPECT_TRUE(std::isnan(exact_pow(-2, 2)));
  EXPECT_EQ(exact_pow(2, 1024), kInf);
  EXPECT_EQ(exact_pow(2, 1e300), kInf);
  EXPECT_EQ(exact_pow(2, -1e300), 0);
  EXPECT_EQ(exact_pow(2, -1074), kSmallest);
  EXPECT_EQ(exact_pow(kSmallest, 1), kSmallest);
}

TEST(Vecmath, PowIsExactWhereTheResultIsADouble) {
  Random r;
  for (int i = 0; i < 20000; ++i) {
    const double x = r.positive();
    ASSERT_EQ(exact_pow(x, 1), x);
    const double root = std::floor(r.between(1, 90000000));
    ASSERT_EQ(exact_pow(root, 2), root * root);
    ASSERT_EQ(exact_pow(root * root, 0.5), root);
  }
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(exact_pow(10, i), std::strtod(("1e" + std::to_string(i)).c_str(), nullptr));
}

TEST(Arith, IntegersBecomeDoublesExactly) {
  ScalarArith a;
  for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{1}, (std::uint64_t{1} << 52) - 1})
    EXPECT_EQ(i2f(a, i), static_cast<double>(i));
  for (const std::int64_t i :
       {std::int64_t{0}, std::int64_t{-1}, -(std::int64_t{1} << 51), (std::int64_t{1} << 51) - 1})
    EXPECT_EQ(signed_i2f(a, static_cast<std::uint64_t>(i)), static_cast<double>(i));
}

}  // namespace
}  // namespace horizon::rng
