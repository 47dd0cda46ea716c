// Instances: each block of the scenario becomes a group; blocks inside it are flattened into it. A family over a table is one
// group with a row for each row of the table (rules.md C5 to C8).
#include "base/text.hpp"
#include "compiler/sema/checker.hpp"
#include "compiler/sema/hidden_kind.hpp"

namespace horizon::sema {
namespace {

constexpr int deepest_block = 32;

/// The blocks of the language itself (B7) that are not instances of a kind.
std::optional<NotBuilt> special_block(const std::string& kind) {
  if (kind == "observe") return NotBuilt::Observe;
  if (kind == "compare") return NotBuilt::Compare;
  if (kind == "disclose") return NotBuilt::Disclose;
  if (kind == "report") return NotBuilt::Report;
  return std::nullopt;
}

}  // namespace

InstId Checker::new_inst(InstId parent, GroupId group, std::string name, std::string prefix, ModuleId module,
                         Span span) {
  InstInfo inst;
  inst.parent = parent;
  inst.group = group;
  inst.name = std::move(name);
  inst.prefix = std::move(prefix);
  inst.module = module;
  inst.span = span;
  return insts_.add(std::move(inst));
}

std::string Checker::path_of(InstId inst) {
  const InstInfo& info = insts_[inst];
  const std::string& group = model_.groups[info.group].name;
  std::string path = group;
  if (!info.prefix.empty()) path += (path.empty() ? "" : ".") + info.prefix.substr(0, info.prefix.size() - 1);
  return path.empty() ? "the scenario" : path;
}

void Checker::build_scenario() {
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    const ModuleId module(i);
    const Written where{nullptr, module, 1};
    for (const ast::Decl& decl : modules_[module].file->decls) {
      const auto* item = std::get_if<ast::ItemDecl>(&decl.node);
      if (!item) continue;
      const InstId root = modules_[module].root;
      if (const auto* define = std::get_if<ast::Define>(&item->item.node)) {
        add_own_field(root, *define, where);
      } else if (const auto* require = std::get_if<ast::Require>(&item->item.node)) {
        insts_[root].requires_.emplace_back(require, where);
      } else if (!std::holds_alternative<ast::Block>(item->item.node)) {
        not_built(NotBuilt::StatementHere, item->item.span);
      }
    }
  }
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    const ModuleId module(i);
    for (const ast::Decl& decl : modules_[module].file->decls) {
      const auto* item = std::get_if<ast::ItemDecl>(&decl.node);
      const auto* block = item ? std::get_if<ast::Block>(&item->item.node) : nullptr;
      if (!block) continue;
      if (const auto special = special_block(block->kind.text)) {
        not_built(*special, block->kind.span);
      } else if (module.index() > 0) {
        not_built(NotBuilt::LibraryBlock, block->kind.span);
      } else if (block->kind.text == "forecast") {
        forecasts_.emplace_back(block, item->item.span);
      } else if (block->kind.text == "correlate") {
        correlates_.emplace_back(block, item->item.span);
      } else {
        build_block(*block, item->item.span, modules_[module].root, {nullptr, module, 1});
      }
    }
  }
  if (!has_horizon_ && !program_.library) error(Code::NoHorizon, Span{modules_[ModuleId(0)].file->file, 0, 0});
  // A table that nothing uses yet may be wrong all the same.
  for (std::size_t i = 0; i < tables_.size(); ++i) read_table(TableId(i));
}

