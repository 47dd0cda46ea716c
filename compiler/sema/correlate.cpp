// correlate blocks: draws that move together (rules.md F5). What has a `~` of its own is a member: a name, or a field of a set.
#include <algorithm>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

/// The draws that an expression names: a quantity and its rows. A field of a set may be fixed for some of its members: these have
/// no draw, and are left out. False after a message.
bool Checker::correlated_in(const ast::Expr& expr, std::vector<CorrelatedDraw>& found) {
  Env env;
  env.module = ModuleId(0);
  env.inst = modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  const auto add = [&](const Val& val, const std::vector<std::uint32_t>* rows) -> bool {
    if (val.kind != Val::Kind::Number) return false;
    const model::Expr& node = model_.exprs[val.expr];
    if (node.op != Op::Ref && node.op != Op::RowOf) return false;
    for (std::size_t i = 0; i < model_.draws.size(); ++i) {
      if (model_.draws[i].owner != node.quantity) continue;
      if (rows) {
        for (const std::uint32_t row : *rows) found.push_back({i, row, expr.span});
      } else {
        found.push_back({i, node.op == Op::RowOf ? static_cast<std::uint32_t>(node.index) : 0, expr.span});
      }
      return true;
    }
    return false;
  };
  const ast::Expr* whole = &expr;
  const ast::Expr* condition = nullptr;
  if (const auto* node = std::get_if<ast::Where>(&whole->node)) {
    whole = node->set.get();
    condition = node->condition.get();
  }
  const auto* of = std::get_if<ast::Binary>(&whole->node);
  if (!of || of->op != ast::BinaryOp::Of) {
    const Val val = eval(expr, env);
    if (val.is_error()) return false;
    if (add(val, nullptr)) return true;
    error(Code::NotDrawn, expr.span, {ast::to_text(expr)});
    return false;
  }
  const auto set = as_set(eval(*of->rhs, env), of->rhs->span);
  if (!set) return false;
  const SetVal kept = condition ? filtered(*set, *condition, nullptr, env, nullptr) : *set;
  bool some = false;
  for (const Member& member : kept.members) {
    const Val val = eval(*of->lhs, member_env(member, env, nullptr, true));
    if (val.is_error()) return false;
    some = add(val, &member.rows) || some;
  }
  if (!some) error(Code::NotDrawn, expr.span, {ast::to_text(expr)});
  return some;
}

void Checker::correlate(const ast::Block& block, Span span) {
  const std::string name = block.name ? block.name->text : "correlate";
  const Span at = block.name ? block.name->span : block.kind.span;
  // The factor's key is the block's name, a quantity's its path.
  const Symbol other = find_symbol(ModuleId(0), name, at);
  std::optional<Span> taken;
  if (other.what == Symbol::What::Field) taken = other.span;
  for (const model::Correlation& known : model_.correlations) {
    if (known.name == name) taken = known.span;
  }
  if (taken) {
    error(Code::NameTwice, at, {name}).notes.push_back({*taken, "the other one is here"});
    return;
  }
  const ast::Define* rank = nullptr;
  const ast::Define* members = nullptr;
  for (const ast::Item& item : block.body) {
    const auto* define = std::get_if<ast::Define>(&item.node);
    const auto* field = define && define->path.steps.size() == 1 ? std::get_if<ast::Name>(&define->path.steps[0].step) : nullptr;
    if (!field || define->assign != ast::Assign::Defines || !define->value) {
      error(Code::CorrelateWrong, item.span, {"a `correlate` block holds `rank = ...` and `members = [...]`"});
      return;
    }
    if (field->text == "rank") {
      rank = define;
    } else if (field->text == "members") {
      members = define;
    } else if (field->text == "between") {
      not_built(NotBuilt::CorrelateBetween, field->span);
      return;
    } else {
      suggest(error(Code::UnknownField, field->span, {"a `correlate` block", field->text}), field->text, {"rank", "members", "between"}, field->span);
      return;
    }
  }
  if (!rank || !members) {
    error(Code::FieldsMissing, at, {"`" + name + "`", !rank && !members ? "`rank` and `members`" : !rank ? "`rank`" : "`members`"});
    return;
  }
  Env env;
  env.module = ModuleId(0);
  env.inst = modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  const ExprId given = value(*rank->value, env);
  if (type_of(given).sort == Sort::Unknown) return;
  const auto known = type_of(given).unit.is_number() ? rows_of(given, GroupId(0)) : std::nullopt;
  if (!known || known->at(0) < -1 || known->at(0) > 1) {
    error(Code::CorrelateWrong, rank->value->span, {"`rank` is a number between -1 and 1 that is known when the scenario compiles"});
    return;
  }
  std::vector<CorrelatedDraw> found;
  const auto* list = std::get_if<ast::List>(&members->value->node);
  if (!list) {
    error(Code::CorrelateWrong, members->value->span, {"`members` is a list: `members = [discount of all launch, uptake_speed]`"});
    return;
  }
  bool good = true;
  for (const ast::ExprPtr& item : list->items) good = correlated_in(*item, found) && good;
  if (!good) return;
  if (found.size() < 2) {
    error(Code::CorrelateWrong, members->value->span, {"a `correlate` block needs at least two members"});
    return;
  }
  const double r = known->at(0);
  if (r < 0 && found.size() > 2) {
    error(Code::CorrelateWrong, rank->value->span, {"a negative `rank` fits two members only: three quantities cannot all move against one another"});
    return;
  }
  const auto path = [&](const CorrelatedDraw& member) { return model::path(model_, model_.draws[member.draw].owner, member.row); };
  std::sort(found.begin(), found.end(), [&](const CorrelatedDraw& a, const CorrelatedDraw& b) { return path(a) < path(b); });
  const auto index = static_cast<std::int32_t>(model_.correlations.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    model::DrawSpec& spec = model_.draws[found[i].draw];
    spec.latent.resize(model_.groups[model_.quantities[spec.owner].group].rows());
    model::Latent& latent = spec.latent[found[i].row];
    if (latent.block >= 0) {
      const std::string where = latent.block == index ? name : model_.correlations[static_cast<std::size_t>(latent.block)].name;
      error(Code::CorrelatedTwice, found[i].span, {path(found[i]), where});
      return;
    }
    latent = {index, r < 0 && i == 1};
  }
  model_.correlations.push_back({name, r < 0 ? -r : r, at});
  (void)span;
}

}  // namespace horizon::sema
