#include "compiler/eval/machine.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace horizon::eval {

using model::Op;

std::vector<std::size_t> labels_of_cells(const Model& model, const Type& type, model::DimensionId dimension) {
  std::vector<std::size_t> result(model::cells(model, type));
  std::size_t stride = 1;
  for (std::size_t i = type.by.size(); i-- > 0;) {  // the last dimension varies fastest
    const std::size_t size = model.dimensions[type.by[i]].labels.size();
    if (type.by[i] == dimension)
      for (std::size_t cell = 0; cell < result.size(); ++cell) result[cell] = cell / stride % size;
    stride *= size;
  }
  return result;
}

std::vector<std::size_t> matching_cells(const Model& model, const Type& from, const Type& to) {
  std::vector<std::size_t> result(model::cells(model, to), 0);
  if (from.by.empty()) return result;
  std::size_t stride = 1;
  for (std::size_t i = from.by.size(); i-- > 0;) {
    const auto labels = labels_of_cells(model, to, from.by[i]);
    for (std::size_t cell = 0; cell < result.size(); ++cell) result[cell] += labels[cell] * stride;
    stride *= model.dimensions[from.by[i]].labels.size();
  }
  return result;
}

Machine::Machine(const Model& model, std::uint64_t seed, std::uint64_t future, const SobolDraws& sobol)
    : model_(model), seed_(seed), future_(future), sobol_(sobol), memo_(model.quantities.size()) {
  for (std::size_t p = 0; p < periods(); ++p) calendar_.push_back(period_at(model.grid, p));
}

Cells Machine::quantity(QuantityId id, std::size_t row, std::size_t period) {
  const model::Quantity& q = model_.quantities[id];
  const std::size_t rows = model_.groups[q.group].rows();
  HZ_CHECK(row < rows && period < periods());
  Memo& memo = memo_[id.index()];
  if (memo.state.empty()) {
    memo.values.periods = periods();
    memo.values.width = model::cells(model_, q.type) * static_cast<std::size_t>(types::components(q.type));
    memo.values.numbers.resize(rows * periods() * memo.values.width);
    memo.state.resize(rows * periods(), 0);
  }
  const std::size_t at = row * periods() + period;
  const std::size_t width = memo.values.width;
  HZ_CHECK(memo.state[at] != 1);  // compiler/depend has refused loops within a period
  if (memo.state[at] == 0) {
    memo.state[at] = 1;
    const Cells cells = spread(value(q.definition, q.group, row, period), model_.exprs[q.definition].type, q.type);
    std::copy(cells.begin(), cells.end(), memo.values.numbers.begin() + static_cast<std::ptrdiff_t>(at * width));
    memo.state[at] = 2;
  }
  const auto begin = memo.values.numbers.begin() + static_cast<std::ptrdiff_t>(at * width);
  return {begin, begin + static_cast<std::ptrdiff_t>(width)};
}

Cells Machine::spread(const Cells& cells, const Type& from, const Type& to) const {
  if (from.by == to.by) return cells;
  const auto components = static_cast<std::size_t>(types::components(from));
  const auto matching = matching_cells(model_, from, to);
  Cells result;
  result.reserve(matching.size() * components);
  for (const std::size_t cell : matching)
    for (std::size_t k = 0; k < components; ++k) result.push_back(cells[cell * components + k]);
  return result;
}

Cells Machine::value(ExprId id, GroupId group, std::size_t row, std::size_t period) {
  Place place{group, row, period, 0, {}};
  return value(id, place);
}

Cells Machine::value(ExprId id, Place& place) {
  const Expr& expr = model_.exprs[id];
  if (expr.args.empty()) return compute(expr, id, place);
  if (const auto known = place.known.find(id.value); known != place.known.end()) return known->second;
  Cells cells = compute(expr, id, place);
  return place.known[id.value] = std::move(cells);
}

