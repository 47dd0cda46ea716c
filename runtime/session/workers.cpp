#include "runtime/session/workers.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace horizon::session {
namespace {

constexpr auto tick_time = std::chrono::milliseconds(100);

struct Shared {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::uint32_t running = 0;           // under mutex
  std::optional<std::string> failure;  // under mutex: the first
};

void fail(Shared& shared, std::string what) {
  shared.stop = true;
  const std::lock_guard lock(shared.mutex);
  if (!shared.failure) shared.failure = std::move(what);
}

void work(Shared& shared, std::uint64_t count, const std::function<Worker()>& make_worker) {
  try {
    const Worker worker = make_worker();
    while (!shared.stop) {
      const std::uint64_t item = shared.next.fetch_add(1);
      if (item >= count) break;
      if (!worker(item)) shared.stop = true;
    }
  } catch (const std::bad_alloc&) {
    fail(shared, "there is not enough memory for this run");
  }
  const std::lock_guard lock(shared.mutex);
  --shared.running;
  shared.changed.notify_all();
}

void wait_until_done(Shared& shared, const std::function<bool()>& tick) {
  std::unique_lock lock(shared.mutex);
  for (bool done = false; !done;) {
    lock.unlock();
    if (tick()) shared.stop = true;
    lock.lock();
    done = shared.changed.wait_for(lock, tick_time, [&] { return shared.running == 0; });
  }
}

}  // namespace

std::optional<std::string> for_each_item(std::uint64_t count, std::uint32_t threads,
                                         const std::function<Worker()>& make_worker,
                                         const std::function<bool()>& tick) {
  Shared shared;
  {
    std::vector<std::jthread> pool;
    const std::uint64_t wanted = std::min<std::uint64_t>(threads, count);
    for (std::uint64_t i = 0; i < wanted; ++i) {
      {
        const std::lock_guard lock(shared.mutex);
        ++shared.running;
      }
      try {
        pool.emplace_back([&] { work(shared, count, make_worker); });
      } catch (const std::system_error&) {  // a limit on threads: those that run are enough
        const std::lock_guard lock(shared.mutex);
        --shared.running;
        break;
      }
    }
    if (pool.empty() && count > 0) return "the system lets no thread start";
    wait_until_done(shared, tick);
  }
  tick();
  return shared.failure;
}

}  // namespace horizon::session
