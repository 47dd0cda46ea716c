// Kinds: fields with the inherited ones (rules.md C4). A later definition of a name narrows or replaces an earlier one.
#include "compiler/sema/checker.hpp"

namespace horizon::sema {

/// A kind that is not there is one mistake, however many blocks are of it: told at the first, with their number.
void Checker::unknown_kind(const ast::Name& name, std::vector<std::string> near) {
  const auto [known, fresh] = unknown_kinds_.try_emplace(name.text);
  known->second.insert({name.span.file.value, name.span.begin});
  if (!fresh) return;
  for (const KindInfo& kind : kinds_) near.push_back(kind.name);
  suggest(error(Code::UnknownKind, name.span, {name.text, ""}), name.text, near, name.span);
}

void Checker::count_unknown_kinds() {
  for (diag::Diagnostic& d : diagnostics_.items()) {
    if (d.code != Code::UnknownKind) continue;
    const auto known = unknown_kinds_.find(d.args[0]);   // not those of a rehearsal, which was another analysis
    const std::size_t places = known == unknown_kinds_.end() ? 1 : known->second.size();
    if (places > 1) d.args[1] = ", which stands in " + std::to_string(places) + " places";
  }
}

bool Checker::is_kind(KindId kind, KindId ancestor) {
  for (KindId at = kind; at; at = kinds_[at].parent) {
    if (at == ancestor) return true;
  }
  return false;
}

void Checker::flatten(KindId id) {
  if (kinds_[id].state == KindInfo::State::Done) return;
  const ast::KindDecl& decl = *kinds_[id].decl;
  const ModuleId module = kinds_[id].module;
  kinds_[id].state = KindInfo::State::Busy;
  const auto kind_named = [&](const ast::Name& name) -> KindId {
    const Symbol symbol = find_symbol(module, name.text, name.span);
    if (symbol.what == Symbol::What::Kind) return KindId(symbol.id);
    unknown_kind(name);
    return {};
  };
  if (decl.in) kinds_[id].owner = kind_named(*decl.in);
  if (decl.is) {
    const KindId parent = kind_named(*decl.is);
    if (parent && kinds_[parent].state == KindInfo::State::Busy) {
      error(Code::KindOfItself, decl.is->span, {decl.name.text});
    } else if (parent) {
      flatten(parent);
      kinds_[id].parent = parent;
      kinds_[id].fields = kinds_[parent].fields;
      kinds_[id].bodies = kinds_[parent].bodies;
      if (!kinds_[id].owner) kinds_[id].owner = kinds_[parent].owner;
    }
  }
  kinds_[id].bodies.push_back({&decl.body, module, 1});
  const std::size_t inherited = kinds_[id].fields.size();
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < inherited; ++i) index[kinds_[id].fields[i].name] = i;
  std::map<std::string, Span> own;
  for (const ast::Item& item : decl.body) {
    const auto* define = std::get_if<ast::Define>(&item.node);
    if (!define) continue;
    const auto* name = define->path.steps.size() == 1 ? std::get_if<ast::Name>(&define->path.steps[0].step) : nullptr;
    if (!name || define->of) {
      not_built(NotBuilt::Override, define->path.span);
      continue;
    }
    if (const auto [at, fresh] = own.emplace(name->text, name->span); !fresh) {
      error(Code::NameTwice, name->span, {name->text}).notes.push_back({at->second, "the other definition is here"});
      continue;
    }
    auto at = index.find(name->text);
    if (at == index.end()) {
      KindField field;
      field.name = name->text;
      field.span = name->span;
      kinds_[id].fields.push_back(std::move(field));
      at = index.emplace(name->text, kinds_[id].fields.size() - 1).first;
    }
    KindField& field = kinds_[id].fields[at->second];
    if (define->type) {
      field.declared = define;
      field.declared_module = module;
      field.span = name->span;
    }
    if (define->assign != ast::Assign::None) {
      field.value = define;
      field.value_module = module;
    }
  }
  kinds_[id].state = KindInfo::State::Done;
}

}  // namespace horizon::sema
