#include "base/share_out.hpp"

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/deep_stack.hpp"

namespace horizon {
namespace {

struct Job {
  std::size_t count;
  const std::function<void(std::size_t)>& piece;
  std::size_t next = 0, done = 0;   // under Crew::mutex
  std::vector<std::exception_ptr> thrown;
};

/// All that is under way in this process.
struct Crew {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Job*> jobs;    // in the order they came
  std::size_t helpers = 0;   // threads started for them
};
Crew crew;

/// Does pieces of any job until all of `job` are done.
void work_until_done(Job& job, std::unique_lock<std::mutex>& lock) {
  while (job.done < job.count) {
    const auto open = std::find_if(crew.jobs.begin(), crew.jobs.end(), [](const Job* j) { return j->next < j->count; });
    if (open == crew.jobs.end()) {
      crew.changed.wait(lock);
      continue;
    }
    Job& at = **open;
    const std::size_t number = at.next++;
    lock.unlock();
    try {
      at.piece(number);
    } catch (...) {
      at.thrown[number] = std::current_exception();
    }
    lock.lock();
    if (++at.done == at.count) crew.changed.notify_all();
  }
}

void help(Job& job) {
  on_deep_stack([&] {
    std::unique_lock lock(crew.mutex);
    work_until_done(job, lock);
  });
  const std::lock_guard lock(crew.mutex);
  --crew.helpers;
}

}  // namespace

std::size_t cores() {
  // Those that this process may use: the library's own count takes no notice of `taskset`.
  static const std::size_t number = [] {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
    return static_cast<std::size_t>(std::max(1u, std::thread::hardware_concurrency()));
  }();
  return number;
}

void share_out(std::size_t count, const std::function<void(std::size_t)>& piece) {
  if (count == 1) return piece(0);
  Job job{count, piece, 0, 0, std::vector<std::exception_ptr>(count)};
  {
    std::vector<std::jthread> helpers;   // gone when this job is done
    std::unique_lock lock(crew.mutex);
    crew.jobs.push_back(&job);
    try {
      for (std::size_t i = 1; i < count && crew.helpers + 1 < cores(); ++i) {
        helpers.emplace_back([&] { help(job); });
        ++crew.helpers;
      }
    } catch (const std::system_error&) {   // a limit on threads: those that run are enough
    }
    crew.changed.notify_all();
    lock.unlock();
    on_deep_stack([&] {
      lock.lock();
      work_until_done(job, lock);
      std::erase(crew.jobs, &job);
      lock.unlock();
    });
  }
  for (const std::exception_ptr& what : job.thrown) {
    if (what) std::rethrow_exception(what);
  }
}

}  // namespace horizon
