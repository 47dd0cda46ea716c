#include "runtime/session/members.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace horizon::session {
namespace {

constexpr std::size_t area_bytes = std::size_t{2} << 20;  // a huge page

}  // namespace

void Members::Free::operator()(double* memory) const { std::free(memory); }

Members::Members(std::size_t columns, std::size_t most) : lists_(columns), spare_(most) {}

double* Members::new_chunk() {
  if (unused_.empty()) {
    areas_.emplace_back(static_cast<double*>(std::aligned_alloc(area_bytes, area_bytes)));
    if (areas_.back() == nullptr) throw std::bad_alloc();
    // A wish only: one page fault in place of 512.
    static_cast<void>(madvise(areas_.back().get(), area_bytes, MADV_HUGEPAGE));
    for (std::size_t begin = area_bytes / sizeof(double); begin > 0; begin -= chunk_doubles)
      unused_.push_back(areas_.back().get() + (begin - chunk_doubles));
  }
  double* const chunk = unused_.back();
  unused_.pop_back();
  return chunk;
}

double* Members::room(std::size_t column) {
  const List& list = lists_[column];
  return list.left() >= spare_.size() ? list.end() : spare_.data();
}

void Members::take(std::size_t column, std::size_t count) {
  List& list = lists_[column];
  if (list.left() >= spare_.size()) {
    list.size += count;
    return;
  }
  for (std::size_t done = 0; done < count;) {
    if (list.left() == 0) list.chunks.push_back(new_chunk());
    const std::size_t part = std::min(count - done, list.left());
    std::copy_n(spare_.data() + done, part, list.end());
    list.size += part;
    done += part;
  }
}

void Members::append_to(std::size_t column, std::vector<double>& out) const {
  std::size_t left = lists_[column].size;
  for (const double* const chunk : lists_[column].chunks) {
    const std::size_t part = std::min(left, chunk_doubles);
    out.insert(out.end(), chunk, chunk + part);
    left -= part;
  }
}

void Members::clear() {
  for (List& list : lists_) {
    unused_.insert(unused_.end(), list.chunks.begin(), list.chunks.end());
    list.chunks.clear();
    list.size = 0;
  }
}

}  // namespace horizon::session
