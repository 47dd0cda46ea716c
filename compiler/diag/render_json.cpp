#include <nlohmann/json.hpp>

#include "compiler/diag/rendering.hpp"

namespace horizon::diag {
namespace {

using Json = nlohmann::ordered_json;

/// Adds path, line, column, end, end_line and end_column; nothing for a message without a place.
void add_place(Json& object, source::Span span, const source::SourceMap& sources) {
  if (!span.file.has_value()) return;
  const Place place = place_of(span, sources);
  object["path"] = printable(sources.name(span.file));
  object["line"] = place.line;
  object["column"] = place.column;
  object["end"] = place.end;
  object["end_line"] = place.end_line;
  object["end_column"] = place.end_column;
}

Json to_json(const Diagnostic& diagnostic, const source::SourceMap& sources, const Secrets& secrets) {
  const CodeInfo& code = info(diagnostic.code);
  const ShownTexts texts = shown_texts(diagnostic, secrets);
  Json object;
  object["type"] = "message";  // among lines of progress
  object["code"] = code.code;
  object["severity"] = code.severity == Severity::Error ? "error" : "warning";
  add_place(object, diagnostic.span, sources);
  object["message"] = texts.message;
  object["notes"] = Json::array();
  for (std::size_t i = 0; i < diagnostic.notes.size(); ++i) {
    Json note;
    add_place(note, diagnostic.notes[i].span, sources);
    note["message"] = texts.notes[i];
    object["notes"].push_back(std::move(note));
  }
  if (!diagnostic.mend) return object;
  Json mend;
  mend["message"] = texts.mend;
  if (texts.mend_applies) {
    add_place(mend, *diagnostic.mend->span, sources);
    mend["replacement"] = diagnostic.mend->replacement;
    // An insertion and a replacement of one letter have the same columns.
    mend["inserts"] = diagnostic.mend->span->begin == diagnostic.mend->span->end;
  }
  object["mend"] = std::move(mend);
  return object;
}

}  // namespace

std::string render_json_lines(const Diagnostics& diagnostics, const source::SourceMap& sources) {
  if (diagnostics.items().empty()) return {};
  const Secrets secrets(sources);
  std::string out;
  for (const Diagnostic* d : in_order(diagnostics)) {
    out += to_json(*d, sources, secrets).dump(-1, ' ', false, Json::error_handler_t::replace);
    out += '\n';
  }
  return out;
}

}  // namespace horizon::diag
