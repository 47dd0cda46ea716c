// Fields become quantities: each is elaborated once, on demand. A loop of undeclared ones gets an unknown type and ordinary
// references, so that the dependency pass can show the whole cycle.
#include <algorithm>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

Env Checker::env_of(const FieldInfo& field) {
  Env env;
  env.module = field.module;
  env.inst = field.inst;
  env.depth = field.depth;
  env.group = insts_[field.inst].group;
  return env;
}

const DeclType* Checker::declared(FieldId id) {
  if (!fields_[id].type) return nullptr;
  if (!fields_[id].declared) {
    DeclType type = declared_type(*fields_[id].type, fields_[id].type_module, fields_[id].inst);
    // `f : Share each region ~ ...` has a value for each region.
    if (fields_[id].define) {
      for (const ast::Name& each : fields_[id].define->each) {
        if (const auto dimension = find_dimension(fields_[id].module, each.text, each.span)) type.type.by.push_back(*dimension);
      }
      std::sort(type.type.by.begin(), type.type.by.end());
      type.type.by.erase(std::unique(type.type.by.begin(), type.type.by.end()), type.type.by.end());
    }
    fields_[id].declared = type;
  }
  return &*fields_[id].declared;
}

QuantityId Checker::new_quantity(FieldId id, const Type& type) {
  const FieldInfo& field = fields_[id];
  model::Quantity quantity;
  quantity.name = insts_[field.inst].prefix + field.name;
  quantity.group = insts_[field.inst].group;
  quantity.type = type;
  quantity.span = field.span;
  quantity.confidential = field.confidential;
  if (field.define) {
    const ast::Metadata& meta = field.define->meta;
    quantity.confidential = quantity.confidential || meta.confidential;
    quantity.provenance = {meta.source.value_or(""), meta.as_of.value_or(""), meta.owner.value_or(""),
                           meta.note.value_or("")};
  }
  const QuantityId added = model_.quantities.add(std::move(quantity));
  fields_[id].quantity = added;
  field_of_quantity_[added.value] = id;
  return added;
}

QuantityId Checker::hidden_quantity(const Env& env, const std::string& stem, ExprId definition, Span span) {
  model::Quantity quantity;
  const std::string base = (env.inst ? insts_[env.inst].prefix : "") + stem;
  const std::string key = std::to_string(env.group.value) + "/" + base;
  quantity.name = base + "#" + std::to_string(++hidden_count_[key]);
  quantity.group = env.group;
  quantity.type = type_of(definition);
  quantity.definition = definition;
  quantity.span = span;
  quantity.hidden = true;
  return model_.quantities.add(std::move(quantity));
}

Val Checker::reference(QuantityId quantity, std::int32_t row, const std::string& name, Span span, const Env& env) {
  const GroupId group = model_.quantities[quantity].group;
  const Type type = model_.quantities[quantity].type;
  ExprId expr;
  if (row >= 0 && model_.groups[group].is_family) {
    expr = make(Op::RowOf, type, {}, span);
    model_.exprs[expr].index = row;
  } else if (group == env.group || !model_.groups[group].is_family) {
    expr = make(Op::Ref, type, {}, span);
  } else {
    error(Code::WhichRow, span, {name, model_.groups[group].name});
    return {};
  }
  model_.exprs[expr].quantity = quantity;
  return number(expr);
}

bool Checker::sums_over_sets(ExprId id, std::set<std::uint32_t>& seen) {
  if (!id || !seen.insert(id.value).second) return false;
  const model::Expr& expr = model_.exprs[id];
  if (expr.op == Op::ReduceSet && expr.reduce == model::Reduce::Sum) return true;
  if ((expr.op == Op::Ref || expr.op == Op::RowOf) &&
      sums_over_sets(model_.quantities[expr.quantity].definition, seen)) {
    return true;
  }
  for (const ExprId arg : expr.args) {
    if (sums_over_sets(arg, seen)) return true;
  }
  return false;
}

