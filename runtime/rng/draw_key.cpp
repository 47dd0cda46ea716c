#include "runtime/rng/draw_key.hpp"

#include <bit>
#include <cstring>

namespace horizon::rng {

namespace {

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F,
                        kPrime3 = 0x165667B19E3779F9, kPrime4 = 0x85EBCA77C2B2AE63,
                        kPrime5 = 0x27D4EB2F165667C5;

// Little-endian whatever the machine.
[[gnu::always_inline]] inline std::uint64_t read(const unsigned char* p, int bytes) {
  std::uint64_t value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, p, static_cast<std::size_t>(bytes));
  } else {
    for (int i = 0; i < bytes; ++i) value |= std::uint64_t{p[i]} << (8 * i);
  }
  return value;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ round(0, lane)) * kPrime1 + kPrime4;
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes) {
  auto p = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  std::uint64_t hash = kPrime5;
  if (left >= 32) {
    std::uint64_t lanes[4] = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
    for (; left >= 32; left -= 32, p += 32) {
      for (int i = 0; i < 4; ++i) lanes[i] = round(lanes[i], read(p + 8 * i, 8));
    }
    hash =
        std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
    for (const auto lane : lanes) hash = merge(hash, lane);
  }
  hash += bytes.size();
  for (; left >= 8; left -= 8, p += 8) hash = std::rotl(hash ^ round(0, read(p, 8)), 27) * kPrime1 + kPrime4;
  if (left >= 4) {
    hash = std::rotl(hash ^ (read(p, 4) * kPrime1), 23) * kPrime2 + kPrime3;
    left -= 4;
    p += 4;
  }
  for (; left > 0; --left, ++p) hash = std::rotl(hash ^ (*p * kPrime5), 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

std::string draw_key_text(std::string path, std::span<const std::string_view> labels) {
  std::string text = std::move(path);
  for (const auto label : labels) {
    text += '[';
    for (const char c : label) {
      if (c == '\\' || c == '[' || c == ']') text += '\\';
      text += c;
    }
    text += ']';
  }
  return text;
}

std::string sub_key_text(std::string_view key, std::uint64_t index) {
  return std::string(key) + '/' + std::to_string(index);
}

}  // namespace horizon::rng
