#pragma once
// Where machine code is kept from run to run.
#include <optional>
#include <string>

#include "compiler/codegen/codegen.hpp"
#include "runtime/store/file_cache.hpp"

namespace horizon::cli {

/// HORIZON_CACHE (`off`, or a folder), else $XDG_CACHE_HOME/horizon, else ~/.cache/horizon. None: nothing is kept.
std::optional<store::FileCache> object_cache();

/// The cache as the compiler wants it; empty without one.
codegen::ObjectStore object_store();

}  // namespace horizon::cli
