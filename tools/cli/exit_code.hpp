#pragma once
// The program's exit codes; scripts rely on them.
#include <cstdio>
#include <cstdlib>

namespace horizon::cli {

inline constexpr int exit_good = 0;
inline constexpr int exit_scenario = 1;  ///< the scenario is at fault
inline constexpr int exit_usage = 2;
inline constexpr int exit_outside = 3;  ///< the outside world: files, disk, memory, machine
inline constexpr int exit_bug = 4;      ///< our fault
inline constexpr int exit_interrupted = 130;

/// Ends the program at once, for a command that has written all it had to: memory goes back with the process, which is quicker than
/// piece by piece.
[[noreturn]] inline void leave(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace horizon::cli
