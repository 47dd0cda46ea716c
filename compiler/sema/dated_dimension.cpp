// Dimensions that change on a date (rules.md G8): `change region on 2027-01-01 { Øst = Nord + Syd }`. Everything is computed on the
// labels as declared, for the whole horizon; a label of the change stands for the sum of its parts. So no figure is lost or counted
// twice, and a report by the labels of either time is the same numbers, added up.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {

void Checker::declare_change(ModuleId module, const ast::ChangeDecl& decl) {
  const auto dimension = find_dimension(module, decl.dimension.text, decl.dimension.span);
  if (!dimension) {
    std::vector<std::string> names;
    for (const model::Dimension& known : model_.dimensions) names.push_back(known.name);
    suggest(error(Code::UnknownDimension, decl.dimension.span, {decl.dimension.text}), decl.dimension.text, names, decl.dimension.span);
    return;
  }
  Env env;
  env.module = module;
  env.inst = modules_[module].root;
  env.group = GroupId(0);
  const ExprId when = as_date(eval(*decl.date, env), decl.date->span, "the date of a change");
  const auto date = constant_of(when);
  if (!date) return;
  std::vector<Merged>& merged = merged_[*dimension];
  for (const ast::Merge& merge : decl.merges) {
    Merged made{merge.result.text, {}, *date, merge.result.span};
    if (find_label(*dimension, made.name) || find_merged(*dimension, made.name)) {
      error(Code::NameTwice, merge.result.span, {made.name});
      continue;
    }
    bool good = true;
    for (const ast::Name& part : merge.parts) {
      std::vector<std::uint32_t> atoms;
      double since = -std::numeric_limits<double>::infinity();   // what became of a label that a change made is that label's affair
      if (const auto atom = find_label(*dimension, part.text)) {
        atoms = {*atom};
      } else if (const Merged* earlier = find_merged(*dimension, part.text); earlier && earlier->date < *date) {
        atoms = earlier->parts;
        since = earlier->date;
      }
      if (atoms.empty()) {
        std::vector<std::string> names;
        for (const model::Label& label : model_.dimensions[*dimension].labels) names.push_back(label.name);
        suggest(error(Code::UnknownLabel, part.span, {part.text, "`" + decl.dimension.text + "`"}), part.text, names, part.span);
        good = false;
        continue;
      }
      for (const std::uint32_t atom : atoms) {
        const auto holds = [&](const Merged& other) {
          return other.date > since && std::find(other.parts.begin(), other.parts.end(), atom) != other.parts.end();
        };
        const auto twice = std::find_if(merged.begin(), merged.end(), holds);
        const bool again = std::find(made.parts.begin(), made.parts.end(), atom) != made.parts.end();
        if (again || twice != merged.end()) {
          auto& d = error(Code::MergedTwice, part.span, {part.text, again ? made.name : twice->name});
          if (!again) d.notes.push_back({twice->span, "it became part of this one"});
          good = false;
          break;
        }
        made.parts.push_back(atom);
      }
    }
    std::sort(made.parts.begin(), made.parts.end());
    if (good) merged.push_back(std::move(made));
  }
}

const Merged* Checker::find_merged(DimensionId dimension, const std::string& name) const {
  const auto at = merged_.find(dimension);
  if (at == merged_.end()) return nullptr;
  for (const Merged& merged : at->second) {
    if (merged.name == name) return &merged;
  }
  return nullptr;
}

std::string Checker::parts_text(DimensionId dimension, const Merged& merged) const {
  std::vector<std::string> names;
  for (const std::uint32_t part : merged.parts) names.push_back(model_.dimensions[dimension].labels[part].name);
  return join_words(names);
}

/// An amount that adds up over regions: patients, DKK per year; not a price, a dose or a share.
bool Checker::adds_up(const Type& type) const {
  if (type.sort == Sort::Count) return true;
  if (type.sort != Sort::Amount) return false;
  return std::none_of(type.unit.factors.begin(), type.unit.factors.end(), [&](const types::UnitFactor& factor) {
    return factor.power < 0 && factor.atom != model_.vocabulary.time();
  });
}

/// What each part of a merged label gets of the value that a map gives to it: an amount its part by the key, all else the value itself.
std::optional<std::vector<Val>> Checker::spread_merged(DimensionId dimension, const Merged& merged, const ast::MapEntry& entry,
                                                       const Env& env, const DeclType* want) {
  const Val val = eval(*entry.value, env, want);
  if (val.is_error()) return std::nullopt;
  const ExprId whole = as_number(val, entry.value->span);
  if (val.kind != Val::Kind::Number || type_of(whole).sort == Sort::Unknown) return std::nullopt;
  std::vector<Val> result;
  if (!adds_up(type_of(whole)) || val.zero) {
    if (entry.split) {
      error(Code::CannotSplit, entry.split->span, {merged.name, type_text(type_of(whole)) + " is the same in each of its parts; leave out `split by`"});
      return std::nullopt;
    }
    for (const std::uint32_t part : merged.parts) {
      const ExprId own = label_of(whole, dimension, static_cast<std::int32_t>(part), entry.value->span);
      result.push_back(own == whole ? val : number(own));
    }
    return result;
  }
  if (!entry.split) {
    error(Code::CannotSplit, entry.value->span, {merged.name, "say how this is divided between " + parts_text(dimension, merged) + ": `" +
                                                      ast::to_text(*entry.value) + " split by population`"});
    return std::nullopt;
  }
  const ExprId key = value(*entry.split, env);
  const Type key_type = type_of(key);
  if (key_type.sort == Sort::Unknown) return std::nullopt;
  if (std::find(key_type.by.begin(), key_type.by.end(), dimension) == key_type.by.end()) {
    error(Code::NoSuchDimension, entry.split->span, {model_.dimensions[dimension].name});
    return std::nullopt;
  }
  ExprId sum;
  for (const std::uint32_t part : merged.parts) {
    const ExprId one = label_of(key, dimension, static_cast<std::int32_t>(part), entry.split->span);
    sum = sum ? make(Op::Add, type_of(one), {sum, one}, entry.split->span) : one;
  }
  for (const std::uint32_t part : merged.parts) {
    const ExprId one = label_of(key, dimension, static_cast<std::int32_t>(part), entry.split->span);
    result.push_back(number(multiply(whole, divide(one, sum, entry.split->span), entry.value->span)));
  }
  return result;
}

