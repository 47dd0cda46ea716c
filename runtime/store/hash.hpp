#pragma once
// SHA-256, to say which inputs a result was computed from.
#include <string>
#include <string_view>

namespace horizon::store {

/// 64 lower-case hexadecimal digits (FIPS 180-4).
std::string sha256_hex(std::string_view bytes);

}  // namespace horizon::store
