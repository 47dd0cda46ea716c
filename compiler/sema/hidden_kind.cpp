#include "compiler/sema/hidden_kind.hpp"

namespace horizon::sema {

Symbol hidden_kind(const Store<ModuleId, ModuleInfo>& modules, ModuleId module, const std::string& name) {
  for (const UseInfo& use : modules[module].uses) {
    if (!use.only.empty() && !use.only.count(name)) continue;
    const auto& own = modules[use.module].own;
    const auto at = own.find(name);
    if (at != own.end() && at->second.what == Symbol::What::Kind) return at->second;
  }
  return {};
}

}  // namespace horizon::sema