void Checker::build_block(const ast::Block& block, Span span, InstId parent, const Written& where) {
  Symbol symbol = find_symbol(where.module, block.kind.text, block.kind.span);
  if (symbol.what != Symbol::What::Kind) symbol = hidden_kind(modules_, where.module, block.kind.text);
  if (symbol.what != Symbol::What::Kind) {
    broken_names_.insert(block.name ? block.name->text : block.kind.text);
    if (modules_[where.module].incomplete) return;
    unknown_kind(block.kind, {"forecast", "correlate"});
    return;
  }
  const KindId kind(symbol.id);
  const std::string name = block.name ? block.name->text : block.kind.text;
  const Span name_span = block.name ? block.name->span : block.kind.span;
  if (const Symbol other = find_symbol(where.module, name, name_span);
      other && other.what != Symbol::What::Kind && other.span.file == name_span.file) {
    error(Code::NameTwice, name_span, {name}).notes.push_back({other.span, "the other definition is here"});
    return;
  }
  model::Group group;
  group.name = name;
  group.kind = kinds_[kind].name;
  group.span = span;
  group.keys = {""};
  const GroupId id = model_.groups.add(std::move(group));
  groups_.emplace_back();
  const InstId root = new_inst({}, id, name, "", where.module, name_span);
  groups_[id.index()].root = root;
  insts_[parent].blocks[name] = root;
  if (block.family) {
    build_family(block, id, root, where);
  }
  fill(root, kind, {{&block.body, where.module, 1}});
  if (!block.family) return;
  const ast::Expr* condition = block.family->where.get();
  if (const auto* node = std::get_if<ast::Where>(&block.family->set->node)) condition = node->condition.get();
  if (!condition || model_.groups[id].keys.empty()) return;
  Env env;
  env.module = where.module;
  env.inst = root;
  env.group = id;
  const ExprId truth = value(*condition, env);
  if (type_of(truth).sort == Sort::Unknown) return;
  const auto rows = rows_of(truth, id);
  if (!rows) {
    error(Code::NotStatic, condition->span, {"which rows belong"}).mend =
        diag::Mend{"keep all rows, and use `if ... then ... else 0` where the value is used", {}, ""};
    return;
  }
  std::vector<double> keep(model_.groups[id].keys.size());
  for (std::size_t i = 0; i < keep.size(); ++i) keep[i] = rows->at(i);
  filter_rows(id, keep);
}

void Checker::build_family(const ast::Block& block, GroupId group, InstId root, const Written& where) {
  model_.groups[group].is_family = true;
  model_.groups[group].keys.clear();
  insts_[root].row_variable = block.family->variable.text;
  const ast::Expr* set = block.family->set.get();
  if (const auto* node = std::get_if<ast::Where>(&set->node)) set = node->set.get();
  const auto* name = std::get_if<ast::NameRef>(&set->node);
  const Symbol symbol = name ? find_symbol(where.module, name->name, set->span) : Symbol{};
  if (symbol.what != Symbol::What::Table) {
    if (!name || symbol) {
      not_built(NotBuilt::InstanceOverSet, set->span);
      return;
    }
    std::vector<std::string> names;
    for (const TableInfo& table : tables_) names.push_back(table.name);
    suggest(error(Code::UnknownTable, set->span, {name->name}), name->name, names, set->span);
    return;
  }
  const TableId table(symbol.id);
  read_table(table);
  if (tables_[table].decl->key.empty()) {
    error(Code::NoKey, set->span, {tables_[table].name});
    return;
  }
  groups_[group.index()].table = table;
  model_.groups[group].keys = tables_[table].keys;
  for (std::size_t i = 0; i < tables_[table].keys.size(); ++i) {
    groups_[group.index()].rows.push_back(static_cast<std::uint32_t>(i));
  }
}

void Checker::filter_rows(GroupId id, const std::vector<double>& keep) {
  model::Group& group = model_.groups[id];
  std::vector<std::string> keys;
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i] == 0) continue;
    keys.push_back(group.keys[i]);
    rows.push_back(groups_[id.index()].rows[i]);
  }
  for (model::Column& column : group.columns) {
    const auto width = static_cast<std::size_t>(types::components(column.type));
    std::vector<double> values;
    for (std::size_t i = 0; i < keep.size(); ++i) {
      if (keep[i] == 0) continue;
      for (std::size_t c = 0; c < width; ++c) values.push_back(column.values[i * width + c]);
    }
    column.values = std::move(values);
  }
  group.keys = std::move(keys);
  groups_[id.index()].rows = std::move(rows);
  // Texts that the condition looked at were taken for all rows.
  for (FieldInfo& field : fields_) {
    if (insts_[field.inst].group != id || field.state != FieldInfo::State::Done) continue;
    if (field.val.kind == Val::Kind::Text) field.state = FieldInfo::State::Fresh;
  }
}

