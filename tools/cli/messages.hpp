#pragma once
// All that goes to stderr: messages about the scenario, failures, progress; as text or as JSON lines.
#include <chrono>
#include <string>

#include "compiler/driver/compile.hpp"
#include "runtime/session/run.hpp"

namespace horizon::cli {

enum class MessageFormat { Text, Json };

/// Writes to stderr, at once. That it fails is nothing that could be said.
void write_error(const std::string& text);

/// A sentence about what went wrong outside the scenario. `kind` is "usage", "outside", "internal" or
/// "interrupted".
void show_failure(MessageFormat format, const std::string& kind, const std::string& sentence);

/// Diagnostics with the lines they speak of, and the failure if there is one. Returns the exit code they
/// stand for.
int show_compiled(MessageFormat format, const driver::Compiled& compiled);

/// One line that is updated in place on a terminal; elsewhere a line at once, then one a second at most.
class ProgressLine {
 public:
  explicit ProgressLine(MessageFormat format);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// A new stage, shown at once: "Compiling hospital.hzn".
  void stage(const std::string& name, const std::string& sentence);
  void update(const session::Progress& progress);
  /// Takes the line off the terminal, so that what follows starts clean.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& sentence);

  MessageFormat format_;
  bool terminal_;
  bool line_open_ = false;
  Clock::time_point last_{};
  session::Progress::Phase last_phase_ = session::Progress::Phase::Simulating;
  bool started_ = false, finished_ = false;
};

/// Writes to stdout; false if that failed (a full disk, a closed pipe).
bool print(const std::string& text);
/// Columns of the terminal that stdout is, 100 if it is none.
unsigned terminal_width();

}  // namespace horizon::cli
