#include "compiler/lower/program.hpp"

#include <algorithm>
#include <bit>

#include "runtime/rng/draw_key.hpp"

namespace horizon::lower {

namespace {

/// At least as many as there are draws that can have a place.
std::uint64_t draws_at_most(const Program& program) {
  const model::Model& m = program.model;
  std::uint64_t count = m.correlations.size();
  for (const model::Expr& e : m.exprs) {
    if (e.op != model::Op::Draw) continue;
    const model::DrawSpec& spec = m.draws[static_cast<std::size_t>(e.draw)];
    const std::uint64_t labels = spec.each == model::DrawSpec::Each::None ? 1 : program.periods;
    count += m.groups[m.quantities[spec.owner].group].rows() * program.cells(e.type.by) * labels;
  }
  return count;
}

}  // namespace

Program::Program(const model::Model& m, const Analysis& a, Lowered& lowered, diag::Diagnostics& d, Draws draws)
    : model(m),
      analysis(a),
      module(lowered.module),
      diagnostics(d),
      places(lowered.numbers),
      functions(lowered.module),
      periods(static_cast<std::size_t>(m.grid.periods)),
      partials(a.sets.size()) {
  places.given = given_constants(m);
  for (std::size_t s = 0; s < a.sets.size(); ++s) partials[s].resize(a.sets[s].labels.size());
  module.periods = static_cast<std::uint32_t>(periods);
  lay_out_outputs(*this, lowered.report);
  module.slots = 1;   // `base - 1` (the period before the first) is a slot
  if (draws == Draws::Placed) {
    draw_slots = static_cast<std::uint32_t>(std::min<std::uint64_t>(draws_at_most(*this), kMostPlaces));
    first_draw_slot = new_slots(std::size_t{draw_slots} + 1);
  }
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
                                  double number, const NumberSource& source, std::uint32_t row) {
  if (!constants_) places.constants = constants_ = module.tables.add(mir::Table{"constants", {}});
  auto& table = module.tables[constants_].numbers;
  const auto [at, is_new] = constant_index_.emplace(key, static_cast<std::int64_t>(table.size()));
  if (is_new) {
    table.push_back(number);
    places.table.emplace_back(source, row);
  }
  return b.table(constants_, b.ci(at->second));
}

void Program::finish() {
  if (!constants_) return;
  auto& table = module.tables[constants_].numbers;
  table.resize(std::bit_ceil(table.size()), 0.0);
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

/// Where an id stands or would stand. Ids are hashes themselves; a hundred thousand rows have a million of them, and one look into
/// memory each.
std::size_t Program::draw_place(std::int64_t id) const {
  const std::size_t mask = draw_places_.size() - 1;
  std::size_t place = static_cast<std::size_t>(id) & mask;
  while (draw_places_[place] != 0 && draw_keys_[draw_places_[place] - 1].id != id) place = (place + 1) & mask;
  return place;
}

void Program::write_key(std::string& text, const DrawKey& key) const {
  text.clear();
  if (key.owner) model::append_path(text, model, key.owner, key.row);
  text += *key_parts_[key.rest];
}

std::string Program::draw_key(std::int64_t id) const {
  const std::size_t found = draw_keys_.empty() ? 0 : draw_places_[draw_place(id)];
  HZ_CHECK(found != 0);
  std::string text;
  write_key(text, draw_keys_[found - 1]);
  return text;
}

std::uint32_t Program::key_part(std::string text) {
  const auto [at, is_new] = key_part_numbers_.emplace(std::move(text), static_cast<std::uint32_t>(key_parts_.size()));
  if (is_new) key_parts_.push_back(&at->first);
  return at->second;
}

void Program::grow_draw_places() {
  draw_places_.assign(std::max<std::size_t>(1024, 2 * draw_places_.size()), 0);
  for (std::size_t i = 0; i < draw_keys_.size(); ++i)
    draw_places_[draw_place(draw_keys_[i].id)] = static_cast<std::uint32_t>(i + 1);
}

std::int64_t Program::draw_id(QuantityId owner, std::size_t row, std::uint32_t rest, source::Span span) {
  DrawKey key{0, owner, static_cast<std::uint32_t>(row), rest};
  write_key(key_text_, key);
  const auto id = key.id = std::bit_cast<std::int64_t>(rng::draw_id(key_text_));
  if (2 * (draw_keys_.size() + 1) > draw_places_.size()) grow_draw_places();
  const std::size_t place = draw_place(id);
  if (draw_places_[place] == 0) {
    draw_keys_.push_back(key);
    draw_places_[place] = static_cast<std::uint32_t>(draw_keys_.size());
    return id;
  }
  const DrawKey& have = draw_keys_[draw_places_[place] - 1];
  if (have.owner != key.owner || have.row != key.row || have.rest != key.rest)
    diagnostics.add(diag::Code::DrawsCollide, span, {draw_key(id), key_text_});
  return id;
}

std::optional<double> Program::chance_of(std::int64_t id) const {
  const auto at = chances_.find(id);
  return at == chances_.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace horizon::lower
