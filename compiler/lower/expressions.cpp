// Expressions: constants, arithmetic, tests, dimensions. All cells of a value are unrolled.
#include "compiler/lower/kernel.hpp"

#include <algorithm>
#include <cmath>

namespace horizon::lower {

using model::Op;
using model::Reduce;
using types::Sort;

Cells KernelLowering::expr(ExprId id, const Scope& scope) {
  if (scope.bound != nullptr) {
    const model::Expr& e = model_.exprs[id];
    b_.at(e.span);
    return compute(id, e, scope);
  }
  if (scope.own) {
    const auto found = exprs_.find(id.value);
    if (found != exprs_.end()) return found->second;
  } else {
    const auto found = foreign_exprs_.find({id.value, scope.row});
    if (found != foreign_exprs_.end()) return found->second;
  }
  const model::Expr& e = model_.exprs[id];
  b_.at(e.span);
  Cells result = compute(id, e, scope);
  if (scope.own) return exprs_[id.value] = std::move(result);
  return foreign_exprs_[{id.value, scope.row}] = std::move(result);
}

Cells KernelLowering::compute(ExprId id, const model::Expr& e, const Scope& scope) {
  switch (e.op) {
    case Op::Const:
      return constant(id, e, scope);
    case Op::Column:
      return column(e, scope);
    case Op::Ref:
    case Op::RowOf:
      return reference(e, scope);
    case Op::Bound:
      HZ_CHECK(scope.bound != nullptr);
      return *scope.bound;
    case Op::Neg:
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::Pow:
    case Op::Abs:
    case Op::Floor:
    case Op::Ceil:
    case Op::Round:
    case Op::Exp:
    case Op::Log:
    case Op::Sqrt:
    case Op::MaskMul:
    case Op::ToMonths:
    case Op::ToDuration:
    case Op::DateDiff:
      return arithmetic(e, scope);
    case Op::Lt:
    case Op::Le:
    case Op::Gt:
    case Op::Ge:
    case Op::Eq:
    case Op::Ne:
    case Op::And:
    case Op::Or:
    case Op::Not:
      return test(e, scope);
    case Op::Select:
    case Op::Min:
    case Op::Max:
      return choose(e, scope);
    case Op::Now:
    case Op::PeriodStart:
    case Op::PeriodEnd:
    case Op::Step:
    case Op::Since:
    case Op::After:
    case Op::During:
    case Op::AddMonths:
    case Op::Lump:
      return time_op(e, scope);
    case Op::Dated:
      return dated(e, scope);
    case Op::Prev:
      return previous(e, scope);
    case Op::Cumulative:
      return cumulative(id, e, scope);
    case Op::Cohort:
      return cohort(id, e, scope);
    case Op::MapOf:
    case Op::LabelOf:
    case Op::Pick:
    case Op::ReduceOver:
      return dimension_op(e, scope);
    case Op::ReduceSet:
      return set_value(e);
    case Op::Draw:
      return draw(e, scope);
  }
  HZ_UNREACHABLE("model operation");
}

// ---- cells -------------------------------------------------------------------------------------------------------

std::size_t KernelLowering::cell_of(const types::Type& from, const types::Type& result, std::size_t cell,
                                    types::DimensionId extra, std::size_t extra_label) const {
  std::size_t at = 0;
  for (const types::DimensionId dimension : from.by) {
    std::size_t label = extra_label;
    if (dimension != extra) {
      std::size_t rest = cell;
      bool is_there = false;
      for (std::size_t d = result.by.size(); d-- > 0;) {
        if (result.by[d] == dimension) {
          label = rest % program_.labels(dimension);
          is_there = true;
          break;
        }
        rest /= program_.labels(result.by[d]);
      }
      HZ_CHECK(is_there);
    }
    at = at * program_.labels(dimension) + label;
  }
  return at;
}

Cells KernelLowering::spread_components(ExprId arg, const types::Type& result, const Scope& scope,
                                        std::size_t width) {
  const types::Type& from = model_.exprs[arg].type;
  const Cells value = expr(arg, scope);
  const auto own = static_cast<std::size_t>(types::components(from));
  HZ_CHECK(value.size() == cells(from) * own);
  Cells out;
  for (std::size_t cell = 0; cell < cells(result); ++cell) {
    const std::size_t at = cell_of(from, result, cell) * own;
    for (std::size_t k = 0; k < width; ++k) out.push_back(k < own ? value[at + k] : b_.c(0));
  }
  return out;
}

Cells KernelLowering::spread(ExprId arg, const types::Type& result, const Scope& scope) {
  if (model_.exprs[arg].type.sort != Sort::Duration) return spread_components(arg, result, scope, 1);
  const Cells pairs = spread_components(arg, result, scope, 2);
  Cells out;
  for (std::size_t i = 0; i < pairs.size(); i += 2) out.push_back(months(pairs[i], pairs[i + 1]));
  return out;
}

/// Parts that are never there vanish here, not in the kernel.
B::F KernelLowering::months(B::F ticks, B::F days) {
  if (b_.constant(days) == 0.0) return b_.div(ticks, b_.c(dates::kTicksPerMonth));
  if (b_.constant(ticks) == 0.0) return b_.div(days, b_.c(dates::kDaysPerMonth));
  return dates::months(b_, ticks, days);
}

// ---- constants ---------------------------------------------------------------------------------------------------

Cells KernelLowering::constant(ExprId id, const model::Expr& e, const Scope& scope) {
  Cells one;
  for (int k = 0; k < types::components(e.type); ++k) {
    const double number = k == 0 ? e.number : e.number2;
    const auto part = static_cast<std::uint32_t>(k);
    if (stands_in_code(e, k, program_.places.given[id.index()])) {
      one.push_back(b_.c(number));
    } else if (!scope.own || constants_ == Constants::Alone) {
      one.push_back(program_.constant(b_, {0, id.value, 0, part}, number, {id, {}, 0, part}));
    } else {
      const auto [at, is_new] = constant_columns_.emplace(std::pair(id.value, part), 0);
      if (is_new) at->second = number_column("constant", std::vector<double>(rows(), number), {id, {}, 0, part});
      one.push_back(b_.column(at->second));
    }
  }
  Cells result;
  for (std::size_t cell = 0; cell < cells(e.type); ++cell) result.insert(result.end(), one.begin(), one.end());
  return result;
}

Cells KernelLowering::column(const model::Expr& e, const Scope& scope) {
  const model::Group& group = model_.groups[scope.group];
  const model::Column& column = group.columns[static_cast<std::size_t>(e.index)];
  const auto components = static_cast<std::size_t>(types::components(column.type));
  const std::size_t width = components * cells(column.type);
  Cells result;
  for (std::size_t k = 0; k < width; ++k) {
    const auto part = static_cast<std::uint32_t>(k);
    const NumberSource source{{}, scope.group, static_cast<std::uint32_t>(e.index), part};
    std::vector<double> numbers;
    for (std::size_t r = 0; r < group.rows(); ++r) numbers.push_back(column.values[r * width + k]);
    const bool never = std::all_of(numbers.begin(), numbers.end(), [](double x) { return x == 0; });
    if (components == 2 && never) {
      result.push_back(b_.c(0));   // a part of a Duration that no row has
    } else if (!scope.own) {
      const auto key = static_cast<std::uint32_t>(scope.group.index() * 4096 + static_cast<std::size_t>(e.index));
      result.push_back(program_.constant(b_, {1, key, scope.row, part}, numbers[scope.row], source, scope.row));
    } else {
      const std::string name = column.name + (width > 1 ? "/" + std::to_string(k) : "");
      const auto [at, is_new] = named_columns_.emplace(name + "#" + std::to_string(e.index), 0);
      if (is_new) at->second = number_column(name, std::move(numbers), source);
      result.push_back(b_.column(at->second));
    }
  }
  return result;
}

// ---- arithmetic --------------------------------------------------------------------------------------------------

/// A part of a Duration that is never there stays away, whatever it is multiplied by.
B::F KernelLowering::times(B::F x, B::F y) {
  if (b_.constant(x) == 0.0 || b_.constant(y) == 0.0) return b_.c(0);
  return b_.mul(x, y);
}

/// To the nearest whole number, halves up.
B::F KernelLowering::round(B::F x) { return b_.floor(b_.add(x, b_.c(0.5))); }

B::F KernelLowering::pow(const model::Expr& e, B::F x, B::F y) {
  if (const auto power = b_.constant(y)) {
    if (*power == 0) return b_.c(1);
    if (*power == 1) return x;
    if (*power == 2) return b_.mul(x, x);
    if (*power == -1) return b_.div(b_.c(1), x);
  }
  const model::Expr& base = model_.exprs[e.args[0]];
  if (base.op == Op::Const) program_.places.bases.insert(e.args[0]);
  if (base.op == Op::Const && has_fixed_logarithm(base.number))
    return program_.functions.exp(b_, b_.mul(y, program_.functions.log(b_, x)));   // the logarithm leaves the loops
  return program_.functions.pow(b_, x, y);
}

/// Part k of a result that is a Duration. A part that is never there (constant 0) stays away.
B::F KernelLowering::duration_part(const model::Expr& e, const std::vector<Cells>& x, std::size_t k) {
  const auto part = [&](std::size_t i) { return x[i][x[i].size() > 1 ? k : 0]; };
  const auto is_zero = [&](B::F v) { return b_.constant(v) == 0.0; };
  const B::F a = part(0);
  switch (e.op) {
    case Op::Neg:
      return is_zero(a) ? a : b_.neg(a);
    case Op::Abs: {   // by its length, both parts together
      const B::F length = months(x[0][0], x[0][1]);
      return is_zero(a) ? a : b_.select(b_.lt(length, b_.c(0)), b_.neg(a), a);
    }
    case Op::Add:
      return is_zero(a) ? part(1) : is_zero(part(1)) ? a : b_.add(a, part(1));
    case Op::Sub:
      return is_zero(part(1)) ? a : b_.sub(a, part(1));
    case Op::Mul:
      return times(a, part(1));
    case Op::Div:
      return is_zero(a) ? a : b_.div(a, part(1));
    case Op::MaskMul:
      return is_zero(part(1)) ? part(1) : b_.mask_mul(a, part(1));
    case Op::ToDuration:
      return k == 0 ? b_.mul(a, b_.c(dates::kTicksPerMonth)) : b_.c(0);
    case Op::DateDiff:
      return k == 0 ? b_.sub(a, part(1)) : b_.c(0);
    default:
      HZ_UNREACHABLE("operation that gives a Duration");
  }
}

Cells KernelLowering::duration_arithmetic(const model::Expr& e, const Scope& scope) {
  std::vector<Cells> args;
  std::vector<std::size_t> widths;
  for (const ExprId arg : e.args) {
    widths.push_back(static_cast<std::size_t>(types::components(model_.exprs[arg].type)));
    args.push_back(spread_components(arg, e.type, scope, widths.back()));
  }
  b_.at(e.span);
  Cells out;
  for (std::size_t cell = 0; cell < cells(e.type); ++cell) {
    std::vector<Cells> operands;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const auto first = args[i].begin() + static_cast<std::ptrdiff_t>(cell * widths[i]);
      operands.emplace_back(first, first + static_cast<std::ptrdiff_t>(widths[i]));
    }
    for (std::size_t k = 0; k < 2; ++k) out.push_back(duration_part(e, operands, k));
  }
  return out;
}

