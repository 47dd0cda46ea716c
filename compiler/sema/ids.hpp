#pragma once
// Ids of what exists only while a program is being checked.
#include "base/id.hpp"

namespace horizon::sema {

using ModuleId = Id<struct ModuleTag>;
using KindId = Id<struct KindTag>;
using InstId = Id<struct InstTag>;
using FieldId = Id<struct FieldTag>;
using TableId = Id<struct TableTag>;
using FnId = Id<struct FnTag>;

}  // namespace horizon::sema
