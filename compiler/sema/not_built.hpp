#pragma once
// The constructs of not_built.def.
#include <string_view>

namespace horizon::sema {

enum class NotBuilt {
#define NOT_BUILT(name, what, where) name,
#include "compiler/sema/not_built.def"
#undef NOT_BUILT
};

/// How messages call it: "a `variant`".
std::string_view what_is(NotBuilt construct);

}  // namespace horizon::sema
