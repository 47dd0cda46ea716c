// Types and units as written (rules.md D1, D5, D8).
#include <algorithm>
#include <cstdlib>

#include "compiler/sema/checker.hpp"

namespace horizon::sema {
namespace {

constexpr double days_per_month = 30.436875;   // rules.md E2

std::optional<double> scale_word(const std::string& word) {
  if (word == "k") return 1e3;
  if (word == "m" || word == "mn") return 1e6;
  if (word == "bn") return 1e9;
  return std::nullopt;
}

std::optional<Sort> sort_named(const std::string& name) {
  if (name == "Number") return Sort::Number;
  if (name == "Share") return Sort::Share;
  if (name == "Factor") return Sort::Factor;
  if (name == "Change") return Sort::Change;
  if (name == "Count") return Sort::Count;
  if (name == "Event") return Sort::Event;
  if (name == "Date") return Sort::Date;
  if (name == "Duration") return Sort::Duration;
  return std::nullopt;
}

/// `EUR`, `SEK`: three capital letters, as a currency is written.
bool is_currency_code(const std::string& word) {
  return word.size() == 3 && std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// A word behind a number is read as its unit, also a misspelt `confidential`.
std::vector<std::string> with_metadata_words(std::vector<std::string> names) {
  for (const char* word : {"confidential", "growing", "source", "note", "owner"}) names.emplace_back(word);
  return names;
}

}  // namespace

bool Checker::apply_atom(const ast::UnitAtom& atom, int sign, ReadUnit& into) {
  const types::NamedUnit* named = model_.vocabulary.find_unit(atom.name.text);
  if (!named) {
    const std::string& word = atom.name.text;
    // What an undeclared currency is needed for comes up everywhere: it is told once.
    const bool undeclared = is_currency_code(word);
    if (undeclared && !broken_names_.insert("currency " + word).second) {
      into.ok = false;
      return false;
    }
    diag::Diagnostic& d = error(Code::UnknownUnit, atom.name.span, {word});
    if (undeclared) d.mend = diag::Mend{"a currency is declared first: `currency " + word + "`", {}, ""};
    else if (word == "kr" && !model_.currency.empty()) d.mend = diag::Mend{"write `" + model_.currency + "`", atom.name.span, model_.currency};
    else if (word == "pct" || word == "percent" || word == "procent") d.mend = diag::Mend{"per cent is written `%`", atom.name.span, "%"};
    else suggest(d, word, with_metadata_words(model_.vocabulary.unit_names()), atom.name.span);
    into.ok = false;
    return false;
  }
  Unit unit = types::power(named->unit, atom.power);
  if (atom.basis) {
    const auto basis = model_.vocabulary.find_basis(atom.basis->text);
    if (!basis) {
      suggest(error(Code::UnknownBasis, atom.basis->span, {atom.basis->text}), atom.basis->text,
              model_.vocabulary.basis_names(), atom.basis->span);
      into.ok = false;
      return false;
    }
    for (types::UnitFactor& factor : unit.factors) {
      if (model_.vocabulary.is_currency(factor.atom)) factor.basis = *basis;
    }
  }
  double scale = 1;
  for (int i = 0; i < std::abs(atom.power); ++i) scale *= named->scale;
  if (atom.power < 0) scale = 1 / scale;
  const types::UnitResult result = sign > 0 ? types::multiply(into.unit, unit) : types::divide(into.unit, unit);
  if (result.clash == types::BasisClash::Clash) {
    error(Code::BasisDiffers, atom.name.span, {"combining", unit_text(into.unit), unit_text(unit)});
    into.ok = false;
    return false;
  }
  into.unit = result.unit;
  into.scale = sign > 0 ? into.scale * scale : into.scale / scale;
  return true;
}

ReadUnit Checker::read_unit(const ast::UnitExpr& unit, bool after_number) {
  ReadUnit read;
  std::size_t first = 0;
  if (after_number && !unit.numerator.empty()) {
    const ast::UnitAtom& atom = unit.numerator[0];
    const bool is_scale = !atom.basis && atom.power == 1 && scale_word(atom.name.text).has_value();
    // Scale words stand only before a unit or alone; `5 m` is five million, never metres (A4).
    if (is_scale) {
      read.scale = *scale_word(atom.name.text);
      first = 1;
    }
  }
  const std::size_t count = unit.numerator.size() - std::min(first, unit.numerator.size());
  if (count == 1 && first == 0 && unit.denominators.empty() && unit.numerator[0].power == 1 && !unit.numerator[0].basis) {
    const std::string& name = unit.numerator[0].name.text;
    const types::NamedUnit* named = model_.vocabulary.find_unit(name);
    const auto& factors = named ? named->unit.factors : Unit{}.factors;
    if (named && factors.size() == 1 && factors[0].atom == model_.vocabulary.time() && factors[0].power == 1) {
      read.is_time = true;
      const auto is = [&](const char* word) { return name == word || name == std::string(word) + "s"; };
      if (is("day")) read.days = 1;
      if (is("week")) read.days = 7;
      if (is("hour")) read.days = 1.0 / 24;
      if (is("minute")) read.days = 1.0 / (24 * 60);
      if (!read.days && named->scale < 1) read.days = named->scale * days_per_month;
    }
  }
  for (std::size_t i = first; i < unit.numerator.size(); ++i) apply_atom(unit.numerator[i], 1, read);
  for (const ast::UnitAtom& atom : unit.denominators) apply_atom(atom, -1, read);
  return read;
}

DeclType Checker::declared_type(const ast::TypeRef& type, ModuleId module, InstId inst) {
  DeclType base = declared_base(type, module, inst);
  if (!type.result) return base;
  DeclType curve;
  curve.form = DeclType::Form::Curve;
  curve.parameter = std::make_shared<DeclType>(std::move(base));
  curve.result = std::make_shared<DeclType>(declared_type(*type.result, module, inst));
  if (curve.result->form == DeclType::Form::Curve) {
    not_built(NotBuilt::NestedFunction, type.span);
    return {};
  }
  curve.optional = type.optional;
  return curve;
}

DeclType Checker::declared_base(const ast::TypeRef& type, ModuleId module, InstId inst) {
  DeclType result;
  result.optional = type.optional;
  if (type.form == ast::TypeRef::Form::OneOf) {
    not_built(NotBuilt::OneOf, type.span);
    return {};
  }
  if (type.form == ast::TypeRef::Form::List) {
    const DeclType element = declared_type(*type.element, module, inst);
    if (element.form != DeclType::Form::Kind) return {};
    result.form = DeclType::Form::List;
    result.kind = element.kind;
    return result;
  }
  result.form = DeclType::Form::Value;
  result.type.is_signed = type.is_signed;
  for (const ast::Name& name : type.by) {
    if (const auto dimension = find_dimension(module, name.text, name.span)) {
      result.type.by.push_back(*dimension);
    } else {
      std::vector<std::string> names;
      for (const model::Dimension& known : model_.dimensions) names.push_back(known.name);
      suggest(error(Code::UnknownDimension, name.span, {name.text}), name.text, names, name.span);
      return {};
    }
  }
  std::sort(result.type.by.begin(), result.type.by.end());
  result.type.by.erase(std::unique(result.type.by.begin(), result.type.by.end()), result.type.by.end());
  if (type.unit.numerator.empty()) return {};
  const ast::UnitAtom& head = type.unit.numerator[0];
  const std::string& name = head.name.text;
  if (type.unit.numerator.size() == 1 && !head.basis && head.power == 1) {
    if (const auto sort = sort_named(name)) {
      result.type.sort = *sort;
      if (type.unit.denominators.empty()) return result;
      ReadUnit read;
      for (const ast::UnitAtom& atom : type.unit.denominators) apply_atom(atom, -1, read);
      if (!read.ok) return {};
      result.type.unit = read.unit;
      if (*sort == Sort::Number || *sort == Sort::Factor || *sort == Sort::Count) {
        result.type.is_signed = *sort == Sort::Number;
        result.type.sort = Sort::Amount;
      }
      return result;
    }
    if (type.unit.denominators.empty()) {
      if (name == "Text" || name == "ATC" || name == "Money") {
        result.form = name == "Text" ? DeclType::Form::Text : name == "ATC" ? DeclType::Form::Code : DeclType::Form::Money;
        return result;
      }
      if (name == "Period") {
        not_built(NotBuilt::PeriodKey, type.span);
        return {};
      }
      const Symbol symbol = find_symbol(module, name, head.name.span);
      if (symbol.what == Symbol::What::Dimension && !model_.vocabulary.find_unit(name)) {
        result.type.sort = Sort::Label;
        result.type.label_of = DimensionId(symbol.id);
        return result;
      }
      if (symbol.what == Symbol::What::Kind && !model_.vocabulary.find_unit(name)) {
        result.form = DeclType::Form::Kind;
        result.kind = KindId(symbol.id);
        return result;
      }
    }
  }
  for (const ast::UnitAtom& atom : type.unit.numerator) {
    if (model_.vocabulary.find_unit(atom.name.text)) continue;
    if (modules_[module].incomplete) return {};
    if (is_currency_code(atom.name.text)) {
      if (broken_names_.insert("currency " + atom.name.text).second) {
        error(Code::UnknownType, atom.name.span, {atom.name.text}).mend =
            diag::Mend{"a currency is declared first: `currency " + atom.name.text + "`", {}, ""};
      }
      return {};
    }
    std::vector<std::string> names = model_.vocabulary.unit_names();
    for (const char* word : {"Number", "Share", "Factor", "Change", "Count", "Event", "Date", "Duration", "Text", "ATC",
                             "Money"}) {
      names.emplace_back(word);
    }
    for (const KindInfo& kind : kinds_) names.push_back(kind.name);
    for (const model::Dimension& known : model_.dimensions) names.push_back(known.name);
    suggest(error(Code::UnknownType, atom.name.span, {atom.name.text}), atom.name.text, names, atom.name.span);
    return {};
  }
  const ReadUnit read = read_unit(type.unit, false);
  if (!read.ok) return {};
  // `months` alone is a duration, not a number of months.
  result.type.sort = read.is_time ? Sort::Duration : Sort::Amount;
  if (!read.is_time) result.type.unit = read.unit;
  return result;
}

}  // namespace horizon::sema
