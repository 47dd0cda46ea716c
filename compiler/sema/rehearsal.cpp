// Variants and tests (rules.md C8, F4, I1, I2): paths that lead somewhere, values of the type that is declared there, conditions that
// can be true or false.
#include "compiler/sema/rehearsal.hpp"

#include <algorithm>

#include "base/match.hpp"

namespace horizon::sema {
namespace {

using Code = diag::Code;

/// "a variant is", "2 variants and a test are"
std::string counted(std::size_t variants, std::size_t tests) {
  const auto some = [](std::size_t n, const std::string& one) {
    return n == 1 ? "the " + one : "the " + std::to_string(n) + " " + one + "s";
  };
  std::string text = variants ? some(variants, "variant") : "";
  if (tests) text += (variants ? " and " : "") + some(tests, "test");
  return text + (variants + tests == 1 ? " is" : " are");
}

/// `variant` or `test`, the word at the head.
Span head(const ast::Decl& decl, std::uint32_t length) {
  return {decl.span.file, decl.span.begin, std::min(decl.span.begin + length, decl.span.end)};
}

bool is_quantile(const std::string& name) {
  return name.size() >= 2 && name.size() <= 3 && name[0] == 'p' && name[1] != '0' &&
         std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Rehearsal::Rehearsal(const Checker& whole) : trial_(whole) { trial_.diagnostics_ = {}; }

void Rehearsal::all(Checker& whole) {
  std::map<std::string, const ast::VariantDecl*> known;
  std::vector<const ast::VariantDecl*> variants;
  std::vector<const ast::TestDecl*> tests;
  std::optional<Span> first;
  for (const ast::Decl& decl : whole.modules_[ModuleId(0)].file->decls) {
    if (const auto* variant = std::get_if<ast::VariantDecl>(&decl.node)) {
      if (!first) first = head(decl, 7);
      const auto [at, fresh] = known.emplace(variant->name.text, variant);
      if (!fresh) {
        whole.error(Code::NameTwice, variant->name.span, {variant->name.text}).notes.push_back({at->second->name.span, "the other variant is here"});
        continue;
      }
      variants.push_back(variant);
    } else if (const auto* test = std::get_if<ast::TestDecl>(&decl.node)) {
      if (!first) first = head(decl, 4);
      tests.push_back(test);
    }
  }
  if (!first) return;
  const auto keep = [&](Rehearsal&& rehearsal) {
    whole.said_ = std::move(rehearsal.trial_.said_);
    whole.diagnostics_.append(std::move(rehearsal.trial_.diagnostics_));
  };
  for (const ast::VariantDecl* decl : variants) {
    Rehearsal rehearsal(whole);
    rehearsal.variant(*decl, known);
    keep(std::move(rehearsal));
  }
  for (const ast::TestDecl* decl : tests) {
    Rehearsal rehearsal(whole);
    rehearsal.test(*decl);
    keep(std::move(rehearsal));
  }
  if (!whole.diagnostics_.has_errors()) {
    whole.error(Code::NotRunYet, *first, {counted(variants.size(), tests.size())});
  }
}

Env Rehearsal::env() const {
  Env env;
  env.module = ModuleId(0);
  env.inst = trial_.modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  return env;
}

void Rehearsal::variant(const ast::VariantDecl& decl, const std::map<std::string, const ast::VariantDecl*>& known) {
  // What the variants that it extends declare comes first; what they set does not hinder this one.
  std::vector<const ast::VariantDecl*> line = {&decl};
  std::set<std::string> seen = {decl.name.text};
  while (line.back()->extends) {
    const ast::Name& parent = *line.back()->extends;
    const auto at = known.find(parent.text);
    if (at == known.end()) {
      std::vector<std::string> names;
      for (const auto& [name, variant] : known) names.push_back(name);
      trial_.suggest(trial_.error(Code::UnknownName, parent.span, {parent.text}), parent.text, names, parent.span);
      break;
    }
    if (!seen.insert(parent.text).second) {
      trial_.error(Code::VariantWrong, parent.span, {"the variant `" + decl.name.text + "` extends itself, through those that it extends"});
      break;
    }
    line.push_back(at->second);
  }
  for (auto at = line.rbegin(); at != line.rend(); ++at) {
    for (const ast::Item& item : (*at)->body) {
      const auto* define = std::get_if<ast::Define>(&item.node);
      if (std::holds_alternative<ast::Block>(item.node) || (define && is_new(*define))) add(item);
    }
  }
  trial_.elaborate_all();
  for (const ast::Item& item : decl.body) {
    match(
        item.node, [](const ast::Block&) {},
        [&](const ast::Define& node) {
          if (is_new(node)) return;
          if (node.assign == ast::Assign::None || node.type) {
            trial_.error(Code::VariantWrong, node.path.span, {"a variant sets a value, `" + ast::to_text(node.path) + " = ...`; its type is declared elsewhere"});
          } else {
            set(node.path, node.of.get(), node.assign, *node.value, node.each);
          }
        },
        [&](const ast::Require& node) { expect(*node.condition, "a requirement"); },
        [&](const ast::Without& node) { without(node); },
        [&](const ast::Fix&) { trial_.not_built(NotBuilt::StatementHere, item.span); },
        [&](const ast::Expect&) { trial_.not_built(NotBuilt::StatementHere, item.span); });
  }
}

void Rehearsal::test(const ast::TestDecl& decl) {
  const auto foreign = [&](Span span) {
    trial_.error(Code::VariantWrong, span, {"a test holds `fix`, `without` and `expect`; a `variant` may declare and set more"});
  };
  for (const ast::Item& item : decl.body) {
    match(
        item.node, [&](const ast::Fix& node) { set(node.path, node.of.get(), node.assign, *node.value, {}); },
        [&](const ast::Without& node) { without(node); },
        [&](const ast::Expect& node) {
          expect(*node.condition, "what stands after `expect`");
          if (node.within) trial_.value(*node.within, env());
        },
        [&](const ast::Define&) { foreign(item.span); }, [&](const ast::Block&) { foreign(item.span); },
        [&](const ast::Require&) { foreign(item.span); });
  }
}

/// `name : Type = ...` of a name that is not known yet: a declaration of the variant's own.
bool Rehearsal::is_new(const ast::Define& define) const {
  const auto* name = define.path.steps.size() == 1 ? std::get_if<ast::Name>(&define.path.steps[0].step) : nullptr;
  if (!name || !define.type || define.of) return false;
  const InstInfo& root = trial_.insts_[trial_.modules_[ModuleId(0)].root];
  const auto at = root.fields.find(name->text);
  return at == root.fields.end() || trial_.fields_[at->second].define == &define;
}

void Rehearsal::add(const ast::Item& item) {
  const InstId root = trial_.modules_[ModuleId(0)].root;
  if (const auto* define = std::get_if<ast::Define>(&item.node)) {
    trial_.add_own_field(root, *define, {nullptr, ModuleId(0), 1});
    return;
  }
  const auto& block = std::get<ast::Block>(item.node);
  if (block.kind.text == "forecast") {
    trial_.forecast(block, item.span);
  } else if (block.kind.text == "correlate") {
    trial_.correlate(block, item.span);
  } else {
    trial_.build_block(block, item.span, root, {nullptr, ModuleId(0), 1});
  }
}

/// Where a path begins: a block or a quantity of the scenario, or of a library that it uses.
std::optional<Rehearsal::Target> Rehearsal::begin(const ast::Name& name) {
  const Symbol symbol = trial_.find_symbol(ModuleId(0), name.text, name.span);
  if (symbol.what == Symbol::What::Field) return Target{FieldId(symbol.id), {}, -1, ""};
  if (symbol.what == Symbol::What::Block) return Target{{}, InstId(symbol.id), -1, ""};
  const Val other = trial_.resolve(name.text, name.span, env(), nullptr);
  if (!other.is_error()) trial_.error(Code::VariantWrong, name.span, {"`" + name.text + "` is no value of the scenario that could be set"});
  return std::nullopt;
}

/// `.name` of what a path has led to so far.
std::optional<Rehearsal::Target> Rehearsal::part(const Target& from, const ast::Name& name, const std::string& before) {
  Target at = from;
  if (from.field) {
    // An optional block that is there, another instance that the field names, or none.
    const Val val = trial_.field_value(from.field, from.row, name.span, env());
    if (val.is_error()) return std::nullopt;
    if (val.kind == Val::Kind::Absent) {
      trial_.error(Code::BlockAbsent, name.span, {val.absent});
      return std::nullopt;
    }
    if (val.kind != Val::Kind::Instance) {
      trial_.error(Code::UnknownField, name.span, {"`" + before + "`", name.text});
      return std::nullopt;
    }
    at = Target{{}, val.inst, from.row, ""};
  }
  const InstInfo& inst = trial_.insts_[at.inst];
  if (const auto block = inst.blocks.find(name.text); block != inst.blocks.end()) return Target{{}, block->second, at.row, ""};
  for (const auto& [list, elements] : inst.lists) {
    for (const InstId element : elements) {
      if (trial_.insts_[element].name == name.text) return Target{{}, element, at.row, ""};
    }
  }
  if (const auto field = inst.fields.find(name.text); field != inst.fields.end()) return Target{field->second, {}, at.row, ""};
  std::vector<std::string> names;
  for (const auto& [known, field] : inst.fields) names.push_back(known);
  for (const auto& [known, block] : inst.blocks) names.push_back(known);
  trial_.suggest(trial_.error(Code::UnknownField, name.span, {"`" + before + "`", name.text}), name.text, names, name.span);
  return std::nullopt;
}

/// `["row"]` of a family, `[label]` of a value by a dimension.
std::optional<Rehearsal::Target> Rehearsal::at_label(Target from, const ast::Expr& index, const std::string& before) {
  if (!from.field) {
    if (from.row < 0 && trial_.is_family_member(from.inst)) {
      Val family;
      family.kind = Val::Kind::Instance;
      family.inst = from.inst;
      const Val row = trial_.row_at(family, index, env());
      if (row.is_error()) return std::nullopt;
      from.row = row.row;
      return from;
    }
    trial_.error(Code::VariantWrong, index.span, {"`" + before + "` is one block: it has no rows to choose from"});
    return std::nullopt;
  }
  const Val val = trial_.field_value(from.field, from.row, index.span, env());
  if (val.is_error()) return std::nullopt;
  const auto* label = std::get_if<ast::NameRef>(&index.node);
  std::vector<std::string> names;
  std::string dimensions;
  if (val.kind == Val::Kind::Number) {
    for (const DimensionId dimension : trial_.type_of(val.expr).by) {
      if (label && (trial_.find_label(dimension, label->name) || trial_.find_merged(dimension, label->name))) {
        from.labels += "[" + label->name + "]";
        return from;
      }
      dimensions += (dimensions.empty() ? "`" : ", `") + trial_.model_.dimensions[dimension].name + "`";
      for (const model::Label& known : trial_.model_.dimensions[dimension].labels) names.push_back(known.name);
    }
  }
  const std::string text = ast::to_text(index);
  if (dimensions.empty()) {
    trial_.error(Code::NoSuchDimension, index.span, {text});
  } else {
    trial_.suggest(trial_.error(Code::UnknownLabel, index.span, {text, dimensions}), text, names, index.span);
  }
  return std::nullopt;
}

std::optional<Rehearsal::Target> Rehearsal::find(const ast::Path& path) {
  std::optional<Target> at;
  std::string before;
  for (const ast::PathStep& step : path.steps) {
    if (const auto* name = std::get_if<ast::Name>(&step.step)) {
      at = at ? part(*at, *name, before) : begin(*name);
      before += (before.empty() ? "" : ".") + name->text;
    } else {
      const ast::Expr& index = *std::get<ast::ExprPtr>(step.step);
      at = at_label(*at, index, before);
      before += "[" + ast::to_text(index) + "]";
    }
    if (!at) return std::nullopt;
  }
  return at;
}

void Rehearsal::set(const ast::Path& path, const ast::Expr* of, ast::Assign assign, const ast::Expr& value,
                    const std::vector<ast::Name>& each) {
  if (of) return set_in_all(path, *of, assign, value);
  const auto target = find(path);
  if (!target) return;
  if (!target->field) {
    trial_.error(Code::VariantWrong, path.span, {"`" + ast::to_text(path) + "` is a block: name the value in it that is set"});
    return;
  }
  if (!set_.emplace(target->field.value, target->row, target->labels).second) {
    trial_.error(Code::VariantWrong, path.span, {"`" + ast::to_text(path) + "` is set twice here"});
    return;
  }
  give(*target, assign, value, each);
}

/// `peak of all launch = 20%`: at least one member has it.
void Rehearsal::set_in_all(const ast::Path& path, const ast::Expr& of, ast::Assign assign, const ast::Expr& value) {
  const auto set = trial_.as_set(trial_.eval(of, env()), of.span);
  if (!set) return;
  std::optional<Target> first;
  for (const Member& member : set->members) {
    Target at{{}, member.inst, -1, ""};
    for (const ast::PathStep& step : path.steps) {
      const auto* name = std::get_if<ast::Name>(&step.step);
      const InstId inst = at.inst;
      at.inst = {};
      if (!name || !inst) break;
      const InstInfo& info = trial_.insts_[inst];
      if (const auto block = info.blocks.find(name->text); block != info.blocks.end()) {
        at.inst = block->second;
      } else if (const auto field = info.fields.find(name->text); field != info.fields.end()) {
        at.field = field->second;
      }
    }
    if (at.field && !first) first = at;
  }
  if (first) return give(*first, assign, value, {});
  trial_.error(Code::UnknownField, path.span, {"`" + ast::to_text(of) + "`", ast::to_text(path)});
}

/// The value must be of the type that the field has (F4).
void Rehearsal::give(const Target& target, ast::Assign assign, const ast::Expr& value, const std::vector<ast::Name>& each) {
  Checker& c = trial_;
  const DeclType* declared = c.declared(target.field);
  DeclType want = declared ? *declared : c.type_beside(c.fields_[target.field].val);
  if (want.form == DeclType::Form::Error) return;
  if (!declared && want.form == DeclType::Form::Value) want.type.by = c.type_of(c.fields_[target.field].val.expr).by;
  if (!target.labels.empty()) want.type.by.clear();
  Env where = env();
  where.group = c.insts_[c.fields_[target.field].inst].group;
  const Val val = c.given(target.field, assign, value, each, where, &want);
  if (val.is_error()) return;
  c.define_quantity(target.field, val, &want, value.span);
}

void Rehearsal::without(const ast::Without& node) {
  const auto target = find(node.path);
  if (!target || !target->field) return;
  trial_.error(Code::VariantWrong, node.path.span, {"`without` names a block of the scenario; `" + ast::to_text(node.path) + "` is a value"});
}

void Rehearsal::expect(const ast::Expr& condition, const char* what) {
  Env where = env();
  where.expecting = true;
  const ExprId truth = trial_.value(condition, where);
  const Type type = trial_.type_of(truth);
  if (type.sort == Sort::Event || type.sort == Sort::Unknown) return;
  trial_.error(Code::WrongType, condition.span, {what, "a condition", trial_.type_text(type)});
}

std::optional<Val> Rehearsal::statistic(Checker& checker, const std::string& name, const ast::Call& node, Span span, const Env& env) {
  const bool total = name == "total";
  // `mean(spend of all medicine)` is the mean of the members, `mean(Stelara.spend)` that of the futures.
  const auto is_aggregate = [&]() {
    if (node.args.size() != 1 || !node.args[0].value) return true;
    const auto* of = std::get_if<ast::Binary>(&node.args[0].value->node);
    return node.args[0].each || !node.args[0].over.empty() || (of && of->op == ast::BinaryOp::Of);
  };
  if (!total && !is_quantile(name) && name != "median" && name != "sd" && name != "chance_of" && !(name == "mean" && !is_aggregate())) {
    return std::nullopt;
  }
  const std::size_t count = total ? 2 : 1;
  if (!checker.plain_args(node, name, count, count, span)) return Val{};
  const ast::Expr& of = *node.args[0].value;
  const Val val = checker.eval(of, env);
  const ExprId expr = checker.as_number(val, of.span);
  Type type = checker.type_of(expr);
  if (total && !period(checker, *node.args[1].value, "what `total` adds up over", env)) return Val{};
  if (type.sort == Sort::Unknown) return Val{};
  const auto wrong = [&](const char* wanted) {
    checker.error(Code::WrongType, of.span, {"what `" + name + "` looks at", wanted, checker.type_text(type)});
    return Val{};
  };
  if (name == "chance_of") {
    if (type.sort != Sort::Event) return wrong("a condition");
    type.sort = Sort::Share;
  } else if (type.sort == Sort::Label || type.sort == Sort::Event) {
    return wrong("an amount, a share, a number or a date");
  }
  if (total) {
    int time = 0;
    for (const types::UnitFactor& factor : type.unit.factors) {
      if (factor.atom == checker.model_.vocabulary.time()) time = factor.power;
    }
    if (type.sort == Sort::Duration || type.sort == Sort::Date || time != -1) return wrong("an amount per time, such as `DKK per year`");
    type.unit = types::multiply(type.unit, Unit{{{checker.model_.vocabulary.time(), 1, {}}}}).unit;
    type.sort = type.unit.is_number() ? Sort::Number : Sort::Amount;
  }
  // Nothing is known of it but its type.
  const ExprId any = checker.make(Op::Column, type, {}, span);
  checker.stand_in(any, type);
  return checker.number(any);
}

bool Rehearsal::period(Checker& checker, const ast::Expr& expr, const std::string& what, const Env& env) {
  const Val val = checker.eval(expr, env);
  if (val.is_error()) return false;
  PeriodVal at;
  if (val.year) {
    at = {Checker::year_start(*val.year), Checker::year_start(*val.year + 1)};
  } else if (val.period) {
    at = *val.period;
  } else {
    checker.error(Code::WrongType, expr.span, {what, "a year, a quarter, a month or a day", checker.describe(val)});
    return false;
  }
  if (at.from >= checker.horizon_from() && at.until <= checker.horizon_until()) return true;
  checker.error(Code::OutsideHorizon, expr.span, {"`" + ast::to_text(expr) + "`", checker.horizon_text()});
  return false;
}

}  // namespace horizon::sema
