// Values by a dimension: maps by label and by year, one label's value, reduction over dimensions (rules.md G2, G4).
#include <algorithm>

#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

bool is_year_key(const ast::Expr& expr) {
  const auto* quantity = std::get_if<ast::Quantity>(&expr.node);
  return quantity && quantity->is_integer && !quantity->unit && quantity->value >= 1900 && quantity->value <= 2199;
}

}  // namespace

Val Checker::map(const ast::Map& node, Span span, const Env& env, const DeclType* want) {
  if (node.entries.empty()) {
    error(Code::MapIncomplete, span, {"anything"});
    return {};
  }
  for (const ast::MapEntry& entry : node.entries) {
    if (entry.key && is_year_key(*entry.key)) return year_map(node, span, env, want);
  }
  const DimensionId dimension = dimension_of_keys(node, want, span);
  if (!dimension) return {};
  return label_map(node, dimension, span, env, want);
}

DimensionId Checker::dimension_of_keys(const ast::Map& node, const DeclType* want, Span span) {
  std::vector<DimensionId> candidates;
  if (want && want->form == DeclType::Form::Value) candidates = want->type.by;
  for (std::size_t i = 0; i < model_.dimensions.size(); ++i) {
    const DimensionId id(i);
    if (std::find(candidates.begin(), candidates.end(), id) == candidates.end()) candidates.push_back(id);
  }
  // The dimension that knows most of the keys; the declared one among equals.
  DimensionId best;
  std::size_t most = 0;
  const ast::MapEntry* first = nullptr;
  for (const DimensionId id : candidates) {
    std::size_t hits = 0;
    for (const ast::MapEntry& entry : node.entries) {
      const auto* name = entry.key ? std::get_if<ast::NameRef>(&entry.key->node) : nullptr;
      if (entry.key && !first) first = &entry;
      if (name && (find_label(id, name->name) || find_merged(id, name->name))) ++hits;
    }
    if (hits > most) {
      most = hits;
      best = id;
    }
  }
  if (!best && first) {
    std::vector<std::string> names;
    for (const model::Dimension& known : model_.dimensions) {
      for (const model::Label& label : known.labels) names.push_back(label.name);
    }
    const std::string text = ast::to_text(*first->key);
    suggest(error(Code::UnknownLabel, first->key->span, {text, "any dimension"}), text, names, first->key->span);
  } else if (!best) {
    error(Code::MapIncomplete, span, {"any label"});
  }
  return best;
}

