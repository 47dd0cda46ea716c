#include "compiler/codegen/pack.hpp"

#include <charconv>

namespace horizon::codegen {
namespace {

constexpr std::string_view magic = "objects ";   // then their number and the size of each, a blank after each; then the objects

std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return number;
}

}  // namespace

std::string pack(const std::vector<std::string_view>& objects) {
  std::string entry = std::string(magic) + std::to_string(objects.size()) + " ";
  for (const std::string_view object : objects) entry += std::to_string(object.size()) + " ";
  for (const std::string_view object : objects) entry += object;
  return entry;
}

std::optional<std::vector<std::string_view>> unpack(std::string_view entry) {
  if (!entry.starts_with(magic)) return std::nullopt;
  entry.remove_prefix(magic.size());
  const auto number = take_number(entry);
  if (!number || *number > entry.size()) return std::nullopt;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < *number; ++i) {
    const auto size = take_number(entry);
    if (!size) return std::nullopt;
    sizes.push_back(*size);
  }
  std::vector<std::string_view> objects;
  for (const std::size_t size : sizes) {
    if (size > entry.size()) return std::nullopt;
    objects.push_back(entry.substr(0, size));
    entry.remove_prefix(size);
  }
  if (!entry.empty()) return std::nullopt;
  return objects;
}

}  // namespace horizon::codegen