Cells KernelLowering::arithmetic(const model::Expr& e, const Scope& scope) {
  if (e.type.sort == Sort::Duration) return duration_arithmetic(e, scope);
  const Cells x = spread(e.args[0], e.type, scope);
  const Cells y = e.args.size() > 1 ? spread(e.args[1], e.type, scope) : Cells{};
  b_.at(e.span);
  Cells out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    switch (e.op) {
      case Op::Neg: out.push_back(b_.neg(x[i])); break;
      case Op::Add: out.push_back(b_.add(x[i], y[i])); break;
      case Op::Sub: out.push_back(b_.sub(x[i], y[i])); break;
      case Op::Mul: out.push_back(b_.mul(x[i], y[i])); break;
      case Op::Div: out.push_back(b_.div(x[i], y[i])); break;
      case Op::Pow: out.push_back(pow(e, x[i], y[i])); break;
      case Op::Abs: out.push_back(b_.abs(x[i])); break;
      case Op::Floor: out.push_back(b_.floor(x[i])); break;
      case Op::Ceil: out.push_back(b_.ceil(x[i])); break;
      case Op::Round: out.push_back(round(x[i])); break;
      case Op::Exp: out.push_back(program_.functions.exp(b_, x[i])); break;
      case Op::Log: out.push_back(program_.functions.log(b_, x[i])); break;
      case Op::Sqrt: out.push_back(b_.sqrt(x[i])); break;
      case Op::MaskMul: out.push_back(b_.mask_mul(x[i], y[i])); break;
      case Op::ToMonths: out.push_back(x[i]); break;
      case Op::DateDiff: out.push_back(b_.sub(x[i], y[i])); break;
      default: HZ_UNREACHABLE("operation that gives a number");
    }
  }
  return out;
}

