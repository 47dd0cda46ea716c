#pragma once
// A kind whose name a quantity or a block has, too: where a kind is asked for, the kind is meant.
#include "compiler/sema/parts.hpp"

namespace horizon::sema {

/// The kind of that name in a library that the module uses; nothing if there is none.
Symbol hidden_kind(const Store<ModuleId, ModuleInfo>& modules, ModuleId module, const std::string& name);

}  // namespace horizon::sema
