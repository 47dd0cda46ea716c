# Run in script mode by embed_texts(): writes a .cpp with each file as raw string literals (cut: compilers limit their length).
set(body "")
foreach(file ${FILES})
  file(RELATIVE_PATH name "${ROOT}" "${file}")
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
  # One literal a 64 bytes, so that no line and no literal grows too long.
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)" "\"\\1\"\n" lines "${escaped}")
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(APPEND body "    {\"${name}\", std::string_view(${lines}\"\", ${size})},\n")
endforeach()
file(WRITE "${OUT}" "#include <span>\n#include <string_view>\n#include <utility>\nnamespace horizon {\nstd::span<const std::pair<std::string_view, std::string_view>> ${FUNCTION}();\nstd::span<const std::pair<std::string_view, std::string_view>> ${FUNCTION}() {\n  static const std::pair<std::string_view, std::string_view> table[] = {\n${body}  };\n  return table;\n}\n}  // namespace horizon\n")
