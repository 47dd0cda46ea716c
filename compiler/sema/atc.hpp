#pragma once
// The form of an ATC code: a letter, two digits, a letter, a letter, two digits, and each level above (WHO Collaborating Centre
// for Drug Statistics Methodology, "Structure and principles").
#include <optional>
#include <string>

namespace horizon::sema {

/// What is wrong with a code, as the end of a sentence; nothing if it has the form of one of the five levels.
std::optional<std::string> atc_fault(const std::string& code);

}  // namespace horizon::sema