Cells KernelLowering::test(const model::Expr& e, const Scope& scope) {
  const Cells x = spread(e.args[0], e.type, scope);
  const Cells y = e.args.size() > 1 ? spread(e.args[1], e.type, scope) : Cells{};
  b_.at(e.span);
  Cells out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    switch (e.op) {
      case Op::Lt: out.push_back(b_.number(b_.lt(x[i], y[i]))); break;
      case Op::Le: out.push_back(b_.number(b_.le(x[i], y[i]))); break;
      case Op::Gt: out.push_back(b_.number(b_.lt(y[i], x[i]))); break;
      case Op::Ge: out.push_back(b_.number(b_.le(y[i], x[i]))); break;
      case Op::Eq: out.push_back(b_.number(b_.eq(x[i], y[i]))); break;
      case Op::Ne: out.push_back(b_.number(b_.mnot(b_.eq(x[i], y[i])))); break;
      case Op::And: out.push_back(b_.number(b_.mand(b_.truth_of(x[i]), b_.truth_of(y[i])))); break;
      case Op::Or: out.push_back(b_.number(b_.mor(b_.truth_of(x[i]), b_.truth_of(y[i])))); break;
      case Op::Not: out.push_back(b_.number(b_.mnot(b_.truth_of(x[i])))); break;
      default: HZ_UNREACHABLE("test");
    }
  }
  return out;
}

