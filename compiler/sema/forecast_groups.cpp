// Forecasts by what the members of a set are labelled with: groups of codes, parts, products (rules.md J1, J2).
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

/// ATC codes: the characters of levels 1 to 5.
constexpr std::size_t code_length[] = {0, 1, 3, 4, 5, 7};

}  // namespace

/// `atc(1)`, a label field of the members, or `product`: the labels that the members of the measure's sets have.
bool Checker::group_field(const ast::Expr& item, const ast::Expr& measure, std::optional<GroupBy>& result) {
  GroupBy by;
  std::string dimension;
  const auto* name = std::get_if<ast::NameRef>(&item.node);
  if (const auto* call = std::get_if<ast::Call>(&item.node)) {
    const auto* callee = std::get_if<ast::NameRef>(&call->callee->node);
    const auto* level = call->args.size() == 1 && call->args[0].value ? std::get_if<ast::Quantity>(&call->args[0].value->node) : nullptr;
    if (callee && find_symbol(ModuleId(0), callee->name, item.span).what == Symbol::What::Dimension) {
      return true;   // `region(2027)`: forecast_by
    }
    if (!callee || !level || level->value < 1 || level->value > 5 || std::floor(level->value) != level->value) {
      error(Code::ForecastWrong, item.span, {"a group of codes is written `atc(1)`: the field, and a level from 1 to 5"});
      return false;
    }
    by.field = callee->name;
    by.prefix = static_cast<int>(level->value);
    dimension = callee->name + std::to_string(by.prefix);
  } else if (name && name->name != "product") {
    by.field = name->name;
    dimension = name->name;
  } else if (name) {
    dimension = name->name;
  } else {
    return true;
  }
  std::vector<std::shared_ptr<const SetVal>> sets;
  Env env;
  env.module = ModuleId(0);
  env.inst = modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  collect_sets(measure, env, sets, 0);
  const auto existing = find_dimension(ModuleId(0), dimension, item.span);
  bool has_field = false;
  for (const auto& set : sets) {
    for (const Member& member : set->members) {
      const auto at = insts_[member.inst].fields.find(by.field);
      if (at == insts_[member.inst].fields.end()) continue;
      const DeclType* type = declared(at->second);
      // A dimension's own name means the dimension, unless the members have a label of it.
      if (existing && !by.prefix && !(type && type->type.sort == Sort::Label && type->type.label_of == *existing)) continue;
      has_field = true;
    }
  }
  if (!by.field.empty() && !has_field) {
    if (!name) {
      error(Code::ForecastWrong, item.span, {"no product of this measure has a field `" + by.field + "`"});
      return false;
    }
    return true;
  }
  std::set<std::string> labels;
  std::optional<DimensionId> of_field;
  for (const auto& set : sets) {
    for (const Member& member : set->members) {
      const auto texts = member_labels(by, member, item.span);
      if (!texts) return false;
      labels.insert(texts->begin(), texts->end());
      const auto at = insts_[member.inst].fields.find(by.field);
      if (at != insts_[member.inst].fields.end() && declared(at->second) && declared(at->second)->type.sort == Sort::Label) {
        of_field = declared(at->second)->type.label_of;
      }
    }
  }
  if (of_field && !by.prefix) {
    by.dimension = *of_field;
  } else {
    for (std::size_t i = 0; i < made_dimensions_.size(); ++i) {
      const model::Dimension& made = model_.dimensions[made_dimensions_[i]];
      const bool same = made.name == dimension && made.labels.size() == labels.size() &&
                        std::equal(labels.begin(), labels.end(), made.labels.begin(),
                                   [](const std::string& a, const model::Label& b) { return a == b.name; });
      if (same) by.dimension = made_dimensions_[i];
    }
    if (!by.dimension) {
      model::Dimension made;
      made.name = dimension;
      for (const std::string& label : labels) made.labels.push_back({label, ""});
      by.dimension = model_.dimensions.add(std::move(made));
      made_dimensions_.push_back(by.dimension);
    }
  }
  if (model_.dimensions[by.dimension].labels.empty()) {
    error(Code::ForecastWrong, item.span, {"the sets of this measure have no members"});
    return false;
  }
  result = by;
  return true;
}