Val Checker::label_map(const ast::Map& node, DimensionId dimension, Span span, const Env& env, const DeclType* want) {
  std::optional<DeclType> inner;
  if (want && want->form == DeclType::Form::Value) {
    inner = *want;
    auto& by = inner->type.by;
    by.erase(std::remove(by.begin(), by.end(), dimension), by.end());
  }
  const std::size_t count = model_.dimensions[dimension].labels.size();
  std::vector<Val> values(count);
  std::vector<Span> spans(count, span);
  std::vector<bool> given(count, false);
  const ast::MapEntry* otherwise = nullptr;
  bool failed = false;
  struct Later {
    Val val;
    Span span;
    const Merged* merged;
  };
  std::map<std::uint32_t, Later> later;   // by label: what a merged label gives it
  for (const ast::MapEntry& entry : node.entries) {
    if (entry.is_otherwise) {
      otherwise = &entry;
      continue;
    }
    const auto* name = entry.key ? std::get_if<ast::NameRef>(&entry.key->node) : nullptr;
    if (const Merged* merged = name ? find_merged(dimension, name->name) : nullptr) {
      const auto parts = spread_merged(dimension, *merged, entry, env, inner ? &*inner : nullptr);
      failed = failed || !parts;
      for (std::size_t i = 0; parts && i < parts->size(); ++i) {
        if (later.emplace(merged->parts[i], Later{(*parts)[i], entry.value->span, merged}).second) continue;
        error(Code::LabelTwice, entry.key->span, {name->name});
        failed = true;
      }
      continue;
    }
    if (entry.split) {
      error(Code::CannotSplit, entry.split->span, {ast::to_text(*entry.key), "only the value of a merged label is divided between its parts"});
      failed = true;
    }
    const auto label = name ? find_label(dimension, name->name) : std::nullopt;
    if (!label) {
      std::vector<std::string> names;
      for (const model::Label& known : model_.dimensions[dimension].labels) names.push_back(known.name);
      const std::string text = entry.key ? ast::to_text(*entry.key) : "";
      const Span at = entry.key ? entry.key->span : entry.span;
      suggest(error(Code::UnknownLabel, at, {text, "`" + model_.dimensions[dimension].name + "`"}), text, names, at);
      failed = true;
      continue;
    }
    if (given[*label]) {
      error(Code::LabelTwice, entry.key->span, {name->name});
      failed = true;
    }
    given[*label] = true;
    values[*label] = eval(*entry.value, env, inner ? &*inner : nullptr);
    spans[*label] = entry.value->span;
    failed = failed || values[*label].is_error();
  }
  // Beside its parts a merged label holds from its change on; alone, always.
  const std::vector<bool> named = given;
  const auto from_change = [&](const Merged& merged) {
    return std::any_of(merged.parts.begin(), merged.parts.end(), [&](std::uint32_t part) { return named[part]; });
  };
  for (const auto& [i, from] : later) {
    if (from_change(*from.merged)) continue;
    given[i] = true;
    values[i] = from.val;
    spans[i] = from.span;
  }
  std::vector<std::string> missing;
  std::optional<Val> rest;
  for (std::size_t i = 0; i < count; ++i) {
    if (given[i]) continue;
    if (!otherwise) {
      missing.push_back("`" + model_.dimensions[dimension].labels[i].name + "`");
      continue;
    }
    if (!rest) rest = eval(*otherwise->value, env, inner ? &*inner : nullptr);
    failed = failed || rest->is_error();
    values[i] = *rest;
    spans[i] = otherwise->value->span;
  }
  if (failed) return {};
  if (!missing.empty()) {
    error(Code::MapIncomplete, span, {join_words(missing)});
    return {};
  }
  for (const auto& [i, from] : later) {
    if (!from_change(*from.merged)) continue;
    const auto val = until_change(values[i], from.val, from.merged->date, spans[i], from.span);
    if (!val) return {};
    values[i] = *val;
  }
  std::vector<ExprId> args;
  Type type;
  for (std::size_t i = 0; i < count; ++i) {
    as_number(values[i], spans[i]);
    if (values[i].kind != Val::Kind::Number) return {};
    if (type_of(values[i].expr).sort == Sort::Unknown) return {};
  }
  // A bare 0 takes the unit of another entry.
  std::size_t model_entry = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!values[i].zero) {
      model_entry = i;
      break;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i != model_entry && !align(values[model_entry], values[i], spans[model_entry], spans[i], spans[i], "joining")) return {};
    // A value that varies by this dimension already, under `otherwise: others`, gives its own label's.
    args.push_back(label_of(values[i].expr, dimension, static_cast<std::int32_t>(i), spans[i]));
    type = i == 0 ? type_of(args[0]) : join_types(type, type_of(args[i]));
  }
  type.by = union_by(args);
  type.by.push_back(dimension);
  std::sort(type.by.begin(), type.by.end());
  const ExprId expr = make(Op::MapOf, type, args, span);
  model_.exprs[expr].dimension = dimension;
  return number(expr);
}

