#pragma once
// Units, money basis and value types. Units are types: `DKK per pack * packs per patient per year * patients` is
// `DKK per year`. Stored numbers are canonical: time in months, percent as 0.01, every declared unit in its base atoms.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"

namespace horizon::types {

using AtomId = Id<struct AtomTag>;            ///< a base dimension: month, DKK, pack, patient...
using BasisId = Id<struct BasisTag>;          ///< a money tag: AIP, SAIP...
using DimensionId = Id<struct DimensionTag>;  ///< region, Phase...

/// One atom of a unit. `basis` is none for untagged money and for what is not money.
struct UnitFactor {
  AtomId atom;
  int power = 1;
  BasisId basis;
  friend bool operator==(const UnitFactor&, const UnitFactor&) = default;
};

/// A product of powers, sorted by atom; no factor has power 0. Empty: a pure number.
struct Unit {
  std::vector<UnitFactor> factors;
  bool is_number() const { return factors.empty(); }
  friend bool operator==(const Unit&, const Unit&) = default;
};

/// What two tags give when units meet: untagged adapts, two different tags do not meet (rules.md D8).
enum class BasisClash { None, Clash };
struct UnitResult {
  Unit unit;
  BasisClash clash = BasisClash::None;
};
UnitResult multiply(const Unit& a, const Unit& b);
UnitResult divide(const Unit& a, const Unit& b);
Unit power(const Unit& a, int exponent);
/// Equal up to basis tags where one side is untagged; the result carries the tag.
std::optional<Unit> unify(const Unit& a, const Unit& b);
/// The same atoms and powers, whatever the tags.
bool same_dimensions(const Unit& a, const Unit& b);

/// A named unit: `week` = 7 days, `vial` = 40 mg, `patients` = patient. `scale`: canonical amount of one such unit.
struct NamedUnit {
  std::string name;
  Unit unit;
  double scale = 1;
  friend bool operator==(const NamedUnit&, const NamedUnit&) = default;
};

/// The units, currencies and bases that a scenario may name. Atom 0 is time (canonical: month).
class Vocabulary {
 public:
  /// Knows time (month, year, quarter, day, week, hour and plurals), mass (g, mg, kg), persons/patients/packs/... see .cpp.
  Vocabulary();

  AtomId time() const { return AtomId(0); }
  AtomId add_atom(std::string name, bool is_currency);
  /// Adds a name for `scale` times `unit`; also its simple plural when `with_plural`.
  void add_unit(NamedUnit unit, bool with_plural);
  BasisId add_basis(std::string name);

  const NamedUnit* find_unit(std::string_view name) const;
  std::optional<BasisId> find_basis(std::string_view name) const;
  bool is_currency(AtomId atom) const;
  const std::string& atom_name(AtomId atom) const;
  const std::string& basis_name(BasisId basis) const;
  std::vector<std::string> unit_names() const;   ///< for "did you mean"
  std::vector<std::string> basis_names() const;
  friend bool operator==(const Vocabulary&, const Vocabulary&) = default;

 private:
  struct Atom {
    std::string name;
    bool is_currency;
    friend bool operator==(const Atom&, const Atom&) = default;
  };
  std::vector<Atom> atoms_;
  std::vector<NamedUnit> units_;
  std::vector<std::string> bases_;
};

/// `DKK[SAIP] per patient per year`. Time below the line is shown `per year`, above as `months`.
std::string to_text(const Unit& unit, const Vocabulary& vocabulary);

enum class Sort : std::uint8_t {
  Number,    ///< pure, signed
  Share,     ///< 0..1; with a unit `per year`: a rate
  Factor,    ///< pure, positive
  Change,    ///< > -100 %, signed; with a unit `per year`: a growth rate
  Count,     ///< whole, not negative
  Event,     ///< 0 or 1
  Amount,    ///< has a unit
  Date,      ///< ticks of 1/31 month since 1970-01 (rules.md E1, N1); +infinity: never
  Duration,  ///< two components: ticks (31 a month), true days (rules.md E2, N1)
  Label,     ///< one label of a dimension, as its ordinal
  Text,      ///< known when the scenario compiles only
  Unknown,   ///< of something wrong that has been reported; silences follow-up messages
};

/// The type of a value. `by` lists its dimensions, in order of declaration of the dimensions.
struct Type {
  Sort sort = Sort::Number;
  Unit unit;
  bool is_signed = false;
  DimensionId label_of;  ///< Sort::Label
  std::vector<DimensionId> by;

  friend bool operator==(const Type&, const Type&) = default;
};

/// Components that one cell of this type is made of: 2 for a Duration, else 1.
inline int components(const Type& type) { return type.sort == Sort::Duration ? 2 : 1; }

}  // namespace horizon::types