/// Select, and the smaller or larger of two: of Durations, by their length in months, both parts together.
Cells KernelLowering::choose(const model::Expr& e, const Scope& scope) {
  const auto width = static_cast<std::size_t>(types::components(e.type));
  const bool is_select = e.op == Op::Select;
  const Cells x = spread_components(e.args[is_select ? 1 : 0], e.type, scope, width);
  const Cells y = spread_components(e.args[is_select ? 2 : 1], e.type, scope, width);
  const Cells condition = is_select ? spread(e.args[0], e.type, scope) : Cells{};
  b_.at(e.span);
  Cells out;
  for (std::size_t cell = 0; cell < cells(e.type); ++cell) {
    const std::size_t at = cell * width;
    if (!is_select && width == 1) {
      out.push_back(e.op == Op::Min ? b_.min(x[at], y[at]) : b_.max(x[at], y[at]));
      continue;
    }
    B::M takes_x;
    if (is_select) {
      takes_x = b_.truth_of(condition[cell]);
    } else {
      const B::F a = months(x[at], x[at + 1]), b = months(y[at], y[at + 1]);
      takes_x = e.op == Op::Min ? b_.lt(a, b) : b_.lt(b, a);
    }
    for (std::size_t k = 0; k < width; ++k) out.push_back(b_.select(takes_x, x[at + k], y[at + k]));
  }
  return out;
}

