#pragma once
// Ctrl-C. A run stops at the next block of futures and leaves nothing behind; a second Ctrl-C ends the
// program at once.
#include <atomic>

namespace horizon::cli {

/// Takes over SIGINT, SIGTERM and, unless it is ignored, SIGHUP; lets writes beyond a limit or into a closed pipe fail as errors instead of
/// ending the program.
void install_handlers();

/// Set by the first Ctrl-C while `patient`. Nothing is on the disk outside of that, so there Ctrl-C ends the
/// program with 130.
const std::atomic<bool>& interrupted();

/// While it lives, an interrupt is left to the run to notice.
class Patience {
 public:
  Patience();
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;
};

}  // namespace horizon::cli
