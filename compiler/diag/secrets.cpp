#include "compiler/diag/secrets.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>

namespace horizon::diag {
namespace {

enum class Kind { Word, Number, Open, Close, Define, Semicolon, Newline, Other };

struct Token {
  Kind kind;
  ByteRange bytes;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Every byte of a non-ASCII letter counts as a letter: the exact classes matter to the lexer, not here.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t word_end(std::string_view text, std::size_t i) {
  while (i < text.size() && (is_letter(text[i]) || is_digit(text[i]))) ++i;
  return i;
}

/// A scale word is part of the number: `26 m DKK`.
std::size_t with_scale(std::string_view text, std::size_t i) {
  std::size_t word = i;
  while (word < text.size() && text[word] == ' ') ++word;
  const std::size_t end = word_end(text, word);
  const std::string_view scale = text.substr(word, end - word);
  return scale == "k" || scale == "m" || scale == "mn" || scale == "bn" ? end : i;
}

/// End of the number that begins at `i`: `4_100`, `0.5`, `1e6`, and of a date, `2026-03-15` or `2026-Q2`.
std::size_t number_end(std::string_view text, std::size_t i) {
  while (i < text.size()) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool goes_on = is_digit(c) || c == '_' || ((c == '.' || c == ',' || c == '-') && is_digit(next)) ||
                         ((c == 'e' || c == 'E') && (is_digit(next) || next == '-' || next == '+')) ||
                         ((c == '-' || c == '+') && (text[i - 1] == 'e' || text[i - 1] == 'E')) ||
                         (c == '-' && next == 'Q') || (c == 'Q' && text[i - 1] == '-');
    if (!goes_on) break;
    ++i;
  }
  return with_scale(text, i);
}

std::size_t string_end(std::string_view text, std::size_t i) {
  for (++i; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] != '\n') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return i;
}

Kind symbol_kind(std::string_view text, std::size_t i) {
  switch (text[i]) {
    case '(':
    case '[':
    case '{':
      return Kind::Open;
    case ')':
    case ']':
    case '}':
      return Kind::Close;
    case ';':
      return Kind::Semicolon;
    case '\n':
      return Kind::Newline;
    case '~':
    case ':':
      return Kind::Define;
    case '=': {
      const char before = i > 0 ? text[i - 1] : '\0';
      const char after = i + 1 < text.size() ? text[i + 1] : '\0';
      const bool compares = after == '=' || before == '=' || before == '<' || before == '>' || before == '!';
      return compares ? Kind::Other : Kind::Define;
    }
    default:
      return Kind::Other;
  }
}

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    Kind kind = Kind::Other;
    if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (text[i] == '"') {
      i = string_end(text, i);
    } else if (is_letter(text[i])) {
      kind = Kind::Word;
      i = word_end(text, i);
    } else if (is_digit(text[i])) {
      kind = Kind::Number;
      i = number_end(text, i);
    } else {
      kind = symbol_kind(text, i);
      ++i;
    }
    out.push_back({kind, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(i)}});
  }
  return out;
}

std::string_view bytes_of(std::string_view text, ByteRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

/// The innermost definition that holds some token.
struct Definition {
  std::size_t item;   // index of its first token
  std::size_t first;  // index of the token after the first defining sign
  std::string_view name;
};

/// Walks back from `at` to where its definition begins; none when it stands in no definition.
std::optional<Definition> definition_before(std::string_view text, const std::vector<Token>& list,
                                            std::size_t at) {
  int depth = 0;
  std::optional<std::size_t> sign;
  std::size_t i = at;
  while (i-- > 0) {
    const Kind kind = list[i].kind;
    if (kind == Kind::Close) ++depth;
    if (kind == Kind::Open && depth-- == 0) break;
    if (depth > 0) continue;
    if (kind == Kind::Semicolon) break;
    // `a : Share ~ beta(...)` has two signs: the first belongs to the name. The next line up is another item.
    if (kind == Kind::Define) sign = i;
    if (kind == Kind::Newline && sign) break;
  }
  if (!sign) return std::nullopt;
  std::size_t item = i + 1;  // `i` is the token before the item; it wraps at the file's begin
  while (item < *sign && list[item].kind == Kind::Newline) ++item;
  Definition found{item, *sign + 1, {}};
  if (*sign > 0 && list[*sign - 1].kind == Kind::Word) {
    found.name = bytes_of(text, list[*sign - 1].bytes);
  }
  // An item such as `Stelara.price each region ~`: the word before the sign is not the name. The first path
  // is.
  for (std::size_t j = item; j < *sign; ++j) {
    if (list[j].kind != Kind::Word) continue;
    const bool path_goes_on = j + 1 < *sign && bytes_of(text, list[j + 1].bytes) == ".";
    if (!path_goes_on) {
      found.name = bytes_of(text, list[j].bytes);
      break;
    }
  }
  return found;
}

/// Last byte of the definition whose first value token is `first`: up to the end of its item.
std::uint32_t definition_end(const std::vector<Token>& list, std::size_t first, std::uint32_t size) {
  int depth = 0;
  bool any = false;
  for (std::size_t i = first; i < list.size(); ++i) {
    const Kind kind = list[i].kind;
    if (kind == Kind::Open) ++depth;
    if (kind == Kind::Close && depth-- == 0) return list[i].bytes.begin;
    if (depth > 0) continue;
    if (kind == Kind::Semicolon) return list[i].bytes.begin;
    // A newline ends an item unless the line is plainly unfinished; the next definition's sign would end it
    // at the latest.
    if (kind == Kind::Newline && any) {
      std::size_t next = i + 1;
      while (next < list.size() && (list[next].kind == Kind::Newline || list[next].kind == Kind::Other))
        ++next;
      const bool new_item =
          next >= list.size() || list[next].kind == Kind::Word || list[next].kind == Kind::Close;
      if (new_item) return list[i].bytes.begin;
    }
    if (kind == Kind::Word || kind == Kind::Number || kind == Kind::Open) any = true;
  }
  return size;
}

}  // namespace

