#include "compiler/diag/rendering.hpp"

#include <algorithm>
#include <tuple>

namespace horizon::diag {
namespace {

auto sort_key(const Diagnostic& d) {
  // A message without a place (file "none" is the largest id) comes last.
  return std::tuple(d.span.file, d.span.begin, d.span.end, info(d.code).severity, info(d.code).code);
}

/// Arguments that are sentences of the language about its own bounds ("between 0 % and 100 %"), never built from what the
/// scenario writes.
bool states_rule(Code code, std::size_t argument) {
  return (code == Code::OutOfRange && argument == 1) || (code == Code::ImpossibleParameters && argument == 0);
}

bool has_number(std::string_view text) { return hide_numbers(text) != text; }

}  // namespace

std::vector<const Diagnostic*> in_order(const Diagnostics& diagnostics) {
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& d : diagnostics.items()) order.push_back(&d);
  std::stable_sort(order.begin(), order.end(),
                   [](const Diagnostic* a, const Diagnostic* b) { return sort_key(*a) < sort_key(*b); });
  const auto same = [](const Diagnostic* a, const Diagnostic* b) {
    return sort_key(*a) == sort_key(*b) && a->args == b->args;
  };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  return order;
}

ShownTexts shown_texts(const Diagnostic& diagnostic, const Secrets& secrets) {
  bool secret = secrets.touches(diagnostic.span);
  for (const Note& note : diagnostic.notes) secret = secret || secrets.touches(note.span);
  if (diagnostic.mend && diagnostic.mend->span) secret = secret || secrets.touches(*diagnostic.mend->span);

  ShownTexts out;
  Diagnostic shown = diagnostic;
  if (secret) {
    // Only the arguments: the catalogue's own text may name a number (a limit, a year).
    for (std::size_t i = 0; i < shown.args.size(); ++i) {
      if (!states_rule(diagnostic.code, i)) shown.args[i] = hide_numbers(shown.args[i]);
    }
  }
  out.message = printable(message(shown));
  for (const Note& note : diagnostic.notes) {
    out.notes.push_back(printable(secret ? hide_numbers(note.text) : note.text));
  }
  if (diagnostic.mend) {
    const Mend& mend = *diagnostic.mend;
    out.mend = printable(secret ? hide_numbers(mend.text) : mend.text);
    out.mend_applies = mend.span.has_value() && !(secret && has_number(mend.replacement));
  }
  return out;
}

Place place_of(source::Span span, const source::SourceMap& sources) {
  const source::Position begin = sources.position(span.file, span.begin);
  Place place{begin.line, begin.column, begin.column, begin.line, begin.column};
  if (span.end <= span.begin) return place;
  const source::Position end = sources.position(span.file, span.end);
  place.end_line = end.line;
  place.end_column = end.column > 1 ? end.column - 1 : 1;
  if (end.line == begin.line) {
    place.end = std::max(begin.column, end.column - 1);
  } else {
    // Up to the last code point of the first line.
    const auto line = sources.line(span.file, begin.line);
    const auto points = std::count_if(
        line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; });
    place.end = std::max(begin.column, static_cast<std::uint32_t>(points));
  }
  place.end_column = place.end_line == place.line ? place.end : place.end_column;
  return place;
}

bool shows_lines(source::FileId file, const source::SourceMap& sources) {
  return sources.name(file).ends_with(".hzn");
}

}  // namespace horizon::diag
