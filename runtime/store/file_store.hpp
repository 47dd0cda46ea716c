#pragma once
// Writes a result into a folder, all or nothing. With tools/ the only place where files are opened.
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"

namespace horizon::store {

/// A folder that will appear, or be replaced, as a whole. `open` makes a hidden folder beside the target, so
/// that a target that cannot be written is found before a long run; `commit` fills it and swaps it in with
/// one rename. Whatever happens before that, the previous folder is untouched; the destructor removes what
/// was begun.
///
/// A previous result (a folder that has all the files that are committed now) goes as a whole. Of any other
/// folder the files are kept, moved into the new one: whoever names the wrong folder loses nothing.
class OutputFolder {
 public:
  /// The error is a sentence for the user.
  static Expected<OutputFolder, std::string> open(const std::filesystem::path& target);

  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();

  /// Writes (name, bytes) pairs, flushes them to the disk, swaps. Returns what went wrong, if anything did;
  /// the folder is then as before. Once only.
  std::optional<std::string> commit(const std::vector<std::pair<std::string, std::string>>& files);

  /// Removes what was begun, now; nothing after a commit. What the destructor does, for a program that ends
  /// at once.
  void abandon() noexcept;

 private:
  OutputFolder() = default;
  std::optional<std::string> make_parents();
  std::optional<std::string> make_temporary();
  std::optional<std::string> swap_in();

  std::filesystem::path shown_;  // as the user wrote it, for messages
  std::filesystem::path target_, temporary_;
  std::vector<std::filesystem::path> made_parents_;  // outermost first
  bool committed_ = false;
};

}  // namespace horizon::store
