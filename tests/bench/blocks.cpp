// What a plan's kernels take, in cycles of a core for each row and future, without what stands before and behind a block of futures.
// usage: bench_blocks SCENARIO TABLE=FILE ROWS [REPEATS]
//
// Clocks of shared machines are no measure: the core changes its frequency, and a neighbour on the core's other thread takes half of what
// waits in it. So each block is timed between two pieces of work that are known: a chain of multiply-adds, which tells the frequency, and twelve of
// them side by side, which a neighbour slows down. Blocks with a neighbour are not counted. Printed are the cycles that an eighth of the
// others took less than, by block of futures, averaged, and how many blocks there were.
#include <x86intrin.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "compiler/driver/compile.hpp"
#include "runtime/exec/exec.hpp"
#include "tests/harness/files.hpp"

namespace horizon {
namespace {

constexpr std::uint32_t blocks = 12;
constexpr int rounds = 150;
constexpr double alone_least = 0.5, alone_most = 0.545, changed = 1.02;   ///< cycles a multiply-add of twelve; of frequencies
constexpr std::size_t least_samples = 4;

std::uint64_t now() {
  unsigned processor = 0;
  return __rdtscp(&processor);
}

/// Ticks a cycle: each of the additions waits four cycles for the one before.
double ticks_of_a_cycle() {
  double x = 1, y = 0.99;
  const std::uint64_t begin = now();
  for (int i = 0; i < rounds; ++i)
    asm volatile("vfmadd213sd %1, %1, %0\nvfmadd213sd %1, %1, %0\nvfmadd213sd %1, %1, %0\nvfmadd213sd %1, %1, %0" : "+x"(x) : "x"(y));
  return static_cast<double>(now() - begin) / (16 * rounds);
}

/// Ticks of a multiply-add that need not wait: half a cycle, if nobody else is on the core.
double ticks_of_one_in_twelve() {
  std::array<double, 12> x{};
  double y = 0.99;
  const std::uint64_t begin = now();
  for (int i = 0; i < rounds; ++i)
    asm volatile(
        "vfmadd213sd %12, %12, %0\nvfmadd213sd %12, %12, %1\nvfmadd213sd %12, %12, %2\nvfmadd213sd %12, %12, %3\n"
        "vfmadd213sd %12, %12, %4\nvfmadd213sd %12, %12, %5\nvfmadd213sd %12, %12, %6\nvfmadd213sd %12, %12, %7\n"
        "vfmadd213sd %12, %12, %8\nvfmadd213sd %12, %12, %9\nvfmadd213sd %12, %12, %10\nvfmadd213sd %12, %12, %11"
        : "+x"(x[0]), "+x"(x[1]), "+x"(x[2]), "+x"(x[3]), "+x"(x[4]), "+x"(x[5]), "+x"(x[6]), "+x"(x[7]), "+x"(x[8]), "+x"(x[9]), "+x"(x[10]),
          "+x"(x[11])
        : "x"(y));
  return static_cast<double>(now() - begin) / (12 * rounds);
}

struct Around {
  double cycle = ticks_of_a_cycle(), one = ticks_of_one_in_twelve();
  bool alone() const { return one / cycle > alone_least && one / cycle < alone_most; }
};

/// Cycles of a block and future, or nothing where too few blocks had the core for themselves.
std::optional<std::pair<double, std::size_t>> measured(const plan::Plan& plan, int repeats) {
  exec::Workspace workspace(plan);
  std::array<std::vector<double>, blocks> cycles;
  for (int r = 0; r < repeats; ++r) {
    for (std::uint32_t block = 0; block < blocks; ++block) {
      const Around before;
      const std::uint64_t begin = now();
      exec::run_block(plan, 1, std::uint64_t{block} * exec::block_lanes, exec::block_lanes, workspace);
      const auto ticks = static_cast<double>(now() - begin);
      const Around after;
      const double cycle = std::min(before.cycle, after.cycle);
      if (before.alone() && after.alone() && std::max(before.cycle, after.cycle) < changed * cycle) cycles[block].push_back(ticks / cycle);
    }
  }
  double sum = 0;
  std::size_t count = 0;
  for (std::vector<double>& of_block : cycles) {
    if (of_block.size() < least_samples) return std::nullopt;
    std::sort(of_block.begin(), of_block.end());
    sum += of_block[of_block.size() / 8];
    count += of_block.size();
  }
  return std::pair(sum / blocks / exec::block_lanes, count);
}

int run(const std::vector<std::string>& arguments) {
  const std::size_t equals = arguments.size() < 3 ? std::string::npos : arguments[1].find('=');
  if (equals == std::string::npos) {
    std::cerr << "usage: bench_blocks SCENARIO TABLE=FILE ROWS [REPEATS]\n";
    return 2;
  }
  driver::Options options;
  options.data[arguments[1].substr(0, equals)] = arguments[1].substr(equals + 1);
  const driver::Compiled built = driver::compile(arguments[0], options, test::read_file);
  if (!built.plan) {
    std::cerr << "the scenario cannot be compiled; `horizon check` says why\n";
    return 1;
  }
  const auto found = measured(*built.plan, arguments.size() > 3 ? std::atoi(arguments[3].c_str()) : 60);
  if (!found) {
    std::cerr << "too few blocks had the core for themselves\n";
    return 3;
  }
  std::cout << found->first / std::atof(arguments[2].c_str()) << " " << found->second << "\n";
  return 0;
}

}  // namespace
}  // namespace horizon

int main(int count, char** values) {
  if (!__builtin_cpu_supports("fma")) {
    std::cerr << "this processor has no fused multiply-add\n";
    return 3;
  }
  return horizon::run({values + 1, values + count});
}
