#include "compiler/lower/functions.hpp"

#include "compiler/lower/dates.hpp"
#include "runtime/rng/correlate.hpp"
#include "runtime/rng/philox.hpp"
#include "runtime/rng/quantile.hpp"
#include "runtime/rng/vecmath.hpp"

namespace horizon::lower {

using B = mir::Builder;

namespace {

/// Stirling's series at x + 10, then down by Gamma(x+1) = x Gamma(x) (Abramowitz and Stegun 6.1.40); relative error below 1e-13.
B::F gamma_body(B& b, B::F x) {
  const B::F y = b.add(x, b.c(10));
  const B::F z = b.div(b.c(1), y), q = b.mul(z, z);
  B::F series = b.c(-691.0 / 360360);
  for (const double k : {1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12})
    series = b.fma(series, q, b.c(k));
  // ln Gamma(y) = (y - 1/2) ln y - y + ln(2 pi) / 2 + series / y
  const B::F power = b.mul(b.sub(y, b.c(0.5)), rng::log(b, y));
  const B::F log_gamma = b.add(b.sub(power, y), b.fma(series, z, b.c(0.91893853320467274178)));
  B::F product = x;
  for (int i = 1; i < 10; ++i) product = b.mul(product, b.add(x, b.c(i)));
  return b.div(rng::exp(b, log_gamma), product);
}

}  // namespace

template <class Body>
mir::FunctionId Functions::once(Slot& slot, const char* name, Body&& body) {
  if (slot) return *slot;
  mir::Function function;
  function.name = name;
  B builder(*module_, function);
  const mir::ValueId result = body(builder);
  function.results = {result};
  slot = module_->functions.add(std::move(function));
  return *slot;
}

B::F Functions::exp(B& b, B::F x) {
  const auto f = once(exp_, "exp", [](B& g) { return rng::exp_mostly_moderate(g, B::F{g.param(mir::Type::F64)}).id; });
  return {b.call(f, {x.id})};
}

B::F Functions::log(B& b, B::F x) {
  const auto f = once(log_, "log", [](B& g) { return rng::log(g, B::F{g.param(mir::Type::F64)}).id; });
  return {b.call(f, {x.id})};
}

B::F Functions::pow(B& b, B::F x, B::F y) {
  const auto f = once(pow_, "pow", [](B& g) {
    const B::F base{g.param(mir::Type::F64)}, exponent{g.param(mir::Type::F64)};
    return rng::pow(g, base, exponent).id;
  });
  return {b.call(f, {x.id, y.id})};
}

B::F Functions::logistic(B& b, B::F x) {
  const auto f = once(logistic_, "logistic", [](B& g) { return rng::logistic(g, B::F{g.param(mir::Type::F64)}).id; });
  return {b.call(f, {x.id})};
}

B::I Functions::draw_bits(B& b, B::I id) {
  const auto f = once(draw_bits_, "draw_bits", [](B& g) {
    const B::I seed{g.param(mir::Type::I64)}, draw{g.param(mir::Type::I64)}, future{g.param(mir::Type::I64)};
    return rng::draw_bits(g, seed, draw, future).id;
  });
  const B::I seed = b.seed(), future = b.future();
  return {b.call(f, {seed.id, id.id, future.id})};
}

B::F Functions::normal_inverse(B& b, B::I bits) {
  const auto f = once(normal_inverse_, "normal_inverse",
                      [](B& g) { return rng::normal_inverse(g, B::I{g.param(mir::Type::I64)}).id; });
  return {b.call(f, {bits.id})};
}

B::I Functions::correlated_bits(B& b, B::I own, B::I factor, B::I shared_weight, B::I own_weight, B::I member) {
  const auto f = once(correlated_bits_, "correlated_bits", [](B& g) {
    const B::I mine{g.param(mir::Type::I64)}, common{g.param(mir::Type::I64)};
    const B::I shared{g.param(mir::Type::I64)}, apart{g.param(mir::Type::I64)}, is_member{g.param(mir::Type::I64)};
    const B::I bits = rng::correlated_bits(g, mine, common, g.bits2f(shared), g.bits2f(apart));
    return g.iselect(g.ieq(is_member, g.ci(0)), mine, bits).id;
  });
  return {b.call(f, {own.id, factor.id, shared_weight.id, own_weight.id, member.id})};
}

B::F Functions::row_table_quantile(B& b, std::int32_t row_table, B::I bits) {
  return rng::table_quantile(b, [&](B::I index) { return b.row_table(row_table, index); }, bits);
}

B::F Functions::day_number(B& b, B::F ticks) {
  const auto f = once(day_number_, "day_number",
                      [](B& g) { return dates::day_number(g, B::F{g.param(mir::Type::F64)}).id; });
  return {b.call(f, {ticks.id})};
}

B::F Functions::add_duration(B& b, B::F date, B::F ticks, B::F days) {
  const auto f = once(add_duration_, "add_duration", [](B& g) {
    const B::F d{g.param(mir::Type::F64)}, t{g.param(mir::Type::F64)}, n{g.param(mir::Type::F64)};
    return dates::add_duration(g, d, t, n).id;
  });
  return {b.call(f, {date.id, ticks.id, days.id})};
}

B::F Functions::gamma_function(B& b, B::F x) {
  const auto f = once(gamma_, "gamma", [](B& g) { return gamma_body(g, B::F{g.param(mir::Type::F64)}).id; });
  return {b.call(f, {x.id})};
}

}  // namespace horizon::lower
