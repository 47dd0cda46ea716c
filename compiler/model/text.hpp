#pragma once
// Private to this folder: words for the closed sets of the model, and numbers as people read them.
#include <string>
#include <string_view>
#include <unordered_map>

#include "compiler/model/model.hpp"

namespace horizon::model {

std::string_view op_name(Op op);
std::string_view reduce_name(Reduce reduce);
std::string_view distribution_name(Distribution distribution);
std::string_view grain_name(Grain grain);

/// Shortest decimals that read back as the same number; `never` for +infinity where `is_date`.
std::string number_text(double number);
/// `2026-03-15` (a day beyond the month's length as its last), with the fraction of the day behind a `+`; `never`.
std::string date_text(double ticks);
/// `14 months`, `112 days`, `3 months + 2 days`.
std::string duration_text(double ticks, double days);
/// `Share`, `signed DKK per year by (region, atc)`, `Label of region`.
std::string type_text(const Model& model, const Type& type);

/// Prints expressions of one definition. What stands in it several times is printed once, under a name (`t1`), so that the
/// text grows with the number of expressions, not of paths to them.
class ExprPrinter {
 public:
  ExprPrinter(const Model& model, GroupId group, bool hide_constants)
      : model_(model), group_(group), hide_constants_(hide_constants) {}

  struct Result {
    std::string text;
    std::vector<std::string> shared;  ///< `t1 = ...`, an earlier one never uses a later one
  };
  Result print(ExprId root);

 private:
  void count_uses(ExprId id);
  std::string text_of(ExprId id);
  std::string spelled_out(const Expr& expr);
  std::string infix(const Expr& expr, std::string_view sign);
  std::string call(std::string_view name, const std::vector<ExprId>& args, const std::string& extra = {});
  std::string constant(const Expr& expr) const;
  std::string reduction(const Expr& expr) const;
  std::string draw(const Expr& expr);

  const Model& model_;
  GroupId group_;
  bool hide_constants_;
  std::unordered_map<std::uint32_t, std::uint32_t> uses_;   ///< by id of expression
  std::unordered_map<std::uint32_t, std::string> names_;
  std::vector<std::string> shared_;
};

}  // namespace horizon::model
