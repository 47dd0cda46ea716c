#pragma once
// The state of one analysis, private to this folder; each section names the .cpp file of its functions. Values are elaborated on
// demand and remembered, so that order of declaration does not matter.
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/csv/csv.hpp"
#include "compiler/sema/not_built.hpp"
#include "compiler/sema/parts.hpp"
#include "compiler/sema/sema.hpp"

namespace horizon::sema {

class Checker {
 public:
  Checker(const Program& program, const source::SourceMap& sources);
  diag::WithDiags<model::Model> run();

 private:
  friend class Rehearsal;
  using Code = diag::Code;
  // declare.cpp: what the files declare
  void collect();
  void collect_units(const ast::File& file);
  void declare(ModuleId module);
  void declare_dimension(ModuleId module, const ast::DimensionDecl& decl);
  void declare_horizon(const ast::HorizonDecl& decl, Span span);
  void resolve_uses(ModuleId module);
  void add_symbol(ModuleId module, const ast::Name& name, Symbol::What what, std::uint32_t id);
  void check_fn(FnId fn);
  Val not_built(NotBuilt construct, Span span);
  // names.cpp: names in scope
  Symbol find_symbol(ModuleId module, const std::string& name, Span span);
  Val resolve(const std::string& name, Span span, const Env& env, const DeclType* want);
  std::optional<Val> local(const std::string& name, const Env& env);
  std::optional<Val> member_of(InstId inst, std::int32_t row, const std::string& name, Span span, const Env& env);
  Val member(const ast::Member& node, Span span, const Env& env);
  Val symbol_value(const Symbol& symbol, const std::string& name, Span span, const Env& env);
  std::vector<std::string> names_in_scope(const Env& env);
  std::optional<Val> builtin_constant(const std::string& name, Span span);
  std::optional<Val> label_named(const std::string& name, Span span);
  std::optional<std::uint32_t> find_label(DimensionId dimension, const std::string& name);
  std::optional<DimensionId> find_dimension(ModuleId module, const std::string& name, Span span);
  bool is_family_member(InstId inst);
  // declared_types.cpp: types and units as written
  DeclType declared_type(const ast::TypeRef& type, ModuleId module, InstId inst = {});
  DeclType declared_base(const ast::TypeRef& type, ModuleId module, InstId inst);
  ReadUnit read_unit(const ast::UnitExpr& unit, bool after_number);
  bool apply_atom(const ast::UnitAtom& atom, int sign, ReadUnit& into);
  // kinds.cpp, instances.cpp
  void flatten(KindId kind);
  void unknown_kind(const ast::Name& name, std::vector<std::string> near = {});
  void count_unknown_kinds();
  bool is_kind(KindId kind, KindId ancestor);
  void build_scenario();
  InstId new_inst(InstId parent, GroupId group, std::string name, std::string prefix, ModuleId module, Span span);
  void build_block(const ast::Block& block, Span span, InstId parent, const Written& where);
  void build_family(const ast::Block& block, GroupId group, InstId root, const Written& where);
  void filter_rows(GroupId group, const std::vector<double>& keep);
  void fill(InstId inst, KindId kind, std::vector<Written> bodies);
  void fill_blocks(InstId inst, const std::vector<Written>& bodies);
  void add_own_field(InstId inst, const ast::Define& define, const Written& where);
  void check_required(InstId inst);
  std::string path_of(InstId inst);
  // quantities.cpp: fields become quantities
  Env env_of(const FieldInfo& field);
  const DeclType* declared(FieldId field);
  Val field_value(FieldId field, std::int32_t row, Span span, const Env& env);
  void elaborate_all();                                  // order.cpp
  std::vector<FieldId> fields_named_in(FieldId field);
  void elaborate(FieldId field);
  Val given(FieldId field, ast::Assign assign, const ast::Expr& expr, const std::vector<ast::Name>& each, Env env, const DeclType* want);
  void define_quantity(FieldId field, Val val, const DeclType* want, Span span);
  QuantityId new_quantity(FieldId field, const Type& type);
  QuantityId hidden_quantity(const Env& env, const std::string& stem, ExprId definition, Span span);
  Val reference(QuantityId quantity, std::int32_t row, const std::string& name, Span span, const Env& env);
  void require_share(const Env& env, ExprId expr, ExprId shown, const std::string& name, Span span, Sort sort);
  void elaborate_requirements();
  bool broken_now(ExprId condition, const std::string& text, const Env& env);
  std::optional<Span> ends_are_reached(ExprId draw, const Env& env);
  // expr.cpp: dispatch
  Val eval(const ast::Expr& expr, const Env& env, const DeclType* want = nullptr);
  ExprId value(const ast::Expr& expr, const Env& env, const DeclType* want = nullptr);
  ExprId as_number(const Val& val, Span span);
  Val quantity_literal(const ast::Quantity& node, Span span, const DeclType* want);
  Val if_then_else(const ast::If& node, Span span, const Env& env, const DeclType* want);
  Val unary(const ast::Unary& node, Span span, const Env& env, const DeclType* want);
  Val binary(const ast::Binary& node, Span span, const Env& env, const DeclType* want);
  Val list(const ast::List& node, const Env& env, const DeclType* want);
  Val otherwise(const ast::Binary& node, Span span, const Env& env, const DeclType* want);
  Val as_literal(ExprId expr, const ast::Quantity& node);
  Env without_draw(const Env& env, const char* inside = nullptr);
  Type join_types(const Type& a, const Type& b);
  bool mentions_has(const ast::Expr& expr);
  DeclType type_beside(const Val& val);
  // build.cpp: nodes of the model
  ExprId make(Op op, Type type, std::vector<ExprId> args, Span span);
  ExprId constant(double number, Type type, Span span);
  ExprId duration(double ticks, double days, Span span);
  ExprId error_expr(Span span);
  Type type_of(ExprId expr) const { return model_.exprs[expr].type; }
  std::vector<DimensionId> union_by(const std::vector<ExprId>& args);
  bool is_mask(ExprId expr);
  std::string type_text(const Type& type);
  std::string describe(const Val& val);
  std::string unit_text(const Unit& unit);
  ExprId to_months(ExprId duration, Span span);
  Val number(ExprId expr);
  Range range_of(ExprId expr, int depth = 0);            // range.cpp
  Range shape_range(ExprId expr, int depth);
  Range draw_range(const model::Expr& expr, int depth);
  bool is_part_of_sum(const model::Expr& quotient, Range part);
  bool is_blend(const model::Expr& sum, int depth);
  bool same_value(ExprId a, ExprId b);
  bool varies_with_time(ExprId expr, std::set<std::uint32_t>& seen);
  // arith.cpp
  Val arithmetic(ast::BinaryOp op, Val a, Val b, Span a_span, Span b_span, Span span);
  ExprId add(Op op, Val a, Val b, Span a_span, Span b_span, Span span);
  ExprId multiply(ExprId a, ExprId b, Span span);
  ExprId divide(ExprId a, ExprId b, Span span);
  ExprId power(ExprId a, ExprId b, Span b_span, Span span);
  Val compare(Op op, Val a, Val b, Span a_span, Span b_span, Span span, const Env& env);
  Val contains(const ast::Binary& node, Span span, const Env& env);
  Val texts_equal(const Val& a, const Val& b, bool negate, Span span, const Env& env);
  ExprId text_column(std::vector<double> truth, bool per_row, Span span, const Env& env);
  /// Two operands made alike (a bare 0, a year beside a date, a number beside a duration); false after a message.
  bool align(Val& a, Val& b, Span a_span, Span b_span, Span span, const char* doing);
  bool is_positive(ExprId expr);
  ExprId negated(ExprId expr, Span span);
  void unit_mismatch(ExprId a, ExprId b, Span span, const char* doing);
  // coerce.cpp
  ExprId coerce(Val val, const DeclType& want, Span span, const std::string& what, bool* unchecked = nullptr);
  ExprId broadcast(ExprId expr, const std::vector<DimensionId>& by, Span span);
  bool check_literal_range(ExprId expr, Sort sort, Span span, const std::string& what);
  // time.cpp
  Val growing(const ast::Growing& node, Span span, const Env& env, const DeclType* want);
  Val date_literal(const ast::DateLit& node, Span span);
  Val date_range(const ast::DateRange& node, Span span, const Env& env);
  ExprId as_date(const Val& val, Span span, const std::string& what);
  ExprId as_duration(const Val& val, Span span, const std::string& what);
  static double year_start(int year) { return 31.0 * 12 * (year - 1970); }
  double horizon_from() const;
  double horizon_until() const;
  std::string date_text(double ticks) const;
  std::string horizon_text() const;
  // calls.cpp, builtins.cpp, curves.cpp
  Val call(const ast::Call& node, Span span, const Env& env, const DeclType* want);
  Val call_fn(FnId fn, const ast::Call& node, Span span, const Env& env, const DeclType* want);
  Val run_fn(FnId fn, const std::vector<Val>& args, const std::vector<Span>& spans, const Env& env);
  Val run_body(FnId fn, const std::vector<Val>& args, const std::vector<Span>& spans, const Env& env);
  bool may_call(FnId fn, const Env& env);
  void type_fn(FnId fn);
  Val call_curve(const CurveVal& curve, Val age, Span age_span, Span span, const Env& env);
  Val typed_result(const Val& val, const DeclType& type, Span span, const std::string& what, const Env& env);
  ExprId retype(ExprId expr, const Type& type, Span span);
  void stand_in(ExprId expr, const Type& type);
  Val along_points(const CurveVal& curve, Val age, Span age_span, Span span);
  static std::vector<std::string> function_names();
  Val points(const ast::Call& node, Span span, const Env& env, const DeclType* want);
  std::optional<Val> builtin_call(const std::string& name, const ast::Call& node, Span span, const Env& env, const DeclType* want);
  Val minimum(Op op, const std::string& name, const ast::Call& node, Span span, const Env& env, const DeclType* want);
  ExprId min_max(Op op, Val a, Val b, Span a_span, Span b_span, Span span);
  Val maths(const std::string& name, const ast::Call& node, Span span, const Env& env);
  void tighten(ExprId expr);
  Val rebase(const ast::Call& node, Span span, const Env& env);
  Val prev(const ast::Call& node, Span span, const Env& env);
  Val cumulative(const ast::Call& node, Span span, const Env& env);
  Val cohort(const ast::Call& node, Span span, const Env& env);   // cohort.cpp
  bool uses_age(ExprId id, std::unordered_map<std::uint32_t, bool>& known);
  std::optional<ExprId> without_state(ExprId id, const Env& env, std::unordered_map<std::uint32_t, bool>& ages);
  Val dated(const ast::Call& node, Span span, const Env& env, const DeclType* want);
  Val lump(const ast::Call& node, Span span, const Env& env);
  bool plain_args(const ast::Call& node, const std::string& name, std::size_t least, std::size_t most, Span span);
  const ast::Arg* named_arg(const ast::Call& node, const std::string& name);
  // dims.cpp: values by a dimension
  Val map(const ast::Map& node, Span span, const Env& env, const DeclType* want);
  Val year_map(const ast::Map& node, Span span, const Env& env, const DeclType* want);
  Val label_map(const ast::Map& node, DimensionId dimension, Span span, const Env& env, const DeclType* want);
  DimensionId dimension_of_keys(const ast::Map& node, const DeclType* want, Span span);
  Val index(const ast::Index& node, Span span, const Env& env, const DeclType* want);
  Val row_at(const Val& family, const ast::Expr& key, const Env& env);
  Val pick(ExprId label, ExprId expr, Span span);
  ExprId label_of(ExprId expr, DimensionId dimension, std::int32_t label, Span span);
  Val reduce_over(model::Reduce reduce, const ast::Arg& arg, Span span, const Env& env);
  // dated_dimension.cpp
  void declare_change(ModuleId module, const ast::ChangeDecl& decl);
  const Merged* find_merged(DimensionId dimension, const std::string& name) const;
  std::string parts_text(DimensionId dimension, const Merged& merged) const;
  bool adds_up(const Type& type) const;
  std::optional<std::vector<Val>> spread_merged(DimensionId dimension, const Merged& merged, const ast::MapEntry& entry, const Env& env, const DeclType* want);
  std::optional<Val> until_change(Val before, Val from, double date, Span before_span, Span from_span);
  Val merged_value(ExprId expr, DimensionId dimension, const Merged& merged, Span span);
  std::optional<DimensionId> dimension_as_of(DimensionId dimension, const ast::Call& call, Span span);
  ExprId regroup(ExprId expr, DimensionId dimension, DimensionId made, Span span);
  // sets.cpp
  Val all_of(const ast::AllOf& node, Span span, const Env& env);
  Val where(const ast::Where& node, Span span, const Env& env);
  Val of(const ast::Binary& node, Span span, const Env& env);
  Val aggregate(model::Reduce reduce, const ast::Arg& arg, Span span, const Env& env);
  Val aggregate_members(model::Reduce reduce, const ast::Expr& term, const SetVal& whole, const ast::Expr* condition, const ast::Name* variable, Span span, const Env& env);
  Val empty_aggregate(model::Reduce reduce, const ast::Expr& term, Span span, const Env& env);
  Val count(const ast::Call& node, Span span, const Env& env);
  std::shared_ptr<const SetVal> as_set(const Val& val, Span span);
  std::shared_ptr<const SetVal> set_named_in(const ast::Expr& expr, const Env& env);
  Env member_env(const Member& member, const Env& env, const ast::Name* variable, bool as_candidate);
  std::optional<std::vector<std::string>> member_labels(const GroupBy& by, const Member& member, Span span);
  bool labels_for(const GroupBy& by, const Member& member, std::vector<std::uint32_t>& labels, Span span);
  SetVal filtered(const SetVal& set, const ast::Expr& condition, const ast::Name* variable, const Env& env, bool* drawn);
  // const_eval.cpp: what is known when the scenario compiles
  std::optional<Rows> rows_of(ExprId expr, GroupId group, int component = 0, int depth = 0);
  std::optional<Rows> fold(const model::Expr& expr, GroupId group, int component, int depth);
  bool always_holds(ExprId condition, GroupId group, std::size_t dimension = 0);
  bool proven(ExprId condition);
  std::optional<double> constant_of(ExprId expr);
  GroupId column_group(ExprId column) const { return column_group_.at(column.value); }

