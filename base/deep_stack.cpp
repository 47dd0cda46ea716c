#include "base/deep_stack.hpp"

#include <pthread.h>

#include <exception>

namespace horizon {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30, least_bytes = std::size_t{1} << 24;
thread_local bool is_deep = false;

struct Job {
  const std::function<void()>& work;
  std::exception_ptr thrown;
};

void* run(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  is_deep = true;
  try {
    job.work();
  } catch (...) {
    job.thrown = std::current_exception();
  }
  return nullptr;
}

/// False if the machine gives no such stack.
bool ran_with(std::size_t bytes, Job& job) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread{};
  const bool started = pthread_attr_setstacksize(&attributes, bytes) == 0 &&
                       pthread_create(&thread, &attributes, run, &job) == 0;
  pthread_attr_destroy(&attributes);
  if (started) pthread_join(thread, nullptr);
  return started;
}

}  // namespace

void on_deep_stack(const std::function<void()>& work) {
  Job job{work, nullptr};
  bool done = is_deep;
  if (done) work();
  for (std::size_t bytes = most_bytes; !done && bytes >= least_bytes; bytes /= 2) done = ran_with(bytes, job);
  if (!done) work();   // an address space too small for more than what this thread has
  if (job.thrown) std::rethrow_exception(job.thrown);
}

}  // namespace horizon
