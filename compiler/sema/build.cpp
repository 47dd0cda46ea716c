// Nodes of the model, and what can be said of them without running: types in words, bounds, masks, variation over time.
#include <algorithm>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

ExprId Checker::make(Op op, Type type, std::vector<ExprId> args, Span span) {
  for (const ExprId arg : args) {
    if (model_.exprs[arg].type.sort == Sort::Unknown) type.sort = Sort::Unknown;
  }
  model::Expr expr;
  expr.op = op;
  expr.type = std::move(type);
  expr.args = std::move(args);
  expr.span = span;
  return model_.exprs.add(std::move(expr));
}

ExprId Checker::constant(double number, Type type, Span span) {
  const ExprId expr = make(Op::Const, std::move(type), {}, span);
  model_.exprs[expr].number = number;
  return expr;
}

ExprId Checker::duration(double ticks, double days, Span span) {
  Type type;
  type.sort = Sort::Duration;
  const ExprId expr = constant(ticks, type, span);
  model_.exprs[expr].number2 = days;
  return expr;
}

ExprId Checker::error_expr(Span span) {
  Type type;
  type.sort = Sort::Unknown;
  return constant(0, type, span);
}

Val Checker::number(ExprId expr) {
  Val val;
  val.kind = Val::Kind::Number;
  val.expr = expr;
  return val;
}

std::vector<DimensionId> Checker::union_by(const std::vector<ExprId>& args) {
  std::vector<DimensionId> by;
  for (const ExprId arg : args) {
    const auto& more = model_.exprs[arg].type.by;
    by.insert(by.end(), more.begin(), more.end());
  }
  std::sort(by.begin(), by.end());
  by.erase(std::unique(by.begin(), by.end()), by.end());
  return by;
}

ExprId Checker::to_months(ExprId duration, Span span) {
  Type type;
  type.sort = Sort::Amount;
  type.unit = Unit{{{model_.vocabulary.time(), 1, {}}}};
  type.by = type_of(duration).by;
  return make(Op::ToMonths, type, {duration}, span);
}

std::string Checker::unit_text(const Unit& unit) { return types::to_text(unit, model_.vocabulary); }

std::string Checker::type_text(const Type& type) {
  const auto with_unit = [&](const char* what, const char* of) {
    if (type.unit.is_number()) return std::string(what);
    return std::string(of) + unit_text(type.unit).substr(unit_text(type.unit).rfind("1 per", 0) == 0 ? 1 : 0);
  };
  std::string text;
  switch (type.sort) {
    case Sort::Number: text = with_unit("a plain number", "a number"); break;
    case Sort::Share: text = with_unit("a share", "a share"); break;
    case Sort::Factor: text = with_unit("a factor", "a factor"); break;
    case Sort::Change: text = with_unit("a change", "a change"); break;
    case Sort::Count: text = "a count"; break;
    case Sort::Event: text = "an event"; break;
    case Sort::Amount: text = unit_text(type.unit); break;
    case Sort::Date: text = "a date"; break;
    case Sort::Duration: text = "a duration"; break;
    case Sort::Label: text = "a label of `" + model_.dimensions[type.label_of].name + "`"; break;
    case Sort::Text: text = "a text"; break;
    case Sort::Unknown: text = "unknown"; break;
  }
  for (std::size_t i = 0; i < type.by.size(); ++i) text += (i ? ", " : " by ") + model_.dimensions[type.by[i]].name;
  return text;
}

std::string Checker::describe(const Val& val) {
  switch (val.kind) {
    case Val::Kind::Error: return "unknown";
    case Val::Kind::Number: return type_text(type_of(val.expr));
    case Val::Kind::Text: return val.text->is_code ? "an ATC code" : "a text";
    case Val::Kind::Curve: return "a curve";
    case Val::Kind::Set: return "a set of instances";
    case Val::Kind::Instance: return "the block `" + path_of(val.inst) + "`";
    case Val::Kind::List: return "a list";
    case Val::Kind::Row: return "a row of a table";
    case Val::Kind::Absent: return val.absent + ", which is missing";
  }
  return "unknown";
}

bool Checker::is_mask(ExprId id) {
  const model::Expr& expr = model_.exprs[id];
  if (expr.type.sort == Sort::Event) return true;
  switch (expr.op) {
    case Op::After:
    case Op::During:
      return true;
    case Op::MaskMul:
    case Op::Mul:
      return is_mask(expr.args[0]) && is_mask(expr.args[1]);
    case Op::Sub:
      return constant_of(expr.args[0]) == 1.0 && is_mask(model_.exprs[id].args[1]);
    case Op::Select: {
      // `if launched then x else 0`: where it is 0, so is the product.
      const ExprId then = expr.args[1], other = expr.args[2];
      return expr.type.sort == Sort::Share && expr.type.unit.is_number() &&
             (constant_of(then) == 0.0 || constant_of(other) == 0.0);
    }
    default:
      return false;
  }
}

bool Checker::varies_with_time(ExprId id, std::set<std::uint32_t>& seen) {
  if (!seen.insert(id.value).second) return false;
  const model::Expr& expr = model_.exprs[id];
  switch (expr.op) {
    case Op::Now: case Op::PeriodStart: case Op::PeriodEnd: case Op::Since: case Op::After: case Op::During:
    case Op::Dated: case Op::Lump: case Op::Prev: case Op::Cumulative: case Op::Cohort:
      return true;
    case Op::Draw:
      if (model_.draws[static_cast<std::size_t>(expr.draw)].each != model::DrawSpec::Each::None) return true;
      break;
    case Op::Ref:
    case Op::RowOf: {
      const ExprId definition = model_.quantities[expr.quantity].definition;
      return definition && varies_with_time(definition, seen);
    }
    case Op::ReduceSet: {
      const auto terms = model_.reductions[static_cast<std::size_t>(expr.set)].terms;
      for (const model::SetTerm& term : terms) {
        const ExprId definition = model_.quantities[term.quantity].definition;
        if (definition && varies_with_time(definition, seen)) return true;
      }
      return false;
    }
    default:
      break;
  }
  const std::vector<ExprId> args = expr.args;
  for (const ExprId arg : args) {
    if (varies_with_time(arg, seen)) return true;
  }
  return false;
}

}  // namespace horizon::sema
