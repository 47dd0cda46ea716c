// Names, texts, numbers, units, types.
#include <charconv>

#include "compiler/parse/build.hpp"
#include "compiler/parse/code_points.hpp"

namespace horizon::parse {
namespace {

/// Of a number that no double can hold: is it too small (then it is 0) rather than too large?
bool is_tiny(std::string_view digits) {
  const std::size_t e = digits.find_first_of("eE");
  return e == std::string_view::npos ? digits.starts_with("0") : digits[e + 1] == '-';
}

}  // namespace

source::Span Builder::span(const antlr4::Token* token) const {
  if (token == nullptr) return {file_, 0, 0};
  return {file_, static_cast<std::uint32_t>(token->getStartIndex()),
          static_cast<std::uint32_t>(token->getStopIndex())};
}

source::Span Builder::span(const antlr4::ParserRuleContext* context) const {
  if (context == nullptr || context->start == nullptr) return {file_, 0, 0};
  source::Span all = span(context->start);
  if (context->stop != nullptr) {
    const source::Span stop = span(context->stop);
    if (stop.end > all.begin) all.end = stop.end;
  }
  return all;
}

std::string_view Builder::text(const antlr4::Token* token) const {
  const source::Span s = span(token);
  return text_.substr(s.begin, s.end - s.begin);
}

std::optional<ast::Name> Builder::name_of(antlr4::Token* token) {
  if (token == nullptr) return std::nullopt;
  return ast::Name{to_nfc(text(token)), span(token)};
}

std::optional<ast::Name> Builder::name_of(P::NameContext* c) {
  return c == nullptr ? std::nullopt : name_of(c->start);
}

std::vector<ast::Name> Builder::names(const std::vector<P::NameContext*>& list) {
  std::vector<ast::Name> out;
  for (P::NameContext* c : list) {
    if (auto name = name_of(c)) out.push_back(*std::move(name));
  }
  return out;
}

std::vector<ast::Name> Builder::names(const std::vector<antlr4::Token*>& list) {
  std::vector<ast::Name> out;
  for (antlr4::Token* token : list) {
    if (auto name = name_of(token)) out.push_back(*std::move(name));
  }
  return out;
}

std::string Builder::string_value(antlr4::Token* token) {
  std::string_view raw = text(token);
  if (raw.empty()) return {};
  if (raw.front() != '"') {  // curly quotes: a message has been given
    const CodePoints points = decode(raw);
    if (points.chars.size() < 2) return {};
    return std::string(raw.substr(points.bytes[1], points.bytes[points.chars.size() - 1] - points.bytes[1]));
  }
  raw.remove_prefix(1);
  std::string out;
  const std::uint32_t begin = span(token).begin + 1;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '"') break;  // the closing quote: any other is escaped
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    const char c = raw[++i];
    if (c == '"' || c == '\\') {
      out += c;
    } else if (c == 'n' || c == 't') {
      out += c == 'n' ? '\n' : '\t';
    } else {
      std::size_t length = 1;  // of the code point after the backslash
      while (i + length < raw.size() && (static_cast<unsigned char>(raw[i + length]) & 0xc0u) == 0x80u)
        ++length;
      const source::Span where{file_, static_cast<std::uint32_t>(begin + i - 1),
                               static_cast<std::uint32_t>(begin + i + length)};
      out_.add(diag::Code::UnknownEscape, where, {std::string(raw.substr(i - 1, length + 1))}).mend =
          diag::Mend{"write two backslashes", where, "\\" + std::string(raw.substr(i - 1, length + 1))};
      out += c;
    }
  }
  return out;
}

std::optional<std::string> Builder::doc(antlr4::Token* token) {
  if (token == nullptr) return std::nullopt;
  return string_value(token);
}

template <class Atom>
ast::UnitAtom Builder::unit_atom(Atom* c) {
  ast::UnitAtom atom;
  if (auto name = name_of(c->id)) atom.name = *std::move(name);
  atom.basis = name_of(c->basis);
  if (c->power != nullptr) {
    const std::string_view digits = text(c->power);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), atom.power);
    if (error != std::errc() || end != digits.data() + digits.size() || atom.power > 9) {
      atom.power = 1;
      out_.add(diag::Code::MisplacedWord, span(c->power),
               {"the power of a unit is a whole number from 0 to 9"});
    }
  }
  return atom;
}

ast::UnitExpr Builder::unit(P::UnitContext* c) {
  ast::UnitExpr unit;
  unit.span = span(c);
  if (c == nullptr) return unit;
  if (c->numerator != nullptr) unit.numerator.push_back(unit_atom(c->numerator));
  for (P::UnitAtomContext* atom : c->denominators) unit.denominators.push_back(unit_atom(atom));
  return unit;
}

ast::TypeRef Builder::type(P::TypeRefContext* c) {
  ast::TypeRef type;
  type.span = span(c);
  if (c == nullptr) return type;
  if (c->element != nullptr) {
    type.form = ast::TypeRef::Form::List;
    type.element = std::make_unique<ast::TypeRef>(this->type(c->element));
  } else if (c->one != nullptr) {
    type.form = ast::TypeRef::Form::OneOf;
    type.one_of = name_of(c->set);
  } else {
    type.is_signed = c->sign != nullptr;
    type.unit = unit(c->amount);
  }
  type.by = names(c->by);
  type.optional = c->maybe != nullptr;
  if (c->result != nullptr) type.result = std::make_unique<ast::TypeRef>(this->type(c->result));
  return type;
}

ast::Quantity Builder::quantity(P::QuantityContext* c) {
  ast::Quantity quantity;
  const source::Span number = span(c->number);
  for (const char ch : text(c->number)) {
    if (ch != '_') quantity.text += ch;
  }
  const auto [end, error] =
      std::from_chars(quantity.text.data(), quantity.text.data() + quantity.text.size(), quantity.value);
  if (error != std::errc()) {
    quantity.value = 0;
    if (!is_tiny(quantity.text)) out_.add(diag::Code::NumberTooLarge, number);
  }
  quantity.is_integer = quantity.text.find_first_not_of("0123456789") == std::string::npos;
  quantity.percent = c->percent != nullptr;
  if (c->atoms.empty() && c->denominators.empty()) return quantity;
  ast::UnitExpr unit;
  unit.span = c->atoms.empty() ? span(c->denominators.front()) : span(c->atoms.front());
  for (P::QuantityAtomContext* atom : c->atoms) unit.numerator.push_back(unit_atom(atom));
  for (P::QuantityAtomContext* atom : c->denominators) unit.denominators.push_back(unit_atom(atom));
  if (c->stop != nullptr) unit.span.end = span(c->stop).end;
  if (unit.numerator.size() == 2) {
    const ast::UnitAtom& scale = unit.numerator.front();
    const std::string& word = scale.name.text;
    const bool is_scale = word == "k" || word == "m" || word == "mn" || word == "bn";
    if (!is_scale || scale.basis || c->atoms.front()->power != nullptr) {
      diag::Diagnostic& d = out_.add(diag::Code::TwoUnits, source::join(scale.name.span, unit.numerator.back().name.span),
                                     {word, unit.numerator.back().name.text});
      if (word == "a" || word == "an" || word == "pr" || word == "pro" || word == "each" || word == "every")
        d.mend = diag::Mend{"write `per " + unit.numerator.back().name.text + '`', scale.name.span, "per"};
    }
  }
  quantity.unit = std::move(unit);
  return quantity;
}

}  // namespace horizon::parse