void Checker::fill(InstId inst, KindId kind, std::vector<Written> bodies) {
  insts_[inst].kind = kind;
  for (const KindField& field : kinds_[kind].fields) {
    FieldInfo info;
    info.name = field.name;
    info.inst = inst;
    info.span = field.span;
    info.type = field.declared ? &*field.declared->type : nullptr;
    info.type_module = field.declared_module;
    info.define = field.value;
    info.module = field.value_module;
    info.confidential = field.declared && field.declared->meta.confidential;
    const FieldId id = fields_.add(std::move(info));
    insts_[inst].fields[field.name] = id;
    insts_[inst].order.push_back(id);
  }
  std::vector<Written> all = kinds_[kind].bodies;
  for (const Written& body : bodies) {
    all.push_back(body);
    for (const ast::Item& item : *body.items) {
      if (const auto* define = std::get_if<ast::Define>(&item.node)) add_own_field(inst, *define, body);
    }
  }
  for (const Written& body : all) {
    for (const ast::Item& item : *body.items) {
      if (const auto* require = std::get_if<ast::Require>(&item.node)) {
        insts_[inst].requires_.emplace_back(require, body);
      } else if (!std::holds_alternative<ast::Define>(item.node) && !std::holds_alternative<ast::Block>(item.node)) {
        not_built(NotBuilt::StatementHere, item.span);
      }
    }
  }
  fill_blocks(inst, all);
  check_required(inst);
}

void Checker::add_own_field(InstId inst, const ast::Define& define, const Written& where) {
  const auto* name = define.path.steps.size() == 1 ? std::get_if<ast::Name>(&define.path.steps[0].step) : nullptr;
  if (!name || define.of) {
    not_built(NotBuilt::Override, define.path.span);
    return;
  }
  const bool is_root = !insts_[inst].kind;
  const auto at = insts_[inst].fields.find(name->text);
  if (at != insts_[inst].fields.end()) {
    FieldInfo& field = fields_[at->second];
    // What a kind or an outer text gave may be given anew, once in each text.
    if (is_root || field.written_in == where.items) {
      error(Code::NameTwice, name->span, {name->text}).notes.push_back({field.span, "the other definition is here"});
      return;
    }
    field.written_in = where.items;
    if (define.assign != ast::Assign::None) {
      field.define = &define;
      field.module = where.module;
      field.depth = where.depth;
    }
    field.span = name->span;
    return;
  }
  if (is_root) {
    if (const Symbol other = find_symbol(where.module, name->text, name->span);
        other && other.span.file == name->span.file) {
      error(Code::NameTwice, name->span, {name->text}).notes.push_back({other.span, "the other definition is here"});
      return;
    }
    if (define.assign == ast::Assign::None) {
      error(Code::FieldsMissing, name->span, {"`" + name->text + "`", "a value: `" + name->text + " = ...`"});
    }
  } else if (!define.type) {
    std::vector<std::string> names;
    for (const auto& [known, field] : insts_[inst].fields) names.push_back(known);
    const std::string kind = kinds_[insts_[inst].kind].name;
    auto& d = error(Code::UnknownField, name->span, {"a " + kind, name->text});
    suggest(d, name->text, names, name->span);
    if (!d.mend) d.mend = diag::Mend{"a field of one's own needs a type: `" + name->text + " : ... = ...`", {}, ""};
    return;
  }
  FieldInfo info;
  info.name = name->text;
  info.inst = inst;
  info.span = name->span;
  info.type = define.type ? &*define.type : nullptr;
  info.type_module = where.module;
  info.define = define.assign == ast::Assign::None ? nullptr : &define;
  info.module = where.module;
  info.depth = where.depth;
  info.written_in = where.items;
  const FieldId id = fields_.add(std::move(info));
  insts_[inst].fields[name->text] = id;
  insts_[inst].order.push_back(id);
}

