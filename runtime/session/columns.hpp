#pragma once
// Values of output columns over all futures; private to the session.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace horizon::session {

/// [column][future] doubles, not initialised: workers write disjoint parts. Columns lie a multiple of 64
/// bytes apart, so that no two threads write to one cache line but at the seams of blocks. Throws
/// std::bad_alloc.
class Columns {
 public:
  /// `in_batches`: filled future by future over a long time, so that memory is taken no sooner than it is needed.
  Columns(std::uint32_t columns, std::uint64_t futures, bool in_batches = false);
  double* column(std::uint32_t index) { return data_.get() + index * stride_; }
  std::span<const double> values(std::uint32_t index) const {
    return {data_.get() + index * stride_, futures_};
  }

 private:
  struct Free {
    void operator()(double* memory) const;
  };
  std::size_t futures_, stride_;
  std::unique_ptr<double[], Free> data_;
};

}  // namespace horizon::session
