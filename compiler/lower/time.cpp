// The calendar in expressions (rules.md E). The arithmetic itself is in dates.hpp.
#include "compiler/lower/kernel.hpp"

namespace horizon::lower {

using model::Op;
using types::Sort;

dates::Period<B> KernelLowering::period() {
  std::vector<double> start, end, mid, day_start, day_end;
  const auto& months = dates::month_starts();
  const auto day_of = [&](int month) {
    const int index = month - dates::kFirstMonth;
    HZ_CHECK(index >= 0 && index < dates::kTableSize);
    return months[static_cast<std::size_t>(index)];
  };
  for (std::size_t t = 0; t < program_.periods; ++t) {
    const int first = model_.grid.start + static_cast<int>(t) * model_.grid.months;
    const int next = first + model_.grid.months;
    start.push_back(dates::kTicksPerMonth * first);
    end.push_back(dates::kTicksPerMonth * next);
    mid.push_back((start.back() + end.back()) / 2);
    day_start.push_back(day_of(first));
    day_end.push_back(day_of(next));
  }
  const auto column = [&](const char* name, const std::vector<double>& numbers) {
    return b_.period(program_.period_column(name, numbers));
  };
  return {column("start", start), column("end", end), column("midpoint", mid), column("first day", day_start),
          column("day after", day_end)};
}

B::F KernelLowering::after(B::F date) {
  return dates::after(b_, period(), program_.functions.day_number(b_, date));
}

Cells KernelLowering::time_op(const model::Expr& e, const Scope& scope) {
  const std::size_t n = cells(e.type);
  switch (e.op) {
    case Op::Now:
      return Cells(n, period().mid);
    case Op::PeriodStart:
      return Cells(n, period().start);
    case Op::PeriodEnd:
      return Cells(n, period().end);
    case Op::Step: {
      if (e.type.sort != Sort::Duration) return Cells(n, b_.c(model_.grid.months));
      Cells steps;
      for (std::size_t i = 0; i < n; ++i) {
        steps.push_back(b_.c(dates::kTicksPerMonth * model_.grid.months));
        steps.push_back(b_.c(0));
      }
      return steps;
    }
    default:
      break;
  }
  Cells out;
  if (e.op == Op::AddMonths) {
    const Cells date = spread(e.args[0], e.type, scope);
    const Cells more = spread_components(e.args[1], e.type, scope, 2);
    b_.at(e.span);
    for (std::size_t i = 0; i < n; ++i) {
      const B::F ticks = more[2 * i], days = more[2 * i + 1];
      if (b_.constant(days) != 0.0) out.push_back(program_.functions.add_duration(b_, date[i], ticks, days));
      else if (b_.constant(ticks) == 0.0) out.push_back(date[i]);
      else out.push_back(b_.add(date[i], ticks));
    }
    return out;
  }
  const Cells x = spread(e.args[0], e.type, scope);
  const Cells y = e.args.size() > 1 ? spread(e.args[1], e.type, scope) : Cells{};
  b_.at(e.span);
  for (std::size_t i = 0; i < n; ++i) {
    switch (e.op) {
      case Op::Since:
        out.push_back(dates::since(b_, period(), x[i]));
        out.push_back(b_.c(0));
        break;
      case Op::After:
        out.push_back(after(x[i]));
        break;
      case Op::During:
        out.push_back(b_.max(b_.c(0), b_.sub(after(x[i]), after(y[i]))));
        break;
      case Op::Lump:
        out.push_back(b_.select(dates::holds(b_, period(), y[i]), b_.div(x[i], b_.c(model_.grid.months)), b_.c(0)));
        break;
      default:
        HZ_UNREACHABLE("operation on time");
    }
  }
  return out;
}

/// v0 until d1, v1 until d2...: each weighted with its part of the period. The dates must not fall (rules.md E6).
Cells KernelLowering::dated(const model::Expr& e, const Scope& scope) {
  const auto width = static_cast<std::size_t>(types::components(e.type));
  std::vector<Cells> values, days;
  std::vector<Cells> dates;
  for (std::size_t i = 0; i < e.args.size(); ++i) {
    if (i % 2 == 0) values.push_back(spread_components(e.args[i], e.type, scope, width));
    else dates.push_back(spread(e.args[i], e.type, scope));
  }
  b_.at(e.span);
  Cells out;
  for (std::size_t cell = 0; cell < cells(e.type); ++cell) {
    std::vector<B::F> later;   // after(d1), after(d2)...
    for (std::size_t i = 0; i < dates.size(); ++i) {
      if (i > 0) b_.require(b_.le(dates[i - 1][cell], dates[i][cell]));
      later.push_back(after(dates[i][cell]));
    }
    for (std::size_t k = 0; k < width; ++k) {
      B::F sum = b_.c(0);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const B::F from = i == 0 ? b_.c(1) : later[i - 1];
        const B::F weight = i < later.size() ? b_.sub(from, later[i]) : from;
        const B::F part = b_.mask_mul(weight, values[i][cell * width + k]);
        sum = i == 0 ? part : b_.add(sum, part);
      }
      out.push_back(sum);
    }
  }
  return out;
}

}  // namespace horizon::lower
