// What each operation means, cell by cell (model.hpp says it in words).
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "compiler/eval/machine.hpp"

namespace horizon::eval {
namespace {

using model::Op;

/// One operand, in the cells of the result.
struct Operand {
  Cells cells;
  std::size_t components = 1;

  double number(std::size_t cell) const {  // a Duration as months
    return components == 2 ? months_of(cells[2 * cell], cells[2 * cell + 1]) : cells[cell];
  }
  double part(std::size_t cell, std::size_t k) const { return components == 2 ? cells[2 * cell + k] : cells[cell]; }
};

double test(Op op, double a, double b) {
  switch (op) {
    case Op::Lt: return a < b;
    case Op::Le: return a <= b;
    case Op::Gt: return a > b;
    case Op::Ge: return a >= b;
    case Op::Eq: return a == b;
    case Op::Ne: return a != b;
    case Op::And: return a != 0 && b != 0;
    case Op::Or: return a != 0 || b != 0;
    default: HZ_UNREACHABLE("test");
  }
}

/// Operations on numbers.
double number_result(Op op, double a, double b) {
  switch (op) {
    case Op::Neg: return -a;
    case Op::Add: return a + b;
    case Op::Sub: return a - b;
    case Op::Mul: return a * b;
    case Op::Div: return a / b;
    case Op::Pow: return std::pow(a, b);
    case Op::Min: return a < b ? a : b;
    case Op::Max: return a > b ? a : b;
    case Op::Abs: return std::fabs(a);
    case Op::Floor: return std::floor(a);
    case Op::Ceil: return std::ceil(a);
    case Op::Round: return std::floor(a + 0.5);
    case Op::Exp: return std::exp(a);
    case Op::Log: return std::log(a);
    case Op::Sqrt: return std::sqrt(a);
    case Op::MaskMul: return a == 0 ? 0 : a * b;
    case Op::Not: return a == 0;
    case Op::ToMonths: return a;  // the operand's number is in months
    case Op::DateDiff: return a - b;
    default: return test(op, a, b);
  }
}

/// Operations whose result is a Duration: component k of it.
double duration_part(Op op, const Operand& a, const Operand& b, std::size_t cell, std::size_t k) {
  switch (op) {
    case Op::Neg: return -a.part(cell, k);
    case Op::Add: return a.part(cell, k) + b.part(cell, k);
    case Op::Sub: return a.part(cell, k) - b.part(cell, k);
    case Op::Mul: return a.part(cell, k) * b.part(cell, k);  // one of them is a number
    case Op::Div: return a.part(cell, k) / b.part(cell, k);
    case Op::Min: return a.number(cell) < b.number(cell) ? a.part(cell, k) : b.part(cell, k);
    case Op::Max: return a.number(cell) > b.number(cell) ? a.part(cell, k) : b.part(cell, k);
    case Op::Abs: return a.number(cell) < 0 ? -a.part(cell, k) : a.part(cell, k);
    case Op::MaskMul: return a.part(cell, k) == 0 ? 0 : a.part(cell, k) * b.part(cell, k);
    case Op::DateDiff: return k == 0 ? a.number(cell) - b.number(cell) : 0;
    case Op::ToDuration: return k == 0 ? kTicksPerMonth * a.number(cell) : 0;
    default: HZ_UNREACHABLE("an operation that gives no Duration");
  }
}

}  // namespace

Cells Machine::elementwise(const Expr& expr, Place& place) {
  std::vector<Operand> operands;
  for (const ExprId arg : expr.args) {
    const Type& type = model_.exprs[arg].type;
    operands.push_back({spread(value(arg, place), type, expr.type), static_cast<std::size_t>(types::components(type))});
  }
  const Operand& a = operands[0];
  const Operand& b = operands.size() > 1 ? operands[1] : operands[0];
  const std::size_t cells = model::cells(model_, expr.type);
  const auto components = static_cast<std::size_t>(types::components(expr.type));
  Cells result;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    for (std::size_t k = 0; k < components; ++k) {
      if (expr.op == Op::Select) {
        result.push_back((a.cells[cell] != 0 ? b : operands[2]).part(cell, k));
      } else if (expr.op == Op::AddMonths) {
        result.push_back(add_duration(a.cells[cell], b.part(cell, 0), b.part(cell, 1)));
      } else if (components == 2) {
        result.push_back(duration_part(expr.op, a, b, cell, k));
      } else {
        result.push_back(number_result(expr.op, a.number(cell), b.number(cell)));
      }
    }
  }
  return result;
}

