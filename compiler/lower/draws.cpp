// Draws: key -> id -> bits -> value. Which sampler a draw has is fixed here; no later pass changes it (rules.md N3).
#include <bit>
#include <limits>

#include "compiler/lower/sampling.hpp"
#include "runtime/rng/correlate.hpp"
#include "runtime/rng/draw_key.hpp"
#include "runtime/rng/quantile.hpp"
#include "runtime/rng/quantile_table.hpp"

namespace horizon::lower {

using model::DrawSpec;
using types::Sort;

// ---- samplers ----------------------------------------------------------------------------------------------------

std::int32_t KernelLowering::row_table(const mir::RowTable& table) {
  auto& tables = draft_.kernel.row_tables;
  for (std::size_t i = 0; i < tables.size(); ++i)
    if (tables[i].family == table.family && tables[i].a == table.a && tables[i].b == table.b)
      return static_cast<std::int32_t>(i);
  tables.push_back(table);
  return static_cast<std::int32_t>(tables.size() - 1);
}

B::M KernelLowering::between(double low, B::F x, double high) { return b_.mand(b_.le(b_.c(low), x), b_.le(x, b_.c(high))); }

/// A polynomial near the end of its support may miss it by a rounding. Stands where passes look for bounds; where the shape is none, no
/// number, as from the table itself.
B::F KernelLowering::at_least_zero(B::M sound, B::F x) {
  return b_.max(b_.select(sound, b_.c(0), b_.c(std::numeric_limits<double>::quiet_NaN())), x);
}

/// Parameters that are known before the run get a table each row; drawn ones are solved for.
B::F KernelLowering::sample_beta(B::F a, B::F b, B::I bits) {
  if (((b_.level(a.id) | b_.level(b.id)) & (mir::Future | mir::Period)) != 0) return b_.solve_beta(bits, a, b);
  const B::M sound = b_.mand(between(rng::kMinBetaShape, a, rng::kMaxBetaShape), between(rng::kMinBetaShape, b, rng::kMaxBetaShape));
  const B::F x = program_.functions.row_table_quantile(b_, row_table({mir::RowTable::Family::Beta, a.id, b.id}), bits);
  return at_least_zero(b_.mand(sound, b_.le(b_.c(rng::kMinBetaSum), b_.add(a, b))), x);
}

B::F KernelLowering::sample_gamma(B::F k, B::I bits) {
  if ((b_.level(k.id) & (mir::Future | mir::Period)) != 0) return b_.solve_gamma(bits, k);
  const B::F x = program_.functions.row_table_quantile(b_, row_table({mir::RowTable::Family::Gamma, k.id, {}}), bits);
  return at_least_zero(between(rng::kMinGammaShape, k, rng::kMaxGammaShape), x);
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

/// The bits of a draw: a function of its id, or what stands in its place. A draw that is another in each period has no place.
B::I KernelLowering::bits_of_id(B::I id) {
  const B::I keyed = program_.functions.draw_bits(b_, id);
  const mir::Value& v = draft_.kernel.values[id.id];
  if (program_.draw_slots == 0 || v.op != mir::Op::ColumnI) return keyed;
  const std::string name = place_of + draft_.kernel.columns[static_cast<std::size_t>(v.index)].name;
  const auto [at, is_new] = named_columns_.emplace(name, 0);
  if (is_new) at->second = integer_column(name, std::vector<std::int64_t>(rows()));
  const B::I place = b_.icolumn(at->second);
  const B::F placed = b_.load(mir::Address{program_.first_draw_slot, place.id, 0, {}});
  symbols_[placed.id.value] = "draws ";
  return b_.iselect(b_.ieq(place, b_.ci(0)), keyed, b_.f2bits(placed));
}

/// The draw's own bits, or with a correlate block those of its normal and the block's factor together (rules.md F5).
B::I KernelLowering::bits_of_draw(const DrawSpec& spec, B::I id) {
  const B::I own = bits_of_id(id);
  if (spec.latent.empty()) return own;
  std::vector<std::int64_t> factor, shared, apart, member;
  for (const model::Latent& latent : spec.latent) {
    const bool is_member = latent.block >= 0;
    const model::Correlation block = is_member ? model_.correlations[static_cast<std::size_t>(latent.block)] : model::Correlation{};
    const rng::Loadings weights = rng::loadings(block.rank);
    factor.push_back(is_member ? program_.draw_id({}, 0, program_.key_part(rng::draw_key_text(block.name)), block.span) : 0);
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
  const B::I common = bits_of_id(column("factor", std::move(factor)));
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
      column.reserve(rows());
      const std::uint32_t rest = program_.key_part(rng::draw_key_text({}, all));
      for (std::size_t row = 0; row < rows(); ++row) column.push_back(program_.draw_id(spec.owner, row, rest, e.span));
      at->second = integer_column(name, std::move(column));
    }
    ids.push_back(b_.icolumn(at->second));
  }
  return ids;
}

/// Notes p of each row's draw, so that its indicator can serve as a control (docs/language/draws.md, "Sobol points").
void KernelLowering::note_chances(const model::Expr& e, const DrawSpec& spec, const std::vector<B::I>& ids) {
  if (spec.distribution != model::Distribution::Chance || program_.draw_slots == 0 || !model_.exprs[e.args[0]].type.by.empty()) return;
  for (std::uint32_t row = 0; row < rows(); ++row) {
    if (!spec.latent.empty() && spec.latent[row].block >= 0) continue;
    const std::optional<double> p = known(e.args[0], row);
    if (!p) continue;
    for (const B::I id : ids) {
      const mir::Value& v = draft_.kernel.values[id.id];
      if (v.op == mir::Op::ColumnI)
        program_.note_chance(draft_.kernel.columns[static_cast<std::size_t>(v.index)].integers[row], *p);
    }
  }
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
    const Sampling s = Parameters(*this, e, spec, cell, scope).sampling();
    b_.at(e.span);
    const std::vector<B::I> ids = draw_ids(e, spec, cell, calendar.names);
    note_chances(e, spec, ids);
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
