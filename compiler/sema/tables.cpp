// Tables: the cells of a CSV, typed as their columns are declared (rules.md G6, N14). The first twenty mistakes are told.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "compiler/sema/atc.hpp"
#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

constexpr int most_messages = 20;

bool digits(const std::string& text, std::size_t from, std::size_t count) {
  for (std::size_t i = from; i < from + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

/// Of digits.
int number_at(const std::string& text, std::size_t from, std::size_t count) {
  int number = 0;
  for (std::size_t i = from; i < from + count; ++i) number = number * 10 + (text[i] - '0');
  return number;
}

/// `15-03-2026`, as Danish Excel writes a date; else the text as it is.
std::string iso_date(const std::string& text) {
  const bool danish = text.size() == 10 && digits(text, 0, 2) && digits(text, 3, 2) && digits(text, 6, 4) &&
                      (text[2] == '-' || text[2] == '.' || text[2] == '/') && text[5] == text[2];
  return danish ? text.substr(6, 4) + "-" + text.substr(3, 2) + "-" + text.substr(0, 2) : text;
}

/// `2026`, `2026-Q2`, `2026-03`, `2026-03-15`: the first instant, in ticks. Nothing if it is no such date.
std::optional<double> date_cell(const std::string& text) {
  if (text == "never") return std::numeric_limits<double>::infinity();
  if (!digits(text, 0, 4)) return std::nullopt;
  const int year = number_at(text, 0, 4);
  int month = 1, day = 1;
  if (text.size() == 7 && text[4] == '-' && text[5] == 'Q' && text[6] >= '1' && text[6] <= '4') {
    month = 3 * (text[6] - '0') - 2;
  } else if (text.size() >= 7 && text[4] == '-' && digits(text, 5, 2)) {
    month = number_at(text, 5, 2);
    if (text.size() == 10 && text[7] == '-' && digits(text, 8, 2)) {
      day = number_at(text, 8, 2);
    } else if (text.size() != 7) {
      return std::nullopt;
    }
  } else if (text.size() != 4) {
    return std::nullopt;
  }
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > days[month - 1] + (month == 2 && leap ? 1 : 0)) return std::nullopt;
  return 31.0 * (12 * (year - 1970) + month - 1) + (day - 1);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

/// False where the cell is not what its column says; `why` is said only then.
bool Checker::read_cell(const std::string& text, TableColumn& column, csv::Dialect dialect, std::string& why) {
  const Type& type = column.type.type;
  if (column.type.form == DeclType::Form::Text || column.type.form == DeclType::Form::Code) {
    column.texts.push_back(text);
    const auto fault = column.type.form == DeclType::Form::Code ? atc_fault(text) : std::nullopt;
    if (fault) why = "this is not an ATC code: " + *fault;
    return !fault;
  }
  switch (type.sort) {
    case Sort::Date: {
      const auto date = date_cell(dialect == csv::Dialect::Danish ? iso_date(text) : text);
      if (!date) why = "this is not a date such as 2026-03-15";
      column.values.push_back(date.value_or(0));
      return date.has_value();
    }
    case Sort::Label: {
      const auto label = find_label(type.label_of, text);
      if (!label) why = "this is not a label of `" + model_.dimensions[type.label_of].name + "`";
      column.values.push_back(label.value_or(0));
      return label.has_value();
    }
    case Sort::Event: {
      const bool yes = text == "yes" || text == "true" || text == "1" || text == "certain";
      const bool no = text == "no" || text == "false" || text == "0" || text == "impossible";
      if (dialect == csv::Dialect::Danish && (text == "ja" || text == "nej" || text == "SAND" || text == "FALSK")) {
        column.values.push_back(text == "ja" || text == "SAND" ? 1 : 0);
        return true;
      }
      if (!yes && !no) why = "this is neither yes nor no";
      column.values.push_back(yes ? 1 : 0);
      return yes || no;
    }
    default:
      break;
  }
  // `35%`, `14 months`, `1200`: a number, and perhaps a percent sign or a unit of time.
  std::string_view head = trimmed(text);
  double scale = 1;
  std::optional<double> days;
  bool with_time = false;
  if (!head.empty() && head.back() == '%') {
    head = trimmed(head.substr(0, head.size() - 1));
    scale = 0.01;
  } else if (type.sort == Sort::Duration) {
    const auto blank = head.find_last_of(' ');
    if (blank != std::string_view::npos) {
      const std::string name(head.substr(blank + 1));
      ast::UnitExpr unit;
      unit.numerator.push_back({{name, {}}, std::nullopt, 1});
      const types::NamedUnit* named = model_.vocabulary.find_unit(name);
      const ReadUnit read = named ? read_unit(unit, false) : ReadUnit{};
      if (!read.is_time) {
        why = "this is not a duration such as `14 months`";
        column.values.insert(column.values.end(), {0, 0});
        return false;
      }
      with_time = true;
      days = read.days;
      scale = read.days ? *read.days : read.scale * 31;
      head = trimmed(head.substr(0, blank));
    }
  }
  const auto number = csv::number(head, dialect);
  const std::size_t width = static_cast<std::size_t>(types::components(type));
  if (!number || !std::isfinite(*number)) {
    why = dialect == csv::Dialect::International && text.find(',') != std::string::npos
              ? "this is not a number; a decimal number is written with a point here"
          : dialect == csv::Dialect::Danish && text.find('.') != std::string::npos
              ? "this is not a number; a decimal number is written with a comma here, and `.` stands between thousands"
              : "this is not a number";
    column.values.insert(column.values.end(), width, 0);
    return false;
  }
  const double value = scale == 0.01 ? *number / 100 : *number * scale;
  if (type.sort == Sort::Duration) {
    if (!with_time && !column.unit_scale_days && column.unit_scale == 0) {
      why = "a duration needs a unit, such as `14 months`";
      column.values.insert(column.values.end(), {0, 0});
      return false;
    }
    if (with_time) {
      column.values.insert(column.values.end(), {days ? 0 : value, days ? value : 0});
    } else if (column.unit_scale_days) {
      column.values.insert(column.values.end(), {0, value * *column.unit_scale_days});
    } else {
      column.values.insert(column.values.end(), {value * column.unit_scale * 31, 0});
    }
    return true;
  }
  // As for literals: a scale below one is one over a whole number.
  const double unit_scale = column.unit_scale == 0 ? 1 : column.unit_scale;
  column.values.push_back(unit_scale < 1 ? value / (1 / unit_scale) : value * unit_scale);
  if (!type.unit.is_number()) {
    // Patients, packs and days are counted from zero up. An amount of money may be a credit.
    const bool money = std::any_of(type.unit.factors.begin(), type.unit.factors.end(),
                                   [&](const types::UnitFactor& factor) { return model_.vocabulary.is_currency(factor.atom); });
    const bool good = value >= 0 || money || type.is_signed || type.sort != Sort::Amount;
    if (!good) why = "this is below zero; a column that may hold such values is declared `signed`";
    return good;
  }
  const bool good = (type.sort != Sort::Share || (value >= 0 && value <= 1)) && (type.sort != Sort::Factor || value >= 0) &&
                    (type.sort != Sort::Change || value > -1) &&
                    (type.sort != Sort::Count || (value >= 0 && std::floor(value) == value));
  if (good) return true;
  why = type.sort == Sort::Share    ? "a share must lie between 0 and 1 (or 0 % and 100 %)"
        : type.sort == Sort::Factor ? "a factor must be positive"
        : type.sort == Sort::Change ? "a change must be above -100 %"
                                    : "a count must be a whole number, not below zero";
  column.values.back() = type.sort == Sort::Factor ? 1 : 0;   // a value that causes no further messages
  return false;
}

/// The columns as the scenario declares them.
void Checker::declare_columns(TableId id) {
  const ast::TableDecl& decl = *tables_[id].decl;
  for (const ast::Item& item : decl.columns) {
    const auto* define = std::get_if<ast::Define>(&item.node);
    const auto* name = define && define->path.steps.size() == 1 ? std::get_if<ast::Name>(&define->path.steps[0].step) : nullptr;
    if (!name || !define->type || define->value) {
      error(Code::WrongArguments, item.span, {"a table", "columns with a type: `price : DKK per pack`"});
      continue;
    }
    const auto same = [&](const TableColumn& known) { return known.name == name->text; };
    if (std::any_of(tables_[id].columns.begin(), tables_[id].columns.end(), same)) {
      error(Code::NameTwice, name->span, {name->text});
      continue;
    }
    TableColumn column;
    column.name = name->text;
    column.span = name->span;
    column.confidential = define->meta.confidential;
    column.type = declared_type(*define->type, tables_[id].module);
    if (column.type.form == DeclType::Form::Error) continue;
    const bool usable = column.type.form == DeclType::Form::Text || column.type.form == DeclType::Form::Code ||
                        (column.type.form == DeclType::Form::Value && column.type.type.by.empty());
    if (!usable) {
      error(Code::WrongType, define->type->span, {"a column", "of numbers, dates, labels or texts", ast::to_text(*define->type)});
      continue;
    }
    // A bare number in a cell counts units of the declared type: thousands of DKK if that is what it says.
    ReadUnit unit;
    for (const ast::UnitAtom& atom : define->type->unit.numerator) {
      if (model_.vocabulary.find_unit(atom.name.text)) apply_atom(atom, 1, unit);
    }
    for (const ast::UnitAtom& atom : define->type->unit.denominators) apply_atom(atom, -1, unit);
    column.unit_scale = unit.scale;
    if (column.type.type.sort == Sort::Duration) {
      const ReadUnit time = model_.vocabulary.find_unit(define->type->unit.numerator[0].name.text)
                                ? read_unit(define->type->unit, false) : ReadUnit{};
      column.unit_scale = time.is_time ? time.scale : 0;
      column.unit_scale_days = time.days;
    }
    tables_[id].columns.push_back(std::move(column));
  }
}

/// One message, and the mend, for a file that is written in the other dialect: read in the wrong way every row looks faulty.
void Checker::wrong_dialect(const ast::TableDecl& decl, const std::string& shown) {
  const Span behind{decl.file_span.file, decl.file_span.end, decl.file_span.end};
  const bool plain = !decl.dialect;
  auto& d = table_error(Code::WrongFile, decl.file_span,
                        {shown, "1", plain ? "this file is written as Danish Excel saves it"
                                           : "this file has `,` between its cells, not `;` as Danish Excel writes"});
  if (plain) d.mend = diag::Mend{"write `as danish` behind the file's name", behind, " as danish"};
  else d.mend = diag::Mend{"leave out `as danish`", Span{behind.file, behind.begin, decl.dialect->span.end}, ""};
}

/// Where each declared column stands in the file; nothing after a message.
std::optional<std::vector<std::size_t>> Checker::find_columns(TableId id, const std::vector<csv::Cell>& header,
                                                              const std::string& shown, csv::Dialect dialect) {
  const std::vector<TableColumn>& columns = tables_[id].columns;
  std::vector<std::size_t> place;
  std::vector<std::string> headings;
  for (const csv::Cell& cell : header) headings.push_back(cell.text);
  std::vector<const TableColumn*> missing;
  for (const TableColumn& column : columns) {
    const auto at = std::find(headings.begin(), headings.end(), column.name);
    if (at == headings.end()) missing.push_back(&column);
    place.push_back(static_cast<std::size_t>(at - headings.begin()));
  }
  if (missing.empty()) return place;
  const auto is_data = [&](const std::string& text) { return csv::number(text, dialect) || date_cell(iso_date(text)); };
  const bool all = missing.size() == columns.size();
  if (all && std::any_of(headings.begin(), headings.end(), is_data)) {
    std::string line;
    for (const TableColumn& column : columns) line += (line.empty() ? "" : dialect == csv::Dialect::Danish ? ";" : ",") + column.name;
    auto& d = table_error(Code::WrongFile, tables_[id].decl->file_span,
                          {shown, "1", "the first line should name the columns, but it looks like a row of values"});
    d.mend = diag::Mend{"put a line above it, with the names in the order of the file: `" + line + "`", {}, ""};
    return std::nullopt;
  }
  for (const TableColumn* column : missing) {
    const auto near = closest(column->name, headings);
    if (all && !near && missing.size() > 1) {   // the file is another one, or its names are of another language
      std::vector<std::string> names, found;
      for (const TableColumn& each : columns) names.push_back("`" + each.name + "`");
      for (const std::string& heading : headings) found.push_back("`" + heading + "`");
      auto& d = table_error(Code::WrongFile, tables_[id].decl->file_span, {shown, "1", "none of the columns " + join_words(names) + " is here"});
      d.mend = diag::Mend{"the file has " + join_words(found) + "; give the columns the same names there and here, capitals count", {}, ""};
      return std::nullopt;
    }
    auto& d = table_error(Code::ColumnMissing, column->span, {shown, column->name});
    if (near) d.mend = diag::Mend{"the file has a column `" + *near + "`; give both the same name, capitals count", {}, ""};
  }
  return std::nullopt;
}

void Checker::read_table(TableId id) {
  if (tables_[id].read) return;
  tables_[id].read = true;
  declare_columns(id);
  const ast::TableDecl& decl = *tables_[id].decl;
  const TableText* text = nullptr;
  for (const TableText& candidate : program_.tables) {
    if (candidate.table == decl.name.text) text = &candidate;
  }
  if (!text) return;   // the driver has told that it cannot be read
  if (decl.dialect && decl.dialect->text != "danish") {
    suggest(error(Code::WrongArguments, decl.dialect->span, {"a table", "`as danish`: as Danish Excel saves a CSV"}),
            decl.dialect->text, {"danish"}, decl.dialect->span);
    return;
  }
  const csv::Dialect dialect = decl.dialect ? csv::Dialect::Danish : csv::Dialect::International;
  const csv::Sheet sheet = csv::read(text->bytes, dialect);
  const std::string& shown = text->shown_path;
  if (sheet.looks_like) return wrong_dialect(decl, shown);
  std::vector<RowFault> faults;
  for (const csv::Fault& fault : sheet.faults) faults.push_back({Code::WrongFile, {shown, std::to_string(fault.line), fault.text}, {}});
  const bool readable = !sheet.header.empty();
  if (!readable && faults.empty()) error(Code::EmptyTable, decl.file_span, {shown});
  const auto place = readable ? find_columns(id, sheet.header, shown, dialect) : std::nullopt;
  if (place && sheet.rows.empty() && faults.empty()) {
    error(Code::EmptyTable, decl.file_span, {shown});
  } else if (place) {
    read_rows(id, sheet, *place, shown, faults);
  }
  tell_faults(id, sheet.rows.size(), faults);
}

void Checker::read_rows(TableId id, const csv::Sheet& sheet, const std::vector<std::size_t>& place, const std::string& shown,
                        std::vector<RowFault>& faults) {
  const ast::TableDecl& decl = *tables_[id].decl;
  std::map<std::string, std::uint32_t> seen;
  std::vector<std::size_t> key_columns;
  for (const ast::Name& key : decl.key) {
    std::size_t at = 0;
    while (at < tables_[id].columns.size() && tables_[id].columns[at].name != key.text) ++at;
    if (at == tables_[id].columns.size()) {
      std::vector<std::string> headings;
      for (const csv::Cell& cell : sheet.header) headings.push_back(cell.text);
      suggest(error(Code::UnknownColumn, key.span, {decl.name.text, key.text}), key.text, headings, key.span);
      return;
    }
    key_columns.push_back(at);
  }
  const csv::Dialect dialect = decl.dialect ? csv::Dialect::Danish : csv::Dialect::International;
  for (const csv::Row& row : sheet.rows) {
    bool gap_told = false;   // a row that ends early, such as a sum below the rows, is one mistake
    for (std::size_t c = 0; c < tables_[id].columns.size(); ++c) {
      TableColumn& column = tables_[id].columns[c];
      const std::string& cell = row.cells[place[c]].text;
      const std::size_t width = column.type.form == DeclType::Form::Value ? static_cast<std::size_t>(types::components(column.type.type)) : 1;
      std::string why;
      const bool empty = trimmed(cell).empty();
      if (empty) {
        if (column.type.form == DeclType::Form::Value) column.values.insert(column.values.end(), width, 0);
        else column.texts.emplace_back();
      }
      const bool good = empty ? column.type.optional || column.type.form == DeclType::Form::Text : read_cell(cell, column, dialect, why);
      if (!good && !(empty && gap_told)) {
        if (empty) why = "this cell is empty";
        const std::string line = std::to_string(row.cells[place[c]].line);
        faults.push_back({Code::WrongCell, {shown, line, column.name, why}, empty ? std::nullopt : std::optional(c)});
      }
      gap_told = gap_told || (empty && !good);
    }
    std::string key;
    for (const std::size_t c : key_columns) key.append(key.empty() ? "" : "/").append(trimmed(row.cells[place[c]].text));
    if (key_columns.empty()) {
      key = std::to_string(row.line);
    } else if (key.empty()) {
      faults.push_back({Code::WrongKey, {shown, std::to_string(row.line), "the key is empty"}, {}});
    } else if (const auto [at, fresh] = seen.emplace(key, row.line); !fresh) {
      faults.push_back({Code::WrongKey, {shown, std::to_string(row.line), "the key \"" + key + "\" stands on line " + std::to_string(at->second) + " already"}, {}});
    }
    tables_[id].keys.push_back(std::move(key));
  }
}

/// The first twenty faults. A column at fault in most of its rows is one mistake: its type, or what the whole column holds.
void Checker::tell_faults(TableId id, std::size_t rows, const std::vector<RowFault>& faults) {
  const Span file = tables_[id].decl->file_span;
  std::map<std::size_t, std::size_t> of_column;
  for (const RowFault& fault : faults) {
    if (fault.column) ++of_column[*fault.column];
  }
  std::set<std::size_t> told_whole;
  int told = 0;
  for (const RowFault& fault : faults) {
    const std::size_t count = fault.column ? of_column[*fault.column] : 1;
    const bool whole = count > 1 && 2 * count > rows;
    if (whole && !told_whole.insert(*fault.column).second) continue;
    if (told++ >= most_messages) break;
    std::vector<std::string> args = fault.args;
    if (!whole) {
      table_error(fault.code, file, args);
      continue;
    }
    args[3] += ", and so " + std::string(count == 2 ? "is 1 other row" : "are " + std::to_string(count - 1) + " other rows") + " of " +
               std::to_string(rows);
    const TableColumn& column = tables_[id].columns[*fault.column];
    table_error(fault.code, column.span, args).mend =
        diag::Mend{"declare `" + column.name + "` with the type of what the file holds, or correct the column there", {}, ""};
  }
  // What uses a column of the wrong type is not told that it does: the column counts as one whose declaration is at fault.
  for (auto at = told_whole.rbegin(); at != told_whole.rend(); ++at) {
    tables_[id].columns.erase(tables_[id].columns.begin() + static_cast<std::ptrdiff_t>(*at));
  }
}

/// Many rows may be wrong in one way; each is told, although all have the same place in the scenario.
diag::Diagnostic& Checker::table_error(Code code, Span span, std::vector<std::string> args) {
  return diagnostics_.add(code, span, std::move(args));
}

Val Checker::row_cell(InstId family, const std::string& name, Span span, const Env& env) {
  const GroupId group = insts_[family].group;
  const TableId table = groups_[group.index()].table;
  if (!table) return {};
  if (group != env.group) {
    error(Code::WhichRow, span, {name, model_.groups[group].name});
    return {};
  }
  std::size_t at = 0;
  const std::vector<TableColumn>& columns = tables_[table].columns;
  while (at < columns.size() && columns[at].name != name) ++at;
  if (at == columns.size()) {
    std::vector<std::string> names;
    for (const TableColumn& column : columns) names.push_back(column.name);
    for (const ast::Item& item : tables_[table].decl->columns) {   // declared, but with a mistake that has been told
      const auto* define = std::get_if<ast::Define>(&item.node);
      const auto* declared = define && define->path.steps.size() == 1 ? std::get_if<ast::Name>(&define->path.steps[0].step) : nullptr;
      if (declared && declared->text == name) return {};
    }
    suggest(error(Code::UnknownColumn, span, {tables_[table].name, name}), name, names, span);
    return {};
  }
  const TableColumn& column = columns[at];
  const std::vector<std::uint32_t>& rows = groups_[group.index()].rows;
  if (column.type.form != DeclType::Form::Value) {
    auto text = std::make_shared<TextVal>();
    text->per_row = true;
    text->is_code = column.type.form == DeclType::Form::Code;
    for (const std::uint32_t row : rows) text->texts.push_back(row < column.texts.size() ? column.texts[row] : "");
    Val val;
    val.kind = Val::Kind::Text;
    val.text = text;
    return val;
  }
  auto known = groups_[group.index()].columns.find(name);
  if (known == groups_[group.index()].columns.end()) {
    model::Column added;
    added.name = name;
    added.type = column.type.type;
    const auto width = static_cast<std::size_t>(types::components(added.type));
    added.values.reserve(rows.size() * width);
    for (const std::uint32_t row : rows) {
      for (std::size_t c = 0; c < width; ++c) {
        const std::size_t index = row * width + c;
        added.values.push_back(index < column.values.size() ? column.values[index] : 0);
      }
    }
    const auto index = static_cast<std::int32_t>(model_.groups[group].columns.size());
    model_.groups[group].columns.push_back(std::move(added));
    known = groups_[group.index()].columns.emplace(name, index).first;
  }
  const ExprId expr = make(Op::Column, column.type.type, {}, span);
  model_.exprs[expr].index = known->second;
  column_group_[expr.value] = group;
  if (column.confidential) secret_columns_.insert(expr.value);
  return number(expr);
}

}  // namespace horizon::sema
