#pragma once
// Random scenarios as text, so that the parser and the analysis take part: right by construction, and tame (no value grows
// without bound, nothing is divided by what may be zero), so that three computations of them can be held to the last digits.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace horizon::property {

struct Scenario {
  std::string text;
  std::map<std::string, std::string> files;   ///< by path beside the scenario: its tables
  std::set<std::string> constructs;           ///< what it is made of
};

/// The same seed gives the same scenario. `months`: of its horizon; 0 for any horizon, most of them short.
Scenario generate(std::uint64_t seed, int months = 0);

/// Everything that a scenario may be made of.
const std::vector<std::string>& all_constructs();

}  // namespace horizon::property
