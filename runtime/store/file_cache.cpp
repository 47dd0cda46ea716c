#include "runtime/store/file_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <random>
#include <system_error>
#include <vector>

#include "runtime/store/file_descriptor.hpp"
#include "runtime/store/hash.hpp"

namespace horizon::store {
namespace {

namespace fs = std::filesystem;

// Then 64 digits, the SHA-256 of the key and the content: neither a damaged entry nor one under another's name is taken; a line
// end; the content.
constexpr std::string_view magic = "horizon cache 2\n";
constexpr std::size_t digits = 64;
constexpr std::size_t head = magic.size() + digits + 1;
constexpr std::string_view ending = ".entry", unfinished = ".part";

/// Ours, and nobody else's to write: what stands in it will be executed.
bool trusted(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::optional<std::string> read_whole(int fd, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(fd, bytes.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

std::string seal(std::string_view key, std::string_view content) {
  return sha256_hex(sha256_hex(key) + sha256_hex(content));
}

std::string name_of(std::string_view key) { return sha256_hex(key) + std::string(ending); }

/// A name that no other thread or program uses.
std::string temporary_name() {
  static std::atomic<std::uint64_t> count{0};
  std::random_device random;
  return std::to_string(::getpid()) + "-" + std::to_string(count++) + "-" + std::to_string(random()) + std::string(unfinished);
}

struct Entry {
  fs::path path;
  std::uint64_t bytes = 0;
  fs::file_time_type used;
  bool finished = true;
};

bool is_entry_name(const std::string& name) {
  return name.size() == digits + ending.size() && name.ends_with(ending) &&
         name.find_first_not_of("0123456789abcdef") == digits;
}

/// Only files that this class made, by their names; oldest first.
std::vector<Entry> entries_of(const fs::path& folder, std::error_code& error) {
  std::vector<Entry> entries;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!is_entry_name(name) && !name.ends_with(unfinished)) continue;
    std::error_code gone;   // another program may have removed it just now
    Entry entry{at->path(), at->file_size(gone), at->last_write_time(gone), is_entry_name(name)};
    if (!gone) entries.push_back(std::move(entry));
  }
  if (error == std::errc::no_such_file_or_directory) error.clear();
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.used != b.used ? a.used < b.used : a.path < b.path;
  });
  return entries;
}

}  // namespace

FileCache::FileCache(fs::path folder, std::uint64_t most_bytes) : folder_(std::move(folder)), most_bytes_(most_bytes) {}

std::optional<std::string> FileCache::read(std::string_view key) const {
  const Descriptor file(::open((folder_ / name_of(key)).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !trusted(status)) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < head || size > most_bytes_) return std::nullopt;
  std::optional<std::string> bytes = read_whole(file.get(), size);
  if (!bytes || !bytes->starts_with(magic)) return std::nullopt;
  const std::string_view content = std::string_view(*bytes).substr(head);
  if (std::string_view(*bytes).substr(magic.size(), digits) != seal(key, content)) return std::nullopt;
  ::futimens(file.get(), nullptr);
  bytes->erase(0, head);
  return bytes;
}

void FileCache::write(std::string_view key, std::string_view bytes) const {
  if (head + bytes.size() > most_bytes_) return;
  std::error_code error;
  if (!fs::exists(folder_, error)) {
    if (fs::create_directories(folder_, error)) fs::permissions(folder_, fs::perms::owner_all, error);
  }
  const fs::path temporary = folder_ / temporary_name();
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.get() < 0) return;
  const std::string start = std::string(magic) + seal(key, bytes) + "\n";
  // Not flushed to the disk: what a power cut tears, the checksum finds.
  const bool written = write_whole(file.get(), start) && write_whole(file.get(), bytes) && file.close();
  if (!written || ::rename(temporary.c_str(), (folder_ / name_of(key)).c_str()) != 0) {
    ::unlink(temporary.c_str());
    return;
  }
  make_room();
}

void FileCache::make_room() const {
  std::error_code error;
  const std::vector<Entry> entries = entries_of(folder_, error);
  std::uint64_t all = 0;
  for (const Entry& entry : entries) all += entry.bytes;
  // What a program that was killed left behind; a file being written is seconds old.
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const Entry& entry : entries) {
    const bool left_behind = !entry.finished && entry.used < long_ago;
    const bool too_much = entry.finished && all > most_bytes_;
    if (!left_behind && !too_much) continue;
    ::unlink(entry.path.c_str());
    all -= entry.bytes;
  }
}

Expected<FileCache::Contents, std::string> FileCache::contents() const {
  std::error_code error;
  Contents contents;
  for (const Entry& entry : entries_of(folder_, error)) {
    contents.entries += entry.finished ? 1 : 0;
    contents.bytes += entry.bytes;
  }
  if (error) return Unexpected{"cannot read " + folder_.string() + ": " + error.message()};
  return contents;
}

Expected<FileCache::Contents, std::string> FileCache::clear() const {
  std::error_code error;
  Contents gone;
  for (const Entry& entry : entries_of(folder_, error)) {
    if (::unlink(entry.path.c_str()) != 0) {
      if (errno == ENOENT) continue;
      return Unexpected{"cannot remove " + entry.path.string() + ": " + std::generic_category().message(errno)};
    }
    gone.entries += entry.finished ? 1 : 0;
    gone.bytes += entry.bytes;
  }
  if (error) return Unexpected{"cannot read " + folder_.string() + ": " + error.message()};
  return gone;
}

}  // namespace horizon::store
