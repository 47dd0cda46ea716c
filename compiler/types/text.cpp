#include <string>

#include "compiler/types/types.hpp"

namespace horizon::types {
namespace {

std::string factor_text(const UnitFactor& factor, int power, bool plural, const Vocabulary& vocabulary) {
  std::string text;
  if (factor.atom == vocabulary.time()) {
    // People say `per year`, and durations are in months.
    text = power == 1 && plural ? "months" : plural ? "month" : "year";
  } else {
    text = vocabulary.atom_name(factor.atom);
    if (plural && power == 1 && !vocabulary.is_currency(factor.atom) && vocabulary.find_unit(text + "s")) text += 's';
  }
  if (factor.basis) text += "[" + vocabulary.basis_name(factor.basis) + "]";
  if (power != 1) text += "^" + std::to_string(power);
  return text;
}

}  // namespace

std::string to_text(const Unit& unit, const Vocabulary& vocabulary) {
  if (unit.is_number()) return "a plain number";
  std::string above, below, time_below;
  for (const UnitFactor& factor : unit.factors) {
    if (factor.power > 0) {
      if (!above.empty()) above += ' ';
      above += factor_text(factor, factor.power, true, vocabulary);
    } else {
      const std::string text = " per " + factor_text(factor, -factor.power, false, vocabulary);
      (factor.atom == vocabulary.time() ? time_below : below) += text;
    }
  }
  if (above.empty()) above = "1";
  return above + below + time_below;
}

}  // namespace horizon::types
