#pragma once
// Values that one thread keeps of many columns, how many of each not being known; private to the session.
#include <cstddef>
#include <memory>
#include <vector>

namespace horizon::session {

/// Chunks of 8 kB from areas of 2 MB: what is not needed is not touched, and chunks are used again. Throws
/// std::bad_alloc.
class Members {
 public:
  /// Room for `most` doubles in one go.
  Members(std::size_t columns, std::size_t most);

  /// Memory for `most` doubles; what it holds is lost with the next call, but for what is taken.
  double* room(std::size_t column);
  /// The first `count` of that room belong to the column.
  void take(std::size_t column, std::size_t count);

  std::size_t size(std::size_t column) const { return lists_[column].size; }
  /// Appends what the column holds.
  void append_to(std::size_t column, std::vector<double>& out) const;
  /// All columns are empty again; memory stays.
  void clear();

 private:
  static constexpr std::size_t chunk_doubles = 1024;
  struct List {
    std::vector<double*> chunks;
    std::size_t size = 0;
    std::size_t left() const { return chunks.size() * chunk_doubles - size; }
    double* end() const { return chunks.back() + (chunk_doubles - left()); }
  };
  struct Free {
    void operator()(double* memory) const;
  };

  double* new_chunk();

  std::vector<List> lists_;
  std::vector<double> spare_;  // room where a chunk has too little of it
  std::vector<std::unique_ptr<double[], Free>> areas_;
  std::vector<double*> unused_;
};

}  // namespace horizon::session