Cells Machine::time(const Expr& expr, Place& place) {
  const Period& now = period(place.period);
  std::vector<Cells> operands;
  for (const ExprId arg : expr.args) operands.push_back(spread(value(arg, place), model_.exprs[arg].type, expr.type));
  const std::size_t cells = model::cells(model_, expr.type);
  Cells result;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    switch (expr.op) {
      case Op::Now: result.push_back(now.middle); break;
      case Op::PeriodStart: result.push_back(now.start); break;
      case Op::PeriodEnd: result.push_back(now.end); break;
      case Op::Step: result.push_back(now.months); break;
      case Op::Since:
        result.push_back(since(now, operands[0][cell]));
        result.push_back(0);
        break;
      case Op::After: result.push_back(after(now, operands[0][cell])); break;
      case Op::During:
        result.push_back(std::max(after(now, operands[0][cell]) - after(now, operands[1][cell]), 0.0));
        break;
      case Op::Lump: {
        const bool holds = now.start <= operands[1][cell] && operands[1][cell] < now.end;
        result.push_back(holds ? operands[0][cell] / now.months : 0);
        break;
      }
      default: HZ_UNREACHABLE("time");
    }
  }
  if (expr.op == Op::Step && types::components(expr.type) == 2) return {kTicksPerMonth * now.months, 0};
  return result;
}

/// v0, d1, v1, d2, v2...: each value weighs as much as its part of the period.
Cells Machine::dated(const Expr& expr, Place& place) {
  const Period& now = period(place.period);
  const auto components = static_cast<std::size_t>(types::components(expr.type));
  const std::size_t cells = model::cells(model_, expr.type);
  std::vector<Cells> operands;
  for (const ExprId arg : expr.args) operands.push_back(spread(value(arg, place), model_.exprs[arg].type, expr.type));
  Cells result(cells * components, 0);
  for (std::size_t cell = 0; cell < cells; ++cell) {
    for (std::size_t i = 3; i < operands.size(); i += 2)
      if (!(operands[i - 2][cell] <= operands[i][cell]) && !disorder_)
        disorder_ = Disorder{expr.span, place.group, place.row, place.period};
    for (std::size_t i = 0; i < operands.size(); i += 2) {
      const double from = i == 0 ? 1 : after(now, operands[i - 1][cell]);
      const double until = i + 1 == operands.size() ? 0 : after(now, operands[i + 1][cell]);
      const double weight = from - until;
      for (std::size_t k = 0; k < components; ++k)
        if (weight != 0) result[cell * components + k] += weight * operands[i][cell * components + k];
    }
  }
  return result;
}