Val Checker::year_map(const ast::Map& node, Span span, const Env& env, const DeclType* want) {
  std::map<int, std::pair<Val, Span>> values;
  std::optional<std::pair<Val, Span>> rest;
  bool failed = false;
  for (const ast::MapEntry& entry : node.entries) {
    if (!entry.is_otherwise && (!entry.key || !is_year_key(*entry.key))) {
      error(Code::WrongType, entry.key ? entry.key->span : entry.span, {"a key of this map", "a year", "something else"});
      failed = true;
      continue;
    }
    const Val val = eval(*entry.value, env, want);
    as_number(val, entry.value->span);
    failed = failed || val.kind != Val::Kind::Number;
    if (entry.is_otherwise) {
      rest = {val, entry.value->span};
      continue;
    }
    const int year = static_cast<int>(std::get<ast::Quantity>(entry.key->node).value);
    if (!values.emplace(year, std::pair{val, entry.value->span}).second) {
      error(Code::LabelTwice, entry.key->span, {std::to_string(year)});
      failed = true;
    }
  }
  if (failed) return {};
  const int first = 1970 + model_.grid.start / 12;
  const int last = 1970 + (model_.grid.start + model_.grid.months * model_.grid.periods - 1) / 12;
  std::vector<ExprId> args;
  std::vector<std::string> missing;
  Type type, date;
  date.sort = Sort::Date;
  std::optional<std::pair<Val, Span>> anchor;
  for (int year = first; year <= last; ++year) {
    const auto at = values.find(year);
    if (at == values.end() && !rest) {
      missing.push_back(std::to_string(year));
      continue;
    }
    auto [val, at_span] = at == values.end() ? *rest : at->second;
    if (anchor && !align(anchor->first, val, anchor->second, at_span, at_span, "joining")) return {};
    if (!anchor) anchor = {val, at_span};
    if (!args.empty()) args.push_back(constant(year_start(year), date, at_span));
    type = args.empty() ? type_of(val.expr) : join_types(type, type_of(val.expr));
    args.push_back(val.expr);
  }
  if (!missing.empty()) {
    error(Code::MapIncomplete, span, {join_words(missing)});
    return {};
  }
  if (args.size() == 1) return number(args[0]);
  type.by = union_by(args);
  return number(make(Op::Dated, type, args, span));
}

ExprId Checker::label_of(ExprId expr, DimensionId dimension, std::int32_t label, Span span) {
  Type type = type_of(expr);
  const auto at = std::find(type.by.begin(), type.by.end(), dimension);
  if (at == type.by.end()) return expr;
  type.by.erase(at);
  const ExprId picked = make(Op::LabelOf, type, {expr}, span);
  model_.exprs[picked].dimension = dimension;
  model_.exprs[picked].index = label;
  return picked;
}

/// The member of a family that `["..."]` names.
Val Checker::row_at(const Val& family, const ast::Expr& index, const Env& env) {
  const Val key = eval(index, env);
  const model::Group& group = model_.groups[insts_[family.inst].group];
  if (key.kind != Val::Kind::Text || key.text->per_row) {
    if (!key.is_error()) error(Code::WrongType, index.span, {"a row's key", "a text, such as `\"...\"`", describe(key)});
    return {};
  }
  const auto at = std::find(group.keys.begin(), group.keys.end(), key.text->texts[0]);
  if (at == group.keys.end()) {
    auto& d = error(Code::NoSuchRow, index.span, {group.name, key.text->texts[0]});
    suggest(d, key.text->texts[0], group.keys, index.span);
    if (d.mend) d.mend->replacement = '"' + d.mend->replacement + '"';
    return {};
  }
  Val row = family;
  row.row = static_cast<std::int32_t>(at - group.keys.begin());
  return row;
}

