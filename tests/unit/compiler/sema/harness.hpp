#pragma once
// Small scenarios as text: parsed, analysed, verified.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "compiler/model/model.hpp"
#include "compiler/parse/parse.hpp"
#include "compiler/sema/sema.hpp"

namespace horizon::sema {

struct Analysed {
  source::SourceMap sources;
  std::deque<ast::File> files;
  model::Model model;
  diag::Diagnostics diagnostics;

  std::vector<std::string> codes() const {
    std::vector<std::string> found;
    for (const diag::Diagnostic& d : diagnostics.items()) found.emplace_back(diag::info(d.code).code);
    return found;
  }
  const model::Quantity* find(const std::string& path) const {
    for (std::size_t i = 0; i < model.quantities.size(); ++i) {
      const model::QuantityId id(i);
      if (model::path(model, id, 0) == path) return &model.quantities[id];
    }
    return nullptr;
  }
};

/// `text` after a usual head: monthly 2026 and 2027, DKK, EUR and two regions. Tables by name; libraries by dotted name.
inline void analyse_text(Analysed& out, const std::string& text, const std::map<std::string, std::string>& tables = {},
                         const std::map<std::string, std::string>& libraries = {}) {
  static const std::string head =
      "horizon 2026-01..2027-12 by month; currency DKK; currency EUR; basis AIP; basis SAIP; dimension region { N, S }\n";
  Program program;
  const auto add = [&](std::vector<std::string> name, const std::string& shown, std::string bytes) {
    const source::FileId file = out.sources.add(shown, std::move(bytes));
    auto parsed = parse::parse(out.sources, file);
    out.diagnostics.append(std::move(parsed.diagnostics));
    out.files.push_back(std::move(parsed.value));
    program.modules.push_back({std::move(name), &out.files.back()});
  };
  add({}, "scenario.hzn", head + text);
  for (const auto& [name, bytes] : libraries) add({name}, name + ".hzn", bytes);
  for (const auto& [name, bytes] : tables) program.tables.push_back({name, name + ".csv", bytes});
  program.library = text.find("forecast ") == std::string::npos;   // most tests look at definitions only
  auto result = analyse(program, out.sources);
  out.model = std::move(result.value);
  out.diagnostics.append(std::move(result.diagnostics));
  if (!out.diagnostics.has_errors()) {
    EXPECT_EQ(model::verify(out.model), std::vector<std::string>{}) << text;
  }
}

}  // namespace horizon::sema
