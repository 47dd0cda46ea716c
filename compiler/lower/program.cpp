#include "compiler/lower/program.hpp"

#include <bit>

#include "runtime/rng/draw_key.hpp"

namespace horizon::lower {

Program::Program(const model::Model& m, const Analysis& a, Lowered& lowered, diag::Diagnostics& d)
    : model(m),
      analysis(a),
      module(lowered.module),
      diagnostics(d),
      functions(lowered.module),
      periods(static_cast<std::size_t>(m.grid.periods)),
      partials(a.sets.size()) {
  for (std::size_t s = 0; s < a.sets.size(); ++s) partials[s].resize(a.sets[s].labels.size());
  module.periods = static_cast<std::uint32_t>(periods);
  lay_out_outputs(*this, lowered.report);
  module.output_begin = 0;
  module.slots = module.outputs;
  if (module.slots == 0) module.slots = 1;   // `base - 1` (the period before the first) is a slot
  for (std::size_t t = 0; t < periods; ++t)
    module.period_numbers.push_back(31.0 * (m.grid.start + m.grid.months * (static_cast<double>(t) + 0.5)));
}

std::size_t Program::cells(const std::vector<types::DimensionId>& by) const {
  std::size_t count = 1;
  for (const types::DimensionId dimension : by) count *= labels(dimension);
  return count;
}

std::uint32_t Program::new_slots(std::size_t count) {
  const std::uint32_t first = module.slots;
  module.slots += static_cast<std::uint32_t>(count);
  return first;
}

mir::Builder::F Program::constant(mir::Builder& b,
                                  const std::tuple<int, std::uint32_t, std::uint32_t, std::uint32_t>& key,
                                  double number) {
  if (!constants_) constants_ = module.tables.add(mir::Table{"constants", {}});
  auto& numbers = module.tables[constants_].numbers;
  const auto [at, is_new] = constant_index_.emplace(key, static_cast<std::int64_t>(numbers.size()));
  if (is_new) numbers.push_back(number);
  return b.table(constants_, b.ci(at->second));
}

void Program::finish() {
  if (!constants_) return;
  auto& numbers = module.tables[constants_].numbers;
  numbers.resize(std::bit_ceil(numbers.size()), 0.0);
}

std::int32_t Program::period_column(const std::string& name, const std::vector<double>& numbers) {
  const auto [at, is_new] = period_columns_.emplace(name, static_cast<std::int32_t>(module.period_columns.size()));
  if (is_new) module.period_columns.push_back(mir::Column{name, mir::Type::F64, numbers, {}});
  return at->second;
}

std::int32_t Program::period_column(const std::string& name, const std::vector<std::int64_t>& numbers) {
  const auto [at, is_new] = period_columns_.emplace(name, static_cast<std::int32_t>(module.period_columns.size()));
  if (is_new) module.period_columns.push_back(mir::Column{name, mir::Type::I64, {}, numbers});
  return at->second;
}

std::int64_t Program::draw_id(const std::string& key, QuantityId owner, std::size_t row, source::Span span) {
  const auto id = std::bit_cast<std::int64_t>(rng::draw_id(key));
  const auto [at, is_new] = draw_keys_.emplace(id, DrawKey{key, owner, row});
  const DrawKey& have = at->second;
  if (!is_new && (have.text != key || have.owner != owner || have.row != row))
    diagnostics.add(diag::Code::DrawsCollide, span, {have.text, key});
  return id;
}

}  // namespace horizon::lower