  // draws.cpp
  Val draw_call(const std::string& name, const ast::Call& node, Span span, const Env& env, const DeclType* want);
  Val interval(const ast::Interval& node, Span span, const Env& env, const DeclType* want);
  Val chance(const ast::Expr& operand, Span span, const Env& env);
  Val discrete(const ast::Call& node, Span span, const Env& env, const DeclType* want);
  bool allow_draw(Span span, const Env& env);
  Val make_draw(model::Distribution distribution, std::vector<ExprId> args, Type type, Span span, const Env& env);
  Params draw_params(const std::vector<const ast::Expr*>& exprs, const std::vector<bool>& widths, const Env& env,
                     const DeclType* want, Span span);
  Type drawn_type(model::Distribution distribution, const Type& variable);
  bool check_params(model::Distribution distribution, const std::vector<ExprId>& args, int component, Span span, const Env& env);
  bool duration_in_days(const std::vector<ExprId>& args);
  Val draw_in_way(model::Distribution distribution, const std::vector<bool>& widths, bool cv, const std::vector<const ast::Expr*>& exprs, double low, double high, Span span, const Env& env, const DeclType* want);

  // correlate.cpp
  void correlate(const ast::Block& block, Span span);
  bool correlated_in(const ast::Expr& expr, std::vector<CorrelatedDraw>& found);