void Checker::fill_blocks(InstId inst, const std::vector<Written>& bodies) {
  struct Entry {
    std::string name, field;
    KindId kind;
    bool in_list = false;
    Span span;
    std::vector<Written> bodies;
    std::size_t from_body = 0;
  };
  std::vector<Entry> entries;
  for (std::size_t b = 0; b < bodies.size(); ++b) {
    for (const ast::Item& item : *bodies[b].items) {
      const auto* block = std::get_if<ast::Block>(&item.node);
      if (!block) continue;
      if (block->family) {
        not_built(NotBuilt::InstanceOverSet, block->family->variable.span);
        continue;
      }
      Entry entry;
      entry.span = block->name ? block->name->span : block->kind.span;
      entry.from_body = b;
      const Symbol symbol = find_symbol(bodies[b].module, block->kind.text, block->kind.span);
      if (symbol.what == Symbol::What::Kind) entry.kind = KindId(symbol.id);
      // The field that it fills: of that name, or of that kind.
      std::vector<std::string> candidates;
      for (const FieldId id : insts_[inst].order) {
        const DeclType* type = declared(id);
        if (!type || (type->form != DeclType::Form::Kind && type->form != DeclType::Form::List)) continue;
        const bool by_name = fields_[id].name == block->kind.text && !entry.kind;
        if (!by_name && !(entry.kind && is_kind(entry.kind, type->kind))) continue;
        if (by_name) entry.kind = type->kind;
        if (fields_[id].define) continue;
        entry.field = fields_[id].name;
        entry.in_list = type->form == DeclType::Form::List;
        candidates.push_back(fields_[id].name);
      }
      if (!entry.kind) {
        broken_names_.insert(block->name ? block->name->text : block->kind.text);
        if (modules_[bodies[b].module].incomplete) continue;
        unknown_kind(block->kind);
        continue;
      }
      if (candidates.size() > 1) {
        error(Code::BlockMisplaced, block->kind.span,
              {"this block could fill `" + join_words(candidates, "or") + "`; head it with the name of the field"});
        continue;
      }
      entry.name = block->name ? block->name->text : !entry.field.empty() && !entry.in_list ? entry.field
                                                                                            : block->kind.text;
      const Written written{&block->body, bodies[b].module, bodies[b].depth + 1};
      Entry* same = nullptr;
      for (Entry& known : entries) {
        const bool one_field = !entry.in_list && !entry.field.empty() && known.field == entry.field;
        if (known.name == entry.name || one_field) same = &known;
      }
      if (same && same->from_body == b) {
        error(Code::NameTwice, entry.span, {entry.name}).notes.push_back({same->span, "the other block is here"});
      } else if (same) {
        same->bodies.push_back(written);
        same->from_body = b;
        if (is_kind(entry.kind, same->kind)) same->kind = entry.kind;
        same->name = entry.name;
        same->span = entry.span;
      } else {
        entry.bodies.push_back(written);
        entries.push_back(std::move(entry));
      }
    }
  }
  int depth = 0;
  for (InstId at = inst; at; at = insts_[at].parent) ++depth;
  for (const Entry& entry : entries) {
    if (depth > deepest_block) {
      error(Code::BlockMisplaced, entry.span, {"blocks are nested more than 32 deep; does a kind hold a block of itself?"});
      return;
    }
    const InstId child = new_inst(inst, insts_[inst].group, entry.name, insts_[inst].prefix + entry.name + ".",
                                  insts_[inst].module, entry.span);
    insts_[inst].blocks[entry.name] = child;
    if (entry.in_list) {
      auto& list = insts_[inst].lists[entry.field];
      if (!list.empty()) insts_[child].previous = list.back();
      insts_[child].is_element = true;
      list.push_back(child);
    } else if (!entry.field.empty()) {
      insts_[inst].blocks[entry.field] = child;
    }
    fill(child, entry.kind, entry.bodies);
  }
}

void Checker::check_required(InstId inst) {
  std::vector<std::string> missing;
  for (const FieldId id : insts_[inst].order) {
    const FieldInfo& field = fields_[id];
    if (field.define || insts_[inst].blocks.count(field.name)) continue;
    const DeclType* type = declared(id);
    if (!type || type->form == DeclType::Form::Error || type->form == DeclType::Form::List || type->optional) continue;
    missing.push_back("`" + fields_[id].name + "`");
  }
  if (missing.empty()) return;
  const std::string kind = kinds_[insts_[inst].kind].name;
  const std::string name = insts_[inst].name;
  error(Code::FieldsMissing, insts_[inst].span, {"`" + (kind == name ? kind : kind + " " + name) + "`", join_words(missing)});
}

}  // namespace horizon::sema
