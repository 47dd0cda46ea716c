// Distributions (rules.md D2, D3, F1, F2; language.md 2): which family, which parameters, in which unit.
#include <algorithm>
#include <cmath>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

/// Where the `=` stands that the definition around `at` begins with; nothing if `at` lies inside brackets.
std::optional<std::uint32_t> equals_before(std::string_view text, std::uint32_t at) {
  for (std::uint32_t i = at; i-- > 0;) {
    const char c = text[i];
    if (c == '(' || c == '[' || c == '{' || c == ')' || c == ']' || c == '}' || c == ';' || c == '"' || c == '\n') return std::nullopt;
    if (c == '=') return i > 0 && std::string_view("=<>!").find(text[i - 1]) != std::string_view::npos ? std::nullopt : std::optional(i);
  }
  return std::nullopt;
}

/// Do both ends of such a draw come up, and is one of them, as far as it is known now, none of a share?
bool leaves_share(model::Distribution distribution, const std::optional<Rows>& least, const std::optional<Rows>& greatest) {
  using D = model::Distribution;
  if (distribution != D::Uniform && distribution != D::Triangular && distribution != D::Pert) return false;
  const auto any = [](const std::optional<Rows>& rows, auto test) {
    return rows && std::any_of(rows->values.begin(), rows->values.end(), test);
  };
  return any(least, [](double p) { return p < 0; }) || any(greatest, [](double p) { return p > 1; });
}

}  // namespace

bool Checker::allow_draw(Span span, const Env& env) {
  if (!env.draw) {
    if (env.no_draw) {
      error(Code::DistributionMisplaced, span, {env.no_draw});
    } else {
      auto& d = error(Code::DrawWithEquals, span);
      if (const auto sign = equals_before(sources_.text(span.file), span.begin)) {
        d.mend = diag::Mend{"write `~`", Span{span.file, *sign, *sign + 1}, "~"};
      }
    }
    return false;
  }
  if (env.draw->seen++ > 0) {
    error(Code::TwoDistributions, span).notes.push_back({env.draw->first, "the first one is here"});
    return false;
  }
  env.draw->first = span;
  return true;
}

Val Checker::make_draw(model::Distribution distribution, std::vector<ExprId> args, Type type, Span span, const Env& env) {
  DrawContext& context = *env.draw;
  if (!fields_[context.owner].quantity) {
    Type unknown;
    unknown.sort = Sort::Unknown;
    const DeclType* want = declared(context.owner);
    new_quantity(context.owner, want && want->form == DeclType::Form::Value ? want->type : unknown);
  }
  model::DrawSpec spec;
  spec.distribution = distribution;
  spec.owner = fields_[context.owner].quantity;
  spec.each = context.each_period;
  spec.each_dimension = context.each;
  spec.round = type.sort == Sort::Count;
  if (type.sort == Sort::Duration) {
    spec.in_days = duration_in_days(args);
    if (!spec.in_days) {
      for (ExprId& arg : args) {
        if (type_of(arg).sort != Sort::Duration) continue;
        const auto days = rows_of(arg, env.group, 1);
        const bool months_only = days && std::all_of(days->values.begin(), days->values.end(), [](double d) { return d == 0; });
        if (months_only) continue;
        Type whole;
        whole.sort = Sort::Duration;
        whole.by = type_of(arg).by;
        arg = make(Op::ToDuration, whole, {to_months(arg, span)}, span);
      }
    }
  }
  if (!check_params(distribution, args, spec.in_days ? 1 : 0, span, env)) return {};
  // `x : Share ~ pert(50%, 75%, 120%)`: what is drawn is the share itself.
  const ast::Define* define = fields_[context.owner].define;
  const DeclType* wanted = declared(context.owner);
  const bool is_share = define && define->value && define->value->span == span && wanted && wanted->form == DeclType::Form::Value &&
                        wanted->type.sort == Sort::Share && wanted->type.unit.is_number();
  if (is_share && leaves_share(distribution, rows_of(args.front(), env.group), rows_of(args.back(), env.group))) {
    error(Code::ImpossibleParameters, span, {"a share must lie between 0 % and 100 %, and what is drawn here goes beyond"});
    return {};
  }
  type.by = union_by(args);
  type.by.insert(type.by.end(), context.each.begin(), context.each.end());
  std::sort(type.by.begin(), type.by.end());
  type.by.erase(std::unique(type.by.begin(), type.by.end()), type.by.end());
  const ExprId expr = make(Op::Draw, type, args, span);
  model_.exprs[expr].draw = static_cast<std::int32_t>(model_.draws.size());
  model_.draws.push_back(std::move(spec));
  return number(expr);
}

