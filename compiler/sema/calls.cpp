// Calls: a function is replaced by its body with the arguments in place; a call that lacks one argument where a curve is
// expected is a curve of that argument.
#include <algorithm>

#include "base/text.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

constexpr int deepest_call = 200;
constexpr std::size_t most_calls = 1'000'000;   ///< of a whole scenario: f calls g twice, g calls h twice, ...

}  // namespace

Val Checker::call(const ast::Call& node, Span span, const Env& env, const DeclType* want) {
  const auto call_value = [&](const Val& val) -> Val {
    if (node.args.size() != 1 || !node.args[0].value || node.args[0].name || node.args[0].key) {
      error(Code::WrongArguments, span, {ast::to_text(*node.callee), "one value: the curve's place"});
      return {};
    }
    const Val age = eval(*node.args[0].value, without_draw(env, "a curve's argument"), val.curve->parameter.get());
    if (age.is_error()) return {};
    return call_curve(*val.curve, age, node.args[0].value->span, span, env);
  };
  const auto* name = std::get_if<ast::NameRef>(&node.callee->node);
  if (!name) {
    if (const auto* member = std::get_if<ast::Member>(&node.callee->node)) {
      const auto* base = std::get_if<ast::NameRef>(&member->base->node);
      for (const UseInfo& use : modules_[env.module].uses) {
        if (!base || use.alias != base->name) continue;
        const Symbol symbol = find_symbol(use.module, member->name.text, member->name.span);
        if (symbol.what == Symbol::What::Fn) return call_fn(FnId(symbol.id), node, span, env, want);
      }
    }
    const Val callee = eval(*node.callee, env);
    if (callee.is_error()) return {};
    if (callee.kind == Val::Kind::Curve) return call_value(callee);
    error(Code::NotANumber, node.callee->span, {describe(callee) + ", which cannot be called"});
    return {};
  }
  if (const auto bound = local(name->name, env); bound && bound->kind == Val::Kind::Curve) return call_value(*bound);
  // A field that is a curve; a field of another sort does not hide a function of its name.
  const auto curve_field = [&](InstId inst) -> std::optional<Val> {
    if (!inst) return std::nullopt;
    const auto at = insts_[inst].fields.find(name->name);
    if (at == insts_[inst].fields.end()) return std::nullopt;
    const DeclType* type = declared(at->second);
    if (type ? type->form != DeclType::Form::Curve : fields_[at->second].state == FieldInfo::State::Busy) return std::nullopt;
    Val val = field_value(at->second, -1, node.callee->span, env);
    if (val.kind != Val::Kind::Curve && !(type && val.is_error())) return std::nullopt;
    return val;
  };
  std::optional<Val> curve = curve_field(env.candidate);
  InstId at = env.inst;
  for (int i = 0; i < env.depth && at && !curve; ++i, at = insts_[at].parent) curve = curve_field(at);
  const Symbol symbol = find_symbol(env.module, name->name, node.callee->span);
  if (!curve && symbol.what == Symbol::What::Field) {
    const FieldId field(symbol.id);
    curve = curve_field(fields_[field].inst);
  }
  if (curve) return curve->is_error() ? Val{} : call_value(*curve);
  if (symbol.what == Symbol::What::Fn) return call_fn(FnId(symbol.id), node, span, env, want);
  if (auto val = builtin_call(name->name, node, span, env, want)) return *val;
  if (modules_[env.module].incomplete) return {};
  std::vector<std::string> names = function_names();
  for (const FnInfo& fn : fns_) names.push_back(fn.decl->name.text);
  suggest(error(Code::UnknownFunction, node.callee->span, {name->name}), name->name, names, node.callee->span);
  return {};
}

void Checker::type_fn(FnId id) {
  if (fns_[id].typed) return;
  fns_[id].typed = true;
  const ast::FnDecl& decl = *fns_[id].decl;
  const ModuleId module = fns_[id].module;
  std::vector<DeclType> params;
  for (const ast::Param& param : decl.params) params.push_back(declared_type(param.type, module));
  const DeclType result = declared_type(decl.result, module);
  fns_[id].params = std::move(params);
  fns_[id].result = result;
}

/// Checks a body once with values of the declared types, so that a library's mistake is told even if nobody calls it.
void Checker::check_fn(FnId id) {
  type_fn(id);
  const ast::FnDecl& decl = *fns_[id].decl;
  Env env;
  env.module = fns_[id].module;
  env.inst = modules_[env.module].root;
  env.group = GroupId(0);
  env.dry = true;
  std::vector<Val> args;
  std::vector<Span> spans;
  for (std::size_t i = 0; i < decl.params.size(); ++i) {
    const DeclType type = fns_[id].params[i];
    Val val;
    if (type.form == DeclType::Form::Value) {
      // An argument is not a literal: a column stands for what is known of it, its type.
      val = number(make(Op::Column, type.type, {}, decl.params[i].name.span));
      stand_in(val.expr, type.type);
    } else if (type.form == DeclType::Form::Money && !model_.currency.empty()) {
      Type money;
      money.sort = Sort::Amount;
      money.unit = model_.vocabulary.find_unit(model_.currency)->unit;
      val = number(make(Op::Column, money, {}, decl.params[i].name.span));
      stand_in(val.expr, money);
    } else {
      model_.groups[GroupId(0)].columns.clear();
      return;   // texts, codes, curves and instances: checked where it is called
    }
    args.push_back(val);
    spans.push_back(decl.params[i].name.span);
  }
  run_fn(id, args, spans, env);
  // The stand-ins leave; what is left of the check is not reached from the model, and compact() drops it.
  for (const Val& arg : args) {
    model_.exprs[arg.expr].op = Op::Const;
    model_.exprs[arg.expr].index = -1;
  }
  model_.groups[GroupId(0)].columns.clear();
}

