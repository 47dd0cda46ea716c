#include "compiler/driver/forgotten.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/match.hpp"
#include "base/text.hpp"
#include "compiler/model/model.hpp"
#include "compiler/parse/parse.hpp"

namespace horizon::driver {
namespace {

enum class Sort { Kind, Function, Dimension, Value };

using Exported = std::set<std::pair<Sort, std::string>>;

/// A library that could be used: one of the program's own, or one of the standard library.
struct Offer {
  std::vector<std::string> module;
  Exported names;
};

Exported exported(const ast::File& file) {
  Exported names;
  for (const ast::Decl& decl : file.decls) {
    match(
        decl.node, [&](const ast::KindDecl& node) { names.insert({Sort::Kind, node.name.text}); },
        [&](const ast::FnDecl& node) { names.insert({Sort::Function, node.name.text}); },
        [&](const ast::DimensionDecl& node) { names.insert({Sort::Dimension, node.name.text}); },
        [&](const ast::ItemDecl& node) {
          const auto* define = std::get_if<ast::Define>(&node.item.node);
          const auto* name = define && define->path.steps.size() == 1 ? std::get_if<ast::Name>(&define->path.steps[0].step) : nullptr;
          if (name) names.insert({Sort::Value, name->text});
        },
        [](const auto&) {});
  }
  return names;
}

std::vector<Offer> offers(const sema::Program& program) {
  std::vector<Offer> all;
  std::set<std::vector<std::string>> known;
  for (std::size_t i = 1; i < program.modules.size(); ++i) {
    all.push_back({program.modules[i].name, exported(*program.modules[i].file)});
    known.insert(program.modules[i].name);
  }
  for (const Library& library : standard_library()) {
    if (known.contains(library.name)) continue;
    source::SourceMap sources;   // of its own: what is not used has no place in the scenario's
    const source::FileId file = sources.add("library", std::string(library.text));
    all.push_back({library.name, exported(parse::parse(sources, file).value)});
  }
  return all;
}

/// The sorts of thing that would have answered to the unknown name.
std::vector<Sort> wanted(diag::Code code) {
  switch (code) {
    case diag::Code::UnknownKind: return {Sort::Kind};
    case diag::Code::UnknownFunction: return {Sort::Function};
    case diag::Code::UnknownDimension: return {Sort::Dimension};
    case diag::Code::UnknownType: return {Sort::Dimension, Sort::Kind};
    case diag::Code::UnknownName: return {Sort::Value, Sort::Function, Sort::Dimension};
    default: return {};
  }
}

bool has(const Offer& offer, const diag::Diagnostic& unknown) {
  const std::vector<Sort> sorts = wanted(unknown.code);
  return std::any_of(sorts.begin(), sorts.end(),
                     [&](Sort sort) { return offer.names.contains({sort, unknown.args.front()}); });
}

bool uses(const ast::File& file, const std::vector<std::string>& module) {
  const std::vector<sema::Use> all = sema::uses(file);
  return std::any_of(all.begin(), all.end(), [&](const sema::Use& use) { return use.module == module; });
}

std::vector<const diag::Diagnostic*> unknown_names(const diag::Diagnostics& diagnostics) {
  std::vector<const diag::Diagnostic*> unknown;
  for (const diag::Diagnostic& d : diagnostics.items()) {
    const bool misspelt = d.code == diag::Code::UnknownName && d.mend;   // rather a name of the file's own
    if (!wanted(d.code).empty() && !misspelt && d.span.file.has_value() && !d.args.empty()) unknown.push_back(&d);
  }
  std::stable_sort(unknown.begin(), unknown.end(), [](const auto* a, const auto* b) {
    return std::tie(a->span.file, a->span.begin) < std::tie(b->span.file, b->span.begin);
  });
  return unknown;
}

struct Forgotten {
  std::size_t file = 0;   ///< of Loaded::files: where the `use` is missing
  std::vector<std::string> module;
  source::Span span;
  std::vector<std::string> names;
};

/// The first unknown name that a library has, and all others of that file which it would bring, too.
std::optional<Forgotten> find_forgotten(const diag::Diagnostics& diagnostics, const Loaded& loaded) {
  const std::vector<const diag::Diagnostic*> unknown = unknown_names(diagnostics);
  if (unknown.empty()) return std::nullopt;
  const std::vector<Offer> all = offers(loaded.program);
  for (const diag::Diagnostic* first : unknown) {
    for (const Offer& offer : all) {
      if (!has(offer, *first)) continue;
      for (std::size_t i = 0; i < loaded.files.size(); ++i) {
        const ast::File& file = loaded.files[i];
        if (file.file != first->span.file || loaded.program.modules[i].name == offer.module || uses(file, offer.module)) continue;
        Forgotten found{i, offer.module, first->span, {}};
        for (const diag::Diagnostic* other : unknown) {
          const std::string name = "`" + other->args.front() + "`";
          if (other->span.file != file.file || !has(offer, *other)) continue;
          if (std::find(found.names.begin(), found.names.end(), name) == found.names.end()) found.names.push_back(name);
        }
        return found;
      }
    }
  }
  return std::nullopt;
}

/// Writes the `use` into the tree, below those that stand there, and says so.
diag::Diagnostic take_as_used(const Forgotten& forgotten, ast::File& file) {
  std::size_t below = 0;
  bool is_use = false;
  for (std::size_t i = 0; i < file.decls.size(); ++i) {
    is_use = is_use || std::holds_alternative<ast::UseDecl>(file.decls[i].node);
    const bool head = is_use ? std::holds_alternative<ast::UseDecl>(file.decls[i].node)
                             : std::holds_alternative<ast::LanguageDecl>(file.decls[i].node);
    if (head) below = i + 1;
  }
  std::string module;
  ast::UseDecl use;
  for (const std::string& part : forgotten.module) {
    module += (module.empty() ? "" : ".") + part;
    use.module.push_back({part, forgotten.span});
  }
  const bool first = below == 0;
  const source::Span before = first ? file.decls.front().span : file.decls[below - 1].span;
  const std::uint32_t at = first ? before.begin : before.end;
  const std::string line = "use " + module;
  file.decls.insert(file.decls.begin() + static_cast<std::ptrdiff_t>(below),
                    ast::Decl{{before.file, at, at}, std::move(use)});
  const bool one = forgotten.names.size() == 1;
  return {diag::Code::UseForgotten,
          forgotten.span,
          {join_words(forgotten.names), one ? "comes" : "come", module},
          {},
          diag::Mend{"add `" + line + "`", source::Span{before.file, at, at}, first ? line + "\n" : "\n" + line}};
}

}  // namespace

model::Model analyse(const std::string& path, const Options& options, const ReadFile& read, Loaded& loaded, Compiled& compiled) {
  diag::Diagnostics told;
  while (true) {
    diag::WithDiags<model::Model> analysed = sema::analyse(loaded.program, *compiled.sources);
    const std::optional<Forgotten> forgotten = find_forgotten(analysed.diagnostics, loaded);
    if (!forgotten) {
      compiled.diagnostics.append(std::move(told));
      compiled.diagnostics.append(std::move(analysed.diagnostics));
      return std::move(analysed.value);
    }
    diag::Diagnostic message = take_as_used(*forgotten, loaded.files[forgotten->file]);
    load_library(forgotten->module, path, options, read, loaded, compiled);
    told.items().push_back(std::move(message));
  }
}

}  // namespace horizon::driver
