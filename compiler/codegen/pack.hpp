#pragma once
// Several objects as one entry of an ObjectStore. Private to compiler/codegen.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace horizon::codegen {

std::string pack(const std::vector<std::string_view>& objects);
/// The objects, in `entry`; nothing if it is not what `pack` makes.
std::optional<std::vector<std::string_view>> unpack(std::string_view entry);

}  // namespace horizon::codegen
