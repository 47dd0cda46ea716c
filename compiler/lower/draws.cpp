// Draws: key -> id -> bits -> value. Which sampler a draw has is fixed here; no later pass changes it (rules.md N3). Parameters may
// be constants, differ by row or period, or be drawn themselves: the fits below are MIR and hold at every level.
#include <bit>
#include <limits>

#include "compiler/lower/kernel.hpp"
#include "runtime/rng/correlate.hpp"
#include "runtime/rng/draw_key.hpp"
#include "runtime/rng/quantile.hpp"
#include "runtime/rng/special.hpp"

namespace horizon::lower {

using model::Distribution;
using model::DrawSpec;
using types::Sort;

/// A distribution with the parameters of its sampler.
struct KernelLowering::Sampling {
  enum class Kind { Uniform, Normal, Lognormal, LogitNormal, Triangular, Beta, Gamma, Weibull, Exponential, Poisson, Chance, Discrete };
  Kind kind = Kind::Uniform;
  std::vector<B::F> p;              ///< of the sampler
  B::F offset{}, scale{};           ///< Beta, Gamma: offset + scale * x
  std::vector<B::F> values;         ///< Discrete: with p the cumulated weights
};

// ---- parameters --------------------------------------------------------------------------------------------------

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

/// The number that an expression of constants has in a row, if it is one.
std::optional<double> KernelLowering::known(ExprId id, std::uint32_t row) const {
  const model::Expr& e = model_.exprs[id];
  std::vector<double> args;
  for (const ExprId arg : e.args) {
    const auto value = known(arg, row);
    if (!value) return std::nullopt;
    args.push_back(*value);
  }
  switch (e.op) {
    case model::Op::Const:
      return e.number;
    case model::Op::Column: {
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
  for (std::uint32_t row = 0; row < rows(); ++row) {
    const auto p = known(probability, row);
    if (!p) {
      program_.diagnostics.add(diag::Code::ProbabilityNotFixed, model_.exprs[probability].span);
      return b_.c(1);
    }
    scores.push_back(rng::normal_quantile(central ? (1 + *p) / 2 : *p));
  }
  const auto key = std::pair(probability.value, central ? 1001u : 1000u);
  if (constants_ == Constants::Alone && model_.exprs[probability].op == model::Op::Const)
    return program_.constant(b_, {2, key.first, 0, key.second}, scores[0]);
  const auto [at, is_new] = constant_columns_.emplace(key, 0);
  if (is_new) at->second = number_column("normal score", std::move(scores));
  return b_.column(at->second);
}

KernelLowering::Sampling KernelLowering::sampling(const model::Expr& e, const DrawSpec& spec, std::size_t cell,
                                                  const Scope& scope) {
  Functions& f = program_.functions;
  types::Type one_number = e.type;
  one_number.sort = Sort::Number;
  const auto arg = [&](std::size_t i) { return parameter(e.args[i], spec, one_number, cell, scope); };
  const auto log = [&](B::F x) { return f.log(b_, x); };
  const auto half = [&](B::F x) { return b_.mul(x, b_.c(0.5)); };
  const auto square = [&](B::F x) { return b_.mul(x, x); };
  // Location and scale from two quantiles that lie symmetrically, `z` sds off.
  const auto interval = [&](B::F low, B::F high, B::F z) {
    return std::vector<B::F>{half(b_.add(low, high)), b_.div(half(b_.sub(high, low)), z)};
  };
  const auto positive = [&](B::F x) { return b_.lt(b_.c(0), x); };
  Sampling s;
  // Impossible parameters that only a run can show give no number, and the run stops with the draw's name.
  const auto valid = [&](B::M m) { s.p[0] = b_.select(m, s.p[0], b_.c(std::numeric_limits<double>::quiet_NaN())); };
  s.offset = b_.c(0);
  s.scale = b_.c(1);
  using Kind = Sampling::Kind;
  switch (spec.distribution) {
    case Distribution::Uniform:
      s.kind = Kind::Uniform;
      s.p = {arg(0), arg(1)};
      break;
    case Distribution::Normal:
      s.kind = Kind::Normal;
      s.p = {arg(0), arg(1)};
      valid(positive(s.p[1]));
      break;
    case Distribution::NormalP:
      s.kind = Kind::Normal;
      s.p = interval(arg(0), arg(1), normal_score(e.args[2], true, cell, e.type));
      valid(positive(s.p[1]));
      break;
    case Distribution::Lognormal: {   // sigma^2 = ln(1 + (sd / mean)^2), mu = ln mean - sigma^2 / 2
      const B::F mean = arg(0), sd = arg(1), variance = log(b_.add(b_.c(1), square(b_.div(sd, mean))));
      s.kind = Kind::Lognormal;
      s.p = {b_.sub(log(mean), half(variance)), b_.sqrt(variance)};
      valid(b_.mand(positive(mean), positive(sd)));
      break;
    }
    case Distribution::LognormalP:
      s.kind = Kind::Lognormal;
      s.p = interval(log(arg(0)), log(arg(1)), normal_score(e.args[2], true, cell, e.type));
      valid(b_.mand(positive(arg(0)), positive(s.p[1])));
      break;
    case Distribution::LognormalMedian: {
      const B::F mu = log(arg(0));
      s.kind = Kind::Lognormal;
      s.p = {mu, b_.div(b_.sub(log(arg(1)), mu), normal_score(e.args[2], false, cell, e.type))};
      valid(positive(s.p[1]));
      break;
    }
    case Distribution::LogitNormalP: {
      const auto logit = [&](B::F x) { return log(b_.div(x, b_.sub(b_.c(1), x))); };
      s.kind = Kind::LogitNormal;
      s.p = interval(logit(arg(0)), logit(arg(1)), normal_score(e.args[2], true, cell, e.type));
      valid(positive(s.p[1]));
      break;
    }
    case Distribution::Triangular:
      s.kind = Kind::Triangular;
      s.p = {arg(0), arg(1), arg(2)};
      valid(b_.mand(b_.mand(b_.le(s.p[0], s.p[1]), b_.le(s.p[1], s.p[2])), b_.lt(s.p[0], s.p[2])));
      break;
    case Distribution::Pert: {
      const B::F low = arg(0), mode = arg(1), high = arg(2), width = b_.sub(high, low);
      const auto shape = [&](B::F part) { return b_.add(b_.c(1), b_.div(b_.mul(b_.c(4), part), width)); };
      s.kind = Kind::Beta;
      s.p = {shape(b_.sub(mode, low)), shape(b_.sub(high, mode))};
      s.offset = low;
      s.scale = width;
      valid(b_.mand(b_.mand(b_.le(low, mode), b_.le(mode, high)), positive(width)));
      break;
    }
    case Distribution::Beta:
      s.kind = Kind::Beta;
      s.p = {arg(0), arg(1)};
      break;
    case Distribution::BetaMeanSd: {   // a + b = mean (1 - mean) / sd^2 - 1
      const B::F mean = arg(0), rest = b_.sub(b_.c(1), mean);
      const B::F size = b_.sub(b_.div(b_.mul(mean, rest), square(arg(1))), b_.c(1));
      s.kind = Kind::Beta;
      s.p = {b_.mul(mean, size), b_.mul(rest, size)};
      valid(b_.mand(positive(arg(1)), positive(size)));
      break;
    }
    case Distribution::Gamma: {
      const B::F mean = arg(0), sd = arg(1);
      s.kind = Kind::Gamma;
      s.p = {square(b_.div(mean, sd))};
      s.scale = b_.div(square(sd), mean);
      valid(b_.mand(positive(mean), positive(sd)));
      break;
    }
    case Distribution::Weibull: {   // scale = mean / Gamma(1 + 1 / shape)
      const B::F inverse_shape = b_.div(b_.c(1), spread(e.args[1], one_number, scope)[cell]);
      const B::F factor = f.gamma_function(b_, b_.add(b_.c(1), inverse_shape));
      s.kind = Kind::Weibull;
      s.p = {inverse_shape, b_.div(arg(0), factor)};
      valid(b_.mand(positive(inverse_shape), positive(arg(0))));
      break;
    }
    case Distribution::Exponential:
      s.kind = Kind::Exponential;
      s.p = {arg(0)};
      valid(positive(s.p[0]));
      break;
    case Distribution::Poisson:
      s.kind = Kind::Poisson;
      s.p = {arg(0)};
      break;
    case Distribution::Chance:
      s.kind = Kind::Chance;
      s.p = {arg(0)};
      break;
    case Distribution::Discrete: {
      s.kind = Kind::Discrete;
      B::F sum = b_.c(0);
      for (std::size_t i = 0; i < e.args.size(); i += 2) {
        s.values.push_back(arg(i));
        sum = i == 0 ? spread(e.args[1], one_number, scope)[cell]
                     : b_.add(sum, spread(e.args[i + 1], one_number, scope)[cell]);
        s.p.push_back(sum);
      }
      for (B::F& threshold : s.p) threshold = b_.div(threshold, sum);
      break;
    }
  }
  return s;
}

// ---- samplers ----------------------------------------------------------------------------------------------------

std::int32_t KernelLowering::row_table(const mir::RowTable& table) {
  auto& tables = draft_.kernel.row_tables;
  for (std::size_t i = 0; i < tables.size(); ++i)
    if (tables[i].family == table.family && tables[i].a == table.a && tables[i].b == table.b)
      return static_cast<std::int32_t>(i);
  tables.push_back(table);
  return static_cast<std::int32_t>(tables.size() - 1);
}

/// Parameters that are known before the run get a table each row; drawn ones are solved for.
B::F KernelLowering::sample_beta(B::F a, B::F b, B::I bits) {
  if (((b_.level(a.id) | b_.level(b.id)) & (mir::Future | mir::Period)) != 0) return b_.solve_beta(bits, a, b);
  return program_.functions.row_table_quantile(b_, row_table({mir::RowTable::Family::Beta, a.id, b.id}), bits);
}

B::F KernelLowering::sample_gamma(B::F k, B::I bits) {
  if ((b_.level(k.id) & (mir::Future | mir::Period)) != 0) return b_.solve_gamma(bits, k);
  return program_.functions.row_table_quantile(b_, row_table({mir::RowTable::Family::Gamma, k.id, {}}), bits);
}

B::F KernelLowering::sample(const Sampling& s, B::I bits) {
  Functions& f = program_.functions;
  using Kind = Sampling::Kind;
  const auto normal = [&] { return b_.fma(s.p[1], f.normal_inverse(b_, bits), s.p[0]); };
  switch (s.kind) {
    case Kind::Uniform:
      return rng::uniform_quantile(b_, s.p[0], s.p[1], bits);
    case Kind::Normal:
      return normal();
    case Kind::Lognormal:
      return f.exp(b_, normal());
    case Kind::LogitNormal:
      return f.logistic(b_, normal());
    case Kind::Triangular:
      return rng::triangular_quantile(b_, s.p[0], s.p[1], s.p[2], bits);
    case Kind::Beta:
      return b_.add(s.offset, times(s.scale, sample_beta(s.p[0], s.p[1], bits)));
    case Kind::Gamma:
      return b_.mul(s.scale, sample_gamma(s.p[0], bits));
    case Kind::Weibull: {
      const B::F e = b_.neg(f.log(b_, rng::uniform_of(b_, bits).v));
      return b_.mul(s.p[1], f.pow(b_, e, s.p[0]));
    }
    case Kind::Exponential:
      return b_.mul(s.p[0], b_.neg(f.log(b_, rng::uniform_of(b_, bits).v)));
    case Kind::Poisson:
      return b_.solve_poisson(bits, s.p[0]);
    case Kind::Chance:
      return b_.number(rng::chance(b_, s.p[0], bits));
    case Kind::Discrete:
      return rng::discrete_quantile(b_, std::span<const B::F>(s.values), std::span<const B::F>(s.p), bits);
  }
  HZ_UNREACHABLE("sampler");
}

/// The draw's own bits, or with a correlate block those of its normal and the block's factor together (rules.md F5).
B::I KernelLowering::bits_of_draw(const DrawSpec& spec, B::I id) {
  const B::I own = program_.functions.draw_bits(b_, id);
  if (spec.latent.empty()) return own;
  std::vector<std::int64_t> factor, shared, apart, member;
  for (const model::Latent& latent : spec.latent) {
    const bool is_member = latent.block >= 0;
    const model::Correlation block = is_member ? model_.correlations[static_cast<std::size_t>(latent.block)] : model::Correlation{};
    const rng::Loadings weights = rng::loadings(block.rank);
    factor.push_back(is_member ? program_.draw_id(rng::draw_key_text(block.name), {}, 0, block.span) : 0);
    shared.push_back(std::bit_cast<std::int64_t>(latent.negative ? -weights.shared : weights.shared));
    apart.push_back(std::bit_cast<std::int64_t>(weights.own));
    member.push_back(is_member ? 1 : 0);
  }
  const auto column = [&](const std::string& what, std::vector<std::int64_t> values) {
    const std::string name = what + " of " + model_.quantities[spec.owner].name;
    const auto [at, is_new] = named_columns_.emplace(name, 0);
    if (is_new) at->second = integer_column(name, std::move(values));
    return b_.icolumn(at->second);
  };
  const B::I common = program_.functions.draw_bits(b_, column("factor", std::move(factor)));
  return program_.functions.correlated_bits(b_, own, common, column("shared weight", std::move(shared)),
                                            column("own weight", std::move(apart)), column("member", std::move(member)));
}

// ---- keys --------------------------------------------------------------------------------------------------------

/// One id column for each calendar label (one in all without `each`): path, then dimension labels, then the calendar's.
std::vector<B::I> KernelLowering::draw_ids(const model::Expr& e, const DrawSpec& spec, std::size_t cell,
                                           const std::vector<std::string>& calendar) {
  std::vector<std::string_view> labels;
  for (const types::DimensionId dimension : spec.each_dimension) {
    types::Type only;
    only.by = {dimension};
    labels.push_back(model_.dimensions[dimension].labels[cell_of(only, e.type, cell)].name);
  }
  std::vector<B::I> ids;
  for (std::size_t c = 0; c < std::max<std::size_t>(calendar.size(), 1); ++c) {
    std::vector<std::string_view> all = labels;
    if (!calendar.empty()) all.push_back(calendar[c]);
    std::string name = "draw " + model_.quantities[spec.owner].name + " #" + std::to_string(e.draw);
    for (const std::string_view label : all) name.append("[").append(label).append("]");
    const auto [at, is_new] = named_columns_.emplace(name, 0);
    if (is_new) {
      std::vector<std::int64_t> column;
      for (std::size_t row = 0; row < rows(); ++row)
        column.push_back(program_.draw_id(rng::draw_key_text(model::path(model_, spec.owner, row), all), spec.owner, row, e.span));
      at->second = integer_column(name, std::move(column));
    }
    ids.push_back(b_.icolumn(at->second));
  }
  return ids;
}

Cells KernelLowering::draw(const model::Expr& e, const Scope& scope) {
  HZ_CHECK(scope.own);
  const DrawSpec& spec = model_.draws[static_cast<std::size_t>(e.draw)];
  model::ReportPeriods calendar;
  if (spec.each != DrawSpec::Each::None) {
    const auto grain = spec.each == DrawSpec::Each::Year      ? model::Grain::Year
                       : spec.each == DrawSpec::Each::Quarter ? model::Grain::Quarter
                                                              : model::Grain::Month;
    calendar = model::report_periods(model_.grid, grain);
  }
  std::vector<std::int64_t> label_of(calendar.of_period.begin(), calendar.of_period.end());
  const auto is_label = [&](std::size_t label) {
    const std::string name = "label of each " + std::to_string(static_cast<int>(spec.each));
    return b_.ieq(b_.iperiod(program_.period_column(name, label_of)), b_.ci(static_cast<std::int64_t>(label)));
  };
  Cells out;
  for (std::size_t cell = 0; cell < cells(e.type); ++cell) {
    const Sampling s = sampling(e, spec, cell, scope);
    b_.at(e.span);
    const std::vector<B::I> ids = draw_ids(e, spec, cell, calendar.names);
    bool in_period = false;
    const auto look_at = [&](B::F p) { in_period = in_period || (b_.level(p.id) & mir::Period) != 0; };
    for (const B::F p : s.p) look_at(p);
    for (const B::F p : s.values) look_at(p);
    look_at(s.offset);
    look_at(s.scale);
    B::F value{};
    if (in_period || ids.size() * 2 > program_.periods) {   // one draw a period
      B::I id = ids.back();
      for (std::size_t c = ids.size() - 1; c-- > 0;) id = b_.iselect(is_label(c), ids[c], id);
      value = sample(s, bits_of_draw(spec, id));
    } else {   // one draw a label, outside of the loop over periods
      value = sample(s, bits_of_draw(spec, ids.back()));
      for (std::size_t c = ids.size() - 1; c-- > 0;)
        value = b_.select(is_label(c), sample(s, bits_of_draw(spec, ids[c])), value);
    }
    if (spec.round) value = round(value);
    if (e.type.sort != Sort::Duration) {
      out.push_back(value);
    } else {
      out.push_back(spec.in_days ? b_.c(0) : value);
      out.push_back(spec.in_days ? value : b_.c(0));
    }
  }
  return out;
}

}  // namespace horizon::lower
