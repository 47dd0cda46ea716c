#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace horizon {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr,
               "horizon: internal fault at %s:%d: %s\n"
               "This is a bug in Horizon, not in your scenario. Please report it with the file that caused it.\n",
               file, line, expression);
  std::_Exit(4);
}

}  // namespace horizon
