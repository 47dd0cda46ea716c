// What the files declare: units, currencies, dimensions, tables, functions, kinds, the horizon; and which names a file sees.
#include "base/match.hpp"
#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

/// In place of a horizon at fault: one that holds what the rest may name, so that only the horizon is told.
constexpr model::Grid any_horizon = {(1990 - 1970) * 12, 1, 1200};

std::string dotted(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ".") + part;
  return text;
}

}  // namespace

void Checker::collect() {
  model_.groups.add(model::Group{});
  model_.groups[GroupId(0)].keys = {""};
  groups_.emplace_back();
  for (const Module& module : program_.modules) {
    ModuleInfo info;
    info.name = dotted(module.name);
    info.file = module.file;
    modules_.add(std::move(info));
  }
  for (const ModuleInfo& module : modules_) collect_units(*module.file);
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    const ModuleId id(i);
    const std::string prefix = i == 0 ? "" : program_.modules[i].name.back() + ".";
    modules_[id].root = new_inst({}, GroupId(0), i == 0 ? "" : program_.modules[i].name.back(), prefix, id,
                                 Span{modules_[id].file->file, 0, 0});
    declare(id);
  }
  groups_[0].root = modules_[ModuleId(0)].root;
  for (std::size_t i = 0; i < modules_.size(); ++i) resolve_uses(ModuleId(i));
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    for (const ast::Decl& decl : modules_[ModuleId(i)].file->decls) {
      if (const auto* change = std::get_if<ast::ChangeDecl>(&decl.node)) declare_change(ModuleId(i), *change);
    }
  }
  if (!has_horizon_) model_.grid = any_horizon;
}

void Checker::collect_units(const ast::File& file) {
  types::Vocabulary& words = model_.vocabulary;
  for (const ast::Decl& decl : file.decls) {
    if (const auto* currency = std::get_if<ast::CurrencyDecl>(&decl.node)) {
      if (!words.find_unit(currency->name.text)) {
        const types::AtomId atom = words.add_atom(currency->name.text, true);
        words.add_unit({currency->name.text, Unit{{{atom, 1, {}}}}, 1}, false);
      }
      if (model_.currency.empty()) model_.currency = currency->name.text;
    } else if (const auto* basis = std::get_if<ast::BasisDecl>(&decl.node)) {
      if (!words.find_basis(basis->name.text)) words.add_basis(basis->name.text);
    } else if (const auto* unit = std::get_if<ast::UnitDecl>(&decl.node)) {
      if (words.find_unit(unit->name.text)) continue;   // known already, such as `unit pack`
      if (!unit->equals) {
        const types::AtomId atom = words.add_atom(unit->name.text, false);
        words.add_unit({unit->name.text, Unit{{{atom, 1, {}}}}, 1}, true);
        continue;
      }
      ReadUnit read;
      if (unit->equals->unit) read = read_unit(*unit->equals->unit, true);
      words.add_unit({unit->name.text, read.unit, read.scale * unit->equals->value}, true);
    }
  }
}

void Checker::add_symbol(ModuleId module, const ast::Name& name, Symbol::What what, std::uint32_t id) {
  Symbol symbol{what, id, name.span};
  const auto [at, fresh] = modules_[module].own.emplace(name.text, symbol);
  if (!fresh) {
    error(Code::NameTwice, name.span, {name.text}).notes.push_back({at->second.span, "the other definition is here"});
  }
}

void Checker::declare(ModuleId module) {
  for (const ast::Decl& decl : modules_[module].file->decls) {
    match(
        decl.node, [](const ast::LanguageDecl&) {}, [](const ast::UseDecl&) {}, [](const ast::CurrencyDecl&) {},
        [](const ast::UnitDecl&) {}, [](const ast::BasisDecl&) {}, [](const ast::ItemDecl&) {},
        [&](const ast::HorizonDecl& node) {
          if (module.index() == 0) declare_horizon(node, decl.span);
        },
        [&](const ast::DimensionDecl& node) { declare_dimension(module, node); },
        [](const ast::ChangeDecl&) {},   // when all dimensions are known
        [&](const ast::TableDecl& node) {
          TableInfo table;
          table.name = node.name.text;
          table.decl = &node;
          table.module = module;
          add_symbol(module, node.name, Symbol::What::Table, tables_.add(std::move(table)).value);
        },
        [&](const ast::FnDecl& node) {
          FnInfo fn;
          fn.decl = &node;
          fn.module = module;
          add_symbol(module, node.name, Symbol::What::Fn, fns_.add(std::move(fn)).value);
        },
        [&](const ast::KindDecl& node) {
          KindInfo kind;
          kind.name = node.name.text;
          kind.decl = &node;
          kind.module = module;
          add_symbol(module, node.name, Symbol::What::Kind, kinds_.add(std::move(kind)).value);
        },
        [&](const ast::VariantDecl& node) {
          if (module.index() > 0) not_built(NotBuilt::LibraryVariant, node.name.span);   // the scenario's: rehearsal.cpp
        },
        [&](const ast::TestDecl&) {
          if (module.index() > 0) not_built(NotBuilt::LibraryVariant, decl.span);
        });
  }
}