Val Checker::field_value(FieldId id, std::int32_t row, Span span, const Env& env) {
  if (fields_[id].state == FieldInfo::State::Fresh) elaborate(id);
  const std::string name = fields_[id].name;
  if (fields_[id].state == FieldInfo::State::Busy) {
    const DeclType* type = declared(id);
    if (type && type->form == DeclType::Form::Error) return {};
    if (type && type->form != DeclType::Form::Value && type->form != DeclType::Form::Money) {
      error(Code::DefinedByItself, span, {name, ""}).notes.push_back({fields_[id].span, "it is defined here"});
      return {};
    }
    if (!fields_[id].quantity) {
      Type unknown;
      unknown.sort = Sort::Unknown;
      new_quantity(id, type && type->form == DeclType::Form::Value ? type->type : unknown);
    }
    return reference(fields_[id].quantity, row, name, span, env);
  }
  const Val val = fields_[id].val;
  switch (val.kind) {
    case Val::Kind::Number:
      if (env.group_by && fields_[id].define && fields_[id].define->assign == ast::Assign::Defines) {
        // A measure by groups of its members: what it names must be split in the same way, so its definition is read again.
        std::set<std::uint32_t> seen;
        const ExprId definition = model_.quantities[fields_[id].quantity].definition;
        if (sums_over_sets(definition, seen)) {
          Env there = env_of(fields_[id]);
          there.group = env.group;
          there.group_by = env.group_by;
          return eval(*fields_[id].define->value, there, declared(id));
        }
      }
      return reference(fields_[id].quantity, row, name, span, env);
    case Val::Kind::Text: {
      if (!val.text->per_row) return val;
      const GroupId group = insts_[fields_[id].inst].group;
      if (row >= 0) {
        auto one = std::make_shared<TextVal>();
        one->texts = {val.text->at(static_cast<std::size_t>(row))};
        one->is_code = val.text->is_code;
        Val result = val;
        result.text = one;
        return result;
      }
      if (group == env.group) return val;
      error(Code::WhichRow, span, {name, model_.groups[group].name});
      return {};
    }
    case Val::Kind::Error:
    case Val::Kind::Curve:
    case Val::Kind::Set:
    case Val::Kind::Instance:
    case Val::Kind::List:
    case Val::Kind::Row:
    case Val::Kind::Absent:
      return val;
  }
  return val;
}

void Checker::elaborate(FieldId id) {
  if (fields_[id].state != FieldInfo::State::Fresh) return;
  fields_[id].state = FieldInfo::State::Busy;
  const DeclType* type = declared(id);
  const std::optional<DeclType> want = type ? std::optional<DeclType>(*type) : std::nullopt;
  const ast::Define* define = fields_[id].define;
  const auto finish = [&](Val val) {
    fields_[id].val = std::move(val);
    fields_[id].state = FieldInfo::State::Done;
  };
  const InstId inst = fields_[id].inst;
  const std::string name = fields_[id].name;
  if (!define) {
    Val val;
    if (const auto block = insts_[inst].blocks.find(name); block != insts_[inst].blocks.end()) {
      val.kind = Val::Kind::Instance;
      val.inst = block->second;
    } else if (want && want->form == DeclType::Form::List) {
      val.kind = Val::Kind::List;
      val.list = std::make_shared<ListVal>();
    } else if (want && want->optional) {
      val.kind = Val::Kind::Absent;
      val.absent = "`" + (path_of(inst) == "the scenario" ? "" : path_of(inst) + ".") + name + "`";
    }
    finish(val);   // else: an error that check_required has told
    return;
  }
  const ast::Metadata& meta = define->meta;
  if (meta.confidential_to) not_built(NotBuilt::Audience, meta.confidential_to->span);
  if (meta.formerly) not_built(NotBuilt::Formerly, define->path.span);
  if (meta.layer) not_built(NotBuilt::Layer, define->path.span);
  Val val = given(id, define->assign, *define->value, define->each, env_of(fields_[id]), want ? &*want : nullptr);
  define_quantity(id, std::move(val), want ? &*want : nullptr, define->value->span);
}