void Checker::stand_in(ExprId expr, const Type& type) {
  model::Group& group = model_.groups[GroupId(0)];
  // One column of the scenario's group serves all; it is taken out again when the check is over.
  model::Column column;
  column.name = "any#";
  column.type = type;
  column.values.assign(static_cast<std::size_t>(types::components(type)), 0.5);
  model_.exprs[expr].index = static_cast<std::int32_t>(group.columns.size());
  group.columns.push_back(std::move(column));
  column_group_[expr.value] = GroupId(0);
}

Val Checker::call_fn(FnId id, const ast::Call& node, Span span, const Env& env, const DeclType* want) {
  type_fn(id);
  const ast::FnDecl& decl = *fns_[id].decl;
  const std::size_t count = decl.params.size();
  std::vector<const ast::Expr*> given(count, nullptr);
  std::vector<std::string> names;
  for (const ast::Param& param : decl.params) names.push_back(param.name.text);
  // Positional arguments fill the parameters in order. Where a curve is expected its own argument is left out, so the
  // positional ones begin after it.
  const bool as_curve = want && want->form == DeclType::Form::Curve;
  std::size_t next = as_curve ? 1 : 0;
  for (const ast::Arg& arg : node.args) {
    if (arg.key || arg.each || !arg.over.empty() || arg.is_otherwise || !arg.value) {
      error(Code::WrongArguments, arg.span, {decl.name.text, join_words(names)});
      return {};
    }
    std::size_t index = count;
    if (arg.name) {
      for (std::size_t i = 0; i < count; ++i) {
        if (names[i] == arg.name->text) index = i;
      }
      if (index == count) {
        auto& d = error(Code::WrongArguments, arg.name->span, {decl.name.text, "no `" + arg.name->text + "`; its parameters are " + join_words(names)});
        suggest(d, arg.name->text, names, arg.name->span);
        return {};
      }
    } else {
      index = next++;
    }
    if (index >= count || given[index]) {
      error(Code::WrongArguments, arg.span, {decl.name.text, count == 0 ? "nothing" : join_words(names)});
      return {};
    }
    given[index] = arg.value.get();
  }
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < count; ++i) {
    if (!given[i] && !decl.params[i].default_value) missing.push_back(i);
  }
  std::vector<Val> args(count);
  std::vector<Span> spans(count, span);
  for (std::size_t i = 0; i < count; ++i) {
    const DeclType type = fns_[id].params[i];
    if (given[i]) {
      args[i] = eval(*given[i], without_draw(env, "a function's argument"), &type);
      if (args[i].is_error()) return {};
      spans[i] = given[i]->span;
    } else if (decl.params[i].default_value) {
      Env there;
      there.module = fns_[id].module;
      there.inst = modules_[there.module].root;
      there.group = env.group;
      args[i] = eval(*decl.params[i].default_value, there, &type);
      spans[i] = decl.params[i].default_value->span;
    }
  }
  if (as_curve && missing.size() == 1) {
    auto curve = std::make_shared<CurveVal>();
    curve->fn = id;
    curve->arguments = args;
    curve->open = missing[0];
    curve->env = std::make_shared<Env>(env);
    curve->parameter = std::make_shared<DeclType>(fns_[id].params[missing[0]]);
    curve->result = want->result;
    Val val;
    val.kind = Val::Kind::Curve;
    val.curve = curve;
    return val;
  }
  if (!missing.empty()) {
    std::vector<std::string> lacking;
    for (const std::size_t i : missing) lacking.push_back("`" + names[i] + "`");
    error(Code::WrongArguments, span, {decl.name.text, join_words(names) + "; " + join_words(lacking) + (missing.size() == 1 ? " is missing" : " are missing")});
    return {};
  }
  return run_fn(id, args, spans, env);
}

Val Checker::run_fn(FnId id, const std::vector<Val>& args, const std::vector<Span>& spans, const Env& env) {
  type_fn(id);
  const ast::FnDecl& decl = *fns_[id].decl;
  if (!may_call(id, env)) return {};
  calls_.open.push_back(id);
  const Val val = run_body(id, args, spans, env);
  calls_.open.pop_back();
  if (val.is_error()) return {};
  return typed_result(val, fns_[id].result, decl.body->span, "`" + decl.name.text + "`", env);
}

