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
    if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r') {
      ++i;
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

/// The definition that a token stands in.
struct Definition {
  std::size_t item = 0;   // index of its first token
  std::size_t first = 0;  // index of the token after its first `=`, `~` or `:`
};

/// Walks over a file's tokens once and knows at each which definition it stands in: linear, whatever the
/// file.
class Reader {
 public:
  /// Takes the token `i`. True if it is the first defining sign of an item.
  bool take(Kind kind, std::size_t i) {
    switch (kind) {
      case Kind::Open:
        levels_.push_back({i + 1, true, std::nullopt});
        return false;
      case Kind::Close:
        if (levels_.size() > 1) levels_.pop_back();
        return false;
      case Kind::Semicolon:
        levels_.back() = {i + 1, true, std::nullopt};
        return false;
      case Kind::Newline:
        // The item goes on until a line brings the sign of the next one: its metadata may stand on lines of
        // their own.
        levels_.back().line = i + 1;
        levels_.back().line_is_new = true;
        return false;
      case Kind::Define: {
        Level& level = levels_.back();
        if (!level.line_is_new) return false;  // `a : Share ~ beta(...)`: the first sign belongs to the name
        level.definition = Definition{level.line, i + 1};
        level.line_is_new = false;
        return true;
      }
      case Kind::Word:
      case Kind::Number:
      case Kind::Other:
        return false;
    }
    return false;
  }
  const std::optional<Definition>& definition() const { return levels_.back().definition; }

 private:
  struct Level {
    std::size_t line;  // index of the first token of the line or item
    bool line_is_new;  // has it had no sign yet
    std::optional<Definition> definition;
  };
  std::vector<Level> levels_ = {{0, true, std::nullopt}};
};

/// `price` of `Stelara.price each region ~ ...`: the end of the path that the item begins with.
std::string_view name_of(std::string_view text, const std::vector<Token>& list, const Definition& found) {
  for (std::size_t i = found.item; i + 1 < found.first; ++i) {
    if (list[i].kind == Kind::Word && bytes_of(text, list[i + 1].bytes) != ".")
      return bytes_of(text, list[i].bytes);
  }
  return {};
}

/// For each opening bracket the index of the one that closes it, else the number of tokens.
std::vector<std::size_t> partners(const std::vector<Token>& list) {
  std::vector<std::size_t> out(list.size(), list.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].kind == Kind::Open) open.push_back(i);
    if (list[i].kind == Kind::Close && !open.empty()) {
      out[open.back()] = i;
      open.pop_back();
    }
  }
  return out;
}

/// Does an item go on over a line end because of this word, before or behind it?
bool joins(std::string_view word) {
  static constexpr std::string_view words[] = {"to",  "then",     "else",    "if",    "and", "or",   "not", "where", "per", "interval",
                                               "growing", "from", "otherwise", "chance", "has", "in", "of", "at",    "over", "by", "each",
                                               "for", "is", "as", "within"};
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// Does the item go on behind the line end at `i`, whose next token is `next`? Rather too often than too seldom.
bool goes_on_behind(std::string_view text, const std::vector<Token>& list, std::size_t i, std::size_t next) {
  if (next < list.size()) {
    const Token& after = list[next];
    if (after.kind == Kind::Other || after.kind == Kind::Number) return true;
    if (after.kind == Kind::Word && joins(bytes_of(text, after.bytes))) return true;
  }
  const std::string_view before = bytes_of(text, list[i - 1].bytes);
  if (list[i - 1].kind == Kind::Word) return joins(before);
  return list[i - 1].kind == Kind::Other && before != "%" && !before.ends_with('"');
}

/// Where the definition ends whose first value token is `first`: in bytes, after the end of its item.
std::uint32_t definition_end(std::string_view text, const std::vector<Token>& list, const std::vector<std::size_t>& partner,
                             std::size_t first, std::uint32_t size) {
  bool any = false;
  for (std::size_t i = first; i < list.size(); ++i) {
    const Kind kind = list[i].kind;
    if (kind == Kind::Close || kind == Kind::Semicolon) return list[i].bytes.begin;
    // A newline ends an item, unless the next line plainly goes on with it.
    if (kind == Kind::Newline && any) {
      std::size_t next = i + 1;
      while (next < list.size() && list[next].kind == Kind::Newline) ++next;
      if (!goes_on_behind(text, list, i, next)) return list[i].bytes.begin;
    }
    any = any || kind == Kind::Word || kind == Kind::Number || kind == Kind::Open;
    if (kind == Kind::Open) i = partner[i];
  }
  return size;
}

/// Adds every definition of one of `names`.
void add_named(std::string_view text, const std::vector<Token>& list, const std::set<std::string_view>& names,
               std::vector<ByteRange>& parts) {
  if (names.empty()) return;
  const std::vector<std::size_t> partner = partners(list);
  Reader reader;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!reader.take(list[i].kind, i)) continue;
    const Definition& found = *reader.definition();
    if (!names.contains(name_of(text, list, found))) continue;
    const auto end = definition_end(text, list, partner, found.first, static_cast<std::uint32_t>(text.size()));
    parts.push_back({list[found.item].bytes.begin, end});
  }
}

/// The numbers that begin inside a part; sorts the parts.
std::vector<ByteRange> numbers_within(const std::vector<Token>& list, std::vector<ByteRange>& parts) {
  std::sort(parts.begin(), parts.end(), [](ByteRange a, ByteRange b) { return a.begin < b.begin; });
  std::vector<ByteRange> out;
  // Parts may lie inside one another, so ask for the furthest end among those that have begun.
  std::uint32_t furthest = 0;
  std::size_t part = 0;
  for (const Token& token : list) {
    while (part < parts.size() && parts[part].begin <= token.bytes.begin) {
      furthest = std::max(furthest, parts[part++].end);
    }
    if (token.kind == Kind::Number && token.bytes.begin < furthest) out.push_back(token.bytes);
  }
  return out;
}

}  // namespace

Secrets::Secrets(const source::SourceMap& sources) : files_(sources.size()) {
  std::vector<std::vector<Token>> lists;
  std::set<std::string_view> names;
  for (std::size_t f = 0; f < sources.size(); ++f) {
    const std::string_view text = sources.text(source::FileId(f));
    lists.push_back(tokens(text));
    Reader reader;
    for (std::size_t i = 0; i < lists[f].size(); ++i) {
      const Token& token = lists[f][i];
      reader.take(token.kind, i);
      if (token.kind != Kind::Word || !reader.definition() || bytes_of(text, token.bytes) != "confidential")
        continue;
      const Definition& found = *reader.definition();
      files_[f].parts.push_back({lists[f][found.item].bytes.begin, token.bytes.begin});
      const std::string_view name = name_of(text, lists[f], found);
      if (!name.empty()) names.insert(name);
    }
  }
  for (std::size_t f = 0; f < sources.size(); ++f) {
    add_named(sources.text(source::FileId(f)), lists[f], names, files_[f].parts);
    files_[f].numbers = numbers_within(lists[f], files_[f].parts);
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
    if (number.end > begin && number.begin < end) out.push_back(number);
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
