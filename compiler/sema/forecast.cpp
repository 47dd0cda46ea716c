// Forecast blocks: what is measured, by what it is shown, in which unit, against which budget (rules.md B7, D6, D7, J1, J2).
#include <algorithm>

#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

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
