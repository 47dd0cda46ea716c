// Sets of instances and what is summed over them (rules.md G1, G2, C10). Members stand in the order of their paths, so that the
// order of declaration never matters.
#include <algorithm>
#include <numeric>

#include "compiler/sema/checker.hpp"
#include "compiler/sema/hidden_kind.hpp"

namespace horizon::sema {

Val Checker::all_of(const ast::AllOf& node, Span span, const Env& env) {
  Symbol symbol = find_symbol(env.module, node.kind.text, node.kind.span);
  if (symbol.what != Symbol::What::Kind) symbol = hidden_kind(modules_, env.module, node.kind.text);
  if (symbol.what != Symbol::What::Kind) {
    if (modules_[env.module].incomplete) return {};
    unknown_kind(node.kind);
    return {};
  }
  auto set = std::make_shared<SetVal>();
  for (std::size_t i = 0; i < insts_.size(); ++i) {
    const InstId inst(i);
    if (!insts_[inst].kind || !is_kind(insts_[inst].kind, KindId(symbol.id))) continue;
    const std::vector<std::string>& keys = model_.groups[insts_[inst].group].keys;
    Member member{inst, std::vector<std::uint32_t>(keys.size())};
    std::iota(member.rows.begin(), member.rows.end(), 0u);
    if (!std::is_sorted(keys.begin(), keys.end()))   // most tables are in the order of their keys
      std::sort(member.rows.begin(), member.rows.end(), [&](std::uint32_t a, std::uint32_t b) { return keys[a] < keys[b]; });
    set->members.push_back(std::move(member));
  }
  std::vector<std::pair<std::string, std::size_t>> order;   // a path is not made for each comparison
  for (std::size_t i = 0; i < set->members.size(); ++i) order.emplace_back(path_of(set->members[i].inst), i);
  std::sort(order.begin(), order.end());
  std::vector<Member> members;
  for (const auto& [path, i] : order) members.push_back(std::move(set->members[i]));
  set->members = std::move(members);
  set->text = "all " + node.kind.text;
  Val val;
  val.kind = Val::Kind::Set;
  val.set = set;
  (void)span;
  return val;
}

std::shared_ptr<const SetVal> Checker::as_set(const Val& val, Span span) {
  if (val.kind == Val::Kind::Set) return val.set;
  auto set = std::make_shared<SetVal>();
  const auto add = [&](const Val& item) {
    std::vector<std::uint32_t> rows;
    if (item.row >= 0) {
      rows.push_back(static_cast<std::uint32_t>(item.row));
    } else {
      rows.resize(model_.groups[insts_[item.inst].group].keys.size());
      std::iota(rows.begin(), rows.end(), 0u);
    }
    set->members.push_back({item.inst, rows});
  };
  if (val.kind == Val::Kind::Instance) {
    add(val);   // a family is the set of its rows
    return set;
  }
  if (val.kind == Val::Kind::List) {
    for (const Val& item : val.list->items) {
      if (item.kind != Val::Kind::Instance) {
        if (!item.is_error()) error(Code::NotASet, span);
        return nullptr;
      }
      add(item);
    }
    return set;
  }
  if (!val.is_error()) error(Code::NotASet, span);
  return nullptr;
}

SetVal Checker::filtered(const SetVal& set, const ast::Expr& condition, const ast::Name* variable, const Env& env,
                         bool* drawn) {
  SetVal result;
  result.text = set.text;
  for (const Member& member : set.members) {
    const Env inside = member_env(member, env, variable, true);
    const ExprId truth = value(condition, inside);
    if (type_of(truth).sort == Sort::Unknown) return result;
    if (type_of(truth).sort != Sort::Event) {
      error(Code::WrongType, condition.span, {"what stands after `where`", "a condition", type_text(type_of(truth))});
      return result;
    }
    const auto rows = rows_of(truth, inside.group);
    if (!rows) {
      if (drawn) {
        *drawn = true;
        return set;
      }
      error(Code::NotStatic, condition.span, {"which members belong"}).mend =
          diag::Mend{"keep all members and use `if ... then ... else 0` where the value is used", {}, ""};
      return result;
    }
    Member kept{member.inst, {}};
    for (const std::uint32_t row : member.rows) {
      if (rows->at(row) != 0) kept.rows.push_back(row);
    }
    if (!kept.rows.empty()) result.members.push_back(std::move(kept));
  }
  return result;
}

Env Checker::member_env(const Member& member, const Env& env, const ast::Name* variable, bool as_candidate) {
  Env inside = without_draw(env, "a sum over a set");
  inside.group = insts_[member.inst].group;
  if (variable) {
    auto bound = std::make_shared<Local>();
    bound->name = variable->text;
    bound->val.kind = Val::Kind::Instance;
    bound->val.inst = member.inst;
    bound->next = inside.locals;
    inside.locals = bound;
  } else if (as_candidate) {
    inside.candidate = member.inst;
  }
  return inside;
}

Val Checker::where(const ast::Where& node, Span span, const Env& env) {
  const auto set = as_set(eval(*node.set, env), node.set->span);
  if (!set) return {};
  auto kept = std::make_shared<SetVal>(filtered(*set, *node.condition, nullptr, env, nullptr));
  kept->text += " where " + ast::to_text(*node.condition);
  Val val;
  val.kind = Val::Kind::Set;
  val.set = kept;
  (void)span;
  return val;
}

Val Checker::of(const ast::Binary& node, Span span, const Env& env) {
  const auto whole_set = env.aggregate ? nullptr : as_set(eval(*node.rhs, env), node.rhs->span);
  if (!env.aggregate) return whole_set ? not_built(NotBuilt::SetValue, span) : Val{};
  const auto set = as_set(eval(*node.rhs, env), node.rhs->span);
  if (!set) return {};
  const bool same = std::equal(set->members.begin(), set->members.end(), env.aggregate->members.begin(),
                               env.aggregate->members.end(),
                               [](const Member& a, const Member& b) { return a.inst == b.inst && a.rows == b.rows; });
  if (!same) return not_built(NotBuilt::SetValue, node.rhs->span);
  Env inside = env;
  inside.candidate = env.aggregate_member;
  return eval(*node.lhs, inside);
}

/// The set of the first `f of S` in an expression, not looking into calls that reduce a set of their own.
std::shared_ptr<const SetVal> Checker::set_named_in(const ast::Expr& expr, const Env& env) {
  const auto first = [&](std::initializer_list<const ast::Expr*> parts) -> std::shared_ptr<const SetVal> {
    for (const ast::Expr* part : parts) {
      if (!part) continue;
      if (auto set = set_named_in(*part, env)) return set;
    }
    return nullptr;
  };
  if (const auto* node = std::get_if<ast::Binary>(&expr.node)) {
    if (node->op == ast::BinaryOp::Of) return as_set(eval(*node->rhs, env), node->rhs->span);
    return first({node->lhs.get(), node->rhs.get()});
  }
  if (const auto* node = std::get_if<ast::Unary>(&expr.node)) return set_named_in(*node->operand, env);
  if (const auto* node = std::get_if<ast::If>(&expr.node)) {
    return first({node->condition.get(), node->then_value.get(), node->else_value.get()});
  }
  if (const auto* node = std::get_if<ast::Call>(&expr.node)) {
    const auto* name = std::get_if<ast::NameRef>(&node->callee->node);
    const bool reduces = name && (name->name == "sum" || name->name == "mean" || name->name == "count");
    if (reduces) return nullptr;
    for (const ast::Arg& arg : node->args) {
      if (!arg.value) continue;
      if (auto set = set_named_in(*arg.value, env)) return set;
    }
  }
  return nullptr;
}

Val Checker::aggregate(model::Reduce reduce, const ast::Arg& arg, Span span, const Env& env) {
  // `spend of all k where c`: the grammar gives `where` the whole left side, which is the set's.
  const ast::Expr* term = arg.value.get();
  const ast::Expr* condition = nullptr;
  if (const auto* node = std::get_if<ast::Where>(&term->node)) {
    term = node->set.get();
    condition = node->condition.get();
  }
  std::shared_ptr<const SetVal> set;
  const ast::Name* variable = nullptr;
  if (arg.each) {
    const ast::Expr* from = arg.each->set.get();
    if (const auto* node = std::get_if<ast::Where>(&from->node)) {
      from = node->set.get();
      condition = node->condition.get();
    }
    if (arg.each->where) condition = arg.each->where.get();
    if (std::holds_alternative<ast::DateRange>(from->node)) return not_built(NotBuilt::IndexedList, from->span);
    set = as_set(eval(*from, env), from->span);
    variable = &arg.each->variable;
    if (!set) return {};
  } else {
    set = set_named_in(*term, env);
  }
  if (set) return aggregate_members(reduce, *term, *set, condition, variable, span, env);
  const Val val = eval(*term, env);
  if (val.is_error()) return {};
  if (val.kind == Val::Kind::Number && !type_of(val.expr).by.empty()) {
    const std::string dimension = model_.dimensions[type_of(val.expr).by.front()].name;
    error(Code::WrongArguments, span, {"this", "the name of the dimension: `... over " + dimension + "`"});
    return {};
  }
  error(Code::NotASet, term->span);
  return {};
}

Val Checker::aggregate_members(model::Reduce reduce, const ast::Expr& term, const SetVal& whole, const ast::Expr* condition,
                               const ast::Name* variable, Span span, const Env& env) {
  bool drawn = false;
  // A drawn condition is a factor in a sum. A mean, a least or a greatest over those chosen is none of the values times 0 or 1.
  bool* const may_be_drawn = reduce == model::Reduce::Sum ? &drawn : nullptr;
  const SetVal set = condition ? filtered(whole, *condition, variable, env, may_be_drawn) : whole;
  model::Reduction reduction;
  reduction.reduce = reduce;
  std::optional<Type> type;
  for (const Member& member : set.members) {
    Env inside = member_env(member, env, variable, false);
    inside.aggregate = variable ? nullptr : &set;
    inside.aggregate_member = member.inst;
    inside.group_by = nullptr;
    // With a condition that is drawn, the set named in the term is still the whole one.
    if (drawn) inside.aggregate = variable ? nullptr : &whole;
    else if (condition && !variable) inside.aggregate = &whole;
    Member all;
    const Val val = eval(term, inside);
    ExprId expr = as_number(val, term.span);
    if (val.kind != Val::Kind::Number) return {};
    if (drawn) {
      const Env tested = member_env(member, env, variable, true);
      const ExprId truth = value(*condition, tested);
      Type zero = type_of(expr), chosen = zero;
      zero.by.clear();
      chosen.by = union_by({truth, expr});
      expr = make(Op::Select, chosen, {truth, expr, constant(0, zero, span)}, span);
    }
    const Type found = type_of(expr);
    if (type && found.sort != Sort::Unknown && type->sort != Sort::Unknown) {
      const auto unit = types::unify(type->unit, found.unit);
      const bool dates = (type->sort == Sort::Date) != (found.sort == Sort::Date);
      if (!unit || type->by != found.by || dates) {
        error(Code::MembersDiffer, span, {type_text(*type), type_text(found)});
        return {};
      }
      *type = join_types(*type, found);
      type->unit = *unit;
    } else if (!type) {
      type = found;
    }
    model::SetTerm entry;
    const model::Expr& node = model_.exprs[expr];
    const bool direct = node.op == Op::Ref && model_.quantities[node.quantity].group == inside.group;
    Env own = inside;
    own.inst = member.inst;
    entry.quantity = direct ? node.quantity : hidden_quantity(own, "term", expr, span);
    entry.rows = member.rows;
    if (env.group_by && reduce == model::Reduce::Sum && !labels_for(*env.group_by, member, entry.labels, span)) return {};
    if (!entry.rows.empty()) reduction.terms.push_back(std::move(entry));
  }
  if (reduction.terms.empty()) return empty_aggregate(reduce, term, span, env);
  if (type->sort == Sort::Label || type->sort == Sort::Duration ||
      (type->sort == Sort::Date && (reduce == model::Reduce::Sum || reduce == model::Reduce::Mean))) {
    error(Code::NotANumber, term.span, {type_text(*type)});
    return {};
  }
  if (type->unit.is_number() && type->sort != Sort::Unknown && type->sort != Sort::Amount && type->sort != Sort::Date) {
    if (reduce == model::Reduce::Sum) {
      type->sort = type->sort == Sort::Event || type->sort == Sort::Count     ? Sort::Count
                   : type->sort == Sort::Share || type->sort == Sort::Factor ? Sort::Factor
                                                                             : Sort::Number;
    } else if (reduce == model::Reduce::Mean) {
      type->sort = type->sort == Sort::Event || type->sort == Sort::Share    ? Sort::Share
                   : type->sort == Sort::Count || type->sort == Sort::Factor ? Sort::Factor
                                                                             : Sort::Number;
    }
  }
  if (env.group_by && reduce == model::Reduce::Sum) {
    reduction.by = env.group_by->dimension;
    type->by.push_back(reduction.by);
    std::sort(type->by.begin(), type->by.end());
  }
  const ExprId expr = make(Op::ReduceSet, *type, {}, span);
  model_.exprs[expr].set = static_cast<std::int32_t>(model_.reductions.size());
  model_.exprs[expr].reduce = reduce;
  model_.reductions.push_back(std::move(reduction));
  return number(expr);
}

/// A sum over no members is 0 of the unit that the members' kind declares.
Val Checker::empty_aggregate(model::Reduce reduce, const ast::Expr& term, Span span, const Env& env) {
  // An empty set after a mistake in what would be its members: nothing more is said.
  if (diagnostics_.has_errors()) return {};
  if (reduce != model::Reduce::Sum) {
    error(Code::WrongArguments, span, {"this", "a set with members, and this set is empty"});
    return {};
  }
  Type type;
  const auto* node = std::get_if<ast::Binary>(&term.node);
  const auto* field = node && node->op == ast::BinaryOp::Of ? std::get_if<ast::NameRef>(&node->lhs->node) : nullptr;
  const auto* all = field ? std::get_if<ast::AllOf>(&node->rhs->node) : nullptr;
  if (all) {
    Symbol symbol = find_symbol(env.module, all->kind.text, all->kind.span);
    if (symbol.what != Symbol::What::Kind) symbol = hidden_kind(modules_, env.module, all->kind.text);
    for (const KindField& known : kinds_[KindId(symbol.id)].fields) {
      if (known.name != field->name || !known.declared) continue;
      const DeclType declared = declared_type(*known.declared->type, known.declared_module);
      if (declared.form == DeclType::Form::Value) type = declared.type;
    }
  }
  if (env.group_by) {
    type.by.push_back(env.group_by->dimension);
    std::sort(type.by.begin(), type.by.end());
    const auto by = type.by;
    type.by.clear();
    return number(broadcast(constant(0, type, span), by, span));
  }
  const auto by = type.by;
  type.by.clear();
  Val val = number(broadcast(constant(0, type, span), by, span));
  val.zero = type.unit.is_number();
  return val;
}

Val Checker::count(const ast::Call& node, Span span, const Env& env) {
  Type type;
  type.sort = Sort::Count;
  if (node.args.size() != 1 || !node.args[0].value || node.args[0].name || node.args[0].key || !node.args[0].over.empty()) {
    error(Code::WrongArguments, span, {"count", "one set, such as `count(all medicine)`"});
    return {};
  }
  const ast::Arg& arg = node.args[0];
  const ast::Expr* from = arg.each ? arg.each->set.get() : arg.value.get();
  const ast::Expr* condition = arg.each ? arg.each->where.get() : nullptr;
  if (const auto* inner = std::get_if<ast::Where>(&from->node)) {
    from = inner->set.get();
    condition = inner->condition.get();
  }
  const Val val = eval(*from, env);
  if (val.kind == Val::Kind::List && !condition) {
    return number(constant(static_cast<double>(val.list->items.size()), type, span));
  }
  auto set = as_set(val, from->span);
  if (!set) return {};
  bool drawn = false;
  const ast::Name* variable = arg.each ? &arg.each->variable : nullptr;
  const SetVal kept = condition ? filtered(*set, *condition, variable, env, &drawn) : *set;
  if (!drawn) {
    std::size_t members = 0;
    for (const Member& member : kept.members) members += member.rows.size();
    return number(constant(static_cast<double>(members), type, span));
  }
  model::Reduction reduction;
  for (const Member& member : set->members) {
    Env inside = member_env(member, env, variable, true);
    const ExprId truth = value(*condition, inside);
    inside.inst = member.inst;
    if (!type_of(truth).by.empty()) type.by = type_of(truth).by;
    reduction.terms.push_back({hidden_quantity(inside, "count", truth, span), member.rows, {}});
  }
  const ExprId expr = make(Op::ReduceSet, type, {}, span);
  model_.exprs[expr].set = static_cast<std::int32_t>(model_.reductions.size());
  model_.reductions.push_back(std::move(reduction));
  return number(expr);
}

bool Checker::labels_for(const GroupBy& by, const Member& member, std::vector<std::uint32_t>& labels, Span span) {
  const auto texts = member_labels(by, member, span);
  if (!texts) return false;
  for (std::size_t i = 0; i < member.rows.size(); ++i) {
    const auto label = find_label(by.dimension, (*texts)[i]);
    if (!label) return false;
    labels.push_back(*label);
  }
  return true;
}

}  // namespace horizon::sema
