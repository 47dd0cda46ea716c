#pragma once
// Work items spread over threads; private to the session.
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace horizon::session {

/// Calls `make_worker()` once in each thread and the worker it returns with 0, 1, ... count-1, each once, in
/// rising order over all threads: when item i is begun, all lower ones have been begun. A worker that returns
/// false lets no further item begin. `tick` is called on the calling thread, at once and about ten times a
/// second, and once at the end; returning true stops like a worker's false. Returns a sentence if memory or
/// threads ran out.
using Worker = std::function<bool(std::uint64_t item)>;
std::optional<std::string> for_each_item(std::uint64_t count, std::uint32_t threads,
                                         const std::function<Worker()>& make_worker,
                                         const std::function<bool()>& tick);

}  // namespace horizon::session
