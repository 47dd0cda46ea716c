#pragma once
// HZ_CHECK: a broken promise inside Horizon (our bug, never the user's). It ends the process with exit code 4.
namespace horizon {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}  // namespace horizon

#define HZ_CHECK(condition)                                                  \
  do {                                                                       \
    if (!(condition)) ::horizon::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
#define HZ_UNREACHABLE(what) ::horizon::check_failed("unreachable: " what, __FILE__, __LINE__)