  // tables.cpp
  void declare_columns(TableId table); void read_table(TableId table);
  void wrong_dialect(const ast::TableDecl& decl, const std::string& shown);
  std::optional<std::vector<std::size_t>> find_columns(TableId table, const std::vector<csv::Cell>& header, const std::string& shown, csv::Dialect dialect);
  void read_rows(TableId table, const csv::Sheet& sheet, const std::vector<std::size_t>& place, const std::string& shown, std::vector<RowFault>& faults);
  void tell_faults(TableId table, std::size_t rows, const std::vector<RowFault>& faults);
  diag::Diagnostic& table_error(Code code, Span span, std::vector<std::string> args);
  Val row_cell(InstId family, const std::string& column, Span span, const Env& env);
  bool read_cell(const std::string& text, TableColumn& column, csv::Dialect dialect, std::string& why);

  // forecast.cpp, forecast_groups.cpp
  void forecast(const ast::Block& block, Span span);
  bool forecast_by(model::Forecast& forecast, const ast::Expr& list, const ast::Expr& measure, std::optional<GroupBy>& group_by, std::vector<std::pair<std::string, Span>>& dimensions);
  bool group_field(const ast::Expr& item, const ast::Expr& measure, std::optional<GroupBy>& result);
  void collect_sets(const ast::Expr& expr, const Env& env, std::vector<std::shared_ptr<const SetVal>>& sets, int depth);
  void forecast_unit(model::Forecast& forecast);
  void offer_key(diag::Diagnostic& diagnostic, DimensionId dimension, const ast::Expr& measure);
  void forecast_budget(model::Forecast& forecast, const ast::Expr& map);
  bool sums_over_sets(ExprId expr, std::set<std::uint32_t>& seen);