Cells Machine::dimension(const Expr& expr, Place& place) {
  const auto components = static_cast<std::size_t>(types::components(expr.type));
  const std::size_t cells = model::cells(model_, expr.type);
  Cells result;
  if (expr.op == Op::MapOf) {
    const auto labels = labels_of_cells(model_, expr.type, expr.dimension);
    std::vector<Cells> entries;
    for (const ExprId arg : expr.args) entries.push_back(spread(value(arg, place), model_.exprs[arg].type, expr.type));
    for (std::size_t cell = 0; cell < cells; ++cell)
      for (std::size_t k = 0; k < components; ++k) result.push_back(entries[labels[cell]][cell * components + k]);
    return result;
  }
  const ExprId whole = expr.args[expr.op == Op::Pick ? 1 : 0];
  const Type& type = model_.exprs[whole].type;
  const Cells x = value(whole, place);
  const std::size_t labels = model_.dimensions[expr.dimension].labels.size();
  Type with = expr.type;  // the result's cells, each split into the labels of the dimension
  with.by.insert(std::lower_bound(with.by.begin(), with.by.end(), expr.dimension), expr.dimension);
  const auto label_of = labels_of_cells(model_, with, expr.dimension);
  const auto result_cell = matching_cells(model_, expr.type, with);
  const auto source_cell = matching_cells(model_, type, with);
  std::vector<std::vector<std::size_t>> source(cells, std::vector<std::size_t>(labels));
  for (std::size_t i = 0; i < label_of.size(); ++i) source[result_cell[i]][label_of[i]] = source_cell[i];

  const Cells chosen = expr.op == Op::Pick ? spread(value(expr.args[0], place), model_.exprs[expr.args[0]].type, expr.type)
                                           : Cells(cells, expr.index);
  const auto number = [&](std::size_t at) { return components == 2 ? months_of(x[2 * at], x[2 * at + 1]) : x[at]; };
  for (std::size_t cell = 0; cell < cells; ++cell) {
    std::size_t best = source[cell][0];
    for (const std::size_t at : source[cell]) {
      if (expr.reduce == model::Reduce::Min && number(at) < number(best)) best = at;
      if (expr.reduce == model::Reduce::Max && number(at) > number(best)) best = at;
    }
    if (expr.op != Op::ReduceOver) best = source[cell][static_cast<std::size_t>(chosen[cell])];
    const bool adds = expr.op == Op::ReduceOver && (expr.reduce == model::Reduce::Sum || expr.reduce == model::Reduce::Mean);
    for (std::size_t k = 0; k < components; ++k) {
      double sum = 0;
      for (const std::size_t at : source[cell]) sum += x[at * components + k];
      if (expr.reduce == model::Reduce::Mean) sum /= static_cast<double>(labels);
      result.push_back(adds ? sum : x[best * components + k]);
    }
  }
  return result;
}

Cells Machine::reduce_set(const Expr& expr, const Place& place) {
  const model::Reduction& set = model_.reductions[static_cast<std::size_t>(expr.set)];
  const auto components = static_cast<std::size_t>(types::components(expr.type));
  const std::size_t cells = model::cells(model_, expr.type);
  const std::vector<std::size_t> label_of =
      set.by ? labels_of_cells(model_, expr.type, set.by) : std::vector<std::size_t>(cells, 0);
  std::vector<std::vector<Cells>> members(cells);  // by cell: the numbers of each member there
  for (const model::SetTerm& term : set.terms) {
    const Type& type = model_.quantities[term.quantity].type;
    const auto matching = matching_cells(model_, type, expr.type);
    for (std::size_t i = 0; i < term.rows.size(); ++i) {
      const Cells x = quantity(term.quantity, term.rows[i], place.period);
      for (std::size_t cell = 0; cell < cells; ++cell) {
        if (set.by && label_of[cell] != term.labels[i]) continue;
        const auto begin = x.begin() + static_cast<std::ptrdiff_t>(matching[cell] * components);
        members[cell].emplace_back(begin, begin + static_cast<std::ptrdiff_t>(components));
      }
    }
  }
  const auto months = [&](const Cells& c) { return components == 2 ? months_of(c[0], c[1]) : c[0]; };
  const auto less = [&](const Cells& a, const Cells& b) { return months(a) < months(b); };
  Cells result;
  for (const std::vector<Cells>& all : members) {
    Cells cell(components, 0);
    if (set.reduce == model::Reduce::Min) {
      cell = *std::min_element(all.begin(), all.end(), less);
    } else if (set.reduce == model::Reduce::Max) {
      cell = *std::max_element(all.begin(), all.end(), less);
    } else {
      for (const Cells& member : all)
        for (std::size_t k = 0; k < components; ++k) cell[k] += member[k];
      if (set.reduce == model::Reduce::Mean)
        for (double& number : cell) number /= static_cast<double>(all.size());
    }
    result.insert(result.end(), cell.begin(), cell.end());
  }
  return result;
}

}  // namespace horizon::eval
