#pragma once
// Bytes by key in a folder, for as long as there is room: what can always be made again.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace horizon::store {

/// One file an entry, named by the SHA-256 of its key, with a checksum of its content. Several programs may use one folder at a
/// time: an entry appears by a rename, whole or not at all. A file that is damaged, foreign (another user's, or open to the
/// writing of others) or of another format counts as absent; `write` replaces it. Failures are silent: a cache that does not work
/// only costs time.
class FileCache {
 public:
  static constexpr std::uint64_t usual_limit = std::uint64_t{256} << 20;

  explicit FileCache(std::filesystem::path folder, std::uint64_t most_bytes = usual_limit);

  /// What was written under this key. Marks the entry as used now.
  std::optional<std::string> read(std::string_view key) const;
  /// Makes the folder if need be (for this user alone). Then, while all entries together are larger than the limit, removes the one
  /// that was not used for longest.
  void write(std::string_view key, std::string_view bytes) const;

  struct Contents {
    std::uint64_t entries = 0, bytes = 0;
  };
  /// A folder that does not exist is empty. The error is a sentence for the user.
  Expected<Contents, std::string> contents() const;
  /// Removes all entries and nothing else; returns what is gone.
  Expected<Contents, std::string> clear() const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  void make_room() const;

  std::filesystem::path folder_;
  std::uint64_t most_bytes_;
};

}  // namespace horizon::store
