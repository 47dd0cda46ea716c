#pragma once
// Variants and tests: read, and checked as if they ran. They do not run yet, so nothing of them may reach the model: each is
// checked on a copy of the analysis, of which only the messages are kept.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {

class Rehearsal {
 public:
  /// All variants and tests of the scenario. Adds their messages to `whole`, and one warning that they do not run.
  static void all(Checker& whole);

  /// In an `expect`: `p50(x)`, `mean(x)`, `sd(x)`, `chance_of(e)`, `total(x, 2028)`; nothing if `name` is another function.
  static std::optional<Val> statistic(Checker& checker, const std::string& name, const ast::Call& node, Span span, const Env& env);
  /// Is `expr` a period of the horizon? Else it says so.
  static bool period(Checker& checker, const ast::Expr& expr, const std::string& what, const Env& env);

 private:
  explicit Rehearsal(const Checker& whole);
  void variant(const ast::VariantDecl& decl, const std::map<std::string, const ast::VariantDecl*>& known);
  void test(const ast::TestDecl& decl);

  /// What a path leads to: a field (of one row of a family, or of all), or a block.
  struct Target {
    FieldId field;                               ///< else it is a block
    InstId inst;
    std::int32_t row = -1;
    std::string labels;                          ///< as written, to tell `x[A]` from `x[B]`
  };
  std::optional<Target> find(const ast::Path& path);
  std::optional<Target> begin(const ast::Name& name);
  std::optional<Target> part(const Target& from, const ast::Name& name, const std::string& before);
  void set(const ast::Path& path, const ast::Expr* of, ast::Assign assign, const ast::Expr& value, const std::vector<ast::Name>& each);
  void set_in_all(const ast::Path& path, const ast::Expr& of, ast::Assign assign, const ast::Expr& value);
  void give(const Target& target, ast::Assign assign, const ast::Expr& value, const std::vector<ast::Name>& each);
  void add(const ast::Item& item);
  void without(const ast::Without& node);
  void expect(const ast::Expr& condition, const char* what);
  std::optional<Target> at_label(Target from, const ast::Expr& index, const std::string& before);
  bool is_new(const ast::Define& define) const;
  Env env() const;

  Checker trial_;
  std::set<std::tuple<std::uint32_t, std::int32_t, std::string>> set_;   ///< fields that are given a value, with row and labels
};

}  // namespace horizon::sema
