// In which order fields are elaborated. Elaboration follows names on demand, so any order is right; this one keeps it from
// going deep: a scenario may be a chain of thousands of definitions, each of the next.
#include "base/match.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

void names_in(const ast::Expr& expr, std::vector<std::string>& names) {
  const auto go = [&](const ast::ExprPtr& part) {
    if (part) names_in(*part, names);
  };
  match(
      expr.node, [](const ast::ErrorExpr&) {}, [](const ast::Quantity&) {}, [](const ast::DateLit&) {},
      [](const ast::StringLit&) {}, [](const ast::AllOf&) {}, [&](const ast::NameRef& node) { names.push_back(node.name); },
      [&](const ast::Member& node) { go(node.base); },
      [&](const ast::Index& node) {
        go(node.base);
        go(node.index);
      },
      [&](const ast::DateRange&) {},
      [&](const ast::Call& node) {
        for (const ast::Arg& arg : node.args) {
          go(arg.key);
          go(arg.value);
        }
      },
      [&](const ast::Map& node) {
        for (const ast::MapEntry& entry : node.entries) {
          go(entry.value);
          go(entry.split);
        }
      },
      [&](const ast::List& node) {
        for (const ast::ExprPtr& item : node.items) go(item);
      },
      [&](const ast::Unary& node) { go(node.operand); },
      [&](const ast::Binary& node) {
        go(node.lhs);
        go(node.rhs);
      },
      [&](const ast::Growing& node) {
        go(node.base);
        go(node.rate);
      },
      [&](const ast::Interval& node) {
        go(node.low);
        go(node.high);
      },
      [&](const ast::If& node) {
        go(node.condition);
        go(node.then_value);
        go(node.else_value);
      },
      [&](const ast::Lambda& node) { go(node.body); }, [&](const ast::Where& node) { go(node.set); });
}

}  // namespace

std::vector<FieldId> Checker::fields_named_in(FieldId id) {
  std::vector<FieldId> found;
  const FieldInfo& field = fields_[id];
  if (!field.define || !field.define->value) return found;
  std::vector<std::string> names;
  names_in(*field.define->value, names);
  for (const std::string& name : names) {
    InstId at = field.inst;
    for (int i = 0; i <= field.depth; ++i) {
      // The blocks around it, and after them the file.
      if (i == field.depth || !at) at = modules_[field.module].root;
      const auto known = insts_[at].fields.find(name);
      if (known != insts_[at].fields.end()) {
        found.push_back(known->second);
        break;
      }
      if (i < field.depth) at = insts_[at].parent;
    }
  }
  return found;
}

void Checker::elaborate_all() {
  struct Visit {
    FieldId id;
    std::vector<FieldId> first;
    std::size_t next = 0;
  };
  std::vector<bool> seen(fields_.size(), false);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (seen[i]) continue;
    seen[i] = true;
    std::vector<Visit> path = {{FieldId(i), fields_named_in(FieldId(i)), 0}};
    while (!path.empty()) {
      Visit& top = path.back();
      if (top.next == top.first.size()) {
        elaborate(top.id);
        path.pop_back();
        continue;
      }
      const FieldId next = top.first[top.next++];
      if (seen[next.index()]) continue;
      seen[next.index()] = true;
      path.push_back({next, fields_named_in(next), 0});
    }
  }
}

}  // namespace horizon::sema
