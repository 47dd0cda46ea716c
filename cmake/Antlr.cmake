# antlr_grammar(TARGET name PACKAGE ns GRAMMARS a.g4 b.g4): C++ parser generated in the build tree, never committed.
find_program(ANTLR4 antlr4 REQUIRED)
# Its archive where there is one: 2,000 symbols less to be looked up whenever a program starts.
find_library(ANTLR4_RUNTIME NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)

function(antlr_grammar)
  cmake_parse_arguments(A "" "TARGET;PACKAGE" "GRAMMARS" ${ARGN})
  set(dir "${CMAKE_BINARY_DIR}/gen/grammar")
  file(MAKE_DIRECTORY "${dir}")
  set(outputs HorizonLexer.cpp HorizonLexer.h HorizonParser.cpp HorizonParser.h)
  list(TRANSFORM outputs PREPEND "${dir}/")
  set(inputs ${A_GRAMMARS})
  list(TRANSFORM inputs PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND "${ANTLR4}" -Dlanguage=Cpp -package ${A_PACKAGE} -no-listener -no-visitor -o "${dir}" ${A_GRAMMARS}
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    DEPENDS ${inputs}
    COMMENT "ANTLR: generating the parser")
  add_library(${A_TARGET} STATIC ${outputs})
  target_include_directories(${A_TARGET} SYSTEM PUBLIC "${dir}" /usr/include/antlr4-runtime)
  # The 4.7.2 tool writes u8"..." into std::string: fine before C++20, so char8_t is off for this target alone.
  target_compile_options(${A_TARGET} PRIVATE -w -O2 -fno-char8_t)
  target_link_libraries(${A_TARGET} PUBLIC "${ANTLR4_RUNTIME}")
endfunction()
