#include "compiler/lower/numbers.hpp"

#include <algorithm>
#include <bit>

namespace horizon::lower {
namespace {

using model::Expr;
using model::Model;

bool differ(double a, double b) { return std::bit_cast<std::uint64_t>(a) != std::bit_cast<std::uint64_t>(b); }

/// The parts of a column's rows that are 0 in all of them: those of a Duration are left out of the code.
std::vector<bool> absent_parts(const model::Column& column, std::size_t rows) {
  const std::size_t width = rows == 0 ? 0 : column.values.size() / rows;
  std::vector<bool> absent(width, true);
  for (std::size_t i = 0; i < column.values.size(); ++i)
    if (column.values[i] != 0) absent[i % width] = false;
  return absent;
}

double number_of(const Model& model, const NumberSource& source, std::uint32_t row) {
  if (source.constant) {
    const Expr& e = model.exprs[source.constant];
    return source.part == 0 ? e.number : e.number2;
  }
  const model::Group& group = model.groups[source.group];
  const auto& values = group.columns[source.column].values;
  return values[row * (values.size() / group.rows()) + source.part];
}

/// What changed, to be looked up.
class Changed {
 public:
  Changed(const Model& model, const model::NumberChanges& changes) : constants_(model.exprs.size()), columns_(changes.columns) {
    for (const model::ExprId id : changes.constants) constants_[id.index()] = true;
  }
  bool has(const NumberSource& source) const {
    if (source.constant) return constants_[source.constant.index()];
    return source.group && std::binary_search(columns_.begin(), columns_.end(), std::pair(source.group, source.column));
  }

 private:
  std::vector<bool> constants_;
  const std::vector<std::pair<model::GroupId, std::uint32_t>>& columns_;
};

}  // namespace

std::vector<bool> given_constants(const Model& model) {
  std::vector<bool> given(model.exprs.size());
  // Values by label or by date are values, too.
  const auto mark = [&](const auto& self, model::ExprId id) -> void {
    const Expr& e = model.exprs[id];
    if (e.op == model::Op::Const) given[id.index()] = true;
    if (e.op != model::Op::MapOf && e.op != model::Op::Dated) return;
    for (const model::ExprId arg : e.args) self(self, arg);
  };
  for (const model::Quantity& q : model.quantities)
    if (!q.hidden) mark(mark, q.definition);
  for (const Expr& e : model.exprs)
    if (e.op == model::Op::Draw)
      for (const model::ExprId arg : e.args) mark(mark, arg);
  return given;
}

bool stands_in_code(const Expr& constant, int component, bool given) {
  const double x = component == 0 ? constant.number : constant.number2;
  if (!std::isfinite(x)) return true;
  switch (constant.type.sort) {
    case types::Sort::Duration:
      return x == 0;
    case types::Sort::Event:
    case types::Sort::Label:
    case types::Sort::Text:
      return x == -1 || x == 0 || x == 1 || x == 2;
    default:
      return !given && (x == -1 || x == 0 || x == 1 || x == 2);
  }
}

Numbers::Numbers(NumberPlaces places, const mir::Module& module) : places_(std::move(places)), users_(places_.table.size()) {
  if (!places_.constants) return;
  const auto use = [&](std::size_t place, mir::KernelId kernel) {
    if (place < users_.size() && (users_[place].empty() || users_[place].back() != kernel)) users_[place].push_back(kernel);
  };
  for (std::size_t k = 0; k < module.kernels.size(); ++k) {
    const mir::KernelId id(k);
    const auto& values = module.kernels[id].values;
    for (const mir::Value& v : values) {
      if (v.op != mir::Op::TableF || static_cast<std::size_t>(v.index) != places_.constants.index()) continue;
      const mir::Value& at = values[v.args.at(0)];
      if (at.op == mir::Op::ConstI) use(static_cast<std::size_t>(at.integer), id);
      else for (std::size_t place = 0; place < users_.size(); ++place) use(place, id);
    }
  }
}

bool Numbers::only_numbers(const Model& before, const Model& now, const model::NumberChanges& changes) const {
  for (const model::ExprId id : changes.constants) {
    const Expr &a = before.exprs[id], &b = now.exprs[id];
    if (places_.fixed.contains(id)) return false;
    for (int k = 0; k < types::components(a.type); ++k) {
      const bool given = places_.given[id.index()], same = k == 0 ? !differ(a.number, b.number) : !differ(a.number2, b.number2);
      if (!same && (stands_in_code(a, k, given) || stands_in_code(b, k, given))) return false;
    }
    if (places_.bases.contains(id) && has_fixed_logarithm(a.number) != has_fixed_logarithm(b.number)) return false;
  }
  for (const auto& [group, column] : changes.columns) {
    if (places_.fixed_columns.contains({group, column})) return false;
    const model::Column &a = before.groups[group].columns[column], &b = now.groups[group].columns[column];
    const std::size_t rows = now.groups[group].rows();
    if (types::components(a.type) > 1 && absent_parts(a, rows) != absent_parts(b, rows)) return false;
  }
  return true;
}

std::optional<std::vector<mir::KernelId>> Numbers::change(const Model& before, const Model& now, const model::NumberChanges& changes,
                                                          mir::Module& module) const {
  if (!only_numbers(before, now, changes)) return std::nullopt;
  const Changed changed(now, changes);
  std::vector<bool> touched(module.kernels.size());
  for (std::size_t place = 0; place < places_.table.size(); ++place) {
    const auto& [source, row] = places_.table[place];
    if (!changed.has(source)) continue;
    module.tables[places_.constants].numbers[place] = number_of(now, source, row);
    for (const mir::KernelId kernel : users_[place]) touched[kernel.index()] = true;
  }
  std::vector<mir::KernelId> result;
  for (std::size_t k = 0; k < module.kernels.size(); ++k) {
    const mir::KernelId id(k);
    for (mir::Column& column : module.kernels[id].columns) {
      if (column.origin < 0) continue;
      const NumberPlaces::Column& places = places_.columns[static_cast<std::size_t>(column.origin)];
      const auto& by_draft = places.by_draft;
      if (std::none_of(by_draft.begin(), by_draft.end(), [&](const NumberSource& s) { return changed.has(s); })) continue;
      const auto& rows = places_.rows[places.rows];
      for (std::size_t r = 0; r < rows.size(); ++r)
        if (changed.has(by_draft[rows[r].draft])) column.numbers[r] = number_of(now, by_draft[rows[r].draft], rows[r].row);
      touched[k] = true;
    }
    if (touched[k]) result.push_back(id);
  }
  return result;
}

}  // namespace horizon::lower
