#pragma once
// Private to this folder: inverse CDFs from the textbook, with the standard library's functions. Three curves are those that
// the language defines (docs/language/draws.md), since any other would differ by more than the tolerance: the normal
// inverse, and beta and gamma, by table where the shapes are fixed and by direct solution where they are not.
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "compiler/model/model.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::eval {

class Quantiles {
 public:
  /// The value of a draw with these 64 bits (runtime/rng/philox.hpp); `p` as model::Distribution lists them. `fixed`: the
  /// parameters are the same in every future and period. NaN where no distribution has such parameters.
  double value(model::Distribution distribution, const std::vector<double>& p, bool fixed, std::uint64_t bits);

 private:
  double beta(double a, double b);
  double gamma_shape(double k);
  double pert(double low, double mode, double high);
  double beta_mean_sd(double mean, double sd);
  double gamma(double mean, double sd);

  std::uint64_t bits_ = 0;
  bool fixed_ = false;
  std::map<std::pair<double, double>, std::vector<double>> beta_tables_;
  std::map<double, std::vector<double>> gamma_tables_;
};

}  // namespace horizon::eval
