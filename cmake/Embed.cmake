# embed_texts(TARGET t ROOT dir FILES ...): the files' bytes as a C++ table `horizon::embedded_texts()` of {path, text}.
function(embed_texts)
  cmake_parse_arguments(E "" "TARGET;ROOT;FUNCTION" "FILES" ${ARGN})
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${E_FUNCTION}.cpp")
  set(deps ${E_FILES})
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DROOT=${E_ROOT}" "-DFUNCTION=${E_FUNCTION}" "-DFILES=${E_FILES}"
            -P "${CMAKE_SOURCE_DIR}/cmake/EmbedTexts.cmake"
    DEPENDS ${deps} "${CMAKE_SOURCE_DIR}/cmake/EmbedTexts.cmake"
    VERBATIM)
  add_library(${E_TARGET} STATIC "${out}")
  target_include_directories(${E_TARGET} PUBLIC "${CMAKE_SOURCE_DIR}")
endfunction()
