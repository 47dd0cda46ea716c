// Bounds that hold for every row, future and period, from the shape of an expression alone: what is proven here needs no check
// in the run (rules.md D4). A Duration's bounds are those of its months.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double days_per_month = 30.436875;
constexpr int deepest_range = 14;

double months(double ticks, double days) { return ticks / 31 + (days == 0 ? 0 : days / days_per_month); }

}  // namespace

/// The same value, as far as the shape tells.
bool Checker::same_value(ExprId a, ExprId b) {
  if (a == b) return true;
  const model::Expr& x = model_.exprs[a];
  const model::Expr& y = model_.exprs[b];
  if (x.op != y.op) return false;
  if (x.op == Op::Now) return true;
  if (x.op == Op::Ref) return x.quantity == y.quantity;
  if (x.op == Op::Const) return x.number == y.number && x.number2 == y.number2;
  if (x.op == Op::Column) return x.index == y.index && column_group(a) == column_group(b);
  return false;
}

Range Checker::draw_range(const model::Expr& expr, int depth) {
  using D = model::Distribution;
  const auto arg = [&](std::size_t i) { return range_of(expr.args[i], depth + 1); };
  switch (model_.draws[static_cast<std::size_t>(expr.draw)].distribution) {
    case D::Lognormal: case D::LognormalP: case D::LognormalMedian: case D::Gamma: case D::Weibull: case D::Exponential:
    case D::Poisson:
      return {0, infinity};
    case D::LogitNormalP: case D::Beta: case D::BetaMeanSd: case D::Chance:
      return {0, 1};
    case D::Uniform: case D::Triangular: case D::Pert:
      return {arg(0).low, range_of(expr.args.back(), depth + 1).high};
    case D::Discrete: {
      Range all{infinity, -infinity};
      for (std::size_t i = 0; i < expr.args.size(); i += 2) all = {std::min(all.low, arg(i).low), std::max(all.high, arg(i).high)};
      return all;
    }
    case D::Normal: case D::NormalP:
      break;
  }
  return {-infinity, infinity};
}

/// `x / sum(x over d)` where x is not negative.
bool Checker::is_part_of_sum(const model::Expr& quotient, Range part) {
  const model::Expr& sum = model_.exprs[quotient.args[1]];
  return part.low >= 0 && sum.op == Op::ReduceOver && sum.reduce == model::Reduce::Sum && same_value(quotient.args[0], sum.args[0]);
}

/// `x + (1 - x) * e` lies between x and 1 where e is a share.
bool Checker::is_blend(const model::Expr& sum, int depth) {
  for (std::size_t i = 0; i < 2; ++i) {
    const ExprId x = sum.args[i];
    const model::Expr& product = model_.exprs[sum.args[1 - i]];
    if (product.op != Op::Mul && product.op != Op::MaskMul) continue;
    for (std::size_t j = 0; j < 2; ++j) {
      const model::Expr& rest = model_.exprs[product.args[j]];
      if (rest.op != Op::Sub || constant_of(rest.args[0]) != 1.0 || !same_value(rest.args[1], x)) continue;
      const Range a = range_of(x, depth + 1), e = range_of(product.args[1 - j], depth + 1);
      if (a.low >= 0 && a.high <= 1 && e.low >= 0 && e.high <= 1) return true;
    }
  }
  return false;
}

Range Checker::range_of(ExprId id, int depth) {
  const model::Expr& expr = model_.exprs[id];
  Range known{-infinity, infinity};
  if (expr.type.unit.is_number()) {
    if (expr.type.sort == Sort::Share || expr.type.sort == Sort::Event) known = {0, 1};
    if (expr.type.sort == Sort::Factor || expr.type.sort == Sort::Count) known = {0, infinity};
    if (expr.type.sort == Sort::Change) known = {-1, infinity};
  }
  if (depth > deepest_range || expr.type.sort == Sort::Unknown) return known;
  const Range found = shape_range(id, depth);
  const double low = std::isnan(found.low) ? -infinity : found.low;
  const double high = std::isnan(found.high) ? infinity : found.high;
  return {std::max(low, known.low), std::min(high, known.high)};
}

