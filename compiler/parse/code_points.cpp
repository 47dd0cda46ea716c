#include "compiler/parse/code_points.hpp"

#include <utf8proc.h>

#include <cstdlib>

namespace horizon::parse {
namespace {

constexpr char32_t replacement = 0xfffd;
constexpr std::size_t max_bad = 1000;

const utf8proc_uint8_t* raw(const char* text) { return reinterpret_cast<const utf8proc_uint8_t*>(text); }

enum class Script { None, Latin, Greek, Cyrillic, Other };

Script script_of(char32_t c) {
  if (c < 0x80) return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ? Script::Latin : Script::None;
  if ((c >= 0xc0 && c <= 0x24f) || (c >= 0x1e00 && c <= 0x1eff) || c == 0xaa || c == 0xba)
    return Script::Latin;
  if (c == 0xb5) return Script::None;  // the micro sign belongs to every script
  if ((c >= 0x370 && c <= 0x3ff) || (c >= 0x1f00 && c <= 0x1fff)) return Script::Greek;
  if (c >= 0x400 && c <= 0x52f) return Script::Cyrillic;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LO:
      return Script::Other;
    default:
      return Script::None;
  }
}

}  // namespace

CodePoints decode(std::string_view text) {
  CodePoints out;
  out.chars.reserve(text.size());
  out.bytes.reserve(text.size() + 1);
  std::size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  std::size_t bad = 0;
  while (at < text.size() && bad <= max_bad) {
    const auto byte = static_cast<unsigned char>(text[at]);
    char32_t c = byte;
    std::size_t length = 1;
    if (byte >= 0x80) {
      utf8proc_int32_t code = -1;
      const utf8proc_ssize_t n =
          utf8proc_iterate(raw(text.data() + at), static_cast<utf8proc_ssize_t>(text.size() - at), &code);
      if (n > 0) {
        c = static_cast<char32_t>(code);
        length = static_cast<std::size_t>(n);
      } else {
        c = replacement;
        ++bad;
        if (!out.first_bad_byte) out.first_bad_byte = static_cast<std::uint32_t>(at);
      }
    }
    out.chars.push_back(c);
    out.bytes.push_back(static_cast<std::uint32_t>(at));
    at += length;
  }
  out.bytes.push_back(static_cast<std::uint32_t>(at));
  return out;
}

bool begins_name(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool goes_on_in_name(char32_t c) {
  if (c < 0x80) return begins_name(c) || (c >= '0' && c <= '9');
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ND;
}

std::string to_nfc(std::string_view text) {
  bool ascii = true;
  for (const char c : text) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  if (ascii) return std::string(text);
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t n =
      utf8proc_map(raw(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (n < 0) return std::string(text);
  std::string out(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(n));
  std::free(mapped);
  return out;
}

bool mixes_scripts(std::string_view name) {
  Script seen = Script::None;
  for (const char32_t c : decode(name).chars) {
    const Script script = script_of(c);
    if (script == Script::None) continue;
    if (seen != Script::None && script != seen) return true;
    seen = script;
  }
  return false;
}

}  // namespace horizon::parse
