#pragma once
// Private to this folder: the part of verify that looks at expressions.
#include <string>
#include <vector>

#include "compiler/model/model.hpp"

namespace horizon::model {

struct Findings {
  std::vector<std::string> sentences;
  void add(const std::string& invariant, const std::string& what) { sentences.push_back(invariant + ": " + what); }
};

class ExprChecker {
 public:
  ExprChecker(const Model& model, Findings& findings);

  /// Checks the expressions of one definition; false if it is too broken to look further. `owner` is none for measures and
  /// requirements.
  bool definition(ExprId root, GroupId group, QuantityId owner, const std::string& where);
  /// A value of type `from` can be used where `to` is wanted.
  void broadcasts(const Type& from, const Type& to, const std::string& where);
  /// What can be said only after all definitions: each draw has been met.
  void finish();

 private:
  void visit(ExprId id, bool in_cohort);
  void check(const Expr& expr, bool in_cohort);
  void check_ids(const Expr& expr);
  void check_operands(const Expr& expr);
  void check_time(const Expr& expr, const std::string& where);
  /// The operand's dimensions are among the result's.
  void spread(const Expr& expr, std::size_t arg, const std::string& where);
  void check_dimension_op(const Expr& expr);
  void want(const Expr& expr, std::size_t arg, types::Sort sort);
  const Type& type_of(const Expr& expr, std::size_t arg) const { return model_.exprs[expr.args[arg]].type; }
  bool has_arity(const Expr& expr) const;

  const Model& model_;
  Findings& findings_;
  GroupId group_;
  QuantityId owner_;
  std::string where_;
  enum class State : std::uint8_t { New, Open, Done, DoneInCohort };
  std::vector<State> states_;
  std::vector<std::uint32_t> seen_in_;   ///< number of the definition that `states_` holds for
  std::uint32_t definition_number_ = 0;
  std::vector<QuantityId> draw_owner_;
  std::vector<bool> draw_seen_;
};

}  // namespace horizon::model