// ---- dimensions --------------------------------------------------------------------------------------------------

/// Two Durations are compared by their length, both parts together.
Cells KernelLowering::reduce(Reduce kind, const Cells& x, const Cells& y) {
  if (x.size() == 1) return {reduce(kind, x[0], y[0])};
  if (kind == Reduce::Sum || kind == Reduce::Mean) return {b_.add(x[0], y[0]), b_.add(x[1], y[1])};
  const B::F a = months(x[0], x[1]), b = months(y[0], y[1]);
  const B::M takes_x = kind == Reduce::Min ? b_.lt(a, b) : b_.lt(b, a);
  return {b_.select(takes_x, x[0], y[0]), b_.select(takes_x, x[1], y[1])};
}

B::F KernelLowering::reduce(Reduce kind, B::F x, B::F y) {
  switch (kind) {
    case Reduce::Sum:
    case Reduce::Mean:
      return b_.add(x, y);
    case Reduce::Min:
      return b_.min(x, y);
    case Reduce::Max:
      return b_.max(x, y);
  }
  HZ_UNREACHABLE("reduction");
}

Cells KernelLowering::dimension_op(const model::Expr& e, const Scope& scope) {
  const std::size_t count = program_.labels(e.dimension);
  const auto width = static_cast<std::size_t>(types::components(e.type));
  Cells out;
  if (e.op == Op::MapOf) {
    std::vector<Cells> args;
    for (const ExprId arg : e.args) args.push_back(spread_components(arg, e.type, scope, width));
    types::Type only;
    only.by = {e.dimension};
    for (std::size_t cell = 0; cell < cells(e.type); ++cell)
      for (std::size_t k = 0; k < width; ++k) out.push_back(args[cell_of(only, e.type, cell)][cell * width + k]);
    return out;
  }
  const ExprId operand = e.args[e.op == Op::Pick ? 1 : 0];
  const types::Type& from = model_.exprs[operand].type;
  const Cells x = expr(operand, scope);
  const Cells picked = e.op == Op::Pick ? spread(e.args[0], e.type, scope) : Cells{};
  b_.at(e.span);
  for (std::size_t cell = 0; cell < cells(e.type); ++cell) {
    const auto at = [&](std::size_t label) {
      const auto first = x.begin() + static_cast<std::ptrdiff_t>(cell_of(from, e.type, cell, e.dimension, label) * width);
      return Cells(first, first + static_cast<std::ptrdiff_t>(width));
    };
    Cells result;
    if (e.op == Op::LabelOf) {
      result = at(static_cast<std::size_t>(e.index));
    } else if (e.op == Op::Pick) {
      result = at(count - 1);
      for (std::size_t label = count - 1; label-- > 0;) {
        const B::M is_it = b_.eq(picked[cell], b_.c(static_cast<double>(label)));
        const Cells other = at(label);
        for (std::size_t k = 0; k < width; ++k) result[k] = b_.select(is_it, other[k], result[k]);
      }
    } else {
      result = at(0);
      for (std::size_t label = 1; label < count; ++label) result = reduce(e.reduce, result, at(label));
      if (e.reduce == Reduce::Mean)
        for (B::F& part : result) part = b_.div(part, b_.c(static_cast<double>(count)));
    }
    out.insert(out.end(), result.begin(), result.end());
  }
  return out;
}

}  // namespace horizon::lower
