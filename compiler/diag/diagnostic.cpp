#include "compiler/diag/diagnostic.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.hpp"

namespace horizon::diag {

const std::vector<CodeInfo>& catalog() {
  static const std::vector<CodeInfo> rows = {
#define DIAG(code, name, severity, text) {code, #name, Severity::severity, text},
#include "compiler/diag/catalog.def"
#undef DIAG
  };
  return rows;
}

const CodeInfo& info(Code code) {
  const auto index = static_cast<std::size_t>(code);
  HZ_CHECK(index < catalog().size());
  return catalog()[index];
}

std::optional<Code> find_code(std::string_view text) {
  const auto& rows = catalog();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].code == text) return static_cast<Code>(i);
  }
  return std::nullopt;
}

Diagnostic& Diagnostics::add(Code code, source::Span span, std::vector<std::string> args) {
  items_.push_back(Diagnostic{code, span, std::move(args), {}, std::nullopt});
  return items_.back();
}

bool Diagnostics::has_errors() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const Diagnostic& d) { return info(d.code).severity == Severity::Error; });
}

void Diagnostics::append(Diagnostics other) {
  items_.insert(items_.end(), std::make_move_iterator(other.items_.begin()),
                std::make_move_iterator(other.items_.end()));
}

std::string message(const Diagnostic& diagnostic) {
  // Only {0} to {9}: an argument is a user's text and must never be read as a format itself.
  const std::string_view text = info(diagnostic.code).text;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool place = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}' && text[i + 1] >= '0' &&
                       text[i + 1] <= '9';
    if (!place) {
      out += text[i];
      continue;
    }
    const auto arg = static_cast<std::size_t>(text[i + 1] - '0');
    HZ_CHECK(arg < diagnostic.args.size());
    out += diagnostic.args[arg];
    i += 2;
  }
  return out;
}

}  // namespace horizon::diag
