// The functions of the language itself.
#include "compiler/sema/checker.hpp"
#include "compiler/sema/rehearsal.hpp"

namespace horizon::sema {
namespace {

std::optional<NotBuilt> later(const std::string& name) {
  static const std::map<std::string, NotBuilt> names = {
      {"delay", NotBuilt::Delay},
      {"actual", NotBuilt::Actual},       {"over_contract_year", NotBuilt::OverContractYear},
      {"year_to_date", NotBuilt::YearToDate}, {"total", NotBuilt::Total},
      {"argmin", NotBuilt::Argmin},       {"argmax", NotBuilt::Argmin},
      {"rank", NotBuilt::Rank},           {"share_of", NotBuilt::Rank},
      {"binomial", NotBuilt::Binomial},
      {"student_t", NotBuilt::StudentT},  {"empirical", NotBuilt::Empirical},
      {"quantiles", NotBuilt::Quantiles}, {"mixture", NotBuilt::Mixture},
      {"truncated", NotBuilt::Truncated}, {"walk", NotBuilt::Walk},
      {"ar1", NotBuilt::Ar1},             {"round_up", NotBuilt::RoundUp},
      {"area", NotBuilt::Area}};
  const auto at = names.find(name);
  return at == names.end() ? std::nullopt : std::optional(at->second);
}

bool is_distribution(const std::string& name) {
  for (const char* known : {"uniform", "normal", "lognormal", "triangular", "pert", "beta", "gamma", "weibull",
                            "exponential", "poisson", "discrete"}) {
    if (name == known) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> Checker::function_names() {
  return {"min",   "max",   "abs",        "exp",   "log",      "sqrt",     "floor",   "ceil",    "round",
          "clamp", "ratio", "earliest",   "latest", "since",   "after",    "reached", "during",  "sum",
          "mean",  "count", "first",      "last",  "prev",     "cumulative", "dated", "lump",    "rebase",
          "points", "uniform", "normal",  "lognormal", "triangular", "pert", "beta",  "gamma",   "weibull",
          "exponential", "poisson", "discrete", "cohort", "delay", "total"};
}

const ast::Arg* Checker::named_arg(const ast::Call& node, const std::string& name) {
  for (const ast::Arg& arg : node.args) {
    if (arg.name && arg.name->text == name) return &arg;
  }
  return nullptr;
}

bool Checker::plain_args(const ast::Call& node, const std::string& name, std::size_t least, std::size_t most, Span span) {
  bool plain = node.args.size() >= least && node.args.size() <= most;
  for (const ast::Arg& arg : node.args) {
    plain = plain && arg.value && !arg.name && !arg.key && !arg.each && arg.over.empty() && !arg.is_otherwise;
  }
  if (plain) return true;
  static const char* words[] = {"no value", "one value", "two values", "three values"};
  error(Code::WrongArguments, span, {name, least == most && least < 4 ? words[least] : "at least two values"});
  return false;
}

std::optional<Val> Checker::builtin_call(const std::string& name, const ast::Call& node, Span span, const Env& env,
                                         const DeclType* want) {
  if (env.expecting) {
    if (auto val = Rehearsal::statistic(*this, name, node, span, env)) return *val;
  }
  if (const auto construct = later(name)) return not_built(*construct, span);
  if (is_distribution(name)) return draw_call(name, node, span, env, want);
  const auto arg = [&](std::size_t i, const DeclType* expected = nullptr) { return eval(*node.args[i].value, env, expected); };
  const auto at = [&](std::size_t i) { return node.args[i].value->span; };
  const auto date_arg = [&](std::size_t i, bool closing) {
    const Val val = arg(i);
    // A literal that closes a range counts to its end (E3).
    if (closing && val.year) {
      Type date;
      date.sort = Sort::Date;
      return constant(year_start(*val.year + 1), date, at(i));
    }
    if (closing && val.period) {
      Type date;
      date.sort = Sort::Date;
      return constant(val.period->until, date, at(i));
    }
    return as_date(val, at(i), "what `" + name + "` looks at");
  };
  if (name == "sum" || name == "mean" || name == "min" || name == "max") {
    const model::Reduce reduce = name == "sum"    ? model::Reduce::Sum
                                 : name == "mean" ? model::Reduce::Mean
                                 : name == "min"  ? model::Reduce::Min
                                                  : model::Reduce::Max;
    if (node.args.size() == 1 && node.args[0].value && !node.args[0].name && !node.args[0].key) {
      if (!node.args[0].over.empty()) return reduce_over(reduce, node.args[0], span, env);
      return aggregate(reduce, node.args[0], span, env);
    }
    if (name == "sum" || name == "mean") {
      error(Code::WrongArguments, span, {name, "one value, over a dimension or over a set: `" + name + "(x over region)`, `" + name + "(spend of all medicine)`"});
      return Val{};
    }
    return minimum(name == "min" ? Op::Min : Op::Max, name, node, span, env, want);
  }
  if (name == "earliest" || name == "latest") {
    if (node.args.size() == 1 && node.args[0].value && !node.args[0].key) {
      const model::Reduce reduce = name == "earliest" ? model::Reduce::Min : model::Reduce::Max;
      if (!node.args[0].over.empty()) return reduce_over(reduce, node.args[0], span, env);
      return aggregate(reduce, node.args[0], span, env);
    }
    DeclType date;
    date.form = DeclType::Form::Value;
    date.type.sort = Sort::Date;
    return minimum(name == "earliest" ? Op::Min : Op::Max, name, node, span, env, &date);
  }
  if (name == "count") return count(node, span, env);
  if (name == "first" || name == "last") {
    if (!plain_args(node, name, 1, 1, span)) return Val{};
    const Val list = arg(0);
    if (list.is_error()) return Val{};
    if (list.kind != Val::Kind::List) {
      error(Code::WrongType, at(0), {"what `" + name + "` looks at", "a list of blocks", describe(list)});
      return Val{};
    }
    if (!list.list->items.empty()) return name == "first" ? list.list->items.front() : list.list->items.back();
    Val absent;
    absent.kind = Val::Kind::Absent;
    absent.absent = "an element of `" + ast::to_text(*node.args[0].value) + "`";
    return absent;
  }
  if (name == "abs" || name == "exp" || name == "log" || name == "sqrt" || name == "floor" || name == "ceil" ||
      name == "round") {
    return maths(name, node, span, env);
  }
  if (name == "clamp") {
    if (!plain_args(node, name, 3, 3, span)) return Val{};
    const Val x = arg(0, want), low = arg(1, want), high = arg(2, want);
    if (x.is_error() || low.is_error() || high.is_error()) return Val{};
    as_number(x, at(0)), as_number(low, at(1)), as_number(high, at(2));
    if (x.kind != Val::Kind::Number || low.kind != Val::Kind::Number || high.kind != Val::Kind::Number) return Val{};
    const ExprId above = min_max(Op::Max, x, low, at(0), at(1), span);
    if (type_of(above).sort == Sort::Unknown) return Val{};
    return number(min_max(Op::Min, number(above), high, at(0), at(2), span));
  }
  if (name == "ratio") {
    if (!plain_args(node, name, 2, 2, span)) return Val{};
    const ExprId a = value(*node.args[0].value, env), b = value(*node.args[1].value, env);
    const ExprId quotient = divide(a, b, span);
    if (type_of(quotient).sort == Sort::Unknown) return Val{};
    Type event, zero = type_of(b), type = type_of(quotient);
    event.sort = Sort::Event;
    event.by = zero.by;
    zero.by.clear();
    const ExprId divisor = type_of(b).sort == Sort::Duration ? to_months(b, span) : b;
    if (zero.sort == Sort::Duration) zero = type_of(divisor);
    const ExprId none = make(Op::Eq, event, {divisor, constant(0, zero, span)}, span);
    Type nothing = type;
    nothing.by.clear();
    return number(make(Op::Select, type, {none, constant(0, nothing, span), quotient}, span));
  }
  if (name == "since" || name == "after" || name == "reached") {
    if (!plain_args(node, name, 1, 1, span)) return Val{};
    const ExprId date = date_arg(0, false);
    Type type;
    type.sort = name == "since" ? Sort::Duration : Sort::Share;
    type.by = type_of(date).by;
    if (type_of(date).sort == Sort::Unknown && model_.exprs[date].op == Op::Const) return Val{};
    return number(make(name == "since" ? Op::Since : Op::After, type, {date}, span));
  }
  if (name == "during") {
    if (!plain_args(node, name, 2, 2, span)) return Val{};
    const ExprId from = date_arg(0, false), until = date_arg(1, true);
    Type type;
    type.sort = Sort::Share;
    type.by = union_by({from, until});
    return number(make(Op::During, type, {from, until}, span));
  }
  if (name == "prev") return prev(node, span, env);
  if (name == "cumulative") return cumulative(node, span, env);
  if (name == "cohort") return cohort(node, span, env);
  if (name == "dated") return dated(node, span, env, want);
  if (name == "lump") return lump(node, span, env);
  if (name == "rebase") return rebase(node, span, env);
  if (name == "points") return points(node, span, env, want);
  return std::nullopt;
}

Val Checker::minimum(Op op, const std::string& name, const ast::Call& node, Span span, const Env& env, const DeclType* want) {
  if (!plain_args(node, name, 2, 64, span)) return {};
  std::optional<Val> best;
  for (const ast::Arg& arg : node.args) {
    const Val val = eval(*arg.value, env, want);
    as_number(val, arg.value->span);
    if (val.kind != Val::Kind::Number) return {};
    if (!best) {
      best = val;
      continue;
    }
    const ExprId expr = min_max(op, *best, val, node.args[0].value->span, arg.value->span, span);
    if (type_of(expr).sort == Sort::Unknown && model_.exprs[expr].op == Op::Const) return {};
    best = number(expr);
  }
  return *best;
}

ExprId Checker::min_max(Op op, Val a, Val b, Span a_span, Span b_span, Span span) {
  if (!align(a, b, a_span, b_span, span, "comparing")) return error_expr(span);
  const Type x = type_of(a.expr);
  Type type = join_types(x, type_of(b.expr));
  type.by = union_by({a.expr, b.expr});
  if (type.sort == Sort::Label || type.sort == Sort::Event) {
    if (type.sort == Sort::Label) {
      error(Code::NotANumber, span, {type_text(type)});
      return error_expr(span);
    }
  }
  if (type.sort == Sort::Duration) {
    // Months and days compare through their common measure, and the winner keeps both.
    Type event;
    event.sort = Sort::Event;
    event.by = type.by;
    const ExprId less = make(Op::Lt, event, {to_months(a.expr, a_span), to_months(b.expr, b_span)}, span);
    return op == Op::Min ? make(Op::Select, type, {less, a.expr, b.expr}, span)
                         : make(Op::Select, type, {less, b.expr, a.expr}, span);
  }
  const ExprId expr = make(op, type, {a.expr, b.expr}, span);
  tighten(expr);
  return expr;
}

/// A pure number that cannot leave 0..1 is a share, one that cannot fall below 0 a factor.
void Checker::tighten(ExprId expr) {
  const Type type = type_of(expr);
  if (!type.unit.is_number() || (type.sort != Sort::Number && type.sort != Sort::Factor)) return;
  model_.exprs[expr].type.sort = Sort::Number;
  const Range range = range_of(expr, 6);
  if (range.low >= 0) model_.exprs[expr].type.sort = range.high <= 1 ? Sort::Share : Sort::Factor;
}

Val Checker::maths(const std::string& name, const ast::Call& node, Span span, const Env& env) {
  if (!plain_args(node, name, 1, 1, span)) return {};
  const ExprId x = value(*node.args[0].value, env);
  Type type = type_of(x);
  if (type.sort == Sort::Unknown) return model_.exprs[x].op == Op::Const ? Val{} : number(make(Op::Exp, type, {x}, span));
  const bool keeps_unit = name == "abs";
  const bool number_like = type.sort != Sort::Date && type.sort != Sort::Duration && type.sort != Sort::Label;
  if (!number_like || (!keeps_unit && !type.unit.is_number())) {
    auto& d = error(Code::WrongType, node.args[0].value->span, {"what `" + name + "` is taken of", "a plain number", type_text(type)});
    d.mend = diag::Mend{"divide it by one unit, such as `1 year`", {}, ""};
    return {};
  }
  const Op op = name == "abs"     ? Op::Abs
                : name == "exp"   ? Op::Exp
                : name == "log"   ? Op::Log
                : name == "sqrt"  ? Op::Sqrt
                : name == "floor" ? Op::Floor
                : name == "ceil"  ? Op::Ceil
                                  : Op::Round;
  if (op == Op::Log || op == Op::Floor || op == Op::Ceil || op == Op::Round) {
    type.sort = op != Op::Log && is_positive(x) ? Sort::Factor : Sort::Number;
  } else if (op == Op::Exp) {
    type.sort = Sort::Factor;
  } else if (type.unit.is_number() && type.sort != Sort::Share && type.sort != Sort::Count) {
    type.sort = Sort::Factor;
  }
  return number(make(op, type, {x}, span));
}

Val Checker::rebase(const ast::Call& node, Span span, const Env& env) {
  if (!plain_args(node, "rebase", 2, 2, span)) return {};
  const ExprId x = value(*node.args[0].value, env);
  const auto* name = std::get_if<ast::NameRef>(&node.args[1].value->node);
  const auto basis = name ? model_.vocabulary.find_basis(name->name) : std::nullopt;
  if (!basis) {
    const std::string text = ast::to_text(*node.args[1].value);
    suggest(error(Code::UnknownBasis, node.args[1].value->span, {text}), text, model_.vocabulary.basis_names(),
            node.args[1].value->span);
    return {};
  }
  Type type = type_of(x);
  if (type.sort == Sort::Unknown) return {};
  bool money = false;
  for (types::UnitFactor& factor : type.unit.factors) {
    if (!model_.vocabulary.is_currency(factor.atom)) continue;
    factor.basis = *basis;
    money = true;
  }
  if (!money) {
    error(Code::WrongType, node.args[0].value->span, {"what `rebase` is given", "an amount of money", type_text(type)});
    return {};
  }
  return number(retype(x, type, span));
}

}  // namespace horizon::sema
