#pragma once
// The program's exit codes; scripts rely on them.
namespace horizon::cli {

inline constexpr int exit_good = 0;
inline constexpr int exit_scenario = 1;  ///< the scenario is at fault
inline constexpr int exit_usage = 2;
inline constexpr int exit_outside = 3;  ///< the outside world: files, disk, memory, machine
inline constexpr int exit_bug = 4;      ///< our fault
inline constexpr int exit_interrupted = 130;

}  // namespace horizon::cli
