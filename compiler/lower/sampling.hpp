#pragma once
// What a draw of each distribution is made of: the parameters of its sampler, as MIR. Private to this folder.
#include "compiler/lower/kernel.hpp"

namespace horizon::lower {

/// A distribution with the parameters of its sampler.
struct KernelLowering::Sampling {
  enum class Kind { Uniform, Normal, Lognormal, LogitNormal, Triangular, Beta, Gamma, Weibull, Exponential, Poisson, Chance, Discrete };
  Kind kind = Kind::Uniform;
  std::vector<B::F> p;              ///< of the sampler
  B::F offset{}, scale{};           ///< Beta, Gamma: offset + scale * x
  std::vector<B::F> values;         ///< Discrete: with p the cumulated weights
};

/// Computes the parameters of one draw, for one cell. One function a way in which a distribution can be given; those whose
/// parameters are the sampler's own need none.
class KernelLowering::Parameters {
 public:
  Parameters(KernelLowering& kernel, const model::Expr& e, const model::DrawSpec& spec, std::size_t cell, const Scope& scope);
  Sampling sampling();

 private:
  using Kind = Sampling::Kind;

  void given(Kind kind, std::size_t count);
  void normal();
  void normal_interval();
  void lognormal_mean_sd();
  void lognormal_interval();
  void lognormal_median();
  void logit_normal_interval();
  void triangular();
  void pert();
  void beta_mean_sd();
  void gamma_mean_sd();
  void weibull_mean();
  void exponential();
  void discrete();

  B::F arg(std::size_t i);
  B::F number(std::size_t i);   ///< one that has no unit of the draw: a shape, a weight
  B::F log(B::F x);
  B::F half(B::F x);
  B::F square(B::F x);
  B::M positive(B::F x);
  std::vector<B::F> interval(B::F low, B::F high, B::F z);
  void valid(B::M m);

  KernelLowering& kernel_;
  B& b_;
  const model::Expr& e_;
  const model::DrawSpec& spec_;
  std::size_t cell_;
  const Scope& scope_;
  types::Type one_number_;
  Sampling s_;
};

}  // namespace horizon::lower
