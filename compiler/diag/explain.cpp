#include <span>
#include <utility>

#include "compiler/diag/diagnostic.hpp"

namespace horizon {
/// docs/diagnostics/*.md, built in: {"E0201.md", text}.
std::span<const std::pair<std::string_view, std::string_view>> diagnostic_pages();
}  // namespace horizon

namespace horizon::diag {

std::string_view explain(std::string_view code) {
  for (const auto& [file, text] : diagnostic_pages()) {
    if (file.ends_with(".md") && file.substr(0, file.size() - 3) == code) return text;
  }
  return {};
}

}  // namespace horizon::diag
