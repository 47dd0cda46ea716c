#include "compiler/sema/sema.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "compiler/sema/checker.hpp"
#include "compiler/sema/rehearsal.hpp"

namespace horizon::sema {

std::string_view what_is(NotBuilt construct) {
  switch (construct) {
#define NOT_BUILT(name, what, where) \
  case NotBuilt::name:               \
    return what;
#include "compiler/sema/not_built.def"
#undef NOT_BUILT
  }
  HZ_UNREACHABLE("a construct that is not in not_built.def");
}

std::vector<Use> uses(const ast::File& file) {
  std::vector<Use> found;
  for (const ast::Decl& decl : file.decls) {
    const auto* use = std::get_if<ast::UseDecl>(&decl.node);
    if (!use || use->module.empty()) continue;
    Use entry;
    for (const ast::Name& part : use->module) entry.module.push_back(part.text);
    entry.span = source::join(use->module.front().span, use->module.back().span);
    found.push_back(std::move(entry));
  }
  return found;
}

bool is_library(const ast::File& file) {
  return !file.decls.empty() && std::none_of(file.decls.begin(), file.decls.end(), [](const ast::Decl& decl) {
    const auto* item = std::get_if<ast::ItemDecl>(&decl.node);
    const auto* block = item ? std::get_if<ast::Block>(&item->item.node) : nullptr;
    return std::holds_alternative<ast::HorizonDecl>(decl.node) || (block && block->kind.text == "forecast");
  });
}

std::vector<TableUse> tables(const ast::File& file) {
  std::vector<TableUse> found;
  for (const ast::Decl& decl : file.decls) {
    if (const auto* table = std::get_if<ast::TableDecl>(&decl.node)) {
      found.push_back({table->name.text, table->file, table->file_span});
    }
  }
  return found;
}

diag::WithDiags<model::Model> analyse(const Program& program, const source::SourceMap& sources) {
  return Checker(program, sources).run();
}

Checker::Checker(const Program& program, const source::SourceMap& sources) : program_(program), sources_(sources) {}

diag::WithDiags<model::Model> Checker::run() {
  collect();
  for (std::size_t i = 0; i < kinds_.size(); ++i) flatten(KindId(i));
  build_scenario();
  for (std::size_t i = 0; i < fns_.size(); ++i) check_fn(FnId(i));
  // Instances and fields are complete now; elaboration only adds quantities and expressions.
  elaborate_all();
  elaborate_requirements();
  for (const auto& [block, span] : correlates_) correlate(*block, span);
  for (const auto& [block, span] : forecasts_) forecast(*block, span);
  Rehearsal::all(*this);
  spread_confidentiality();
  warn_of_few_contributors();
  count_unknown_kinds();
  if (forecasts_.empty() && !program_.library && !diagnostics_.has_errors())
    error(Code::NoForecast, Span{modules_[ModuleId(0)].file->file, 0, 0});
  compact();
  return {std::move(model_), std::move(diagnostics_)};
}

diag::Diagnostic& Checker::error(Code code, Span span, std::vector<std::string> args) {
  // A template is checked once a group, so the same mistake may be met many times: it is told once.
  const auto key = std::make_tuple(static_cast<int>(code), span.file.value, span.begin, span.end);
  if (!said_.insert(key).second) {
    discarded_ = {};
    return discarded_;
  }
  return diagnostics_.add(code, span, std::move(args));
}

Val Checker::not_built(NotBuilt construct, Span span) {
  error(Code::NotBuiltYet, span, {std::string(what_is(construct))});
  return {};
}

void Checker::suggest(diag::Diagnostic& diagnostic, const std::string& name, const std::vector<std::string>& candidates,
                      Span span) {
  if (const auto near = closest(name, candidates)) {
    diagnostic.mend = diag::Mend{"did you mean `" + *near + "`?", span, *near};
  }
}

}  // namespace horizon::sema
