#include "compiler/model/verify_expr.hpp"

#include <algorithm>

#include "compiler/model/text.hpp"

namespace horizon::model {
namespace {

using types::Sort;

struct Arity {
  std::size_t least, most;
};
constexpr std::size_t kMany = static_cast<std::size_t>(-1);

Arity arity(Op op) {
  switch (op) {
    case Op::Const: case Op::Column: case Op::Ref: case Op::RowOf: case Op::Bound: case Op::Now: case Op::PeriodStart:
    case Op::PeriodEnd: case Op::Step: case Op::ReduceSet:
      return {0, 0};
    case Op::Neg: case Op::Abs: case Op::Floor: case Op::Ceil: case Op::Round: case Op::Exp: case Op::Log:
    case Op::Sqrt: case Op::Not: case Op::Since: case Op::After: case Op::ToMonths: case Op::ToDuration: case Op::Prev:
    case Op::Cumulative: case Op::LabelOf: case Op::ReduceOver:
      return {1, 1};
    case Op::Add: case Op::Sub: case Op::Mul: case Op::Div: case Op::Pow: case Op::Min: case Op::Max: case Op::MaskMul:
    case Op::Lt: case Op::Le: case Op::Gt: case Op::Ge: case Op::Eq: case Op::Ne: case Op::And: case Op::Or:
    case Op::During: case Op::AddMonths: case Op::DateDiff: case Op::Lump: case Op::Cohort: case Op::Pick:
      return {2, 2};
    case Op::Select:
      return {3, 3};
    case Op::Dated: case Op::MapOf: case Op::Draw:
      return {1, kMany};
  }
  return {0, 0};
}

std::size_t parameters(Distribution distribution) {
  switch (distribution) {
    case Distribution::Exponential: case Distribution::Poisson: case Distribution::Chance:
      return 1;
    case Distribution::Uniform: case Distribution::Normal: case Distribution::Lognormal: case Distribution::Beta:
    case Distribution::BetaMeanSd: case Distribution::Gamma: case Distribution::Weibull:
      return 2;
    case Distribution::NormalP: case Distribution::LognormalP: case Distribution::LognormalMedian:
    case Distribution::LogitNormalP: case Distribution::Triangular: case Distribution::Pert:
      return 3;
    case Distribution::Discrete:
      return 0;  // any even number
  }
  return 0;
}

bool has(const Type& type, DimensionId dimension) {
  return std::find(type.by.begin(), type.by.end(), dimension) != type.by.end();
}

}  // namespace

ExprChecker::ExprChecker(const Model& model, Findings& findings)
    : model_(model), findings_(findings), states_(model.exprs.size(), State::New), seen_in_(model.exprs.size(), 0) {
  draw_owner_.resize(model.draws.size());
  draw_seen_.resize(model.draws.size(), false);
}

bool ExprChecker::definition(ExprId root, GroupId group, QuantityId owner, const std::string& where) {
  group_ = group;
  owner_ = owner;
  where_ = where;
  ++definition_number_;
  if (root.index() >= model_.exprs.size()) {
    findings_.add("ids_in_range", where + " has no definition");
    return false;
  }
  const std::size_t before = findings_.sentences.size();
  visit(root, false);
  return findings_.sentences.size() == before;
}

void ExprChecker::visit(ExprId id, bool in_cohort) {
  const std::size_t i = id.index();
  if (seen_in_[i] != definition_number_) {
    seen_in_[i] = definition_number_;
    states_[i] = State::New;
  }
  if (states_[i] == State::Open) {
    findings_.add("no_loops", where_ + " holds an expression that is part of itself");
    return;
  }
  const State done = in_cohort ? State::DoneInCohort : State::Done;
  if (states_[i] == done) return;
  states_[i] = State::Open;
  const Expr& expr = model_.exprs[id];
  if (!has_arity(expr)) {
    findings_.add("arity", where_ + ": `" + std::string(op_name(expr.op)) + "` has " + std::to_string(expr.args.size()) +
                               " operands");
  } else {
    for (std::size_t k = 0; k < expr.args.size(); ++k)
      visit(expr.args[k], expr.op == Op::Cohort ? k == 1 : in_cohort);
    check(expr, in_cohort);
  }
  states_[i] = done;
}

bool ExprChecker::has_arity(const Expr& expr) const {
  const Arity a = arity(expr.op);
  if (expr.args.size() < a.least || expr.args.size() > a.most) return false;
  if (expr.op == Op::Dated) return expr.args.size() % 2 == 1;
  if (expr.op == Op::MapOf)
    return expr.dimension.index() < model_.dimensions.size() &&
           expr.args.size() == model_.dimensions[expr.dimension].labels.size();
  if (expr.op == Op::Draw && expr.draw >= 0 && static_cast<std::size_t>(expr.draw) < model_.draws.size()) {
    const Distribution d = model_.draws[static_cast<std::size_t>(expr.draw)].distribution;
    return d == Distribution::Discrete ? expr.args.size() % 2 == 0 : expr.args.size() == parameters(d);
  }
  return true;
}

void ExprChecker::check(const Expr& expr, bool in_cohort) {
  const std::size_t before = findings_.sentences.size();
  check_ids(expr);
  if (findings_.sentences.size() != before) return;
  if (expr.op == Op::Bound && !in_cohort) findings_.add("bound_in_cohort", where_ + " uses an age outside of a cohort");
  if (in_cohort && (expr.op == Op::Prev || expr.op == Op::Cumulative || expr.op == Op::Cohort || expr.op == Op::Draw))
    findings_.add("bound_in_cohort", where_ + " has `" + std::string(op_name(expr.op)) + "` in a cohort's body");
  check_operands(expr);
  check_dimension_op(expr);
}

void ExprChecker::check_ids(const Expr& expr) {
  const auto missing = [&](const char* what) {
    findings_.add("ids_in_range", where_ + ": `" + std::string(op_name(expr.op)) + "` names a " + what + " that is not there");
  };
  const auto in = [](std::int32_t index, std::size_t size) { return index >= 0 && static_cast<std::size_t>(index) < size; };
  const bool needs_quantity = expr.op == Op::Ref || expr.op == Op::RowOf || expr.op == Op::Prev;
  if (needs_quantity && expr.quantity.index() >= model_.quantities.size()) return missing("quantity");
  if (needs_quantity) {
    const Quantity& quantity = model_.quantities[expr.quantity];
    const Group& group = model_.groups[quantity.group];
    if (expr.op == Op::RowOf) {
      if (!in(expr.index, group.rows())) missing("row");
    } else if (quantity.group != group_ && group.rows() != 1) {
      findings_.add("rows_agree", where_ + " reads `" + quantity.name + "` of many rows as if it were one");
    }
    if (quantity.type != expr.type && cells(model_, quantity.type) != cells(model_, expr.type))
      findings_.add("operand_types", where_ + " reads `" + quantity.name + "` with other dimensions");
  }
  switch (expr.op) {
    case Op::Column:
      if (!in(expr.index, model_.groups[group_].columns.size())) missing("column");
      break;
    case Op::LabelOf: case Op::ReduceOver: case Op::MapOf: case Op::Pick:
      if (expr.dimension.index() >= model_.dimensions.size()) return missing("dimension");
      if (expr.op == Op::LabelOf && !in(expr.index, model_.dimensions[expr.dimension].labels.size())) missing("label");
      break;
    case Op::ReduceSet:
      if (!in(expr.set, model_.reductions.size())) missing("set");
      break;
    case Op::Draw: {
      if (!in(expr.draw, model_.draws.size())) return missing("draw");
      const auto d = static_cast<std::size_t>(expr.draw);
      if (model_.draws[d].owner != owner_ || !owner_.has_value())
        findings_.add("draws_owned_once", where_ + " draws what belongs to another quantity");
      if (draw_seen_[d] && draw_owner_[d] != owner_)
        findings_.add("draws_owned_once", where_ + " draws what another definition draws");
      draw_seen_[d] = true;
      draw_owner_[d] = owner_;
      break;
    }
    default:
      break;
  }
}

void ExprChecker::want(const Expr& expr, std::size_t arg, Sort sort) {
  if (type_of(expr, arg).sort != sort)
    findings_.add("operand_types", where_ + ": operand " + std::to_string(arg + 1) + " of `" +
                                       std::string(op_name(expr.op)) + "` has the wrong sort");
}

void ExprChecker::broadcasts(const Type& from, const Type& to, const std::string& where) {
  for (const DimensionId dimension : from.by)
    if (!has(to, dimension))
      findings_.add("operand_types", where + " loses the dimension `" + model_.dimensions[dimension].name + "`");
  if (types::components(from) != types::components(to))
    findings_.add("operand_types", where + " mixes a Duration with a number");
}

void ExprChecker::check_operands(const Expr& expr) {
  const std::string where = where_ + ": `" + std::string(op_name(expr.op)) + "`";
  const bool result_is_event = expr.type.sort == Sort::Event;
  switch (expr.op) {
    case Op::Neg: case Op::Add: case Op::Sub: case Op::Min: case Op::Max: case Op::Abs: case Op::Floor: case Op::Ceil:
    case Op::Round: case Op::Exp: case Op::Log: case Op::Sqrt: case Op::Pow:
      for (std::size_t i = 0; i < expr.args.size(); ++i) broadcasts(type_of(expr, i), expr.type, where);
      break;
    case Op::Mul: case Op::Div:
      for (std::size_t i = 0; i < 2; ++i) spread(expr, i, where);
      break;
    case Op::MaskMul:
      spread(expr, 0, where);
      broadcasts(type_of(expr, 1), expr.type, where);
      if (const Sort s = type_of(expr, 0).sort; s != Sort::Event && s != Sort::Share && s != Sort::Number)
        findings_.add("masks", where_ + " multiplies by something that is no mask");
      break;
    case Op::Lt: case Op::Le: case Op::Gt: case Op::Ge: case Op::Eq: case Op::Ne:
      for (std::size_t i = 0; i < 2; ++i) spread(expr, i, where);
      if (types::components(type_of(expr, 0)) != types::components(type_of(expr, 1)))
        findings_.add("operand_types", where + " compares a Duration with a number");
      if (!result_is_event) findings_.add("operand_types", where + " is no Event");
      break;
    case Op::And: case Op::Or: case Op::Not:
      for (std::size_t i = 0; i < expr.args.size(); ++i) {
        want(expr, i, Sort::Event);
        spread(expr, i, where);
      }
      if (!result_is_event) findings_.add("operand_types", where + " is no Event");
      break;
    case Op::Select:
      want(expr, 0, Sort::Event);
      spread(expr, 0, where);
      for (std::size_t i = 1; i < 3; ++i) broadcasts(type_of(expr, i), expr.type, where);
      break;
    default:
      check_time(expr, where);
  }
}

void ExprChecker::spread(const Expr& expr, std::size_t arg, const std::string& where) {
  Type from = type_of(expr, arg);
  from.sort = expr.type.sort;  // dimensions only
  broadcasts(from, expr.type, where);
}

void ExprChecker::check_time(const Expr& expr, const std::string& where) {
  switch (expr.op) {
    case Op::Since: case Op::After:
      want(expr, 0, Sort::Date);
      spread(expr, 0, where);
      break;
    case Op::During: case Op::DateDiff:
      for (std::size_t i = 0; i < 2; ++i) {
        want(expr, i, Sort::Date);
        spread(expr, i, where);
      }
      break;
    case Op::AddMonths:
      want(expr, 0, Sort::Date);
      want(expr, 1, Sort::Duration);
      for (std::size_t i = 0; i < 2; ++i) spread(expr, i, where);
      break;
    case Op::ToMonths:
      want(expr, 0, Sort::Duration);
      spread(expr, 0, where);
      break;
    case Op::Lump:
      broadcasts(type_of(expr, 0), expr.type, where);
      want(expr, 1, Sort::Date);
      spread(expr, 1, where);
      break;
    case Op::Dated:
      for (std::size_t i = 0; i < expr.args.size(); ++i) {
        if (i % 2 == 1) want(expr, i, Sort::Date);
        if (i % 2 == 1) spread(expr, i, where); else broadcasts(type_of(expr, i), expr.type, where);
      }
      break;
    case Op::Prev: case Op::Cumulative: case Op::ToDuration: case Op::Cohort: case Op::Draw:
      for (std::size_t i = 0; i < expr.args.size(); ++i) spread(expr, i, where);
      break;
    default:
      break;
  }
  const auto sort_is = [&](Sort sort) {
    if (expr.type.sort != sort) findings_.add("operand_types", where + " has a result of the wrong sort");
  };
  if (expr.op == Op::Since || expr.op == Op::DateDiff || expr.op == Op::ToDuration || expr.op == Op::Bound)
    sort_is(Sort::Duration);
  if (expr.op == Op::Now || expr.op == Op::PeriodStart || expr.op == Op::PeriodEnd || expr.op == Op::AddMonths)
    sort_is(Sort::Date);
}

void ExprChecker::check_dimension_op(const Expr& expr) {
  const std::string where = where_ + ": `" + std::string(op_name(expr.op)) + "`";
  switch (expr.op) {
    case Op::MapOf:
      if (!has(expr.type, expr.dimension))
        findings_.add("operand_types", where + " does not have its dimension");
      for (std::size_t i = 0; i < expr.args.size(); ++i) {
        if (has(type_of(expr, i), expr.dimension))
          findings_.add("operand_types", where + " has an entry that is by the dimension already");
        broadcasts(type_of(expr, i), expr.type, where);
      }
      break;
    case Op::LabelOf: case Op::ReduceOver: case Op::Pick: {
      Type from = type_of(expr, expr.op == Op::Pick ? 1 : 0);
      if (!has(from, expr.dimension)) findings_.add("operand_types", where + " of what does not have the dimension");
      if (has(expr.type, expr.dimension)) findings_.add("operand_types", where + " keeps the dimension");
      from.by.erase(std::remove(from.by.begin(), from.by.end(), expr.dimension), from.by.end());
      broadcasts(from, expr.type, where);
      if (expr.op == Op::Pick) want(expr, 0, Sort::Label);
      break;
    }
    case Op::ReduceSet: {
      const Reduction& set = model_.reductions[static_cast<std::size_t>(expr.set)];
      if (set.by && !has(expr.type, set.by)) findings_.add("operand_types", where + " does not have its dimension");
      for (const SetTerm& term : set.terms) broadcasts(model_.quantities[term.quantity].type, expr.type, where);
      break;
    }
    default:
      break;
  }
}

void ExprChecker::finish() {
  for (std::size_t i = 0; i < draw_seen_.size(); ++i)
    if (draw_seen_[i] && model_.draws[i].owner.index() >= model_.quantities.size())
      findings_.add("ids_in_range", "draw " + std::to_string(i) + " belongs to no quantity");
  for (std::size_t i = 0; i < draw_seen_.size(); ++i) {
    const DrawSpec& spec = model_.draws[i];
    if (spec.latent.empty() || spec.owner.index() >= model_.quantities.size()) continue;
    if (spec.latent.size() != model_.groups[model_.quantities[spec.owner].group].rows())
      findings_.add("latents_by_row", "draw " + std::to_string(i) + " is not correlated row by row");
    for (const Latent& latent : spec.latent)
      if (latent.block >= static_cast<std::int32_t>(model_.correlations.size()))
        findings_.add("ids_in_range", "draw " + std::to_string(i) + " hangs on no block");
  }
}

}  // namespace horizon::model
