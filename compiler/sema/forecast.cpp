// Forecast blocks: what is measured, by what it is shown, in which unit, against which budget (rules.md B7, D6, D7, J1, J2).
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

/// ATC codes: the characters of levels 1 to 5.
constexpr std::size_t code_length[] = {0, 1, 3, 4, 5, 7};

std::optional<model::Grain> grain_named(const std::string& name) {
  if (name == "year") return model::Grain::Year;
  if (name == "quarter") return model::Grain::Quarter;
  if (name == "month") return model::Grain::Month;
  return std::nullopt;
}

int months_of(model::Grain grain) {
  switch (grain) {
    case model::Grain::Whole: return 0;
    case model::Grain::Year: return 12;
    case model::Grain::Quarter: return 3;
    case model::Grain::Month: return 1;
  }
  return 0;
}

}  // namespace

void Checker::forecast(const ast::Block& block, Span span) {
  model::Forecast forecast;
  forecast.name = block.name ? block.name->text : "forecast";
  forecast.title = block.doc.value_or("");
  forecast.span = block.name ? block.name->span : block.kind.span;
  for (const model::Forecast& other : model_.forecasts) {
    if (other.name != forecast.name) continue;
    error(Code::NameTwice, forecast.span, {forecast.name}).notes.push_back({other.span, "the other forecast is here"});
    return;
  }
  const ast::Define* measure = nullptr;
  const ast::Define* by = nullptr;
  const ast::Define* budget = nullptr;
  const std::vector<std::string> known = {"measure", "by", "budget"};
  for (const ast::Item& item : block.body) {
    const auto* define = std::get_if<ast::Define>(&item.node);
    const auto* name = define && define->path.steps.size() == 1 ? std::get_if<ast::Name>(&define->path.steps[0].step) : nullptr;
    if (!name) {
      error(Code::ForecastWrong, item.span, {"a forecast holds `measure`, `by` and `budget`"});
      continue;
    }
    if (name->text == "show") not_built(NotBuilt::Show, name->span);
    else if (name->text == "audience") not_built(NotBuilt::Audience, name->span);
    else if (define->assign != ast::Assign::Defines || !define->value) error(Code::ForecastWrong, item.span, {"`" + name->text + "` of a forecast is given with `=`"});
    else if (name->text == "measure") measure = define;
    else if (name->text == "by") by = define;
    else if (name->text == "budget") budget = define;
    else suggest(error(Code::UnknownField, name->span, {"a forecast", name->text}), name->text, known, name->span);
  }
  if (!measure) {
    error(Code::FieldsMissing, forecast.span, {"the forecast `" + forecast.name + "`", "`measure`"});
    return;
  }
  forecast.grain = model::Grain::Whole;
  std::optional<GroupBy> group_by;
  std::vector<std::pair<std::string, Span>> dimensions;
  regroupings_.clear();
  if (by && !forecast_by(forecast, *by->value, *measure->value, group_by, dimensions)) return;
  Env env;
  env.module = ModuleId(0);
  env.inst = modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  env.group_by = group_by ? &*group_by : nullptr;
  grouping_ = group_by ? group_by->dimension : DimensionId();
  forecast.measure = value(*measure->value, env);
  grouping_ = {};
  std::map<DimensionId, DimensionId> shown_as;
  for (const auto& [dimension, made] : regroupings_) {
    const Type whole = type_of(forecast.measure);
    const bool varies = std::find(whole.by.begin(), whole.by.end(), dimension) != whole.by.end();
    if (!varies) continue;   // told below
    forecast.measure = regroup(forecast.measure, dimension, made, measure->value->span);
    shown_as[dimension] = made;
  }
  const Type type = type_of(forecast.measure);
  if (type.sort == Sort::Unknown) return;
  if (type.sort == Sort::Date || type.sort == Sort::Duration || type.sort == Sort::Label) {
    error(Code::ForecastWrong, measure->value->span, {"a forecast measures amounts, shares and counts; this is " + type_text(type)});
    return;
  }
  for (const auto& [name, at] : dimensions) {
    auto dimension = find_dimension(ModuleId(0), name, at);
    if (dimension && shown_as.count(*dimension)) dimension = shown_as[*dimension];
    if (!dimension || std::find(type.by.begin(), type.by.end(), *dimension) == type.by.end()) {
      auto& d = error(Code::NoSuchDimension, at, {name});
      if (dimension) offer_key(d, *dimension, *measure->value);
      return;
    }
    forecast.dimensions.push_back(*dimension);
  }
  if (group_by) {
    if (std::find(type.by.begin(), type.by.end(), group_by->dimension) == type.by.end()) {
      error(Code::ForecastWrong, measure->value->span, {"this measure holds no sum over a set that could be shown by `" + model_.dimensions[group_by->dimension].name + "`"});
      return;
    }
    forecast.dimensions.push_back(group_by->dimension);
  }
  std::sort(forecast.dimensions.begin(), forecast.dimensions.end());
  forecast.dimensions.erase(std::unique(forecast.dimensions.begin(), forecast.dimensions.end()), forecast.dimensions.end());
  forecast_unit(forecast);
  if (forecast.over == model::Forecast::Over::Mean && type.unit.is_number() && type.sort != Sort::Count &&
      type.sort != Sort::Number && forecast.dimensions.size() < type.by.size()) {
    error(Code::ForecastWrong, measure->value->span, {"shares do not add up over what `by` leaves out; write a mean, `mean(... over region)`, or name all dimensions in `by`"});
    return;
  }
  if (budget) forecast_budget(forecast, *budget->value);
  (void)span;
  model_.forecasts.push_back(std::move(forecast));
}

