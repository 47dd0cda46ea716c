// The named distributions and the ways in which each can be given (language.md 2).
#include <cmath>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

using D = model::Distribution;

/// One way to give a distribution: parameter names (a `p` name stands for any quantile, p5 to p95), and which are widths.
struct Way {
  std::vector<std::string> names;
  std::vector<bool> widths;
  D distribution;
  bool cv = false;        ///< the second is a ratio to the first
  bool positional = false;
};

const std::map<std::string, std::vector<Way>>& ways() {
  static const std::map<std::string, std::vector<Way>> table = {
      {"uniform", {{{"low", "high"}, {false, false}, D::Uniform, false, true}}},
      {"normal", {{{"mean", "sd"}, {false, true}, D::Normal}, {{"mean", "cv"}, {false, true}, D::Normal, true},
                  {{"plow", "phigh"}, {false, false}, D::NormalP}}},
      {"lognormal",
       {{{"mean", "sd"}, {false, true}, D::Lognormal}, {{"mean", "cv"}, {false, true}, D::Lognormal, true},
        {{"plow", "phigh"}, {false, false}, D::LognormalP}, {{"median", "p"}, {false, false}, D::LognormalMedian}}},
      {"triangular", {{{"min", "mode", "max"}, {false, false, false}, D::Triangular, false, true}}},
      {"pert", {{{"min", "mode", "max"}, {false, false, false}, D::Pert, false, true}}},
      {"beta", {{{"a", "b"}, {true, true}, D::Beta, false, true}, {{"mean", "sd"}, {false, true}, D::BetaMeanSd},
                {{"mean", "cv"}, {false, true}, D::BetaMeanSd, true}}},
      {"gamma", {{{"mean", "sd"}, {false, true}, D::Gamma}, {{"mean", "cv"}, {false, true}, D::Gamma, true}}},
      {"weibull", {{{"mean", "shape"}, {false, true}, D::Weibull}}},
      {"exponential", {{{"mean"}, {false}, D::Exponential}}},
      {"poisson", {{{"mean"}, {false}, D::Poisson, false, true}}},
  };
  return table;
}

std::string offered(const std::string& name) {
  std::string text;
  for (const Way& way : ways().at(name)) {
    std::string one = name + "(";
    for (std::size_t i = 0; i < way.names.size(); ++i) {
      const std::string word = way.names[i] == "plow" ? "p10" : way.names[i] == "phigh" || way.names[i] == "p" ? "p90" : way.names[i];
      one += (i ? ", " : "") + word + (way.positional ? "" : " = ...");
    }
    text += (text.empty() ? "" : ", ") + one + ")";
  }
  return text;
}

/// `p10` is 0.1, `p90` 0.9, `p99` 0.99.
std::optional<double> quantile_name(const std::string& name) {
  if (name.size() < 2 || name.size() > 3 || name[0] != 'p') return std::nullopt;
  double value = 0;
  for (std::size_t i = 1; i < name.size(); ++i) {
    if (name[i] < '0' || name[i] > '9') return std::nullopt;
    value = 10 * value + (name[i] - '0');
  }
  if (value <= 0 || value >= 100 || value == 50) return std::nullopt;
  return value / 100;
}

}  // namespace

Val Checker::draw_call(const std::string& name, const ast::Call& node, Span span, const Env& env, const DeclType* want) {
  if (name == "discrete") return discrete(node, span, env, want);
  if (!allow_draw(span, env)) return {};
  std::vector<const ast::Arg*> positional;
  std::map<std::string, const ast::Arg*> named;
  for (const ast::Arg& arg : node.args) {
    if (arg.key || arg.each || !arg.over.empty() || !arg.value || (arg.name && named.count(arg.name->text))) {
      error(Code::WrongParameters, arg.span, {name, offered(name)});
      return {};
    }
    if (arg.name) named[arg.name->text] = &arg;
    else positional.push_back(&arg);
  }
  for (const Way& way : ways().at(name)) {
    std::vector<const ast::Expr*> exprs;
    double low = 0, high = 0;
    if (way.positional && named.empty() && positional.size() == way.names.size()) {
      for (const ast::Arg* arg : positional) exprs.push_back(arg->value.get());
    } else if (positional.empty() && named.size() == way.names.size()) {
      for (const std::string& word : way.names) {
        const ast::Arg* found = nullptr;
        if (word == "p" || word == "plow" || word == "phigh") {
          for (const auto& [given, arg] : named) {
            const auto p = quantile_name(given);
            if (!p || (word == "plow" && *p >= 0.5) || (word == "phigh" && *p <= 0.5)) continue;
            found = arg;
            (word == "plow" ? low : high) = *p;
          }
        } else if (const auto at = named.find(word); at != named.end()) {
          found = at->second;
        }
        if (!found) break;
        exprs.push_back(found->value.get());
      }
    }
    if (exprs.size() != way.names.size()) continue;
    return draw_in_way(way.distribution, way.widths, way.cv, exprs, low, high, span, env, want);
  }
  for (const auto& [given, arg] : named) {
    bool known = quantile_name(given).has_value() || given == "median";
    for (const Way& way : ways().at(name)) {
      for (const std::string& word : way.names) known = known || word == given;
    }
    if (known) continue;
    std::vector<std::string> words = {"median", "p10", "p90"};
    for (const Way& way : ways().at(name)) words.insert(words.end(), way.names.begin(), way.names.end());
    suggest(error(Code::WrongParameters, arg->name->span, {name, offered(name)}), given, words, arg->name->span);
    return {};
  }
  error(Code::WrongParameters, span, {name, offered(name)});
  return {};
}

