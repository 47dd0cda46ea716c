#include "runtime/store/file_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "runtime/store/file_descriptor.hpp"

namespace horizon::store {
namespace {

namespace fs = std::filesystem;

/// What errno means to someone who is no programmer.
std::string reason(int code) {
  switch (code) {
    case EACCES:
    case EPERM:
      return "you have no permission to write there";
    case EROFS:
      return "that disk is read-only";
    case ENOSPC:
      return "the disk is full";
    case EDQUOT:
      return "your disk quota is used up";
    case EFBIG:
      return "the file would be larger than this system allows";
    case ENOENT:
      return "a folder cannot be made there";
    case ENOTDIR:
      return "a part of the path is a file, not a folder";
    case ENAMETOOLONG:
      return "the name is too long";
    case EBUSY:
      return "it is a mounted disk or in use; give a folder inside it";
    default:
      return std::generic_category().message(code);
  }
}

std::string cannot_write(const fs::path& path, int code) {
  return "cannot write " + path.string() + ": " + reason(code);
}

std::optional<std::string> write_file(const fs::path& path, const fs::path& shown, const std::string& bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0 || !write_whole(file.get(), bytes) || ::fsync(file.get()) != 0 || !file.close()) {
    return cannot_write(shown, errno);
  }
  return std::nullopt;
}

/// Makes a rename or new entry last through a power cut. A file system that cannot do it is no reason to
/// fail.
void flush_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) static_cast<void>(::fsync(fd.get()));
}

bool holds(const fs::path& folder, const fs::path& inner) {
  const auto [end, _] = std::mismatch(folder.begin(), folder.end(), inner.begin(), inner.end());
  return end == folder.end();
}

/// Moves what stands in `from` but not in `to` into `to`.
void carry_over(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(from, ignored)) names.push_back(entry.path().filename());
  for (const fs::path& name : names) {
    if (!fs::exists(fs::symlink_status(to / name, ignored))) fs::rename(from / name, to / name, ignored);
  }
}

/// Does away with the folder `old` that `now` has replaced. What is no result of ours is moved over instead;
/// if that fails it stays where it is.
void remove_replaced(const fs::path& old, const fs::path& now, const std::vector<fs::path>& names) {
  std::error_code ignored;
  const bool result = std::all_of(names.begin(), names.end(),
                                  [&](const fs::path& name) { return fs::exists(old / name, ignored); });
  if (result) {
    fs::remove_all(old, ignored);
    return;
  }
  carry_over(old, now);
  for (const fs::path& name : names) fs::remove(old / name, ignored);
  fs::remove(old, ignored);
}

std::vector<fs::path> names_in(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) names.push_back(entry.path().filename());
  return names;
}

}  // namespace

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : shown_(std::move(other.shown_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      made_parents_(std::exchange(other.made_parents_, {})),
      committed_(std::exchange(other.committed_, true)) {}

OutputFolder::~OutputFolder() { abandon(); }

void OutputFolder::abandon() noexcept {
  if (std::exchange(committed_, true)) return;
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
  for (auto parent = made_parents_.rbegin(); parent != made_parents_.rend(); ++parent)
    fs::remove(*parent, ignored);
}

Expected<OutputFolder, std::string> OutputFolder::open(const fs::path& target) {
  if (target.empty()) return Unexpected{std::string("the output folder has no name")};
  std::error_code error;
  OutputFolder folder;
  folder.shown_ = target;
  // A link is followed: what it points to is replaced, not the link.
  folder.target_ = fs::weakly_canonical(fs::absolute(target, error), error);
  if (error) return Unexpected{cannot_write(target, error.value())};
  if (!folder.target_.has_filename()) folder.target_ = folder.target_.parent_path();
  const fs::file_status status = fs::status(folder.target_, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status))
      return Unexpected{target.string() + " is a file; the results need a folder"};
    if (holds(folder.target_, fs::current_path(error))) {
      return Unexpected{target.string() +
                        " is the current folder or holds it, and would be replaced; give a folder inside it"};
    }
    if (::access(folder.target_.c_str(), W_OK) != 0) return Unexpected{cannot_write(target, errno)};
  }
  if (auto what = folder.make_parents()) return Unexpected{*what};
  if (auto what = folder.make_temporary()) return Unexpected{*what};
  return folder;
}

std::optional<std::string> OutputFolder::make_parents() {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path p = target_.parent_path(); !fs::exists(p, error) && p.has_relative_path();
       p = p.parent_path())
    missing.push_back(p);
  for (auto p = missing.rbegin(); p != missing.rend(); ++p) {
    if (::mkdir(p->c_str(), 0777) == 0) {
      made_parents_.push_back(*p);
    } else if (errno != EEXIST) {
      return cannot_write(shown_, errno);
    }
  }
  return std::nullopt;
}

std::optional<std::string> OutputFolder::make_temporary() {
  for (int i = 0; i < 1000; ++i) {
    const fs::path path = target_.parent_path() /
                          (".horizon-" + std::to_string(::getpid()) + "-" + std::to_string(i) + ".part");
    if (::mkdir(path.c_str(), 0777) == 0) {  // the user's umask applies, as to any folder
      temporary_ = path;
      return std::nullopt;
    }
    if (errno != EEXIST) return cannot_write(shown_, errno);
  }
  return cannot_write(shown_, EEXIST);
}

std::optional<std::string> OutputFolder::commit(
    const std::vector<std::pair<std::string, std::string>>& files) {
  for (const auto& [name, bytes] : files) {
    if (auto what = write_file(temporary_ / name, shown_ / name, bytes)) return what;
  }
  flush_folder(temporary_);
  return swap_in();
}

std::optional<std::string> OutputFolder::swap_in() {
  const std::vector<fs::path> names = names_in(temporary_);
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) {
    committed_ = true;  // the previous folder now has the temporary name
    remove_replaced(temporary_, target_, names);
  } else if (errno == ENOENT) {
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) return cannot_write(shown_, errno);
    committed_ = true;
  } else if (errno == EINVAL || errno == ENOSYS) {  // a file system that cannot exchange: two renames
    const fs::path aside = temporary_.string() + ".old";
    const bool had = ::rename(target_.c_str(), aside.c_str()) == 0;
    if (!had && errno != ENOENT) return cannot_write(shown_, errno);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
      const int code = errno;
      if (had) static_cast<void>(::rename(aside.c_str(), target_.c_str()));
      return cannot_write(shown_, code);
    }
    committed_ = true;
    if (had) remove_replaced(aside, target_, names);
  } else {
    return cannot_write(shown_, errno);
  }
  flush_folder(target_.parent_path());
  return std::nullopt;
}

}  // namespace horizon::store