/// Functions are written out where they are called. One that calls itself would never end, and some would not within this year:
/// after the first such all calls are given up, since what surrounds it is at fault too.
bool Checker::may_call(FnId id, const Env& env) {
  if (calls_.given_up) return false;
  const ast::Name& name = fns_[id].decl->name;
  const bool deep = env.calls > deepest_call;
  if (!deep && ++calls_.count <= most_calls) return true;
  calls_.given_up = true;
  if (deep && std::count(calls_.open.begin(), calls_.open.end(), id) > 1) {
    error(Code::FunctionOfItself, name.span, {name.text});
  } else {
    error(Code::TooManyCalls, name.span,
          {name.text, deep ? "more than " + std::to_string(deepest_call) + " calls within one another"
                           : "more than " + std::to_string(most_calls) + " calls in all"});
  }
  return false;
}

Val Checker::run_body(FnId id, const std::vector<Val>& args, const std::vector<Span>& spans, const Env& env) {
  const ast::FnDecl& decl = *fns_[id].decl;
  Env inside;
  inside.module = fns_[id].module;
  inside.inst = modules_[inside.module].root;
  inside.group = env.group;
  inside.calls = env.calls + 1;
  inside.dry = env.dry;
  inside.no_draw = "a function";
  for (std::size_t i = 0; i < args.size(); ++i) {
    const DeclType& type = fns_[id].params[i];
    Val val = args[i];
    const std::string what = "`" + decl.params[i].name.text + "` of `" + decl.name.text + "`";
    if (type.form == DeclType::Form::Value || type.form == DeclType::Form::Money) {
      const ExprId expr = coerce(val, type, spans[i], what);
      if (type_of(expr).sort == Sort::Unknown && model_.exprs[expr].op == Op::Const) return {};
      val = number(expr);
    } else if ((type.form == DeclType::Form::Curve) != (val.kind == Val::Kind::Curve)) {
      error(Code::WrongType, spans[i], {what, "a curve", describe(val)});
      return {};
    }
    auto bound = std::make_shared<Local>();
    bound->name = decl.params[i].name.text;
    bound->val = val;
    bound->next = inside.locals;
    inside.locals = bound;
  }
  const DeclType result = fns_[id].result;
  return eval(*decl.body, inside, &result);
}

Val Checker::typed_result(const Val& val, const DeclType& type, Span span, const std::string& what, const Env& env) {
  if (type.form != DeclType::Form::Value && type.form != DeclType::Form::Money) return val;
  bool unchecked = false;
  const ExprId expr = coerce(val, type, span, what, &unchecked);
  const Type found = type_of(expr);
  if (found.sort == Sort::Unknown) return model_.exprs[expr].op == Op::Const ? Val{} : number(expr);
  if (type.form != DeclType::Form::Value || found.sort == type.type.sort || !found.unit.is_number()) return number(expr);
  if (unchecked && !env.dry) require_share(env, expr, expr, what.substr(1, what.size() - 2), span, type.type.sort);
  Type to = found;
  to.sort = type.type.sort;
  return number(retype(expr, to, span));
}

ExprId Checker::retype(ExprId expr, const Type& type, Span span) {
  switch (model_.exprs[expr].op) {
    case Op::Ref: case Op::RowOf: case Op::Column: case Op::Prev: case Op::Draw: case Op::ReduceSet: {
      Type one;
      one.sort = Sort::Factor;
      return make(Op::Mul, type, {expr, constant(1, one, span)}, span);
    }
    default: {
      model::Expr copy = model_.exprs[expr];
      copy.type = type;
      return model_.exprs.add(std::move(copy));
    }
  }
}

Val Checker::call_curve(const CurveVal& curve, Val age, Span age_span, Span span, const Env& env) {
  if (curve.parameter && curve.parameter->form == DeclType::Form::Value) {
    const ExprId coerced = coerce(age, *curve.parameter, age_span, "the curve's argument");
    if (type_of(coerced).sort == Sort::Unknown && model_.exprs[coerced].op == Op::Const) return {};
    age = number(coerced);
  }
  Val val;
  if (curve.fn) {
    std::vector<Val> args = curve.arguments;
    args[curve.open] = age;
    val = run_fn(curve.fn, args, std::vector<Span>(args.size(), age_span), env);
  } else if (curve.lambda) {
    Env inside = *curve.env;
    inside.group = env.group;
    inside.draw = nullptr;
    inside.calls = env.calls + 1;
    if (inside.calls > deepest_call) {
      if (!calls_.given_up) error(Code::FunctionOfItself, curve.lambda->parameter.span, {curve.lambda->parameter.text});
      calls_.given_up = true;
      return {};
    }
    auto bound = std::make_shared<Local>();
    bound->name = curve.lambda->parameter.text;
    bound->val = age;
    bound->next = inside.locals;
    inside.locals = bound;
    val = eval(*curve.lambda->body, inside, curve.result.get());
  } else {
    val = along_points(curve, age, age_span, span);
  }
  if (val.is_error() || !curve.result) return val;
  return typed_result(val, *curve.result, curve.lambda ? curve.lambda->body->span : span, "`the curve`", env);
}

}  // namespace horizon::sema
