// From the parameters that a scenario gives to those of the sampler. They may be constants, differ by row or period, or be drawn
// themselves: the fits below are MIR and hold at every level.
#include <limits>

#include "compiler/lower/sampling.hpp"
#include "runtime/rng/special.hpp"

namespace horizon::lower {

using model::Distribution;
using model::DrawSpec;
using types::Sort;

/// In the unit of the draw: a Duration counts as days or as ticks, whichever the draw is in.
B::F KernelLowering::parameter(ExprId arg, const DrawSpec& spec, const types::Type& result, std::size_t cell,
                               const Scope& scope) {
  if (model_.exprs[arg].type.sort != Sort::Duration) return spread(arg, result, scope)[cell];
  const Cells pairs = spread_components(arg, result, scope, 2);
  const B::F ticks = pairs[2 * cell], days = pairs[2 * cell + 1];
  const double days_per_tick = dates::kDaysPerMonth / dates::kTicksPerMonth;
  if (spec.in_days) {
    if (b_.constant(ticks) == 0.0) return days;
    return b_.add(days, b_.mul(ticks, b_.c(days_per_tick)));
  }
  if (b_.constant(days) == 0.0) return ticks;
  return b_.add(ticks, b_.div(days, b_.c(days_per_tick)));
}

/// The number that an expression of constants has in a row, if it is one. What it is made of may not change without lowering again.
std::optional<double> KernelLowering::known(ExprId id, std::uint32_t row) {
  const model::Expr& e = model_.exprs[id];
  std::vector<double> args;
  for (const ExprId arg : e.args) {
    const auto value = known(arg, row);
    if (!value) return std::nullopt;
    args.push_back(*value);
  }
  switch (e.op) {
    case model::Op::Const:
      program_.places.fixed.insert(id);
      return e.number;
    case model::Op::Column: {
      program_.places.fixed_columns.insert({group_id_, static_cast<std::uint32_t>(e.index)});
      const auto& values = group_->columns[static_cast<std::size_t>(e.index)].values;
      if (values.size() != rows()) return std::nullopt;
      return values[row];
    }
    case model::Op::Ref:
      return model_.quantities[e.quantity].group == group_id_ || model_.groups[model_.quantities[e.quantity].group].rows() == 1
                 ? known(model_.quantities[e.quantity].definition, row)
                 : std::nullopt;
    case model::Op::Neg: return -args[0];
    case model::Op::Add: return args[0] + args[1];
    case model::Op::Sub: return args[0] - args[1];
    case model::Op::Mul: return args[0] * args[1];
    case model::Op::Div: return args[0] / args[1];
    default: return std::nullopt;
  }
}

/// The standard normal quantile of a probability; `central`: of the upper end of the interval of that probability. Made here, by exact
/// operations, so that it is a column of its own.
B::F KernelLowering::normal_score(ExprId probability, bool central, std::size_t, const types::Type&) {
  std::vector<double> scores;
  double before = 0;   // most often the same in all rows, and a score takes some 4,000 instructions
  for (std::uint32_t row = 0; row < rows(); ++row) {
    const auto p = known(probability, row);
    if (!p) {
      program_.diagnostics.add(diag::Code::ProbabilityNotFixed, model_.exprs[probability].span);
      return b_.c(1);
    }
    scores.push_back(row > 0 && *p == before ? scores.back() : rng::normal_quantile(central ? (1 + *p) / 2 : *p));
    before = *p;
  }
  const auto key = std::pair(probability.value, central ? 1001u : 1000u);
  if (constants_ == Constants::Alone && model_.exprs[probability].op == model::Op::Const)
    return program_.constant(b_, {2, key.first, 0, key.second}, scores[0], {});
  const auto [at, is_new] = constant_columns_.emplace(key, 0);
  if (is_new) at->second = number_column("normal score", std::move(scores));
  return b_.column(at->second);
}

KernelLowering::Parameters::Parameters(KernelLowering& kernel, const model::Expr& e, const DrawSpec& spec, std::size_t cell,
                                       const Scope& scope)
    : kernel_(kernel), b_(kernel.b_), e_(e), spec_(spec), cell_(cell), scope_(scope), one_number_(e.type) {
  one_number_.sort = Sort::Number;
  s_.offset = b_.c(0);
  s_.scale = b_.c(1);
}

KernelLowering::Sampling KernelLowering::Parameters::sampling() {
  switch (spec_.distribution) {
    case Distribution::Uniform: given(Kind::Uniform, 2); break;
    case Distribution::Normal: normal(); break;
    case Distribution::NormalP: normal_interval(); break;
    case Distribution::Lognormal: lognormal_mean_sd(); break;
    case Distribution::LognormalP: lognormal_interval(); break;
    case Distribution::LognormalMedian: lognormal_median(); break;
    case Distribution::LogitNormalP: logit_normal_interval(); break;
    case Distribution::Triangular: triangular(); break;
    case Distribution::Pert: pert(); break;
    case Distribution::Beta: given(Kind::Beta, 2); break;
    case Distribution::BetaMeanSd: beta_mean_sd(); break;
    case Distribution::Gamma: gamma_mean_sd(); break;
    case Distribution::Weibull: weibull_mean(); break;
    case Distribution::Exponential: exponential(); break;
    case Distribution::Poisson: given(Kind::Poisson, 1); break;
    case Distribution::Chance: given(Kind::Chance, 1); break;
    case Distribution::Discrete: discrete(); break;
  }
  return std::move(s_);
}

B::F KernelLowering::Parameters::arg(std::size_t i) { return kernel_.parameter(e_.args[i], spec_, one_number_, cell_, scope_); }
B::F KernelLowering::Parameters::number(std::size_t i) { return kernel_.spread(e_.args[i], one_number_, scope_)[cell_]; }
B::F KernelLowering::Parameters::log(B::F x) { return kernel_.program_.functions.log(b_, x); }
B::F KernelLowering::Parameters::half(B::F x) { return b_.mul(x, b_.c(0.5)); }
B::F KernelLowering::Parameters::square(B::F x) { return b_.mul(x, x); }
B::M KernelLowering::Parameters::positive(B::F x) { return b_.lt(b_.c(0), x); }

/// Location and scale from two quantiles that lie symmetrically, `z` sds off.
std::vector<B::F> KernelLowering::Parameters::interval(B::F low, B::F high, B::F z) {
  return {half(b_.add(low, high)), b_.div(half(b_.sub(high, low)), z)};
}

/// Impossible parameters that only a run can show give no number, and the run stops with the draw's name.
void KernelLowering::Parameters::valid(B::M m) {
  s_.p[0] = b_.select(m, s_.p[0], b_.c(std::numeric_limits<double>::quiet_NaN()));
}

void KernelLowering::Parameters::given(Kind kind, std::size_t count) {
  s_.kind = kind;
  for (std::size_t i = 0; i < count; ++i) s_.p.push_back(arg(i));
}

void KernelLowering::Parameters::normal() {
  given(Kind::Normal, 2);
  valid(positive(s_.p[1]));
}

void KernelLowering::Parameters::normal_interval() {
  s_.kind = Kind::Normal;
  s_.p = interval(arg(0), arg(1), kernel_.normal_score(e_.args[2], true, cell_, e_.type));
  valid(positive(s_.p[1]));
}

/// sigma^2 = ln(1 + (sd / mean)^2), mu = ln mean - sigma^2 / 2
void KernelLowering::Parameters::lognormal_mean_sd() {
  const B::F mean = arg(0), sd = arg(1), variance = log(b_.add(b_.c(1), square(b_.div(sd, mean))));
  s_.kind = Kind::Lognormal;
  s_.p = {b_.sub(log(mean), half(variance)), b_.sqrt(variance)};
  valid(b_.mand(positive(mean), positive(sd)));
}

void KernelLowering::Parameters::lognormal_interval() {
  s_.kind = Kind::Lognormal;
  s_.p = interval(log(arg(0)), log(arg(1)), kernel_.normal_score(e_.args[2], true, cell_, e_.type));
  valid(b_.mand(positive(arg(0)), positive(s_.p[1])));
}

void KernelLowering::Parameters::lognormal_median() {
  const B::F mu = log(arg(0));
  s_.kind = Kind::Lognormal;
  s_.p = {mu, b_.div(b_.sub(log(arg(1)), mu), kernel_.normal_score(e_.args[2], false, cell_, e_.type))};
  valid(positive(s_.p[1]));
}

void KernelLowering::Parameters::logit_normal_interval() {
  const auto logit = [&](B::F x) { return log(b_.div(x, b_.sub(b_.c(1), x))); };
  s_.kind = Kind::LogitNormal;
  s_.p = interval(logit(arg(0)), logit(arg(1)), kernel_.normal_score(e_.args[2], true, cell_, e_.type));
  valid(positive(s_.p[1]));
}

void KernelLowering::Parameters::triangular() {
  s_.kind = Kind::Triangular;
  s_.p = {arg(0), arg(1), arg(2)};
  valid(b_.mand(b_.mand(b_.le(s_.p[0], s_.p[1]), b_.le(s_.p[1], s_.p[2])), b_.lt(s_.p[0], s_.p[2])));
}

void KernelLowering::Parameters::pert() {
  const B::F low = arg(0), mode = arg(1), high = arg(2), width = b_.sub(high, low);
  const auto shape = [&](B::F part) { return b_.add(b_.c(1), b_.div(b_.mul(b_.c(4), part), width)); };
  s_.kind = Kind::Beta;
  s_.p = {shape(b_.sub(mode, low)), shape(b_.sub(high, mode))};
  s_.offset = low;
  s_.scale = width;
  valid(b_.mand(b_.mand(b_.le(low, mode), b_.le(mode, high)), positive(width)));
}

/// a + b = mean (1 - mean) / sd^2 - 1
void KernelLowering::Parameters::beta_mean_sd() {
  const B::F mean = arg(0), rest = b_.sub(b_.c(1), mean);
  const B::F size = b_.sub(b_.div(b_.mul(mean, rest), square(arg(1))), b_.c(1));
  s_.kind = Kind::Beta;
  s_.p = {b_.mul(mean, size), b_.mul(rest, size)};
  valid(b_.mand(positive(arg(1)), positive(size)));
}

void KernelLowering::Parameters::gamma_mean_sd() {
  const B::F mean = arg(0), sd = arg(1);
  s_.kind = Kind::Gamma;
  s_.p = {square(b_.div(mean, sd))};
  s_.scale = b_.div(square(sd), mean);
  valid(b_.mand(positive(mean), positive(sd)));
}

/// scale = mean / Gamma(1 + 1 / shape)
void KernelLowering::Parameters::weibull_mean() {
  const B::F inverse_shape = b_.div(b_.c(1), number(1));
  const B::F factor = kernel_.program_.functions.gamma_function(b_, b_.add(b_.c(1), inverse_shape));
  s_.kind = Kind::Weibull;
  s_.p = {inverse_shape, b_.div(arg(0), factor)};
  valid(b_.mand(positive(inverse_shape), positive(arg(0))));
}

void KernelLowering::Parameters::exponential() {
  s_.kind = Kind::Exponential;
  s_.p = {arg(0)};
  valid(positive(s_.p[0]));
}

void KernelLowering::Parameters::discrete() {
  s_.kind = Kind::Discrete;
  B::F sum = b_.c(0);
  for (std::size_t i = 0; i < e_.args.size(); i += 2) {
    s_.values.push_back(arg(i));
    sum = i == 0 ? number(1) : b_.add(sum, number(i + 1));
    s_.p.push_back(sum);
  }
  for (B::F& threshold : s_.p) threshold = b_.div(threshold, sum);
}

}  // namespace horizon::lower