Cells Machine::compute(const Expr& expr, ExprId id, Place& place) {
  switch (expr.op) {
    case Op::Const: case Op::Column: case Op::Ref: case Op::RowOf: case Op::Bound:
      return read(expr, place);
    case Op::Neg: case Op::Add: case Op::Sub: case Op::Mul: case Op::Div: case Op::Pow: case Op::Min: case Op::Max:
    case Op::Abs: case Op::Floor: case Op::Ceil: case Op::Round: case Op::Exp: case Op::Log: case Op::Sqrt:
    case Op::MaskMul: case Op::Lt: case Op::Le: case Op::Gt: case Op::Ge: case Op::Eq: case Op::Ne: case Op::And:
    case Op::Or: case Op::Not: case Op::Select: case Op::ToMonths: case Op::ToDuration: case Op::AddMonths:
    case Op::DateDiff:
      return elementwise(expr, place);
    case Op::Now: case Op::PeriodStart: case Op::PeriodEnd: case Op::Step: case Op::Since: case Op::After:
    case Op::During: case Op::Lump:
      return time(expr, place);
    case Op::Dated:
      return dated(expr, place);
    case Op::Prev: case Op::Cumulative:
      return state(expr, id, place);
    case Op::Cohort:
      return cohort(expr, id, place);
    case Op::MapOf: case Op::LabelOf: case Op::Pick: case Op::ReduceOver:
      return dimension(expr, place);
    case Op::ReduceSet:
      return reduce_set(expr, place);
    case Op::Draw:
      return draw(expr, place);
  }
  HZ_UNREACHABLE("op");
}

Cells Machine::read(const Expr& expr, const Place& place) {
  switch (expr.op) {
    case Op::Const: {
      const std::size_t cells = model::cells(model_, expr.type);
      Cells result;
      for (std::size_t i = 0; i < cells; ++i) {
        result.push_back(expr.number);
        if (types::components(expr.type) == 2) result.push_back(expr.number2);
      }
      return result;
    }
    case Op::Column: {
      const model::Column& column = model_.groups[place.group].columns[static_cast<std::size_t>(expr.index)];
      const auto width = static_cast<std::ptrdiff_t>(types::components(column.type));
      const auto begin = column.values.begin() + static_cast<std::ptrdiff_t>(place.row) * width;
      return {begin, begin + width};
    }
    case Op::Ref: {
      const bool same_row = model_.quantities[expr.quantity].group == place.group;
      return quantity(expr.quantity, same_row ? place.row : 0, place.period);
    }
    case Op::RowOf:
      return quantity(expr.quantity, static_cast<std::size_t>(expr.index), place.period);
    case Op::Bound:
      return {place.age, 0};
    default:
      HZ_UNREACHABLE("read");
  }
}

const std::vector<Cells>& Machine::history(ExprId id, const Place& place) {
  std::vector<Cells>& past = histories_[{id.value, place.row}];
  while (past.size() <= place.period) past.push_back(value(id, place.group, place.row, past.size()));
  return past;
}

Cells Machine::state(const Expr& expr, ExprId, Place& place) {
  if (expr.op == Op::Prev) {
    if (place.period == 0) return spread(value(expr.args[0], place), model_.exprs[expr.args[0]].type, expr.type);
    const model::Quantity& q = model_.quantities[expr.quantity];
    return spread(quantity(expr.quantity, q.group == place.group ? place.row : 0, place.period - 1), q.type, expr.type);
  }
  const Type& type = model_.exprs[expr.args[0]].type;
  const std::vector<Cells>& past = history(expr.args[0], place);
  Cells sum(past[0].size(), 0);
  for (std::size_t p = 0; p <= place.period; ++p)
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += past[p][k] * (expr.integrate ? period(p).months : 1);
  return spread(sum, type, expr.type);
}

Cells Machine::cohort(const Expr& expr, ExprId, Place& place) {
  const double step = period(place.period).months;
  const Type& inflow_type = model_.exprs[expr.args[0]].type;
  const Type& body_type = model_.exprs[expr.args[1]].type;
  const std::vector<Cells> inflow = history(expr.args[0], place);
  const auto body = [&](double age_in_steps) {
    Place inside{place.group, place.row, place.period, age_in_steps * step * kTicksPerMonth, {}};
    return spread(value(expr.args[1], inside), body_type, expr.type);
  };
  Cells result(model::cells(model_, expr.type), 0);
  const auto add = [&](const Cells& in, double weight, double age) {
    const Cells share = body(age);
    for (std::size_t k = 0; k < result.size(); ++k) result[k] += step * in[k] * weight * share[k];
  };
  const double x = std::sqrt(0.4);
  for (std::size_t j = 0; j <= place.period; ++j) {
    const Cells in = spread(inflow[place.period - j], inflow_type, expr.type);
    const double age = static_cast<double>(j);
    if (j == 0) {
      for (int node = 0; node < 3; ++node)
        add(in, model::cohort_start_rule.weight[node], model::cohort_start_rule.node[node]);
    } else {
      add(in, 5.0 / 24, age - x);
      add(in, 7.0 / 12, age);
      add(in, 5.0 / 24, age + x);
    }
  }
  return result;
}

}  // namespace horizon::eval
