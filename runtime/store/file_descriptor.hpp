#pragma once
// An open file that closes itself, and a write that is whole or has failed. Private to this folder.
#include <string_view>

namespace horizon::store {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  /// Closes; some file systems tell only now, by false and errno, that the disk is full. Nothing if it is closed already.
  bool close();

 private:
  int fd_;
};

/// Writes all of `bytes`; false and errno if that fails.
bool write_whole(int fd, std::string_view bytes);

}  // namespace horizon::store
