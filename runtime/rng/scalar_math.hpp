#pragma once
// The mathematics of vecmath.hpp as plain functions of doubles, for constants, fits and tables. Same bits.

namespace horizon::rng {

double exact_exp(double x);
double exact_log(double x);
double exact_pow(double x, double y);
double exact_logistic(double x);
/// ln(1+x), x > -1, within a few ulp.
double exact_log1p(double x);
/// e^x - 1, within a few ulp.
double exact_expm1(double x);

}  // namespace horizon::rng
