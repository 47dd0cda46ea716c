#include <set>

#include "base/check.hpp"
#include "compiler/model/text.hpp"

namespace horizon::model {
namespace {

bool is_leaf(const Expr& expr) { return expr.args.empty() && expr.op != Op::Draw && expr.op != Op::ReduceSet; }

}  // namespace

ExprPrinter::Result ExprPrinter::print(ExprId root) {
  uses_.clear();
  names_.clear();
  shared_.clear();
  count_uses(root);
  uses_[root.value] = 1;
  std::string text = text_of(root);
  return {std::move(text), std::move(shared_)};
}

void ExprPrinter::count_uses(ExprId id) {
  if (++uses_[id.value] > 1) return;
  for (const ExprId arg : model_.exprs[id].args) count_uses(arg);
}

std::string ExprPrinter::text_of(ExprId id) {
  const Expr& expr = model_.exprs[id];
  if (is_leaf(expr) || uses_[id.value] < 2) return spelled_out(expr);
  if (!names_.contains(id.value)) {
    std::string text = spelled_out(expr);
    std::string name = "t" + std::to_string(shared_.size() + 1);
    shared_.push_back(name + " = " + std::move(text));
    names_[id.value] = std::move(name);
  }
  return names_[id.value];
}

std::string ExprPrinter::infix(const Expr& expr, std::string_view sign) {
  std::string text = "(" + text_of(expr.args[0]);
  text.append(" ").append(sign).append(" ");
  return text + text_of(expr.args[1]) + ")";
}

std::string ExprPrinter::call(std::string_view name, const std::vector<ExprId>& args, const std::string& extra) {
  std::string text(name);
  text += '(';
  for (std::size_t i = 0; i < args.size(); ++i) text += (i ? ", " : "") + text_of(args[i]);
  if (!extra.empty()) text += (args.empty() ? "" : ", ") + extra;
  return text + ")";
}

std::string ExprPrinter::constant(const Expr& expr) const {
  if (hide_constants_) return "(confidential)";
  switch (expr.type.sort) {
    case types::Sort::Date:
      return date_text(expr.number);
    case types::Sort::Duration:
      return duration_text(expr.number, expr.number2);
    case types::Sort::Event:
      return expr.number != 0 ? "certain" : "impossible";
    case types::Sort::Label:
      return model_.dimensions[expr.type.label_of].labels[static_cast<std::size_t>(expr.number)].name;
    default:
      return number_text(expr.number);
  }
}

std::string ExprPrinter::reduction(const Expr& expr) const {
  const Reduction& set = model_.reductions[static_cast<std::size_t>(expr.set)];
  std::string text(reduce_name(set.reduce));
  text += "(";
  for (std::size_t i = 0; i < set.terms.size(); ++i) {
    const SetTerm& term = set.terms[i];
    const Quantity& quantity = model_.quantities[term.quantity];
    const Group& group = model_.groups[quantity.group];
    if (i) text += ", ";
    if (term.rows.size() == 1) {
      text += path(model_, term.quantity, term.rows[0]);
    } else {
      text += quantity.name + " of " + std::to_string(term.rows.size()) + " of " + group.name;
    }
  }
  text += ")";
  return set.by ? text + " by " + model_.dimensions[set.by].name : text;
}

std::string ExprPrinter::draw(const Expr& expr) {
  const DrawSpec& spec = model_.draws[static_cast<std::size_t>(expr.draw)];
  std::string text = "~" + call(distribution_name(spec.distribution), expr.args);
  switch (spec.each) {
    case DrawSpec::Each::None: break;
    case DrawSpec::Each::Year: text += " each year"; break;
    case DrawSpec::Each::Quarter: text += " each quarter"; break;
    case DrawSpec::Each::Month: text += " each month"; break;
  }
  for (const DimensionId dimension : spec.each_dimension) text += " each " + model_.dimensions[dimension].name;
  if (spec.in_days) text += " days";
  std::set<std::int32_t> blocks;
  for (const Latent& latent : spec.latent)
    if (latent.block >= 0) blocks.insert(latent.block);
  for (const std::int32_t block : blocks) text += " in " + model_.correlations[static_cast<std::size_t>(block)].name;
  return spec.round ? text + " rounded" : text;
}

std::string ExprPrinter::spelled_out(const Expr& expr) {
  switch (expr.op) {
    case Op::Const:
      return constant(expr);
    case Op::Column:
      return "row." + model_.groups[group_].columns[static_cast<std::size_t>(expr.index)].name;
    case Op::Ref: {
      const Quantity& quantity = model_.quantities[expr.quantity];
      return quantity.group == group_ ? quantity.name : path(model_, expr.quantity, 0);
    }
    case Op::RowOf:
      return path(model_, expr.quantity, static_cast<std::size_t>(expr.index));
    case Op::Neg:
      return "-" + text_of(expr.args[0]);
    case Op::Not:
      return "not " + text_of(expr.args[0]);
    case Op::Add: case Op::Sub: case Op::Mul: case Op::Div: case Op::Pow: case Op::MaskMul:
    case Op::Lt: case Op::Le: case Op::Gt: case Op::Ge: case Op::Eq: case Op::Ne: case Op::And: case Op::Or:
      return infix(expr, op_name(expr.op));
    case Op::Select:
      return "(if " + text_of(expr.args[0]) + " then " + text_of(expr.args[1]) + " else " + text_of(expr.args[2]) + ")";
    case Op::Bound: case Op::Now: case Op::PeriodStart: case Op::PeriodEnd: case Op::Step:
      return std::string(op_name(expr.op));
    case Op::Prev: {
      std::string text = "prev(" + model_.quantities[expr.quantity].name;
      return text + ", " + text_of(expr.args[0]) + ")";
    }
    case Op::Cumulative:
      return call(expr.integrate ? "integral" : "cumulative", expr.args);
    case Op::Cohort:
      return "cohort(" + text_of(expr.args[0]) + ", age -> " + text_of(expr.args[1]) + ")";
    case Op::MapOf: {
      const Dimension& dimension = model_.dimensions[expr.dimension];
      std::string text = "{";
      for (std::size_t i = 0; i < expr.args.size(); ++i)
        text += (i ? ", " : "") + dimension.labels[i].name + ": " + text_of(expr.args[i]);
      return text + "}";
    }
    case Op::LabelOf:
      return text_of(expr.args[0]) + "[" +
             model_.dimensions[expr.dimension].labels[static_cast<std::size_t>(expr.index)].name + "]";
    case Op::Pick:
      return text_of(expr.args[1]) + "[" + text_of(expr.args[0]) + "]";
    case Op::ReduceOver:
      return call(reduce_name(expr.reduce), expr.args, "over " + model_.dimensions[expr.dimension].name);
    case Op::ReduceSet:
      return reduction(expr);
    case Op::Draw:
      return draw(expr);
    case Op::Min: case Op::Max: case Op::Abs: case Op::Floor: case Op::Ceil: case Op::Round: case Op::Exp:
    case Op::Log: case Op::Sqrt: case Op::Since: case Op::After: case Op::During: case Op::AddMonths:
    case Op::DateDiff: case Op::ToMonths: case Op::ToDuration: case Op::Dated: case Op::Lump:
      return call(op_name(expr.op), expr.args);
  }
  HZ_UNREACHABLE("op");
}

}  // namespace horizon::model
