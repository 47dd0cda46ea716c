#include "compiler/codegen/shape.hpp"

#include <elf.h>
#include <link.h>

#include <cstring>

#include "compiler/codegen/llvm.hpp"

namespace horizon::codegen {
namespace {

using mir::Op;

/// Tables that code looks up while it runs; the prologue reads the others.
std::vector<bool> tables_in_code(const mir::Module& module) {
  std::vector<bool> used(module.tables.size());
  const auto visit = [&](const mir::Value& v, bool runs) {
    if (v.op == Op::TableF && runs) used[static_cast<std::size_t>(v.index)] = true;
  };
  for (const mir::Function& f : module.functions) {
    for (const mir::Value& v : f.values) visit(v, true);
  }
  for (const mir::Kernel& k : module.kernels) {
    for (const mir::Value& v : k.values) visit(v, (v.level & mir::Future) != 0);
  }
  return used;
}

Store<mir::ValueId, mir::Value> without_places(const Store<mir::ValueId, mir::Value>& values) {
  Store<mir::ValueId, mir::Value> result = values;
  for (mir::Value& v : result) v.span = {};
  return result;
}

/// The linker's fingerprint of the program or library that holds this code generator, as hexadecimal digits; empty if it has none.
std::string build_id() {
  struct Search {
    std::string id;
    std::uintptr_t here = 0;
  } search;
  search.here = reinterpret_cast<std::uintptr_t>(&build_id);
  const auto look = [](dl_phdr_info* object, std::size_t, void* to) -> int {
    auto& wanted = *static_cast<Search*>(to);
    bool ours = false;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = object->dlpi_phdr[i];
      const std::uintptr_t begin = object->dlpi_addr + part.p_vaddr;
      ours = ours || (part.p_type == PT_LOAD && wanted.here >= begin && wanted.here - begin < part.p_memsz);
    }
    if (!ours) return 0;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = object->dlpi_phdr[i];
      if (part.p_type != PT_NOTE) continue;
      const auto* at = reinterpret_cast<const unsigned char*>(object->dlpi_addr + part.p_vaddr);
      const unsigned char* const end = at + part.p_memsz;
      while (at + sizeof(ElfW(Nhdr)) <= end) {
        ElfW(Nhdr) note;
        std::memcpy(&note, at, sizeof note);
        const unsigned char* const name = at + sizeof note;
        const unsigned char* const bytes = name + (note.n_namesz + 3u) / 4 * 4;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
          for (std::size_t b = 0; b < note.n_descsz; ++b) {
            wanted.id += "0123456789abcdef"[bytes[b] >> 4];
            wanted.id += "0123456789abcdef"[bytes[b] & 15];
          }
          return 1;
        }
        at = bytes + (note.n_descsz + 3u) / 4 * 4;
      }
    }
    return 1;
  };
  dl_iterate_phdr(look, &search);
  return search.id;
}

}  // namespace

mir::Module shape_of(const mir::Module& module) {
  const std::vector<bool> in_code = tables_in_code(module);
  mir::Module shape;
  shape.slots = module.slots;
  shape.outputs = module.outputs;
  shape.stages = module.stages;
  for (std::size_t t = 0; t < module.tables.size(); ++t) {
    const mir::Table& table = module.tables[mir::TableId(t)];
    shape.tables.add(in_code[t] ? table : mir::Table{});
  }
  for (const mir::Column& column : module.period_columns) shape.period_columns.push_back({"", column.type, {}, {}});
  for (const mir::Function& f : module.functions) {
    shape.functions.add({f.name, f.parameters, f.results, without_places(f.values)});
  }
  for (const mir::Kernel& k : module.kernels) {
    mir::Kernel copy;
    for (const mir::Column& column : k.columns) copy.columns.push_back({"", column.type, {}, {}});
    copy.step = k.step;
    copy.registers = k.registers;
    copy.gathered = k.gathered;
    copy.row_tables = k.row_tables;
    copy.state = k.state;
    copy.values = without_places(k.values);
    shape.kernels.add(std::move(copy));
  }
  return shape;
}

std::string code_key(const mir::Module& module, Cpu cpu) {
  static const std::string build = build_id();
  if (build.empty()) return {};
  return "horizon object 1\nabi " + std::to_string(HORIZON_ABI_VERSION) + "\nbuild " + build + "\nllvm " LLVM_VERSION_STRING "\ncpu " +
         to_text(cpu) + "\n" + mir::print(shape_of(module));
}

}  // namespace horizon::codegen
