#pragma once
// Bytes to code points and back, normal form, scripts of names.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace horizon::parse {

struct CodePoints {
  std::u32string chars;              ///< U+FFFD for each byte that is no UTF-8
  std::vector<std::uint32_t> bytes;  ///< byte offset of each, and of the end
  std::optional<std::uint32_t> first_bad_byte;
};

/// A byte order mark at the start is left out. After a thousand bytes that are no UTF-8 this is no text: the
/// rest is left out.
CodePoints decode(std::string_view text);

/// A letter of any script, or `_`.
bool begins_name(char32_t c);
/// Or a mark or a digit: marks only because a name may arrive decomposed; it is compared in NFC.
bool goes_on_in_name(char32_t c);

/// NFC of valid UTF-8; other bytes come back as they are.
std::string to_nfc(std::string_view text);

/// True if letters of different scripts (Latin, Greek, Cyrillic, other) meet in one name: `pаtients` with a
/// Cyrillic `а`.
bool mixes_scripts(std::string_view name);

}  // namespace horizon::parse