Range Checker::shape_range(ExprId id, int depth) {
  const model::Expr& expr = model_.exprs[id];
  const Range all{-infinity, infinity};
  const auto arg = [&](std::size_t i) { return range_of(expr.args[i], depth + 1); };
  const bool is_duration = types::components(expr.type) == 2;
  switch (expr.op) {
    case Op::Const: {
      const double value = is_duration ? months(expr.number, expr.number2) : expr.number;
      return {value, value};
    }
    case Op::Column: {
      const auto& values = model_.groups[column_group(id)].columns[static_cast<std::size_t>(expr.index)].values;
      Range range{infinity, -infinity};
      for (std::size_t i = 0; i < values.size(); i += is_duration ? 2 : 1) {
        const double value = is_duration ? months(values[i], values[i + 1]) : values[i];
        range = {std::min(range.low, value), std::max(range.high, value)};
      }
      return values.empty() ? all : range;
    }
    case Op::Ref:
    case Op::RowOf: {
      const ExprId definition = model_.quantities[expr.quantity].definition;
      return definition ? range_of(definition, depth + 1) : all;
    }
    case Op::Draw: return draw_range(expr, depth);
    case Op::Neg: { const Range a = arg(0); return {-a.high, -a.low}; }
    case Op::Add: {
      const Range a = arg(0), b = arg(1);
      if (is_blend(expr, depth)) return {std::max(0.0, std::max(a.low, b.low)), 1};
      return {a.low + b.low, a.high + b.high};
    }
    case Op::Sub: { const Range a = arg(0), b = arg(1); return {a.low - b.high, a.high - b.low}; }
    case Op::Mul:
    case Op::MaskMul: {
      const Range a = arg(0), b = arg(1);
      const auto times = [](double x, double y) { return x == 0 || y == 0 ? 0 : x * y; };
      const double corners[] = {times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)};
      return {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)};
    }
    case Op::Div: {
      const Range a = arg(0), b = arg(1);
      if (b.low > 0 && !is_part_of_sum(expr, a)) {
        const double corners[] = {a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high};
        for (const double corner : corners) {
          if (std::isnan(corner)) return a.low >= 0 ? Range{0, infinity} : all;
        }
        return {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)};
      }
      if (is_part_of_sum(expr, a)) return {0, 1};
      if (a.low >= 0 && b.low >= 0) return {0, infinity};
      if (a.high <= 0 && b.low >= 0) return {-infinity, 0};
      return all;
    }
    case Op::Pow: {
      const Range a = arg(0), b = arg(1);
      if (a.low < 0) return all;
      if (a.high <= 1 && b.low >= 0) return {0, 1};
      if (a.low >= 1 && b.low >= 0) return {1, infinity};
      if (a.low >= 1 && b.high <= 0) return {0, 1};
      return {0, infinity};
    }
    case Op::Exp: {
      const Range a = arg(0);
      return {a.low <= -700 ? 0 : std::exp(a.low) * (1 - 1e-12), a.high == 0 ? 1 : std::exp(a.high) * (1 + 1e-12)};
    }
    case Op::Sqrt:
    case Op::Abs:
      return {0, infinity};
    case Op::Min: { const Range a = arg(0), b = arg(1); return {std::min(a.low, b.low), std::min(a.high, b.high)}; }
    case Op::Max: { const Range a = arg(0), b = arg(1); return {std::max(a.low, b.low), std::max(a.high, b.high)}; }
    case Op::Select: {
      // In each branch the condition, or its opposite, is a fact about the two values it compares.
      const model::Expr& test = model_.exprs[expr.args[0]];
      const bool less = test.op == Op::Lt || test.op == Op::Le, more = test.op == Op::Gt || test.op == Op::Ge;
      const auto with = [&](std::size_t branch, bool first_is_greater) {
        if (!less && !more) return arg(branch);
        not_below_.emplace_back(test.args[first_is_greater ? 0 : 1], test.args[first_is_greater ? 1 : 0]);
        const Range range = arg(branch);
        not_below_.pop_back();
        return range;
      };
      const Range a = with(1, more), b = with(2, less);
      return {std::min(a.low, b.low), std::max(a.high, b.high)};
    }
    case Op::DateDiff:
      for (const auto& [greater, smaller] : not_below_) {
        if (same_value(greater, expr.args[0]) && same_value(smaller, expr.args[1])) return {0, infinity};
        if (same_value(greater, expr.args[1]) && same_value(smaller, expr.args[0])) return {-infinity, 0};
      }
      return all;
    case Op::MapOf: {
      Range range{infinity, -infinity};
      for (std::size_t i = 0; i < expr.args.size(); ++i) {
        const Range a = arg(i);
        range = {std::min(range.low, a.low), std::max(range.high, a.high)};
      }
      return range;
    }
    case Op::LabelOf:
    case Op::ToMonths:
    case Op::ToDuration:
      return arg(0);
    case Op::Pick: return arg(1);
    case Op::Step: return {1, 12};
    case Op::After:
    case Op::During:
      return {0, 1};
    default:
      return all;
  }
}

/// A condition that the bounds of its sides decide.
bool Checker::proven(ExprId condition) {
  const model::Expr& expr = model_.exprs[condition];
  if (expr.args.size() != 2) return false;
  if (expr.op == Op::And) return proven(expr.args[0]) && proven(expr.args[1]);
  if (expr.op != Op::Lt && expr.op != Op::Le && expr.op != Op::Gt && expr.op != Op::Ge) return false;
  const Range a = range_of(expr.args[0]), b = range_of(expr.args[1]);
  switch (expr.op) {
    case Op::Lt: return a.high < b.low;
    case Op::Le: return a.high <= b.low;
    case Op::Gt: return a.low > b.high;
    default: return a.low >= b.high;
  }
}

}  // namespace horizon::sema