/// What stands right of a field's `=` or `~`, with the distribution that a `~` needs.
Val Checker::given(FieldId id, ast::Assign assign, const ast::Expr& expr, const std::vector<ast::Name>& eaches, Env env, const DeclType* want) {
  DrawContext draw;
  draw.owner = id;
  const bool draws = assign == ast::Assign::Draws;
  for (const ast::Name& each : eaches) {
    using Each = model::DrawSpec::Each;
    if (each.text == "year" || each.text == "quarter" || each.text == "month") {
      draw.each_period = each.text == "year" ? Each::Year : each.text == "quarter" ? Each::Quarter : Each::Month;
      const int months = each.text == "year" ? 12 : each.text == "quarter" ? 3 : 1;
      if (months < model_.grid.months) {
        error(Code::HorizonWrong, each.span, {"`each " + each.text + "` needs a horizon by " + each.text + " or finer"});
      }
    } else if (const auto dimension = find_dimension(env.module, each.text, each.span)) {
      draw.each.push_back(*dimension);
    } else {
      std::vector<std::string> names = {"year", "quarter", "month"};
      for (const model::Dimension& known : model_.dimensions) names.push_back(known.name);
      suggest(error(Code::UnknownDimension, each.span, {each.text}), each.text, names, each.span);
    }
  }
  if (!eaches.empty() && !draws) {
    error(Code::NothingDrawn, eaches.front().span);
  }
  if (draws) env.draw = &draw;
  Val val = eval(expr, env, want);
  if (draws && draw.seen == 0 && !val.is_error()) {
    auto& d = error(Code::NothingDrawn, expr.span);
    const Span at = expr.span;
    const std::string_view file = sources_.text(at.file);
    const std::size_t sign = file.rfind('~', at.begin);
    const auto* difference = std::get_if<ast::Binary>(&expr.node);
    if (want && want->form == DeclType::Form::Value && want->type.sort == Sort::Event) {
      d.mend = diag::Mend{"an event is drawn with its chance: `chance 70%`", Span{at.file, at.begin, at.begin}, "chance "};
    } else if (difference && difference->op == ast::BinaryOp::Sub) {
      const Span between{at.file, difference->lhs->span.end, difference->rhs->span.begin};
      d.mend = diag::Mend{"a range is written with `to`", between, " to "};
    } else if (sign != std::string_view::npos) {
      const auto begin = static_cast<std::uint32_t>(sign);
      d.mend = diag::Mend{"write `=`", Span{at.file, begin, begin + 1}, "="};
    }
    val = {};
  }
  return val;
}

void Checker::define_quantity(FieldId id, Val val, const DeclType* want, Span span) {
  const std::string name = "`" + fields_[id].name + "`";
  const auto finish = [&](Val result) {
    if (fields_[id].quantity && result.kind != Val::Kind::Number) {
      // Somebody has referred to it while its type was unknown.
      model_.quantities[fields_[id].quantity].definition = error_expr(span);
    }
    fields_[id].val = std::move(result);
    fields_[id].state = FieldInfo::State::Done;
  };
  if (val.is_error() || val.kind == Val::Kind::Absent) {
    if (val.kind == Val::Kind::Absent && !(want && want->optional)) {
      error(Code::BlockAbsent, span, {val.absent});
      val = {};
    }
    if (val.is_error() && want && want->form == DeclType::Form::Value && !fields_[id].quantity) {
      // Its type is known, so what uses it can still be checked.
      new_quantity(id, want->type);
      model_.quantities[fields_[id].quantity].definition = error_expr(span);
      return finish(number(error_expr(span)));
    }
    return finish(val);
  }
  if (want && want->form == DeclType::Form::Error) return finish({});
  const auto wrong = [&](const std::string& expected) {
    error(Code::WrongType, span, {name, expected, val.kind == Val::Kind::Number ? type_text(type_of(val.expr)) : describe(val)});
    finish({});
  };
  if (want) {
    switch (want->form) {
      case DeclType::Form::Text:
      case DeclType::Form::Code:
        return val.kind == Val::Kind::Text ? finish(val) : wrong(want->form == DeclType::Form::Text ? "a text" : "an ATC code");
      case DeclType::Form::Curve:
        return val.kind == Val::Kind::Curve ? finish(val) : wrong("a curve, such as `points(...)` or `age -> ...`");
      case DeclType::Form::Kind:
        return val.kind == Val::Kind::Instance ? finish(val) : wrong("an instance of `" + kinds_[want->kind].name + "`");
      case DeclType::Form::List:
        return val.kind == Val::Kind::List ? finish(val) : wrong("a list");
      case DeclType::Form::Value:
      case DeclType::Form::Money:
      case DeclType::Form::Error:
        break;
    }
  }
  if (val.kind != Val::Kind::Number) {
    if (want) return wrong(type_text(want->type));
    return finish(val);
  }
  bool unchecked = false;
  ExprId expr = val.expr;
  if (want) expr = coerce(val, *want, span, name, &unchecked);
  const Type type = want && want->form == DeclType::Form::Value ? want->type : type_of(expr);
  if (!fields_[id].quantity) new_quantity(id, type);
  const QuantityId quantity = fields_[id].quantity;
  model_.quantities[quantity].type = type;
  model_.quantities[quantity].definition = expr;
  finish(number(expr));
  if (!unchecked) return;
  const ExprId ref = make(Op::Ref, type, {}, span);
  model_.exprs[ref].quantity = quantity;
  require_share(env_of(fields_[id]), expr, ref, fields_[id].name, span, type.sort);
}

