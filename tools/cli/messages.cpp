#include "tools/cli/messages.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tools/cli/exit_code.hpp"

namespace horizon::cli {
namespace {

using Json = nlohmann::ordered_json;

void write_json(const Json& json) {
  write_error(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

bool use_colour() {
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string with_separators(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t end = digits.size(); end > 3;) {
    end -= 3;
    digits.insert(end, 1, ',');
  }
  return digits;
}

/// Seconds left at the pace so far; empty until there is a pace to speak of.
std::string time_left(const session::Progress& p) {
  if (p.done == 0 || p.seconds < 0.5 || p.done >= p.total) return {};
  const double left = p.seconds / static_cast<double>(p.done) * static_cast<double>(p.total - p.done);
  if (left >= 72 * 3600) return fmt::format(", about {:.0f} days left", left / 86400);
  if (left >= 2 * 3600) return fmt::format(", about {:.0f} hours left", left / 3600);
  if (left >= 90) return fmt::format(", about {:.0f} min left", left / 60);
  return fmt::format(", about {:.0f} s left", left < 1 ? 1 : left);
}

}  // namespace

void write_error(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void show_failure(MessageFormat format, const std::string& kind, const std::string& sentence) {
  if (format == MessageFormat::Json) {
    write_json({{"type", "failure"}, {"severity", "error"}, {"kind", kind}, {"message", sentence}});
  } else {
    write_error("horizon: " + sentence + "\n");
  }
}

int show_compiled(MessageFormat format, const driver::Compiled& compiled) {
  write_error(format == MessageFormat::Json
                  ? diag::render_json_lines(compiled.diagnostics, *compiled.sources)
                  : diag::render_text(compiled.diagnostics, *compiled.sources, use_colour()));
  if (!compiled.failure) return compiled.diagnostics.has_errors() ? exit_scenario : exit_good;
  switch (compiled.failure->kind) {
    case driver::Failure::Kind::Usage:
      show_failure(format, "usage", compiled.failure->text);
      return exit_usage;
    case driver::Failure::Kind::Outside:
      show_failure(format, "outside", compiled.failure->text);
      return exit_outside;
    case driver::Failure::Kind::Scenario:
      // The diagnostics have said it better, if there are any.
      if (!compiled.diagnostics.has_errors()) show_failure(format, "scenario", compiled.failure->text);
      return exit_scenario;
    case driver::Failure::Kind::Internal:
      show_failure(format, "internal",
                   "internal fault: " + compiled.failure->text +
                       " (a bug in Horizon, not in your scenario; please report it)");
      return exit_bug;
  }
  return exit_bug;
}

ProgressLine::ProgressLine(MessageFormat format)
    : format_(format), terminal_(format == MessageFormat::Text && isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const std::string& sentence) {
  if (terminal_) {
    write_error("\r\033[K" + sentence);  // back to the start, clear the line
    line_open_ = true;
  } else {
    write_error(sentence + "\n");
  }
  last_ = Clock::now();
}

void ProgressLine::clear() {
  if (line_open_) write_error("\r\033[K");
  line_open_ = false;
}

void ProgressLine::stage(const std::string& name, const std::string& sentence) {
  if (format_ == MessageFormat::Json) {
    write_json({{"type", "progress"}, {"stage", name}, {"message", sentence}});
    last_ = Clock::now();
  } else {
    show(sentence);
  }
}

void ProgressLine::update(const session::Progress& p) {
  // Elsewhere than on a terminal: the first, the last, and one a second between.
  const bool last = p.done == p.total && !finished_;
  const bool due = terminal_ || !started_ || last || Clock::now() - last_ >= std::chrono::seconds(1);
  if (!due || (finished_ && !terminal_)) return;
  started_ = true;
  finished_ = p.done == p.total;
  const bool simulating = p.phase == session::Progress::Phase::Simulating;
  if (format_ == MessageFormat::Json) {
    write_json({{"type", "progress"},
                {"stage", simulating ? "simulate" : "summarise"},
                {"done", p.done},
                {"total", p.total},
                {"seconds", p.seconds}});
    last_ = Clock::now();
    return;
  }
  const double part = p.total == 0 ? 1 : static_cast<double>(p.done) / static_cast<double>(p.total);
  show(fmt::format("Computing futures: {} of {} ({:.0f} %){}", with_separators(p.done),
                   with_separators(p.total), 100 * part, time_left(p)));
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

unsigned terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

}  // namespace horizon::cli
