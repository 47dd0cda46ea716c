#include "tools/cli/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace horizon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 1'000'000'000;

std::string reason(int code) {
  switch (code) {
    case ENOENT:
      return "there is no such file";
    case EACCES:
    case EPERM:
      return "you have no permission to read it";
    case EISDIR:
      return "it is a folder, not a file";
    case ENOTDIR:
      return "a part of the path is a file, not a folder";
    default:
      return std::generic_category().message(code);
  }
}

Expected<std::string, std::string> read_all(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return Unexpected{reason(errno)};
  if (S_ISDIR(status.st_mode)) return Unexpected{reason(EISDIR)};
  if (S_ISBLK(status.st_mode)) return Unexpected{std::string("it is a device, not a file")};
  std::string bytes;
  std::size_t done = 0;
  for (;;) {
    const std::size_t guess = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) + 1 : 0;
    if (done == bytes.size()) {
      bytes.resize(
          std::max({done + 65536, std::min(guess, most_bytes + 1), std::min(done * 2, most_bytes + 1)}));
    }
    const ssize_t n = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Unexpected{reason(errno)};
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
    if (done > most_bytes) return Unexpected{std::string("it is larger than 1 GB")};
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

Expected<std::string, std::string> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Unexpected{reason(errno)};
  auto bytes = read_all(fd);
  ::close(fd);
  return bytes;
}

Expected<std::vector<std::string>, std::string> scenario_files(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> found;
  fs::recursive_directory_iterator entry(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path name = entry->path().filename();
    if (entry->is_directory(error)) {
      if (name.native().starts_with('.')) entry.disable_recursion_pending();
    } else if (name.extension() == ".hzn") {
      found.push_back(entry->path().lexically_normal().string());
    }
  }
  if (error) return Unexpected{path + ": " + reason(error.value())};
  if (found.empty()) return Unexpected{path + ": there is no .hzn file in this folder"};
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace horizon::cli
