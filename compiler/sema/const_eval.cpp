// What is known when the scenario compiles: constants, columns of tables, and what is computed from them alone. Used for `where`,
// for the parameters of distributions and for requirements; never for a value that a result is computed from.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

constexpr int deepest = 64;
constexpr double days_per_month = 30.436875;

std::optional<double> apply(Op op, double a, double b) {
  switch (op) {
    case Op::Neg: return -a;
    case Op::Add: return a + b;
    case Op::Sub: return a - b;
    case Op::Mul: return a * b;
    case Op::MaskMul: return a == 0 ? 0 : a * b;
    case Op::Div: return a / b;
    case Op::Pow: return std::pow(a, b);
    case Op::Min: return std::min(a, b);
    case Op::Max: return std::max(a, b);
    case Op::Abs: return std::abs(a);
    case Op::Floor: return std::floor(a);
    case Op::Ceil: return std::ceil(a);
    case Op::Round: return std::floor(a + 0.5);
    case Op::Exp: return std::exp(a);
    case Op::Log: return std::log(a);
    case Op::Sqrt: return std::sqrt(a);
    case Op::Lt: return a < b;
    case Op::Le: return a <= b;
    case Op::Gt: return a > b;
    case Op::Ge: return a >= b;
    case Op::Eq: return a == b;
    case Op::Ne: return a != b;
    case Op::And: return a != 0 && b != 0;
    case Op::Or: return a != 0 || b != 0;
    case Op::Not: return a == 0;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<double> Checker::constant_of(ExprId id) {
  const model::Expr& expr = model_.exprs[id];
  if (expr.op == Op::Const && expr.type.sort != Sort::Unknown) return expr.number;
  return std::nullopt;
}

std::optional<Rows> Checker::rows_of(ExprId id, GroupId group, int component, int depth) {
  if (depth > deepest) return std::nullopt;
  const model::Expr& expr = model_.exprs[id];
  if (expr.type.sort == Sort::Unknown) return std::nullopt;
  switch (expr.op) {
    case Op::Const:
      return Rows{{component == 0 ? expr.number : expr.number2}, false};
    case Op::Column: {
      const model::Column& column = model_.groups[column_group(id)].columns[static_cast<std::size_t>(expr.index)];
      const auto width = static_cast<std::size_t>(types::components(column.type));
      Rows rows{{}, true};
      for (std::size_t i = static_cast<std::size_t>(component); i < column.values.size(); i += width) {
        rows.values.push_back(column.values[i]);
      }
      return rows;
    }
    case Op::Ref: {
      const model::Quantity& quantity = model_.quantities[expr.quantity];
      if (!quantity.definition) return std::nullopt;
      return rows_of(quantity.definition, quantity.group, component, depth + 1);
    }
    case Op::RowOf: {
      const model::Quantity& quantity = model_.quantities[expr.quantity];
      if (!quantity.definition) return std::nullopt;
      const auto rows = rows_of(quantity.definition, quantity.group, component, depth + 1);
      if (!rows) return std::nullopt;
      return Rows{{rows->at(static_cast<std::size_t>(expr.index))}, false};
    }
    default:
      return fold(expr, group, component, depth);
  }
}

/// True for every row and every cell, and known to be.
bool Checker::always_holds(ExprId condition, GroupId group, std::size_t dimension) {
  const std::vector<DimensionId> by = type_of(condition).by;
  if (dimension == by.size()) {
    const auto rows = rows_of(condition, group);
    return rows && std::find(rows->values.begin(), rows->values.end(), 0.0) == rows->values.end();
  }
  bool holds = true;
  const auto labels = static_cast<std::int32_t>(model_.dimensions[by[dimension]].labels.size());
  for (std::int32_t label = 0; label < labels && holds; ++label) {
    cell_.emplace_back(by[dimension], label);
    holds = always_holds(condition, group, dimension + 1);
    cell_.pop_back();
  }
  return holds;
}

std::optional<Rows> Checker::fold(const model::Expr& expr, GroupId group, int component, int depth) {
  const auto arg = [&](std::size_t i, int part) { return rows_of(expr.args[i], group, part, depth + 1); };
  const auto combine = [&](const std::vector<Rows>& parts, auto&& f) -> std::optional<Rows> {
    bool per_row = false;
    std::size_t count = 1;
    for (const Rows& part : parts) {
      if (part.per_row) {
        per_row = true;
        count = part.values.size();
      }
    }
    Rows result{{}, per_row};
    for (std::size_t row = 0; row < count; ++row) {
      const std::optional<double> value = f(row);
      if (!value || std::isnan(*value)) return std::nullopt;
      result.values.push_back(*value);
    }
    return result;
  };
  switch (expr.op) {
    case Op::ToMonths: {
      const auto ticks = arg(0, 0), days = arg(0, 1);
      if (!ticks || !days) return std::nullopt;
      return combine({*ticks, *days}, [&](std::size_t row) -> std::optional<double> {
        return ticks->at(row) / 31 + days->at(row) / days_per_month;
      });
    }
    case Op::ToDuration: {
      if (component == 1) return Rows{{0}, false};
      const auto months = arg(0, 0);
      if (!months) return std::nullopt;
      return combine({*months}, [&](std::size_t row) -> std::optional<double> { return 31 * months->at(row); });
    }
    case Op::DateDiff: {
      if (component == 1) return Rows{{0}, false};
      const auto a = arg(0, 0), b = arg(1, 0);
      if (!a || !b) return std::nullopt;
      return combine({*a, *b}, [&](std::size_t row) -> std::optional<double> { return a->at(row) - b->at(row); });
    }
    case Op::Select: {
      const auto test = arg(0, 0), then = arg(1, component), other = arg(2, component);
      if (!test || !then || !other) return std::nullopt;
      return combine({*test, *then, *other}, [&](std::size_t row) -> std::optional<double> {
        return test->at(row) != 0 ? then->at(row) : other->at(row);
      });
    }
    case Op::Pick: {
      const model::Expr& map = model_.exprs[expr.args[1]];
      if (map.op != Op::MapOf || map.dimension != expr.dimension) return std::nullopt;
      std::vector<Rows> parts;
      const auto label = arg(0, 0);
      if (!label) return std::nullopt;
      parts.push_back(*label);
      for (const ExprId value : map.args) {
        const auto rows = rows_of(value, group, component, depth + 1);
        if (!rows) return std::nullopt;
        parts.push_back(*rows);
      }
      return combine(parts, [&](std::size_t row) -> std::optional<double> {
        const auto at = static_cast<std::size_t>(label->at(row));
        if (at + 1 >= parts.size()) return std::nullopt;
        return parts[at + 1].at(row);
      });
    }
    case Op::LabelOf: {
      cell_.emplace_back(expr.dimension, expr.index);
      const auto rows = arg(0, component);
      cell_.pop_back();
      return rows;
    }
    case Op::MapOf:
      for (auto at = cell_.rbegin(); at != cell_.rend(); ++at) {
        if (at->first == expr.dimension) return arg(static_cast<std::size_t>(at->second), component);
      }
      return std::nullopt;
    case Op::ReduceOver: {
      if (expr.reduce != model::Reduce::Sum) return std::nullopt;
      std::vector<Rows> parts;
      for (std::size_t i = 0; i < model_.dimensions[expr.dimension].labels.size(); ++i) {
        cell_.emplace_back(expr.dimension, static_cast<std::int32_t>(i));
        const auto rows = arg(0, component);
        cell_.pop_back();
        if (!rows) return std::nullopt;
        parts.push_back(*rows);
      }
      return combine(parts, [&](std::size_t row) -> std::optional<double> {
        double sum = 0;
        for (const Rows& part : parts) sum += part.at(row);
        return sum;
      });
    }
    default:
      break;
  }
  if (expr.args.empty() || expr.args.size() > 2) return std::nullopt;
  // A number times a duration: the number has one component only.
  const auto part_of = [&](std::size_t i) {
    return types::components(model_.exprs[expr.args[i]].type) == 2 ? component : 0;
  };
  const auto a = arg(0, part_of(0));
  const auto b = expr.args.size() == 2 ? arg(1, part_of(1)) : a;
  if (!a || !b || !apply(expr.op, 0, 1)) return std::nullopt;
  return combine({*a, *b}, [&](std::size_t row) { return apply(expr.op, a->at(row), b->at(row)); });
}

}  // namespace horizon::sema
