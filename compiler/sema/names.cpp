// Names in scope (rules.md C1 to C3, C9): what is bound here, the own block, the blocks around it, the owner by its kind's name,
// the file, what the file uses, and at last the words of the language and the labels.
#include <limits>

#include "base/text.hpp"
#include "compiler/sema/atc.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {

std::optional<Val> Checker::local(const std::string& name, const Env& env) {
  for (const Local* at = env.locals.get(); at; at = at->next.get()) {
    if (at->name == name) return at->val;
  }
  return std::nullopt;
}

Symbol Checker::find_symbol(ModuleId module, const std::string& name, Span span) {
  const auto own = [&](ModuleId id) -> Symbol {
    const ModuleInfo& info = modules_[id];
    if (const auto at = info.own.find(name); at != info.own.end()) return at->second;
    const InstInfo& root = insts_[info.root];
    if (const auto at = root.fields.find(name); at != root.fields.end()) {
      return {Symbol::What::Field, at->second.value, fields_[at->second].span};
    }
    if (const auto at = root.blocks.find(name); at != root.blocks.end()) {
      return {Symbol::What::Block, at->second.value, insts_[at->second].span};
    }
    return {};
  };
  if (Symbol symbol = own(module)) return symbol;
  Symbol found;
  const UseInfo* from = nullptr;
  for (const UseInfo& use : modules_[module].uses) {
    if (!use.only.empty() && !use.only.count(name)) continue;
    const Symbol symbol = own(use.module);
    if (!symbol) continue;
    if (found && (found.what != symbol.what || found.id != symbol.id)) {
      error(Code::AmbiguousName, span,
            {name, modules_[from->module].name, modules_[use.module].name, from->alias, use.alias});
      return found;
    }
    found = symbol;
    from = &use;
  }
  return found;
}

bool Checker::is_family_member(InstId inst) { return model_.groups[insts_[inst].group].is_family; }

std::optional<Val> Checker::member_of(InstId inst, std::int32_t row, const std::string& name, Span span,
                                      const Env& env) {
  const InstInfo& info = insts_[inst];
  const auto instance = [&](InstId id) {
    Val val;
    val.kind = Val::Kind::Instance;
    val.inst = id;
    val.row = row;
    return val;
  };
  if (const auto at = info.blocks.find(name); at != info.blocks.end()) return instance(at->second);
  if (const auto at = info.lists.find(name); at != info.lists.end()) {
    auto list = std::make_shared<ListVal>();
    for (const InstId element : at->second) list->items.push_back(instance(element));
    Val val;
    val.kind = Val::Kind::List;
    val.list = list;
    return val;
  }
  if (const auto at = info.fields.find(name); at != info.fields.end()) return field_value(at->second, row, span, env);
  return std::nullopt;
}

Val Checker::symbol_value(const Symbol& symbol, const std::string& name, Span span, const Env& env) {
  switch (symbol.what) {
    case Symbol::What::Field:
      return field_value(FieldId(symbol.id), -1, span, env);
    case Symbol::What::Block: {
      Val val;
      val.kind = Val::Kind::Instance;
      val.inst = InstId(symbol.id);
      return val;
    }
    case Symbol::What::Kind:
      error(Code::NotAValue, span, {name, "a kind"}).mend =
          diag::Mend{"the set of all its instances is `all " + name + "`", {}, ""};
      return {};
    case Symbol::What::Fn:
      error(Code::NotAValue, span, {name, "a function"}).mend =
          diag::Mend{"call it, with its arguments in parentheses", {}, ""};
      return {};
    case Symbol::What::Dimension:
      error(Code::NotAValue, span, {name, "a dimension"});
      return {};
    case Symbol::What::Table:
      return not_built(NotBuilt::TableColumnSeries, span);
    case Symbol::What::None:
      break;
  }
  return {};
}

