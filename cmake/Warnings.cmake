# Warnings are errors in our own code. -ffp-contract=off everywhere: an fma exists only where it is written (rules.md N4).
add_library(horizon_warnings INTERFACE)
target_compile_options(horizon_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror -Wno-missing-field-initializers
  -ffp-contract=off)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
