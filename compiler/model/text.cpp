#include "compiler/model/text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/check.hpp"

namespace horizon::model {

std::string_view op_name(Op op) {
  switch (op) {
    case Op::Const: return "constant";
    case Op::Column: return "column";
    case Op::Ref: return "quantity";
    case Op::RowOf: return "row";
    case Op::Bound: return "age";
    case Op::Neg: return "-";
    case Op::Add: return "+";
    case Op::Sub: return "-";
    case Op::Mul: return "*";
    case Op::Div: return "/";
    case Op::Pow: return "^";
    case Op::Min: return "min";
    case Op::Max: return "max";
    case Op::Abs: return "abs";
    case Op::Floor: return "floor";
    case Op::Ceil: return "ceil";
    case Op::Round: return "round";
    case Op::Exp: return "exp";
    case Op::Log: return "log";
    case Op::Sqrt: return "sqrt";
    case Op::MaskMul: return "mask*";
    case Op::Lt: return "<";
    case Op::Le: return "<=";
    case Op::Gt: return ">";
    case Op::Ge: return ">=";
    case Op::Eq: return "==";
    case Op::Ne: return "!=";
    case Op::And: return "and";
    case Op::Or: return "or";
    case Op::Not: return "not";
    case Op::Select: return "if";
    case Op::Now: return "now";
    case Op::PeriodStart: return "period_start";
    case Op::PeriodEnd: return "period_end";
    case Op::Step: return "step";
    case Op::Since: return "since";
    case Op::After: return "after";
    case Op::During: return "during";
    case Op::AddMonths: return "add";
    case Op::DateDiff: return "between";
    case Op::ToMonths: return "months";
    case Op::ToDuration: return "duration";
    case Op::Dated: return "dated";
    case Op::Lump: return "lump";
    case Op::Prev: return "prev";
    case Op::Cumulative: return "cumulative";
    case Op::Cohort: return "cohort";
    case Op::MapOf: return "map";
    case Op::LabelOf: return "label";
    case Op::Pick: return "pick";
    case Op::ReduceOver: return "reduce";
    case Op::ReduceSet: return "reduce_set";
    case Op::Draw: return "draw";
  }
  HZ_UNREACHABLE("op");
}

std::string_view reduce_name(Reduce reduce) {
  switch (reduce) {
    case Reduce::Sum: return "sum";
    case Reduce::Mean: return "mean";
    case Reduce::Min: return "min";
    case Reduce::Max: return "max";
  }
  HZ_UNREACHABLE("reduce");
}

std::string_view distribution_name(Distribution distribution) {
  switch (distribution) {
    case Distribution::Uniform: return "uniform";
    case Distribution::Normal: return "normal";
    case Distribution::NormalP: return "normal_interval";
    case Distribution::Lognormal: return "lognormal";
    case Distribution::LognormalP: return "lognormal_interval";
    case Distribution::LognormalMedian: return "lognormal_median";
    case Distribution::LogitNormalP: return "logit_normal_interval";
    case Distribution::Triangular: return "triangular";
    case Distribution::Pert: return "pert";
    case Distribution::Beta: return "beta";
    case Distribution::BetaMeanSd: return "beta_mean_sd";
    case Distribution::Gamma: return "gamma";
    case Distribution::Weibull: return "weibull";
    case Distribution::Exponential: return "exponential";
    case Distribution::Poisson: return "poisson";
    case Distribution::Chance: return "chance";
    case Distribution::Discrete: return "discrete";
  }
  HZ_UNREACHABLE("distribution");
}

std::string_view grain_name(Grain grain) {
  switch (grain) {
    case Grain::Whole: return "all";
    case Grain::Year: return "year";
    case Grain::Quarter: return "quarter";
    case Grain::Month: return "month";
  }
  HZ_UNREACHABLE("grain");
}

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "infinity" : "-infinity";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return {buffer.data(), end};
}

std::string date_text(double ticks) {
  if (std::isinf(ticks)) return ticks > 0 ? "never" : "always past";
  if (std::isnan(ticks) || std::fabs(ticks) > 31.0 * 12 * 100'000) return number_text(ticks) + " ticks";
  const double month = std::floor(ticks / 31);
  const double day = std::floor(ticks - 31 * month);
  const auto months = std::chrono::months(static_cast<int>(month));
  const auto first = std::chrono::year(1970) / std::chrono::January / 1 + months;
  const auto last = static_cast<unsigned>((first.year() / first.month() / std::chrono::last).day());
  const unsigned shown = std::min(static_cast<unsigned>(day) + 1, last);
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  std::string text = std::to_string(static_cast<int>(first.year())) + "-" +
                     two(static_cast<unsigned>(first.month())) + "-" + two(shown);
  const double rest = ticks - 31 * month - (shown - 1);
  return rest == 0 ? text : text + "+" + number_text(rest);
}

std::string duration_text(double ticks, double days) {
  const auto part = [](double number, const char* unit) {
    return number_text(number) + " " + unit + (number == 1 ? "" : "s");
  };
  if (days == 0) return part(ticks / 31, "month");
  if (ticks == 0) return part(days, "day");
  return part(ticks / 31, "month") + " + " + part(days, "day");
}

namespace {

std::string sort_text(const Model& model, const Type& type) {
  using types::Sort;
  const auto with_unit = [&](const char* word) {
    if (type.unit.is_number()) return std::string(word);
    return std::string(word) + " " + types::to_text(type.unit, model.vocabulary);
  };
  switch (type.sort) {
    case Sort::Number: return "Number";
    case Sort::Share: return with_unit("Share");
    case Sort::Factor: return "Factor";
    case Sort::Change: return with_unit("Change");
    case Sort::Count: return "Count";
    case Sort::Event: return "Event";
    case Sort::Amount: return types::to_text(type.unit, model.vocabulary);
    case Sort::Date: return "Date";
    case Sort::Duration: return "Duration";
    case Sort::Label: return "Label of " + model.dimensions[type.label_of].name;
    case Sort::Text: return "Text";
    case Sort::Unknown: return "unknown";
  }
  HZ_UNREACHABLE("sort");
}

}  // namespace

std::string type_text(const Model& model, const Type& type) {
  std::string text = sort_text(model, type);
  if (type.is_signed) text = "signed " + text;
  if (type.by.empty()) return text;
  text += " by ";
  if (type.by.size() > 1) text += '(';
  for (std::size_t i = 0; i < type.by.size(); ++i)
    text += (i ? ", " : "") + model.dimensions[type.by[i]].name;
  return type.by.size() > 1 ? text + ")" : text;
}

}  // namespace horizon::model