Secrets::Secrets(const source::SourceMap& sources) : files_(sources.size()) {
  std::vector<std::vector<Token>> lists(sources.size());
  std::set<std::string_view> names;
  for (std::size_t f = 0; f < sources.size(); ++f) {
    const std::string_view text = sources.text(source::FileId(f));
    lists[f] = tokens(text);
    for (std::size_t i = 0; i < lists[f].size(); ++i) {
      if (lists[f][i].kind != Kind::Word || bytes_of(text, lists[f][i].bytes) != "confidential") continue;
      const auto found = definition_before(text, lists[f], i);
      if (!found) continue;
      files_[f].parts.push_back({lists[f][found->item].bytes.begin, lists[f][i].bytes.begin});
      if (!found->name.empty()) names.insert(found->name);
    }
  }
  for (std::size_t f = 0; f < sources.size(); ++f) {
    const std::string_view text = sources.text(source::FileId(f));
    const auto& list = lists[f];
    auto& secrets = files_[f];
    for (std::size_t i = 0; i < list.size() && !names.empty(); ++i) {
      if (list[i].kind != Kind::Define) continue;
      const auto found = definition_before(text, list, i + 1);
      if (!found || found->first != i + 1 || !names.contains(found->name)) continue;
      const auto end = definition_end(list, found->first, static_cast<std::uint32_t>(text.size()));
      secrets.parts.push_back({list[found->item].bytes.begin, end});
    }
    const auto by_begin = [](ByteRange a, ByteRange b) { return a.begin < b.begin; };
    std::sort(secrets.parts.begin(), secrets.parts.end(), by_begin);
    // Parts may lie inside one another, so ask for the furthest end among those that have begun.
    std::uint32_t furthest = 0;
    std::size_t part = 0;
    for (const Token& token : list) {
      while (part < secrets.parts.size() && secrets.parts[part].begin <= token.bytes.begin) {
        furthest = std::max(furthest, secrets.parts[part++].end);
      }
      if (token.kind == Kind::Number && token.bytes.begin < furthest) secrets.numbers.push_back(token.bytes);
    }
  }
}

bool Secrets::touches(source::Span span) const {
  if (!span.file.has_value() || span.file.index() >= files_.size()) return false;
  const auto& parts = files_[span.file.index()].parts;
  return std::any_of(parts.begin(), parts.end(), [&](ByteRange part) {
    return span.begin == span.end ? part.begin <= span.begin && span.begin <= part.end
                                  : part.begin < span.end && span.begin < part.end;
  });
}

std::vector<ByteRange> Secrets::numbers(source::FileId file, std::uint32_t begin, std::uint32_t end) const {
  std::vector<ByteRange> out;
  for (const ByteRange number : files_[file.index()].numbers) {
    if (number.begin >= begin && number.begin < end) out.push_back(number);
  }
  return out;
}

std::string hide_numbers(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (is_letter(text[i])) {
      const std::size_t end = word_end(text, i);
      out += text.substr(i, end - i);
      i = end;
    } else if (is_digit(text[i])) {
      i = number_end(text, i);
      out += hidden_number;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace horizon::diag