void Checker::declare_dimension(ModuleId module, const ast::DimensionDecl& decl) {
  model::Dimension dimension;
  dimension.name = decl.name.text;
  std::map<std::string, Span> seen;
  for (const ast::Label& label : decl.labels) {
    if (!label.children.empty()) not_built(NotBuilt::Hierarchy, label.name.span);
    const auto [at, fresh] = seen.emplace(label.name.text, label.name.span);
    if (!fresh) {
      error(Code::NameTwice, label.name.span, {label.name.text}).notes.push_back({at->second, "the other is here"});
      continue;
    }
    dimension.labels.push_back({label.name.text, label.doc.value_or("")});
  }
  if (decl.in) not_built(NotBuilt::Hierarchy, decl.in->span);
  add_symbol(module, decl.name, Symbol::What::Dimension, model_.dimensions.add(std::move(dimension)).value);
}

void Checker::declare_horizon(const ast::HorizonDecl& decl, Span span) {
  if (has_horizon_) {
    error(Code::HorizonWrong, span, {"a scenario has one horizon; this is the second"});
    return;
  }
  has_horizon_ = true;
  const auto* range = std::get_if<ast::DateRange>(&decl.range->node);
  Env env;
  env.module = ModuleId(0);
  env.inst = modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  model_.grid = any_horizon;
  if (!range) {
    error(Code::HorizonWrong, decl.range->span, {"a horizon is written `2026-01..2030-12`"});
    return;
  }
  const Val val = date_range(*range, decl.range->span, env);
  if (!val.period) return;
  const std::string& grain = decl.grain.text;
  const int months = grain == "month" ? 1 : grain == "quarter" ? 3 : grain == "year" ? 12 : 0;
  if (months == 0) {
    auto& d = error(Code::HorizonWrong, decl.grain.span, {"a horizon goes by month, quarter or year"});
    suggest(d, grain, {"month", "quarter", "year"}, decl.grain.span);
    return;
  }
  const double first = val.period->from / 31, last = val.period->until / 31;
  const int start = static_cast<int>(first), end = static_cast<int>(last);
  if (first != start || last != end) {
    error(Code::HorizonWrong, decl.range->span, {"a horizon begins and ends with a whole month, such as `2026-01..2030-12`"});
  } else if (end <= start) {
    error(Code::HorizonWrong, decl.range->span, {"this horizon ends before it begins"});
  } else if (start % months != 0 || end % months != 0) {
    error(Code::HorizonWrong, decl.range->span, {"this horizon does not begin and end with a whole " + grain});
  } else if ((end - start) / months > 2400) {
    error(Code::HorizonWrong, decl.range->span, {"this horizon has more than 2400 periods"});
  } else {
    model_.grid = {start, months, (end - start) / months};
  }
}

void Checker::resolve_uses(ModuleId module) {
  std::vector<UseInfo> resolved;
  for (const ast::Decl& decl : modules_[module].file->decls) {
    const auto* use = std::get_if<ast::UseDecl>(&decl.node);
    if (!use || use->module.empty()) continue;
    std::vector<std::string> parts;
    for (const ast::Name& part : use->module) parts.push_back(part.text);
    const std::string name = dotted(parts);
    UseInfo info;
    info.span = decl.span;
    for (std::size_t i = 1; i < modules_.size(); ++i) {
      if (modules_[ModuleId(i)].name == name) info.module = ModuleId(i);
    }
    if (!info.module) {
      modules_[module].incomplete = true;   // the driver has said so
      continue;
    }
    info.alias = use->alias ? use->alias->text : parts.back();
    for (const ast::Name& one : use->only) {
      const auto& own = modules_[info.module].own;
      bool found = own.count(one.text) > 0;
      std::vector<std::string> names;
      for (const auto& [known, symbol] : own) names.push_back(known);
      for (const ast::Decl& other : modules_[info.module].file->decls) {
        const auto* item = std::get_if<ast::ItemDecl>(&other.node);
        const auto* define = item ? std::get_if<ast::Define>(&item->item.node) : nullptr;
        if (!define || define->path.steps.size() != 1) continue;
        const auto* step = std::get_if<ast::Name>(&define->path.steps[0].step);
        if (step && step->text == one.text) found = true;
      }
      if (!found) suggest(error(Code::NotInModule, one.span, {name, one.text}), one.text, names, one.span);
      info.only.insert(one.text);
    }
    resolved.push_back(std::move(info));
  }
  modules_[module].uses = std::move(resolved);
}

}  // namespace horizon::sema
