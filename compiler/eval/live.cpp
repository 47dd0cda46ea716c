#include "compiler/eval/live.hpp"

namespace horizon::eval {

using model::Op;

std::vector<Read> reads(const Model& model, const Expr& expr, const Place& place) {
  switch (expr.op) {
    case Op::Ref: case Op::Prev: {
      const bool same_row = model.quantities[expr.quantity].group == place.group;
      return {{expr.quantity, {same_row ? place.row : 0}, expr.op == Op::Prev}};
    }
    case Op::RowOf:
      return {{expr.quantity, {static_cast<std::size_t>(expr.index)}, false}};
    case Op::ReduceSet: {
      std::vector<Read> result;
      for (const model::SetTerm& term : model.reductions[static_cast<std::size_t>(expr.set)].terms)
        result.push_back({term.quantity, {term.rows.begin(), term.rows.end()}, false});
      return result;
    }
    default:
      return {};
  }
}

namespace {

class Finder {
 public:
  explicit Finder(const Model& model) : model_(model), seen_(model.exprs.size(), false) {
    live_.quantities.assign(model.quantities.size(), false);
    live_.groups.assign(model.groups.size(), false);
  }

  Live run() {
    live_.groups[0] = true;
    for (const model::Forecast& forecast : model_.forecasts) need(forecast.measure, GroupId(0));
    for (bool grown = true; grown;) {
      grown = false;
      finish();
      for (std::size_t i = 0; i < model_.requirements.size(); ++i) {
        const model::Requirement& requirement = model_.requirements[i];
        if (!live_.groups[requirement.group.index()] || seen_[requirement.condition.index()]) continue;
        need(requirement.condition, requirement.group);
        grown = true;
      }
    }
    return live_;
  }

 private:
  void need(ExprId expr, GroupId group) {
    if (seen_[expr.index()]) return;
    seen_[expr.index()] = true;
    open_.push_back({expr, group});
  }

  void finish() {
    while (!open_.empty()) {
      const auto [id, group] = open_.back();
      open_.pop_back();
      const Expr& expr = model_.exprs[id];
      for (const ExprId arg : expr.args) need(arg, group);
      for (const Read& read : reads(model_, expr, Place{group, 0, 0, 0, {}})) {
        const model::Quantity& q = model_.quantities[read.quantity];
        live_.quantities[read.quantity.index()] = true;
        live_.groups[q.group.index()] = true;
        need(q.definition, q.group);
      }
    }
  }

  const Model& model_;
  std::vector<bool> seen_;
  std::vector<std::pair<ExprId, GroupId>> open_;
  Live live_;
};

}  // namespace

Live find_live(const Model& model) { return Finder(model).run(); }

}  // namespace horizon::eval