/// A label that the map names beside the label it becomes part of: the first holds until the change, the second from then on.
std::optional<Val> Checker::until_change(Val before, Val from, double date, Span before_span, Span from_span) {
  as_number(before, before_span);
  as_number(from, from_span);
  if (before.kind != Val::Kind::Number || from.kind != Val::Kind::Number) return std::nullopt;
  if (!align(before, from, before_span, from_span, from_span, "joining")) return std::nullopt;
  Type day, type = join_types(type_of(before.expr), type_of(from.expr));
  day.sort = Sort::Date;
  if (type.sort == Sort::Event) type.sort = Sort::Share;
  type.by = union_by({before.expr, from.expr});
  return number(make(Op::Dated, type, {before.expr, constant(date, day, from_span), from.expr}, from_span));
}

/// `x[Øst]`: the sum over its parts, where x adds up.
Val Checker::merged_value(ExprId expr, DimensionId dimension, const Merged& merged, Span span) {
  if (!adds_up(type_of(expr))) {
    error(Code::CannotSplit, span, {merged.name, type_text(type_of(expr)) + " does not add up over " + parts_text(dimension, merged) +
                                                     "; name one of them, or weigh them yourself"});
    return {};
  }
  ExprId sum;
  for (const std::uint32_t part : merged.parts) {
    const ExprId one = label_of(expr, dimension, static_cast<std::int32_t>(part), span);
    sum = sum ? make(Op::Add, type_of(one), {sum, one}, span) : one;
  }
  return number(sum);
}

/// `region(2027)` of a forecast: the labels in force at the beginning of 2027. The dimension itself where nothing has changed by then.
std::optional<DimensionId> Checker::dimension_as_of(DimensionId dimension, const ast::Call& call, Span span) {
  Env env;
  env.module = ModuleId(0);
  env.inst = modules_[ModuleId(0)].root;
  env.group = GroupId(0);
  if (!plain_args(call, model_.dimensions[dimension].name, 1, 1, span)) return std::nullopt;
  const auto date = constant_of(as_date(eval(*call.args[0].value, env), call.args[0].value->span, "the year of a dimension"));
  if (!date) return std::nullopt;
  model::Dimension made;
  made.name = ast::to_text(*call.callee) + "(" + ast::to_text(*call.args[0].value) + ")";
  std::vector<std::vector<std::uint32_t>> parts;
  const auto& labels = model_.dimensions[dimension].labels;
  for (std::uint32_t i = 0; i < labels.size(); ++i) {
    const Merged* into = nullptr;
    for (const Merged& merged : merged_[dimension]) {
      if (merged.date <= *date && std::find(merged.parts.begin(), merged.parts.end(), i) != merged.parts.end() &&
          (!into || merged.date > into->date)) {
        into = &merged;
      }
    }
    if (into && into->parts.front() != i) continue;
    made.labels.push_back(into ? model::Label{into->name, ""} : labels[i]);
    parts.push_back(into ? into->parts : std::vector<std::uint32_t>{i});
  }
  if (made.labels.size() == labels.size()) return dimension;
  for (const auto& [known, atoms] : as_of_) {
    if (model_.dimensions[known].name == made.name && atoms == parts) return known;
  }
  const DimensionId id = model_.dimensions.add(std::move(made));
  made_dimensions_.push_back(id);
  as_of_[id] = std::move(parts);
  return id;
}

/// A value by the labels as declared, by those of `made` instead.
ExprId Checker::regroup(ExprId expr, DimensionId dimension, DimensionId made, Span span) {
  if (!adds_up(type_of(expr))) {
    error(Code::ForecastWrong, span, {"labels that were merged are shown as sums, and " + type_text(type_of(expr)) + " does not add up"});
    return error_expr(span);
  }
  std::vector<ExprId> args;
  for (const std::vector<std::uint32_t>& parts : as_of_.at(made)) {
    ExprId sum;
    for (const std::uint32_t part : parts) {
      const ExprId one = label_of(expr, dimension, static_cast<std::int32_t>(part), span);
      sum = sum ? make(Op::Add, type_of(one), {sum, one}, span) : one;
    }
    args.push_back(sum);
  }
  Type type = type_of(args[0]);
  type.by.push_back(made);
  std::sort(type.by.begin(), type.by.end());
  const ExprId map = make(Op::MapOf, type, args, span);
  model_.exprs[map].dimension = made;
  return map;
}

}  // namespace horizon::sema
