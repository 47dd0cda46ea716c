#pragma once
// Small models by hand, for tests of passes that take a model.
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::test {

using model::DimensionId;
using model::ExprId;
using model::GroupId;
using model::Op;
using model::QuantityId;
using types::Sort;
using types::Type;

inline Type type_of(Sort sort, std::vector<DimensionId> by = {}) {
  Type type;
  type.sort = sort;
  type.by = std::move(by);
  return type;
}

struct ModelBuilder {
  model::Model model;
  std::uint32_t position = 0;   ///< each expression and quantity gets a span of its own

  /// Months from 2026-01 by default.
  explicit ModelBuilder(int periods = 12, int months = 1, int start = 12 * 56) {
    model.grid = {start, months, periods};
    model::Group scenario;
    scenario.keys = {""};
    model.groups.add(std::move(scenario));
  }
  static GroupId scenario() { return GroupId(0); }

  source::Span next_span() {
    position += 2;
    return {source::FileId(0), position, position + 1};
  }
  DimensionId dimension(const std::string& name, const std::vector<std::string>& labels) {
    model::Dimension dimension{name, {}};
    for (const std::string& label : labels) dimension.labels.push_back({label, ""});
    return model.dimensions.add(std::move(dimension));
  }
  GroupId instance(const std::string& kind, const std::string& name) {
    model::Group group;
    group.kind = kind;
    group.name = name;
    group.keys = {""};
    return model.groups.add(std::move(group));
  }
  GroupId family(const std::string& kind, const std::string& name, std::vector<std::string> keys) {
    model::Group group;
    group.kind = kind;
    group.name = name;
    group.is_family = true;
    group.keys = std::move(keys);
    return model.groups.add(std::move(group));
  }
  std::int32_t column(GroupId group, const std::string& name, Type type, std::vector<double> values) {
    auto& columns = model.groups[group].columns;
    columns.push_back({name, std::move(type), std::move(values)});
    return static_cast<std::int32_t>(columns.size()) - 1;
  }

  ExprId expr(Op op, Type type, std::vector<ExprId> args = {}) {
    model::Expr e;
    e.op = op;
    e.type = std::move(type);
    e.args = std::move(args);
    e.span = next_span();
    return model.exprs.add(std::move(e));
  }
  ExprId num(double number, Sort sort = Sort::Number) {
    const ExprId id = expr(Op::Const, type_of(sort));
    model.exprs[id].number = number;
    return id;
  }
  ExprId duration(double ticks, double days = 0) {
    const ExprId id = num(ticks, Sort::Duration);
    model.exprs[id].number2 = days;
    return id;
  }
  /// The date's ticks: 31 (months since 1970-01) + day - 1.
  static double ticks(int year, int month, double day = 1) { return 31.0 * (12 * (year - 1970) + month - 1) + day - 1; }
  ExprId date(int year, int month, double day = 1) { return num(ticks(year, month, day), Sort::Date); }
  ExprId at(std::int32_t column, Type type) {
    const ExprId id = expr(Op::Column, std::move(type));
    model.exprs[id].index = column;
    return id;
  }
  ExprId ref(QuantityId quantity) {
    const ExprId id = expr(Op::Ref, model.quantities[quantity].type);
    model.exprs[id].quantity = quantity;
    return id;
  }
  ExprId row_of(QuantityId quantity, std::int32_t row) {
    const ExprId id = expr(Op::RowOf, model.quantities[quantity].type);
    model.exprs[id].quantity = quantity;
    model.exprs[id].index = row;
    return id;
  }
  ExprId prev(QuantityId quantity, ExprId start) {
    const ExprId id = expr(Op::Prev, model.quantities[quantity].type, {start});
    model.exprs[id].quantity = quantity;
    return id;
  }
  ExprId add(ExprId a, ExprId b) { return expr(Op::Add, model.exprs[a].type, {a, b}); }
  ExprId mul(ExprId a, ExprId b) { return expr(Op::Mul, model.exprs[a].type, {a, b}); }
  /// Over all rows of a quantity's group.
  ExprId reduce(model::Reduce how, QuantityId quantity) {
    model::Reduction set;
    set.reduce = how;
    model::SetTerm term{quantity, {}, {}};
    for (std::uint32_t r = 0; r < model.groups[model.quantities[quantity].group].rows(); ++r) term.rows.push_back(r);
    set.terms.push_back(std::move(term));
    return reduce(std::move(set), model.quantities[quantity].type);
  }
  ExprId reduce(model::Reduction set, Type type) {
    const ExprId id = expr(Op::ReduceSet, std::move(type));
    model.exprs[id].set = static_cast<std::int32_t>(model.reductions.size());
    model.reductions.push_back(std::move(set));
    return id;
  }
  /// The draw belongs to the quantity that is added next.
  ExprId draw(model::Distribution distribution, std::vector<ExprId> args, Type type = {}) {
    const ExprId id = expr(Op::Draw, std::move(type), std::move(args));
    model.exprs[id].draw = static_cast<std::int32_t>(model.draws.size());
    model::DrawSpec spec;
    spec.distribution = distribution;
    spec.owner = QuantityId(model.quantities.size());
    model.draws.push_back(std::move(spec));
    return id;
  }

  /// Declared first, defined later: what a loop needs.
  QuantityId declare(GroupId group, const std::string& name, Type type = {}) {
    model::Quantity q;
    q.name = name;
    q.group = group;
    q.type = std::move(type);
    q.span = next_span();
    return model.quantities.add(std::move(q));
  }
  void define(QuantityId quantity, ExprId definition) { model.quantities[quantity].definition = definition; }
  QuantityId quantity(GroupId group, const std::string& name, ExprId definition) {
    const QuantityId id = declare(group, name, model.exprs[definition].type);
    define(id, definition);
    return id;
  }
  QuantityId quantity(const std::string& name, ExprId definition) { return quantity(scenario(), name, definition); }

  model::Forecast& forecast(const std::string& name, ExprId measure, model::Grain grain = model::Grain::Month) {
    model::Forecast f;
    f.name = name;
    f.measure = measure;
    f.grain = grain;
    f.over = model::Forecast::Over::Mean;
    f.unit.push_back('1');  // an assignment draws a false warning from GCC 12
    f.dimensions = model.exprs[measure].type.by;
    model.forecasts.push_back(std::move(f));
    return model.forecasts.back();
  }
  void require(GroupId group, ExprId condition, const std::string& text) {
    model.requirements.push_back({group, condition, text, next_span()});
  }
};

}  // namespace horizon::test
