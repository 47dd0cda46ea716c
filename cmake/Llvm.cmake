# horizon_llvm: LLVM as compiler/codegen uses it. Linked into the program where its archives are installed (Debian's llvm-19-dev
# has them): relocations and constructors of the dynamic library, which has all of LLVM's targets, were half the start of a program.
option(HORIZON_STATIC_LLVM "Link LLVM into the program, where it can be" ON)
add_library(horizon_llvm INTERFACE)
target_include_directories(horizon_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
if(HORIZON_STATIC_LLVM AND TARGET LLVMX86CodeGen)
  llvm_map_components_to_libnames(llvm_libraries orcjit passes x86codegen x86desc x86info)
  target_link_options(horizon_llvm INTERFACE -Wl,--as-needed -Wl,--gc-sections)   # only what is called
else()
  set(llvm_libraries "${LLVM_LIBRARY_DIRS}/libLLVM-19.so")
endif()
target_link_libraries(horizon_llvm INTERFACE ${llvm_libraries})