/// Checks in the run that `expr` is what `sort` promises, unless its shape proves it. `shown`: the same value, as cheap as it
/// can be read.
void Checker::require_share(const Env& env, ExprId expr, ExprId shown, const std::string& name, Span span, Sort sort) {
  constexpr double tolerance = 1e-9;   // rules.md D4
  const Range range = range_of(expr);
  Type event;
  event.sort = Sort::Event;
  event.by = type_of(expr).by;
  Type bare;
  std::vector<ExprId> tests;
  std::string text = "`" + name + "`";
  if (sort == Sort::Share) {
    if (range.low < 0) tests.push_back(make(Op::Ge, event, {shown, constant(-tolerance, bare, span)}, span));
    if (range.high > 1) tests.push_back(make(Op::Le, event, {shown, constant(1 + tolerance, bare, span)}, span));
    text += " is a share and must lie between 0 % and 100 %";
  } else if (sort == Sort::Change) {
    if (range.low <= -1) tests.push_back(make(Op::Gt, event, {shown, constant(-1, bare, span)}, span));
    text += " is a change and must be above -100 %";
  }
  if (tests.empty()) return;
  const ExprId condition = tests.size() == 1 ? tests[0] : make(Op::And, event, tests, span);
  if (always_holds(condition, env.group)) return;
  if (const auto draw = ends_are_reached(expr, env)) {
    error(Code::ImpossibleParameters, *draw, {text + ", but what is drawn here goes beyond"});
    return;
  }
  if (broken_now(condition, text, env)) return;
  model_.requirements.push_back({env.group, condition, text, span});
}

/// Where a draw stands whose range is known now, and whose both ends some futures come near to.
std::optional<Span> Checker::ends_are_reached(ExprId id, const Env& env) {
  while (model_.exprs[id].op == Op::Ref && model_.quantities[model_.exprs[id].quantity].definition) {
    id = model_.quantities[model_.exprs[id].quantity].definition;
  }
  const model::Expr& expr = model_.exprs[id];
  if (expr.op != Op::Draw) return std::nullopt;
  using D = model::Distribution;
  const D distribution = model_.draws[static_cast<std::size_t>(expr.draw)].distribution;
  if (distribution != D::Uniform && distribution != D::Triangular && distribution != D::Pert) return std::nullopt;
  const bool known = std::all_of(expr.args.begin(), expr.args.end(), [&](ExprId arg) {
    const auto rows = rows_of(arg, env.group);
    return rows && !rows->per_row;
  });
  return known ? std::optional(expr.span) : std::nullopt;
}

/// A requirement that fixed values break fails in every future, so it is told here: at the value, or else at the block.
bool Checker::broken_now(ExprId condition, const std::string& text, const Env& env) {
  if (!type_of(condition).by.empty()) return false;
  const auto rows = rows_of(condition, env.group);
  if (!rows) return false;
  const auto at = std::find(rows->values.begin(), rows->values.end(), 0.0);
  if (at == rows->values.end()) return false;
  Span span = insts_[env.inst].span;
  std::set<std::uint32_t> seen;
  std::vector<QuantityId> quantities;
  bool secret = false;
  reads(condition, seen, quantities, secret);
  for (const QuantityId quantity : quantities) {
    const auto field = field_of_quantity_.find(quantity.value);
    if (field == field_of_quantity_.end()) continue;
    const ast::Define* define = fields_[field->second].define;
    const bool own = define && define->value && define->value->span.file == span.file;
    if (own) span = define->value->span;
    if (own) break;
  }
  std::string path = path_of(env.inst);
  const std::vector<std::string>& keys = model_.groups[env.group].keys;
  if (rows->per_row) path += "[\"" + keys[static_cast<std::size_t>(at - rows->values.begin())] + "\"]";
  error(Code::RequirementBroken, span, {path, text});
  return true;
}

void Checker::elaborate_requirements() {
  for (std::size_t i = 0; i < insts_.size(); ++i) {
    const InstId inst(i);
    for (const auto& [require, where] : insts_[inst].requires_) {
      Env env;
      env.module = where.module;
      env.inst = inst;
      env.depth = where.depth;
      env.group = insts_[inst].group;
      const ExprId condition = value(*require->condition, env);
      const Type type = type_of(condition);
      if (type.sort == Sort::Unknown) continue;
      if (type.sort != Sort::Event) {
        error(Code::WrongType, require->condition->span, {"a requirement", "a condition", type_text(type)});
        continue;
      }
      const std::string text = require->text.value_or("`" + ast::to_text(*require->condition) + "` does not hold");
      // What is known now is checked now; it costs the run nothing.
      if (proven(condition) || always_holds(condition, env.group)) continue;
      if (broken_now(condition, text, env)) continue;
      model_.requirements.push_back({env.group, condition, text, require->condition->span});
    }
  }
}

}  // namespace horizon::sema