Val Checker::index(const ast::Index& node, Span span, const Env& env, const DeclType* want) {
  // `{ I: 8%, II: 15% }[phase]`: the label says of which dimension the map is.
  if (const auto* literal = std::get_if<ast::Map>(&node.base->node)) {
    const Val label = eval(*node.index, env);
    if (label.is_error()) return {};
    const ExprId at = as_number(label, node.index->span);
    const Type type = type_of(at);
    if (type.sort != Sort::Label) {
      if (type.sort != Sort::Unknown) error(Code::WrongType, node.index->span, {"what stands in `[ ]`", "a label", type_text(type)});
      return {};
    }
    const Val map_val = label_map(*literal, type.label_of, node.base->span, env, want);
    if (map_val.is_error()) return {};
    return pick(at, map_val.expr, span);
  }
  const Val base = eval(*node.base, env);
  if (base.is_error()) return {};
  if (base.kind == Val::Kind::Instance && base.row < 0 && is_family_member(base.inst)) return row_at(base, *node.index, env);
  const ExprId expr = as_number(base, node.base->span);
  if (base.kind != Val::Kind::Number) return {};
  const Type type = type_of(expr);
  if (type.sort == Sort::Unknown) return {};
  if (type.by.empty()) {
    error(Code::NoSuchDimension, node.index->span, {ast::to_text(*node.index)});
    return {};
  }
  if (const auto* name = std::get_if<ast::NameRef>(&node.index->node)) {
    for (const DimensionId dimension : type.by) {
      if (const auto label = find_label(dimension, name->name)) {
        return number(label_of(expr, dimension, static_cast<std::int32_t>(*label), span));
      }
      if (const Merged* merged = find_merged(dimension, name->name)) return merged_value(expr, dimension, *merged, span);
    }
  }
  DeclType label_type;
  label_type.form = DeclType::Form::Value;
  label_type.type.sort = Sort::Label;
  label_type.type.label_of = type.by.front();
  const Val label = eval(*node.index, env, type.by.size() == 1 ? &label_type : nullptr);
  if (label.is_error()) return {};
  const ExprId at = as_number(label, node.index->span);
  const Type at_type = type_of(at);
  if (at_type.sort != Sort::Label ||
      std::find(type.by.begin(), type.by.end(), at_type.label_of) == type.by.end()) {
    error(Code::WrongType, node.index->span, {"what stands in `[ ]`", "a label of `" + model_.dimensions[type.by.front()].name + "`", type_text(at_type)});
    return {};
  }
  return pick(at, expr, span);
}

Val Checker::pick(ExprId label, ExprId expr, Span span) {
  const DimensionId dimension = type_of(label).label_of;
  if (const auto known = constant_of(label)) return number(label_of(expr, dimension, static_cast<std::int32_t>(*known), span));
  Type type = type_of(expr);
  type.by.erase(std::remove(type.by.begin(), type.by.end(), dimension), type.by.end());
  const auto more = union_by({label});
  type.by.insert(type.by.end(), more.begin(), more.end());
  std::sort(type.by.begin(), type.by.end());
  type.by.erase(std::unique(type.by.begin(), type.by.end()), type.by.end());
  const ExprId picked = make(Op::Pick, type, {label, expr}, span);
  model_.exprs[picked].dimension = dimension;
  return number(picked);
}

Val Checker::reduce_over(model::Reduce reduce, const ast::Arg& arg, Span span, const Env& env) {
  ExprId expr = value(*arg.value, env);
  for (const ast::Name& name : arg.over) {
    Type type = type_of(expr);
    if (type.sort == Sort::Unknown) return {};
    const auto dimension = find_dimension(env.module, name.text, name.span);
    if (!dimension || std::find(type.by.begin(), type.by.end(), *dimension) == type.by.end()) {
      std::vector<std::string> names;
      for (const DimensionId id : type.by) names.push_back(model_.dimensions[id].name);
      suggest(error(Code::NoSuchDimension, name.span, {name.text}), name.text, names, name.span);
      return {};
    }
    if (type.sort == Sort::Label || (type.sort == Sort::Date && reduce == model::Reduce::Sum) || type.sort == Sort::Duration) {
      error(Code::NotANumber, arg.value->span, {type_text(type)});
      return {};
    }
    type.by.erase(std::find(type.by.begin(), type.by.end(), *dimension));
    if (reduce == model::Reduce::Sum && type.unit.is_number() && type.sort != Sort::Amount) {
      type.sort = type.sort == Sort::Event || type.sort == Sort::Count ? Sort::Count
                  : type.sort == Sort::Share || type.sort == Sort::Factor ? Sort::Factor
                                                                          : Sort::Number;
    }
    if (reduce == model::Reduce::Mean && type.sort == Sort::Event) type.sort = Sort::Share;
    if (reduce == model::Reduce::Mean && type.sort == Sort::Count) type.sort = Sort::Factor;
    expr = make(Op::ReduceOver, type, {expr}, span);
    model_.exprs[expr].dimension = *dimension;
    model_.exprs[expr].reduce = reduce;
  }
  return number(expr);
}

}  // namespace horizon::sema