Val Checker::draw_in_way(model::Distribution distribution, const std::vector<bool>& widths, bool cv,
                         const std::vector<const ast::Expr*>& exprs, double low, double high, Span span, const Env& env,
                         const DeclType* want) {
  Type one;
  if (distribution == D::Beta) {
    const Env inside = without_draw(env, "a parameter of a distribution");
    DeclType number_type;
    number_type.form = DeclType::Form::Value;
    std::vector<ExprId> args;
    for (const ast::Expr* expr : exprs) {
      const Val val = eval(*expr, inside);
      if (val.kind == Val::Kind::Number) number_type.type.by = type_of(val.expr).by;
      args.push_back(coerce(val, number_type, expr->span, "a parameter of `beta`"));
      if (type_of(args.back()).sort == Sort::Unknown) return {};
    }
    Type share;
    share.sort = Sort::Share;
    return make_draw(distribution, args, share, span, env);
  }
  // A ratio or a shape has no unit; all else is in the unit of the variable.
  const bool bare_second = cv || distribution == D::Weibull;
  std::vector<const ast::Expr*> located = exprs;
  std::vector<bool> located_widths = widths;
  if (bare_second) {
    located.pop_back();
    located_widths.pop_back();
  }
  Params params = draw_params(located, located_widths, env, want, span);
  if (!params.ok) return {};
  std::vector<ExprId> args = params.located;
  if (bare_second) {
    DeclType number_type;
    number_type.form = DeclType::Form::Value;
    const Val val = eval(*exprs.back(), without_draw(env, "a parameter of a distribution"));
    if (val.kind == Val::Kind::Number) number_type.type.by = type_of(val.expr).by;
    const ExprId second = coerce(val, number_type, exprs.back()->span, cv ? "`cv`" : "`shape`");
    if (type_of(second).sort == Sort::Unknown) return {};
    if (cv && params.type.sort == Sort::Date) {
      error(Code::WrongParameters, span, {"a date", "its mean and `sd`, a duration"});
      return {};
    }
    args.push_back(cv ? multiply(args[0], second, span) : second);
  }
  if (distribution == D::NormalP || distribution == D::LognormalP) {
    // Only quantiles that lie alike on both sides fix the family's interval form.
    if (std::abs(low + high - 1) > 1e-9) return not_built(NotBuilt::Parametrisation, span);
    args.push_back(constant(high - low, one, span));
  }
  if (distribution == D::LognormalMedian) args.push_back(constant(high, one, span));
  const Sort sort = params.type.sort;
  const bool shares_only = distribution == D::BetaMeanSd;
  if (distribution == D::Poisson && (!params.type.unit.is_number() || sort == Sort::Date || sort == Sort::Duration)) {
    error(Code::WrongType, span, {"a `poisson`", "a plain number, which a unit may multiply: `poisson(40) * 1 patient`", type_text(params.type)});
    return {};
  }
  const bool positive_only = distribution == D::Lognormal || distribution == D::LognormalP ||
                             distribution == D::LognormalMedian || distribution == D::Gamma ||
                             distribution == D::Weibull || distribution == D::Exponential;
  if (shares_only && (!params.type.unit.is_number() || sort == Sort::Date || sort == Sort::Duration)) {
    error(Code::WrongType, span, {"a `beta`", "of shares", type_text(params.type)});
    return {};
  }
  if ((positive_only && sort == Sort::Date) || sort == Sort::Label) {
    error(Code::WrongType, span, {"this distribution", "of amounts, not of dates; `normal`, `uniform`, `pert` and ranges can be of dates", type_text(params.type)});
    return {};
  }
  return make_draw(distribution, args, drawn_type(distribution, params.type), span, env);
}

Val Checker::discrete(const ast::Call& node, Span span, const Env& env, const DeclType* want) {
  if (!allow_draw(span, env)) return {};
  std::vector<const ast::Expr*> values;
  std::vector<bool> widths;
  for (const ast::Arg& arg : node.args) {
    if (!arg.key || !arg.value || arg.is_from || arg.is_otherwise) {
      error(Code::WrongParameters, arg.span, {"discrete", "values and weights: discrete(1: 30%, 2: 70%)"});
      return {};
    }
    values.push_back(arg.key.get());
    widths.push_back(false);
  }
  if (values.empty()) {
    error(Code::WrongParameters, span, {"discrete", "values and weights: discrete(1: 30%, 2: 70%)"});
    return {};
  }
  const Params params = draw_params(values, widths, env, want, span);
  if (!params.ok) return {};
  const Env inside = without_draw(env, "a parameter of a distribution");
  std::vector<ExprId> args;
  for (std::size_t i = 0; i < values.size(); ++i) {
    DeclType weight;
    weight.form = DeclType::Form::Value;
    const Val val = eval(*node.args[i].value, inside);
    if (val.kind == Val::Kind::Number) weight.type.by = type_of(val.expr).by;
    const ExprId expr = coerce(val, weight, node.args[i].value->span, "a weight");
    if (type_of(expr).sort == Sort::Unknown) return {};
    args.push_back(params.located[i]);
    args.push_back(expr);
  }
  return make_draw(D::Discrete, args, drawn_type(D::Discrete, params.type), span, env);
}

}  // namespace horizon::sema