/// A measure that is not known by a dimension is spread over it by a key: which one is right, the forecaster knows.
void Checker::offer_key(diag::Diagnostic& diagnostic, DimensionId dimension, const ast::Expr& measure) {
  const ModuleInfo& scenario = modules_[ModuleId(0)];
  std::vector<InstId> roots = {scenario.root};
  for (const UseInfo& use : scenario.uses) roots.push_back(modules_[use.module].root);
  std::vector<std::string> keys;
  for (const InstId root : roots) {
    for (const auto& [field, id] : insts_[root].fields) {
      const DeclType* type = declared(id);
      if (type && type->form == DeclType::Form::Value && type->type.sort == Sort::Share && type->type.by == std::vector{dimension}) {
        keys.push_back(fields_[id].name);
      }
    }
  }
  const std::string& name = model_.dimensions[dimension].name;
  if (keys.size() != 1) {
    diagnostic.mend = diag::Mend{"multiply the measure by a share by `" + name + "` that adds up to 100 %, or leave `" + name + "` out", {}, ""};
    return;
  }
  const std::string whole(sources_.text(measure.span.file).substr(measure.span.begin, measure.span.end - measure.span.begin));
  diagnostic.mend = diag::Mend{"spread it by a key: `(...) * " + keys[0] + "`", measure.span, "(" + whole + ") * " + keys[0]};
}

bool Checker::forecast_by(model::Forecast& forecast, const ast::Expr& list, const ast::Expr& measure,
                          std::optional<GroupBy>& group_by, std::vector<std::pair<std::string, Span>>& dimensions) {
  std::vector<const ast::Expr*> items;
  if (const auto* node = std::get_if<ast::List>(&list.node)) {
    for (const ast::ExprPtr& item : node->items) items.push_back(item.get());
  } else {
    items.push_back(&list);
  }
  for (const ast::Expr* item : items) {
    const auto* name = std::get_if<ast::NameRef>(&item->node);
    if (name) {
      if (const auto grain = grain_named(name->name)) {
        if (forecast.grain != model::Grain::Whole) {
          error(Code::ForecastWrong, item->span, {"a forecast goes by one of year, quarter and month"});
          return false;
        }
        if (months_of(*grain) < model_.grid.months) {
          error(Code::ForecastWrong, item->span, {"the horizon's periods are longer than a " + name->name});
          return false;
        }
        forecast.grain = *grain;
        continue;
      }
    }
    std::optional<GroupBy> grouped;
    if (!group_field(*item, measure, grouped)) return false;
    const auto* call = std::get_if<ast::Call>(&item->node);
    const auto* dated = call && !grouped ? std::get_if<ast::NameRef>(&call->callee->node) : nullptr;
    if (dated) {
      const auto dimension = find_dimension(ModuleId(0), dated->name, item->span);
      const auto as_of = dimension ? dimension_as_of(*dimension, *call, item->span) : std::nullopt;
      if (!as_of) return false;
      if (*as_of != *dimension) regroupings_.emplace_back(*dimension, *as_of);
      dimensions.emplace_back(dated->name, item->span);
      continue;
    }
    if (!grouped && name && find_dimension(ModuleId(0), name->name, item->span)) {
      dimensions.emplace_back(name->name, item->span);
      continue;
    }
    if (!grouped) {
      std::vector<std::string> names = {"year", "quarter", "month"};
      for (const model::Dimension& known : model_.dimensions) names.push_back(known.name);
      const std::string text = ast::to_text(*item);
      suggest(error(Code::UnknownDimension, item->span, {text}), text, names, item->span);
      return false;
    }
    if (group_by) {
      not_built(NotBuilt::ForecastByTwoSets, item->span);
      return false;
    }
    group_by = grouped;
  }
  return true;
}

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

void Checker::forecast_unit(model::Forecast& forecast) {
  const Type type = type_of(forecast.measure);
  Unit unit = type.unit;
  const Unit month{{{model_.vocabulary.time(), 1, {}}}};
  int time = 0;
  for (const types::UnitFactor& factor : unit.factors) {
    if (factor.atom == model_.vocabulary.time()) time = factor.power;
  }
  forecast.over = model::Forecast::Over::Mean;
  if (time == -1) {
    forecast.over = model::Forecast::Over::Total;
    unit = types::multiply(unit, month).unit;
    time = 0;
  }
  // As printed there is no basis: the title says which prices these are.
  for (types::UnitFactor& factor : unit.factors) factor.basis = {};
  forecast.unit = !unit.is_number() ? unit_text(unit) : type.sort == Sort::Share ? "share" : "";
  forecast.unit_scale = 1;
  for (int i = 0; i < -time; ++i) forecast.unit_scale /= 12;   // shown `per year`, kept per month
}