  // secrecy.cpp
  void reads(ExprId id, std::set<std::uint32_t>& seen, std::vector<QuantityId>& quantities, bool& secret);
  std::size_t contributors(const model::Forecast& forecast, std::size_t enough);
  void compact();
  void spread_confidentiality();
  void warn_of_few_contributors();

  diag::Diagnostic& error(Code code, Span span, std::vector<std::string> args = {});
  void suggest(diag::Diagnostic& diagnostic, const std::string& name, const std::vector<std::string>& candidates, Span span);

  const Program& program_;
  const source::SourceMap& sources_;
  diag::Diagnostics diagnostics_;
  std::map<std::string, std::set<std::pair<std::uint32_t, std::uint32_t>>> unknown_kinds_;   ///< where each is named: file, byte
  std::set<std::tuple<int, std::uint32_t, std::uint32_t, std::uint32_t>> said_;
  FnCalls calls_;
  diag::Diagnostic discarded_;
  model::Model model_;
  bool has_horizon_ = false;

  Store<ModuleId, ModuleInfo> modules_;
  Store<KindId, KindInfo> kinds_;
  Store<InstId, InstInfo> insts_;
  Store<FieldId, FieldInfo> fields_;
  Store<TableId, TableInfo> tables_;
  Store<FnId, FnInfo> fns_;
  std::vector<GroupInfo> groups_;                ///< by GroupId
  std::vector<std::pair<const ast::Block*, Span>> forecasts_, correlates_;
  std::unordered_map<std::uint32_t, FieldId> field_of_quantity_;
  std::map<std::string, int> hidden_count_;
  std::unordered_map<std::uint32_t, GroupId> column_group_;
  std::set<std::uint32_t> secret_columns_;       ///< Column expressions of confidential table columns
  std::map<DimensionId, std::vector<Merged>> merged_;
  std::map<DimensionId, std::vector<std::vector<std::uint32_t>>> as_of_;   ///< made dimensions: the labels behind each of theirs
  std::vector<std::pair<DimensionId, DimensionId>> regroupings_;           ///< of the forecast that is being read
  std::vector<DimensionId> made_dimensions_;     ///< of forecasts: groups of codes, products
  std::vector<std::pair<DimensionId, std::int32_t>> cell_;   ///< the label of each dimension that rows_of looks at
  std::vector<std::pair<ExprId, ExprId>> not_below_;   ///< facts of the branch that range_of is in: first >= second
  std::set<std::string> broken_names_;           ///< of blocks that could not be understood: nothing more is said of them
  DimensionId grouping_;                         ///< while a measure is elaborated for a forecast by members' labels
};

}  // namespace horizon::sema
