#include "base/check.hpp"
#include "compiler/types/types.hpp"

namespace horizon::types {
namespace {

/// Days in a mean month of the Gregorian calendar: 146,097 days in 4,800 months (rules.md E2).
constexpr double days_per_month = 30.436875;

}  // namespace

Vocabulary::Vocabulary() {
  const AtomId month = add_atom("month", false);
  const Unit time{{{month, 1, {}}}};
  add_unit({"month", time, 1}, true);
  add_unit({"quarter", time, 3}, true);
  add_unit({"year", time, 12}, true);
  add_unit({"day", time, 1 / days_per_month}, true);
  add_unit({"week", time, 7 / days_per_month}, true);
  add_unit({"hour", time, 1 / (24 * days_per_month)}, true);
  add_unit({"minute", time, 1 / (24 * 60 * days_per_month)}, true);

  const AtomId gram = add_atom("g", false);
  const Unit mass{{{gram, 1, {}}}};
  add_unit({"g", mass, 1}, false);
  add_unit({"mg", mass, 1e-3}, false);
  add_unit({"kg", mass, 1e3}, false);

  // What is counted in a medicine budget. Different things do not convert into one another (D5).
  for (const char* name : {"patient", "person", "pack", "dose", "user", "event", "visit", "treatment"}) {
    const AtomId atom = add_atom(name, false);
    add_unit({name, Unit{{{atom, 1, {}}}}, 1}, true);
  }
}

AtomId Vocabulary::add_atom(std::string name, bool is_currency) {
  atoms_.push_back({std::move(name), is_currency});
  return AtomId(atoms_.size() - 1);
}

void Vocabulary::add_unit(NamedUnit unit, bool with_plural) {
  if (with_plural) {
    NamedUnit plural = unit;
    plural.name += 's';
    units_.push_back(std::move(unit));
    units_.push_back(std::move(plural));
  } else {
    units_.push_back(std::move(unit));
  }
}

BasisId Vocabulary::add_basis(std::string name) {
  bases_.push_back(std::move(name));
  return BasisId(bases_.size() - 1);
}

const NamedUnit* Vocabulary::find_unit(std::string_view name) const {
  for (const NamedUnit& unit : units_) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

std::optional<BasisId> Vocabulary::find_basis(std::string_view name) const {
  for (std::size_t i = 0; i < bases_.size(); ++i) {
    if (bases_[i] == name) return BasisId(i);
  }
  return std::nullopt;
}

bool Vocabulary::is_currency(AtomId atom) const {
  HZ_CHECK(atom.index() < atoms_.size());
  return atoms_[atom.index()].is_currency;
}

const std::string& Vocabulary::atom_name(AtomId atom) const {
  HZ_CHECK(atom.index() < atoms_.size());
  return atoms_[atom.index()].name;
}

const std::string& Vocabulary::basis_name(BasisId basis) const {
  HZ_CHECK(basis.index() < bases_.size());
  return bases_[basis.index()];
}

std::vector<std::string> Vocabulary::unit_names() const {
  std::vector<std::string> names;
  names.reserve(units_.size());
  for (const NamedUnit& unit : units_) names.push_back(unit.name);
  return names;
}

std::vector<std::string> Vocabulary::basis_names() const { return bases_; }

}  // namespace horizon::types