std::optional<Val> Checker::builtin_constant(const std::string& name, Span span) {
  Type date;
  date.sort = Sort::Date;
  Type event;
  event.sort = Sort::Event;
  if (name == "now") return number(make(Op::Now, date, {}, span));
  if (name == "never") return number(constant(std::numeric_limits<double>::infinity(), date, span));
  if (name == "certain") return number(constant(1, event, span));
  if (name == "impossible") return number(constant(0, event, span));
  if (name == "step") {
    Type months;
    months.sort = Sort::Amount;
    months.unit = Unit{{{model_.vocabulary.time(), 1, {}}}};
    return number(make(Op::Step, months, {}, span));
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Checker::find_label(DimensionId dimension, const std::string& name) {
  const auto& labels = model_.dimensions[dimension].labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].name == name) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

std::optional<Val> Checker::label_named(const std::string& name, Span span) {
  std::optional<Val> found;
  for (std::size_t i = 0; i < model_.dimensions.size(); ++i) {
    const auto label = find_label(DimensionId(i), name);
    if (!label || found) continue;
    Type type;
    type.sort = Sort::Label;
    type.label_of = DimensionId(i);
    found = number(constant(*label, type, span));
  }
  return found;
}

std::optional<DimensionId> Checker::find_dimension(ModuleId module, const std::string& name, Span span) {
  const Symbol symbol = find_symbol(module, name, span);
  if (symbol.what == Symbol::What::Dimension) return DimensionId(symbol.id);
  return std::nullopt;
}

std::vector<std::string> Checker::names_in_scope(const Env& env) {
  std::vector<std::string> names;
  for (const Local* at = env.locals.get(); at; at = at->next.get()) names.push_back(at->name);
  const auto of_inst = [&](InstId inst) {
    for (const auto& [name, field] : insts_[inst].fields) names.push_back(name);
    for (const auto& [name, block] : insts_[inst].blocks) names.push_back(name);
  };
  if (env.candidate) of_inst(env.candidate);
  InstId at = env.inst;
  for (int i = 0; i < env.depth && at; ++i, at = insts_[at].parent) of_inst(at);
  of_inst(modules_[env.module].root);
  for (const auto& [name, symbol] : modules_[env.module].own) names.push_back(name);
  for (const UseInfo& use : modules_[env.module].uses) {
    for (const auto& [name, symbol] : modules_[use.module].own) names.push_back(name);
    of_inst(modules_[use.module].root);
  }
  for (const char* word : {"now", "step", "never", "certain", "impossible"}) names.emplace_back(word);
  for (const model::Dimension& dimension : model_.dimensions) {
    for (const model::Label& label : dimension.labels) names.push_back(label.name);
  }
  return names;
}

Val Checker::resolve(const std::string& name, Span span, const Env& env, const DeclType* want) {
  if (auto val = local(name, env)) return *val;
  // A label or a code is looked up by the expected type before names (C9).
  if (want && want->form == DeclType::Form::Value && want->type.sort == Sort::Label) {
    if (const auto label = find_label(want->type.label_of, name)) {
      Type type = want->type;
      type.by.clear();
      return number(constant(*label, type, span));
    }
  }
  if (want && want->form == DeclType::Form::Code) {
    if (const auto fault = atc_fault(name)) {
      error(Code::NotACode, span, {name, *fault});
      return {};
    }
    auto text = std::make_shared<TextVal>();
    text->texts = {name};
    text->is_code = true;
    Val val;
    val.kind = Val::Kind::Text;
    val.text = text;
    return val;
  }
  if (env.candidate) {
    if (auto val = member_of(env.candidate, -1, name, span, env)) return *val;
  }
  InstId at = env.inst;
  for (int i = 0; i < env.depth && at; ++i, at = insts_[at].parent) {
    if (auto val = member_of(at, -1, name, span, env)) return *val;
    if (!insts_[at].row_variable.empty() && insts_[at].row_variable == name) {
      Val val;
      val.kind = Val::Kind::Row;
      val.inst = at;
      return val;
    }
  }
  // The owner, by its kind's name or an ancestor's (C3).
  for (at = env.inst; at; at = insts_[at].parent) {
    for (KindId kind = insts_[at].kind; kind; kind = kinds_[kind].parent) {
      if (kinds_[kind].name != name) continue;
      Val val;
      val.kind = Val::Kind::Instance;
      val.inst = at;
      return val;
    }
  }
  if (name == "previous" && env.inst && insts_[env.inst].is_element) {
    Val val;
    val.kind = insts_[env.inst].previous ? Val::Kind::Instance : Val::Kind::Absent;
    val.inst = insts_[env.inst].previous;
    val.absent = "the element before the first";
    return val;
  }
  if (name == "self") {
    Val val;
    val.kind = Val::Kind::Instance;
    val.inst = env.inst;
    return val;
  }
  if (const Symbol symbol = find_symbol(env.module, name, span)) return symbol_value(symbol, name, span, env);
  if (auto val = builtin_constant(name, span)) return *val;
  if (auto val = label_named(name, span)) return *val;
  if (broken_names_.count(name) || modules_[env.module].incomplete) return {};
  suggest(error(Code::UnknownName, span, {name}), name, names_in_scope(env), span);
  return {};
}

Val Checker::member(const ast::Member& node, Span span, const Env& env) {
  const std::string& name = node.name.text;
  // `denmark.population`: a library's name, unless something here is called so.
  if (const auto* base = std::get_if<ast::NameRef>(&node.base->node)) {
    const bool bound = local(base->name, env) || find_symbol(env.module, base->name, node.base->span);
    if (!bound) {
      for (const UseInfo& use : modules_[env.module].uses) {
        if (use.alias != base->name) continue;
        Env there = env;
        there.module = use.module;
        const Symbol symbol = find_symbol(use.module, name, node.name.span);
        if (symbol) return symbol_value(symbol, name, span, env);
        std::vector<std::string> names;
        there.inst = modules_[use.module].root;
        there.depth = 1;
        suggest(error(Code::NotInModule, node.name.span, {modules_[use.module].name, name}), name, names_in_scope(there),
                node.name.span);
        return {};
      }
    }
  }
  const Val base = eval(*node.base, env);
  switch (base.kind) {
    case Val::Kind::Error:
      return {};
    case Val::Kind::Absent:
      return base;
    case Val::Kind::Row:
      return row_cell(base.inst, name, node.name.span, env);
    case Val::Kind::Instance: {
      if (auto val = member_of(base.inst, base.row, name, span, env)) return *val;
      if (broken_names_.count(name)) return {};
      std::vector<std::string> names;
      for (const auto& [known, field] : insts_[base.inst].fields) names.push_back(known);
      for (const auto& [known, block] : insts_[base.inst].blocks) names.push_back(known);
      suggest(error(Code::UnknownField, node.name.span, {"`" + path_of(base.inst) + "`", name}), name, names,
              node.name.span);
      return {};
    }
    case Val::Kind::List:
      // An element of a list by its name.
      for (const Val& item : base.list->items) {
        if (item.kind == Val::Kind::Instance && insts_[item.inst].name == name) return item;
      }
      [[fallthrough]];
    case Val::Kind::Number:
    case Val::Kind::Text:
    case Val::Kind::Curve:
    case Val::Kind::Set:
      break;
  }
  error(Code::UnknownField, node.name.span, {"`" + ast::to_text(*node.base) + "`", name});
  return {};
}

}  // namespace horizon::sema
