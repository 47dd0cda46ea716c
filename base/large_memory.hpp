#pragma once
// Large pieces of memory, in huge pages where the system gives them, and made ready while another core computes: a new page costs its
// first writer as much as the system needs to clear it, 0.5 ms for 2 MB.
#include <cstddef>
#include <memory>
#include <thread>

namespace horizon {

/// Owned bytes, not initialised, that begin at a huge page.
class LargeMemory {
 public:
  LargeMemory() = default;
  /// Throws std::bad_alloc.
  explicit LargeMemory(std::size_t bytes);
  void* data() const { return pages_.get(); }
  std::size_t bytes() const { return pages_ ? pages_.get_deleter().bytes : 0; }   ///< whole huge pages
  /// Its first `wanted` bytes, at least, or all; they are no longer in this one.
  LargeMemory split(std::size_t wanted);

 private:
  struct Unmap {
    std::size_t bytes;
    void operator()(std::byte* pages) const;
  };
  std::unique_ptr<std::byte, Unmap> pages_{nullptr, Unmap{0}};
};

/// Memory that is written to for the first time by a thread of its own, page after page, until it is asked for.
class ReadyMemory {
 public:
  /// Begins; nothing is made ready where there is no second core, no memory or no thread.
  explicit ReadyMemory(std::size_t bytes);
  ~ReadyMemory() = default;   // the thread ends first
  ReadyMemory(const ReadyMemory&) = delete;
  ReadyMemory& operator=(const ReadyMemory&) = delete;
  /// Of what is ready and what was to be, if that is enough, else new memory. Throws std::bad_alloc. One caller at a time.
  LargeMemory take(std::size_t bytes);

 private:
  LargeMemory memory_;
  std::jthread thread_;
};

}  // namespace horizon
