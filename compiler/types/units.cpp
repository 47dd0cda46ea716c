#include <algorithm>

#include "compiler/types/types.hpp"

namespace horizon::types {
namespace {

/// The tag of a product: tags of the same atom must agree; an untagged side adapts.
BasisId merge_basis(BasisId a, BasisId b, BasisClash& clash) {
  if (a && b && a != b) clash = BasisClash::Clash;
  return a ? a : b;
}

UnitResult combine(const Unit& a, const Unit& b, int sign) {
  UnitResult result;
  auto i = a.factors.begin();
  auto j = b.factors.begin();
  while (i != a.factors.end() || j != b.factors.end()) {
    if (j == b.factors.end() || (i != a.factors.end() && i->atom < j->atom)) {
      result.unit.factors.push_back(*i++);
    } else if (i == a.factors.end() || j->atom < i->atom) {
      UnitFactor factor = *j++;
      factor.power *= sign;
      result.unit.factors.push_back(factor);
    } else {
      UnitFactor factor = *i;
      factor.power += sign * j->power;
      // A tag never survives into a ratio of equal tags (D8), but two tags that differ still do not meet.
      factor.basis = merge_basis(i->basis, j->basis, result.clash);
      if (factor.power != 0) result.unit.factors.push_back(factor);
      ++i;
      ++j;
    }
  }
  return result;
}

}  // namespace

UnitResult multiply(const Unit& a, const Unit& b) { return combine(a, b, 1); }
UnitResult divide(const Unit& a, const Unit& b) { return combine(a, b, -1); }

Unit power(const Unit& a, int exponent) {
  Unit result;
  if (exponent == 0) return result;
  result = a;
  for (UnitFactor& factor : result.factors) factor.power *= exponent;
  return result;
}

std::optional<Unit> unify(const Unit& a, const Unit& b) {
  if (!same_dimensions(a, b)) return std::nullopt;
  Unit result = a;
  for (std::size_t i = 0; i < result.factors.size(); ++i) {
    BasisClash clash = BasisClash::None;
    result.factors[i].basis = merge_basis(a.factors[i].basis, b.factors[i].basis, clash);
    if (clash == BasisClash::Clash) return std::nullopt;
  }
  return result;
}

bool same_dimensions(const Unit& a, const Unit& b) {
  return std::equal(a.factors.begin(), a.factors.end(), b.factors.begin(), b.factors.end(),
                    [](const UnitFactor& x, const UnitFactor& y) { return x.atom == y.atom && x.power == y.power; });
}

}  // namespace horizon::types