/// The label of each row of a member: a code's group, a label, or the member's own path.
std::optional<std::vector<std::string>> Checker::member_labels(const GroupBy& by, const Member& member, Span span) {
  std::vector<std::string> labels;
  const GroupId group = insts_[member.inst].group;
  if (by.field.empty()) {
    const bool family = model_.groups[group].is_family;
    for (const std::uint32_t row : member.rows) {
      const InstInfo& inst = insts_[member.inst];
      std::string path = model_.groups[group].name;
      if (family) path += "[\"" + model_.groups[group].keys[row] + "\"]";
      if (!inst.prefix.empty()) path += "." + inst.prefix.substr(0, inst.prefix.size() - 1);
      labels.push_back(path);
    }
    return labels;
  }
  Env env;
  env.module = insts_[member.inst].module;
  env.inst = member.inst;
  env.group = group;
  const auto val = member_of(member.inst, -1, by.field, span, env);
  if (val && val->is_error()) return std::nullopt;
  if (!val || val->kind == Val::Kind::Absent) {
    error(Code::ForecastWrong, span, {"`" + path_of(member.inst) + "` is part of the measure and has no `" + by.field + "`"});
    return std::nullopt;
  }
  if (val->kind == Val::Kind::Text) {
    for (const std::uint32_t row : member.rows) {
      const std::string& text = val->text->at(row);
      const std::size_t length = by.prefix ? code_length[by.prefix] : text.size();
      labels.push_back(text.size() <= length ? text : text.substr(0, length));
    }
    return labels;
  }
  if (val->kind == Val::Kind::Number && type_of(val->expr).sort == Sort::Label && !by.prefix) {
    const auto rows = rows_of(val->expr, group);
    if (rows) {
      const auto& known = model_.dimensions[type_of(val->expr).label_of].labels;
      for (const std::uint32_t row : member.rows) labels.push_back(known[static_cast<std::size_t>(rows->at(row))].name);
      return labels;
    }
    error(Code::NotStatic, span, {"what a forecast is shown by"});
    return std::nullopt;
  }
  error(Code::ForecastWrong, span, {"a forecast can be shown by codes and labels of its products; `" + by.field + "` is " + describe(*val)});
  return std::nullopt;
}

/// The sets that a measure sums over, also through the names of the scenario that it mentions.
void Checker::collect_sets(const ast::Expr& expr, const Env& env, std::vector<std::shared_ptr<const SetVal>>& sets, int depth) {
  if (depth > 64) return;
  const auto go = [&](const ast::ExprPtr& part) {
    if (part) collect_sets(*part, env, sets, depth + 1);
  };
  if (const auto* node = std::get_if<ast::Binary>(&expr.node)) {
    if (node->op == ast::BinaryOp::Of) {
      if (auto set = as_set(eval(*node->rhs, env), node->rhs->span)) sets.push_back(set);
      return;
    }
    go(node->lhs);
    go(node->rhs);
  } else if (const auto* unary = std::get_if<ast::Unary>(&expr.node)) {
    go(unary->operand);
  } else if (const auto* test = std::get_if<ast::If>(&expr.node)) {
    go(test->then_value);
    go(test->else_value);
  } else if (const auto* where = std::get_if<ast::Where>(&expr.node)) {
    const auto* of = std::get_if<ast::Binary>(&where->set->node);
    if (of && of->op == ast::BinaryOp::Of) {
      const auto set = as_set(eval(*of->rhs, env), of->rhs->span);
      bool drawn = false;
      if (set) sets.push_back(std::make_shared<SetVal>(filtered(*set, *where->condition, nullptr, env, &drawn)));
    } else {
      go(where->set);
    }
  } else if (const auto* growth = std::get_if<ast::Growing>(&expr.node)) {
    go(growth->base);
  } else if (const auto* call = std::get_if<ast::Call>(&expr.node)) {
    for (const ast::Arg& arg : call->args) {
      if (arg.each) {
        const Val val = eval(*arg.each->set, env);
        if (val.kind == Val::Kind::Set || val.kind == Val::Kind::Instance || val.kind == Val::Kind::List) {
          if (auto set = as_set(val, arg.each->set->span)) sets.push_back(set);
        }
      } else {
        go(arg.value);
      }
    }
  } else if (const auto* name = std::get_if<ast::NameRef>(&expr.node)) {
    const Symbol symbol = find_symbol(env.module, name->name, expr.span);
    if (symbol.what != Symbol::What::Field) return;
    const FieldInfo& field = fields_[FieldId(symbol.id)];
    if (field.define && field.define->assign == ast::Assign::Defines) {
      const Env there = env_of(field);
      collect_sets(*field.define->value, there, sets, depth + 1);
    }
  }
}

}  // namespace horizon::sema
