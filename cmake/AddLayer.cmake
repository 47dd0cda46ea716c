# add_layer(NAME compiler/sema KIND verb DEPS base compiler/ast ... [LIBS external...])
#
# One static library per folder, made of all its .cpp files. DEPS are the folders it may include; the test `layering`
# compares them, through build/<preset>/layers.json, with the includes that the files really have. LIBS are libraries of
# others; those that only one folder may see (ANTLR, LLVM, Boost.Graph) are linked PRIVATE there.
set_property(GLOBAL PROPERTY HORIZON_LAYERS "")

function(layer_target out name)
  string(REPLACE "/" "_" target "hz_${name}")
  set(${out} ${target} PARENT_SCOPE)
endfunction()

function(add_layer)
  cmake_parse_arguments(L "" "NAME;KIND" "DEPS;LIBS;PUBLIC_LIBS;SOURCES" ${ARGN})
  layer_target(target ${L_NAME})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(APPEND sources ${L_SOURCES})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE horizon_warnings ${L_LIBS})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} ${scope} ${L_PUBLIC_LIBS})
  foreach(dep ${L_DEPS})
    layer_target(dep_target ${dep})
    target_link_libraries(${target} ${scope} ${dep_target})
  endforeach()
  string(JOIN "\", \"" deps ${L_DEPS})
  if(deps)
    set(deps "\"${deps}\"")
  endif()
  set_property(GLOBAL APPEND PROPERTY HORIZON_LAYERS
    "  \"${L_NAME}\": {\"kind\": \"${L_KIND}\", \"deps\": [${deps}]}")
endfunction()

function(write_layers_json)
  get_property(layers GLOBAL PROPERTY HORIZON_LAYERS)
  string(JOIN ",\n" body ${layers})
  file(WRITE "${CMAKE_BINARY_DIR}/layers.json" "{\n${body}\n}\n")
endfunction()
