#pragma once
// Objects -> code in memory. Private to compiler/codegen.
#include <vector>

#include "compiler/codegen/codegen.hpp"
#include "compiler/codegen/llvm.hpp"

namespace horizon::codegen {

/// A relocatable ELF file in memory.
using Object = llvm::SmallVector<char, 0>;

/// Functions of one object may call those of another. The error says what is wrong with the objects.
Expected<std::shared_ptr<Code>, std::string> load(const mir::Module& module, std::vector<Object> objects, std::size_t instructions);

}  // namespace horizon::codegen