void Checker::forecast_budget(model::Forecast& forecast, const ast::Expr& expr) {
  const auto* map = std::get_if<ast::Map>(&expr.node);
  Env env;
  env.module = ModuleId(0);
  env.inst = modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  DeclType money;
  money.form = DeclType::Form::Value;
  money.type = type_of(forecast.measure);
  money.type.by.clear();
  if (forecast.over == model::Forecast::Over::Total) {
    money.type.unit = types::multiply(money.type.unit, Unit{{{model_.vocabulary.time(), 1, {}}}}).unit;
    if (money.type.unit.is_number()) money.type.sort = Sort::Number;
  }
  const auto amount = [&](const ast::Expr& at) -> std::optional<double> {
    const ExprId coerced = coerce(eval(at, env, &money), money, at.span, "a budget");
    if (type_of(coerced).sort == Sort::Unknown) return std::nullopt;
    const auto rows = rows_of(coerced, GroupId(0));
    if (!rows) {
      error(Code::NotStatic, at.span, {"a budget"});
      return std::nullopt;
    }
    return rows->at(0);
  };
  const auto periods = model::report_periods(model_.grid, forecast.grain);
  const std::size_t count = forecast.dimensions.size();
  const auto cells = [&](const ast::Expr& at, std::int32_t period) {
    const auto* inner = std::get_if<ast::Map>(&at.node);
    if (!inner) {
      if (const auto number = amount(at)) forecast.budget.push_back({period, std::vector<std::int32_t>(count, -1), *number});
      return;
    }
    for (const ast::MapEntry& entry : inner->entries) {
      const auto* name = entry.key ? std::get_if<ast::NameRef>(&entry.key->node) : nullptr;
      bool found = false;
      for (std::size_t d = 0; d < count && name; ++d) {
        const auto label = find_label(forecast.dimensions[d], name->name);
        if (!label) continue;
        found = true;
        std::vector<std::int32_t> labels(count, -1);
        labels[d] = static_cast<std::int32_t>(*label);
        if (const auto number = amount(*entry.value)) forecast.budget.push_back({period, labels, *number});
        break;
      }
      if (found) continue;
      std::vector<std::string> names;
      for (const DimensionId id : forecast.dimensions) {
        for (const model::Label& label : model_.dimensions[id].labels) names.push_back(label.name);
      }
      const Span key_span = entry.key ? entry.key->span : entry.span;
      const std::string text = entry.key ? ast::to_text(*entry.key) : "otherwise";
      suggest(error(Code::UnknownLabel, key_span, {text, count ? "`" + model_.dimensions[forecast.dimensions[0]].name + "`" : "this forecast"}), text, names, key_span);
    }
  };
  if (!map) {
    if (forecast.grain == model::Grain::Whole) return cells(expr, 0);
    not_built(NotBuilt::BudgetReference, expr.span);
    return;
  }
  if (forecast.grain == model::Grain::Whole) return cells(expr, 0);
  std::set<std::int32_t> seen;
  for (const ast::MapEntry& entry : map->entries) {
    if (!entry.key) {
      error(Code::ForecastWrong, entry.span, {"a budget names its periods; it has no `otherwise`"});
      continue;
    }
    std::string period;
    const auto* date = std::get_if<ast::DateLit>(&entry.key->node);
    const auto* year = std::get_if<ast::Quantity>(&entry.key->node);
    if (year && year->is_integer && forecast.grain == model::Grain::Year) {
      period = std::to_string(static_cast<int>(year->value));
    } else if (date && ((date->precision == ast::DateLit::Precision::Month && forecast.grain == model::Grain::Month) ||
                        (date->precision == ast::DateLit::Precision::Quarter && forecast.grain == model::Grain::Quarter))) {
      period = ast::to_text(*entry.key);
    } else {
      const char* example = forecast.grain == model::Grain::Year ? "year, such as `2026`" : forecast.grain == model::Grain::Quarter ? "quarter, such as `2026-Q2`" : "month, such as `2026-03`";
      error(Code::WrongType, entry.key->span, {"a period of this budget", std::string("a ") + example, "`" + ast::to_text(*entry.key) + "`"});
      continue;
    }
    const auto at = std::find(periods.names.begin(), periods.names.end(), period);
    if (at == periods.names.end()) {
      error(Code::OutsideHorizon, entry.key->span, {"`" + period + "`", horizon_text()});
      continue;
    }
    const auto index = static_cast<std::int32_t>(at - periods.names.begin());
    if (!seen.insert(index).second) {
      error(Code::LabelTwice, entry.key->span, {period});
      continue;
    }
    cells(*entry.value, index);
  }
}

}  // namespace horizon::sema
