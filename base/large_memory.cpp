#include "base/large_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

#include "base/share_out.hpp"

namespace horizon {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20, page = 4096;

std::size_t whole_pages(std::size_t bytes) {
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() - 2 * huge_page;
  if (bytes > most) throw std::bad_alloc();
  return (bytes + huge_page - 1) / huge_page * huge_page;
}

}  // namespace

void LargeMemory::Unmap::operator()(std::byte* pages) const { ::munmap(pages, bytes); }

LargeMemory::LargeMemory(std::size_t bytes) {
  const std::size_t whole = whole_pages(bytes), mapped = whole + huge_page;
  if (whole == 0) return;
  void* const found = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (found == MAP_FAILED) throw std::bad_alloc();
  auto* const first = static_cast<std::byte*>(found);
  const std::size_t before = (huge_page - reinterpret_cast<std::uintptr_t>(first) % huge_page) % huge_page;
  if (before > 0) ::munmap(first, before);
  ::munmap(first + before + whole, huge_page - before);
  pages_ = {first + before, Unmap{whole}};
  // A wish only. The last one is small pages where less than half of it is wanted: huge pages are cleared some three times as fast.
  static_cast<void>(::madvise(data(), (bytes + huge_page / 2) / huge_page * huge_page, MADV_HUGEPAGE));
}

LargeMemory LargeMemory::split(std::size_t wanted) {
  LargeMemory part;
  const std::size_t all = bytes(), taken = whole_pages(wanted);
  std::byte* const begin = pages_.release();
  part.pages_ = {begin, Unmap{std::min(all, taken)}};
  pages_ = {taken < all ? begin + taken : nullptr, Unmap{taken < all ? all - taken : 0}};
  return part;
}

ReadyMemory::ReadyMemory(std::size_t bytes) {
  if (bytes == 0 || cores() < 2) return;
  try {
    memory_ = LargeMemory(bytes);
    thread_ = std::jthread([begin = static_cast<volatile char*>(memory_.data()), all = memory_.bytes()](const std::stop_token& stop) {
      for (std::size_t at = 0; at < all && !stop.stop_requested(); at += page) begin[at] = 0;
    });
  } catch (const std::bad_alloc&) {   // whoever takes it will see
  } catch (const std::system_error&) {
  }
}

LargeMemory ReadyMemory::take(std::size_t bytes) {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  return bytes <= memory_.bytes() ? memory_.split(bytes) : LargeMemory(bytes);
}

}  // namespace horizon