bool Checker::duration_in_days(const std::vector<ExprId>& args) {
  bool some = false;
  for (const ExprId arg : args) {
    if (type_of(arg).sort != Sort::Duration) continue;
    const auto ticks = rows_of(arg, GroupId(0), 0), days = rows_of(arg, GroupId(0), 1);
    if (!ticks || !days) return false;
    for (const double tick : ticks->values) {
      if (tick != 0) return false;
    }
    for (const double day : days->values) some = some || day != 0;
  }
  return some;
}

/// Impossible parameters that are known now. No number is shown: it may be confidential.
bool Checker::check_params(model::Distribution distribution, const std::vector<ExprId>& args, int component, Span span,
                           const Env& env) {
  std::vector<Rows> known;
  std::size_t count = 1;
  for (const ExprId arg : args) {
    const int part = type_of(arg).sort == Sort::Duration ? component : 0;
    const auto rows = rows_of(arg, env.group, part);
    if (!rows) return true;   // drawn or moving: the run checks them
    if (rows->per_row) count = rows->values.size();
    known.push_back(*rows);
  }
  using D = model::Distribution;
  const bool dates = !args.empty() && type_of(args[0]).sort == Sort::Date;
  for (std::size_t row = 0; row < count; ++row) {
    const auto p = [&](std::size_t i) { return known[i].at(row); };
    std::string wrong;
    switch (distribution) {
      case D::Uniform:
        if (p(0) > p(1)) wrong = "the lower end of a `uniform` must not lie above the upper";
        break;
      case D::Normal:
        if (p(1) < 0) wrong = "`sd` cannot be negative";
        break;
      case D::NormalP:
        if (p(0) > p(1)) wrong = "the lower end of a range must not lie above the upper";
        break;
      case D::LognormalP:
      case D::LogitNormalP:
        if (p(0) > p(1)) wrong = "the lower end of a range must not lie above the upper";
        else if (distribution == D::LognormalP && p(0) <= 0) wrong = "a range of a positive quantity must begin above zero; `uniform(a, b)` may begin at zero";
        else if (distribution == D::LogitNormalP && (p(0) <= 0 || p(1) >= 1)) {
          wrong = "a range of a share must lie between 0 % and 100 % and not touch them; `uniform(a, b)` may";
        }
        break;
      case D::Lognormal:
      case D::Gamma:
        if (p(0) <= 0) wrong = "`mean` must be positive here";
        else if (p(1) < 0) wrong = "`sd` cannot be negative";
        break;
      case D::LognormalMedian:
        if (p(0) <= 0 || p(1) <= 0) wrong = "the median and the quantile must be positive";
        else if ((p(1) - p(0)) * (p(2) - 0.5) < 0) wrong = "this quantile lies on the wrong side of the median";
        break;
      case D::Triangular:
      case D::Pert:
        if (p(0) > p(1) || p(1) > p(2)) wrong = "the most likely value must lie between the least and the greatest";
        break;
      case D::Beta:
        if (p(0) <= 0 || p(1) <= 0) wrong = "the two parameters of `beta` must be positive";
        break;
      case D::BetaMeanSd:
        if (p(0) <= 0 || p(0) >= 1) wrong = "the mean of a `beta` must lie between 0 % and 100 %";
        else if (p(1) <= 0 || p(1) * p(1) >= p(0) * (1 - p(0))) wrong = "`sd` is too large for this mean: a `beta` needs sd^2 < mean * (1 - mean)";
        break;
      case D::Weibull:
        if (p(0) <= 0 || p(1) <= 0) wrong = "`mean` and `shape` of a `weibull` must be positive";
        break;
      case D::Exponential:
        if (p(0) <= 0) wrong = "the mean of an `exponential` must be positive";
        break;
      case D::Poisson:
        if (p(0) < 0) wrong = "the mean of a `poisson` cannot be negative";
        else if (p(0) > 100'000) wrong = "the mean of a `poisson` must not be above 100,000; from there on `normal(mean = m, sd = sqrt(m))` is as good";
        break;
      case D::Chance:
        if (p(0) < 0 || p(0) > 1) wrong = "a chance must lie between 0 % and 100 %";
        break;
      case D::Discrete: {
        double sum = 0;
        for (std::size_t i = 1; i < known.size(); i += 2) {
          if (p(i) < 0) wrong = "a weight of `discrete` cannot be negative";
          sum += p(i);
        }
        if (wrong.empty() && std::abs(sum - 1) > 1e-9) wrong = "the weights of `discrete` must add up to 100 %";
        break;
      }
    }
    if (wrong.empty()) continue;
    const model::Group& group = model_.groups[env.group];
    (void)dates;
    auto& d = error(Code::ImpossibleParameters, span, {wrong});
    if (group.is_family && count > 1) d.notes.push_back({span, "so it is in row \"" + group.keys[row] + "\""});
    return false;
  }
  return true;
}

Params Checker::draw_params(const std::vector<const ast::Expr*>& exprs, const std::vector<bool>& widths,
                                     const Env& env, const DeclType* want, Span span) {
  Params params;
  const Env inside = without_draw(env, "a parameter of a distribution");
  // The unit of the variable: as declared, or else that of its first located parameter.
  std::optional<DeclType> expected;
  if (want && want->form == DeclType::Form::Value && want->type.sort != Sort::Event && want->type.sort != Sort::Label) {
    expected = *want;
    if (expected->type.sort == Sort::Count) expected->type.sort = Sort::Factor;
    if (expected->type.sort == Sort::Share || expected->type.sort == Sort::Change) {
      // The bounds of the variable are not those of every parameter; check_params knows.
      if (expected->type.unit.is_number()) expected->type.sort = Sort::Number;
    }
  }
  std::vector<Val> vals;
  for (const ast::Expr* expr : exprs) {
    Val val = eval(*expr, inside, expected ? &*expected : nullptr);
    if (val.is_error()) {
      params.ok = false;
      return params;
    }
    as_number(val, expr->span);
    if (val.kind != Val::Kind::Number || type_of(val.expr).sort == Sort::Unknown) {
      params.ok = false;
      return params;
    }
    vals.push_back(val);
  }
  std::optional<Type> type;
  if (expected) type = expected->type;
  for (std::size_t i = 0; i < vals.size(); ++i) {
    if (widths[i]) continue;
    const Type found = type_of(vals[i].expr);
    if (!type || (!expected && vals[i].zero)) {
      if (!type) type = found;
      continue;
    }
    if (expected) continue;
    if (type->unit.is_number() && !found.unit.is_number()) type = found;   // the first was a bare 0
    else if (found.sort == Sort::Date || found.sort == Sort::Duration) type = found;
    else if (type->sort != Sort::Date && type->sort != Sort::Duration) type = join_types(*type, found);
  }
  if (!type) type = type_of(vals.at(0).expr);
  type->by.clear();
  const Type variable = want && want->form == DeclType::Form::Value && expected ? want->type : *type;
  for (std::size_t i = 0; i < vals.size(); ++i) {
    const Span at = exprs[i]->span;
    DeclType to;
    to.form = DeclType::Form::Value;
    to.type = *type;
    if (to.type.unit.is_number() && to.type.sort != Sort::Date && to.type.sort != Sort::Duration) to.type.sort = Sort::Number;
    if (widths[i] && type->sort == Sort::Date) to.type.sort = Sort::Duration;
    to.type.by = type_of(vals[i].expr).by;
    ExprId expr = coerce(vals[i], to, at, "this parameter");
    if (type_of(expr).sort == Sort::Unknown) {
      params.ok = false;
      return params;
    }
    if (widths[i] && type->sort == Sort::Date) {
      // The width of a date's distribution, in ticks of 1/31 month.
      Type ticks;
      ticks.by = type_of(expr).by;
      Type months;
      months.sort = Sort::Amount;
      months.unit = Unit{{{model_.vocabulary.time(), -1, {}}}};
      expr = make(Op::Mul, ticks, {constant(31, months, at), to_months(expr, at)}, at);
    }
    params.located.push_back(expr);
  }
  params.type = variable;
  params.type.by.clear();
  // Literal shares are a share only if all are.
  if (!expected) {
    for (std::size_t i = 0; i < vals.size(); ++i) {
      if (!widths[i] && params.type.sort == Sort::Share && type_of(vals[i].expr).sort != Sort::Share && !vals[i].zero) {
        params.type.sort = Sort::Number;
      }
    }
  }
  (void)span;
  return params;
}

Type Checker::drawn_type(model::Distribution distribution, const Type& variable) {
  using D = model::Distribution;
  Type type = variable;
  const bool pure = type.unit.is_number() && type.sort != Sort::Date && type.sort != Sort::Duration;
  switch (distribution) {
    case D::Normal:
    case D::NormalP:
      if (pure && type.sort != Sort::Count) type.sort = Sort::Number;
      type.is_signed = true;
      break;
    case D::Lognormal: case D::LognormalP: case D::LognormalMedian: case D::Gamma: case D::Weibull: case D::Exponential:
      if (pure && type.sort != Sort::Count) type.sort = Sort::Factor;
      break;
    case D::Beta: case D::BetaMeanSd: case D::LogitNormalP:
      if (pure) type.sort = Sort::Share;
      break;
    case D::Poisson:
      type.sort = Sort::Count;
      break;
    case D::Chance:
      type.sort = Sort::Event;
      break;
    case D::Uniform: case D::Triangular: case D::Pert: case D::Discrete:
      break;
  }
  return type;
}

Val Checker::chance(const ast::Expr& operand, Span span, const Env& env) {
  if (!allow_draw(span, env)) return {};
  const Env inside = without_draw(env, "a parameter of a distribution");
  const Val p = eval(operand, inside);
  if (p.is_error()) return {};
  DeclType share;
  share.form = DeclType::Form::Value;
  share.type.sort = Sort::Share;
  if (p.kind == Val::Kind::Number) share.type.by = type_of(p.expr).by;
  bool unchecked = false;
  const ExprId expr = coerce(p, share, operand.span, "a chance", &unchecked);
  if (type_of(expr).sort == Sort::Unknown) return {};
  if (unchecked && !rows_of(expr, env.group)) require_share(env, expr, expr, "chance", operand.span, Sort::Share);
  Type type;
  type.sort = Sort::Event;
  return make_draw(model::Distribution::Chance, {expr}, type, span, env);
}

namespace {

/// `90 to 120 patients`, `10 to 20 m DKK`, `35 to 50%`: a bare first number is meant in the unit that follows the second. 0 fits
/// any unit as it is.
std::optional<ast::Expr> with_unit_of(const ast::Expr& low, const ast::Expr& high) {
  const auto* bare = std::get_if<ast::Quantity>(&low.node);
  const auto* whole = std::get_if<ast::Quantity>(&high.node);
  if (!bare || !whole || bare->unit || bare->percent || bare->value == 0) return std::nullopt;
  if (!whole->unit && !whole->percent) return std::nullopt;
  ast::Quantity quantity = *bare;
  quantity.unit = whole->unit;
  quantity.percent = whole->percent;
  return ast::Expr{low.span, std::move(quantity)};
}

}  // namespace

Val Checker::interval(const ast::Interval& node, Span span, const Env& env, const DeclType* want) {
  if (!allow_draw(span, env)) return {};
  double probability = 0.8;
  if (node.width) {
    const ExprId width = value(*node.width, without_draw(env, "a parameter of a distribution"));
    const auto known = constant_of(width);
    if (!known || *known <= 0 || *known >= 1) {
      error(Code::OutOfRange, node.width->span, {"the width of an interval", "a fixed percentage between 0 % and 100 %"});
      return {};
    }
    probability = *known;
  }
  const std::optional<ast::Expr> whole_low = with_unit_of(*node.low, *node.high);
  const Params params = draw_params({whole_low ? &*whole_low : node.low.get(), node.high.get()}, {false, false}, env, want, span);
  if (!params.ok) return {};
  const Type variable = params.type;
  const bool declared_type = want && want->form == DeclType::Form::Value;
  using D = model::Distribution;
  D family = D::LognormalP;
  switch (variable.sort) {
    case Sort::Date: case Sort::Change:
      family = D::NormalP;
      break;
    case Sort::Number:
      if (!declared_type) {
        error(Code::RangeOfWhat, span, {fields_[env.draw->owner].name});
        return {};
      }
      family = D::NormalP;
      break;
    case Sort::Share:
      family = variable.unit.is_number() ? D::LogitNormalP : D::NormalP;
      break;
    case Sort::Factor: case Sort::Count: case Sort::Duration:
      family = D::LognormalP;
      break;
    case Sort::Amount:
      family = variable.is_signed ? D::NormalP : D::LognormalP;
      break;
    case Sort::Event: case Sort::Label: case Sort::Text: case Sort::Unknown:
      error(Code::WrongType, span, {"a range", "of numbers, dates or durations", type_text(variable)});
      return {};
  }
  if (family == D::LognormalP) {
    // Told at the range itself, with the rewrite (D3).
    const int part = variable.sort == Sort::Duration && duration_in_days(params.located) ? 1 : 0;
    const auto low = rows_of(params.located[0], env.group, part);
    if (low && !low->per_row && low->at(0) <= 0) {
      const std::string a = ast::to_text(*node.low), b = ast::to_text(*node.high);
      error(Code::RangeFromZero, span, {a, b}).mend = diag::Mend{"write `uniform(" + a + ", " + b + ")`", span, "uniform(" + a + ", " + b + ")"};
      return {};
    }
  }
  Type one;
  std::vector<ExprId> args = params.located;
  args.push_back(constant(probability, one, span));
  return make_draw(family, args, drawn_type(family, variable), span, env);
}

}  // namespace horizon::sema
