#pragma once
// Trees to the typed model: names, kinds, instances, types and units, sets, draws, forecasts. Opens no file: the driver hands
// over every module and the bytes of every table.
#include <string>
#include <vector>

#include "compiler/ast/ast.hpp"
#include "compiler/diag/diagnostic.hpp"
#include "compiler/model/model.hpp"
#include "compiler/source/source.hpp"

namespace horizon::sema {

/// One parsed file. `name` is its path of names as `use` writes it; empty for the scenario.
struct Module {
  std::vector<std::string> name;
  const ast::File* file = nullptr;
};

/// The bytes of one table's file. `shown_path` is the name messages give it; `module` is the name of the module that declares it.
struct TableText {
  std::string table;
  std::string shown_path;
  std::string bytes;
};

/// The scenario first, then every module it uses, directly or not, each once.
struct Program {
  std::vector<Module> modules;
  std::vector<TableText> tables;
  bool library = false;   ///< the first module is looked at as a library: it needs no horizon
};

/// What a file asks the driver for.
struct Use {
  std::vector<std::string> module;
  source::Span span;
};
std::vector<Use> uses(const ast::File& file);

/// A file that declares something, but neither a horizon nor a forecast: it says what others use.
bool is_library(const ast::File& file);

struct TableUse {
  std::string table;
  std::string path;  ///< as written in `from "..."`
  source::Span span;
};
std::vector<TableUse> tables(const ast::File& file);

/// Always a model; sound (model::verify) when no diagnostic is an error. Mistakes do not stop it at the first.
diag::WithDiags<model::Model> analyse(const Program& program, const source::SourceMap& sources);

}  // namespace horizon::sema
