#include "compiler/sema/atc.hpp"

#include <string_view>

namespace horizon::sema {

std::optional<std::string> atc_fault(const std::string& code) {
  constexpr std::string_view form = "A00AA00";
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (i >= form.size()) return "it has more than seven characters";
    const char c = code[i];
    const bool digit = c >= '0' && c <= '9', capital = c >= 'A' && c <= 'Z';
    if (form[i] == '0' ? digit : capital) continue;
    if (form[i] == 'A' && c >= 'a' && c <= 'z') return "its letters are capitals, as in `L04AC05`";
    const std::string wanted = form[i] == '0' ? "a digit" : "a letter";
    return wanted + " is its character " + std::to_string(i + 1) + ", as in `L04AC05`";
  }
  // Levels end behind 1, 3, 4, 5 and 7 characters.
  if (code.empty() || code.size() == 2 || code.size() == 6) return "it stops in the middle of a level; `L`, `L04`, `L04A`, `L04AC` and `L04AC05` are whole";
  return std::nullopt;
}

}  // namespace horizon::sema
