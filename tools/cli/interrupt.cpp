#include "tools/cli/interrupt.hpp"

#include <unistd.h>
#include <csignal>

#include "tools/cli/exit_code.hpp"

namespace horizon::cli {
namespace {

std::atomic<bool> was_interrupted{false};
std::atomic<bool> patient{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch it");

extern "C" void on_interrupt(int) {
  if (!patient || was_interrupted.exchange(true)) {
    constexpr char line_end[] = "\n";
    static_cast<void>(!write(STDERR_FILENO, line_end, 1));
    _exit(exit_interrupted);
  }
}

}  // namespace

void install_handlers() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction hangup {};   // the terminal is closed; `nohup` has it ignored, and that stays
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

const std::atomic<bool>& interrupted() { return was_interrupted; }

Patience::Patience() { patient = true; }
Patience::~Patience() { patient = false; }

}  // namespace horizon::cli
