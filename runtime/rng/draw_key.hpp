#pragma once
// The name of a draw, and the 64-bit id that its uniforms hang on (F2, N7).
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace horizon::rng {

/// XXH64 with seed 0 of the bytes (Y. Collet, "XXH64 algorithm", xxHash specification 0.1.1).
std::uint64_t hash_bytes(std::string_view bytes);

/// The text of a key: path, then "[label]" for each label of an `each`, outermost first, in the label's own
/// text
/// ("shock[2026]", "share[Nord][2026]"). In a label `\`, `[` and `]` are written with a `\` before them.
std::string draw_key_text(std::string path, std::span<const std::string_view> labels = {});

/// The key of a further uniform of the same draw: "path/1", "path/2", ...
std::string sub_key_text(std::string_view key, std::uint64_t index);

/// The id of a key text. Two keys of one scenario with one id are a compile error.
inline std::uint64_t draw_id(std::string_view key) { return hash_bytes(key); }

}  // namespace horizon::rng
