#pragma once
// Text to tree. The border is plain: any bytes give a tree and messages, never an exception; ANTLR does not
// show.
#include "compiler/ast/ast.hpp"
#include "compiler/diag/diagnostic.hpp"
#include "compiler/source/source.hpp"

namespace horizon::parse {

/// The largest file that is read, in bytes; larger ones are refused: data belong in a table.
inline constexpr std::size_t max_source_bytes = std::size_t{16} << 20;
/// How deep brackets, `if` and `->` may nest, and how high an expression's tree may grow.
inline constexpr unsigned max_nesting = 500;

/// Parses one file. What could not be read is left out of the tree, or stands in it as `ErrorExpr`; there is
/// one message for each mistake, sorted by place. Names are in NFC. Safe to call from several threads at
/// once.
diag::WithDiags<ast::File> parse(const source::SourceMap& sources, source::FileId file);

}  // namespace horizon::parse
