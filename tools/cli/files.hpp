#pragma once
// Reading what the user names.
#include <string>
#include <vector>

#include "base/expected.hpp"

namespace horizon::cli {

/// The bytes of a file, at most 1 GB, or a sentence that says why not. Pipes may be read, too.
Expected<std::string, std::string> read_file(const std::string& path);

/// `path` itself if it is no folder, else all *.hzn files below it, sorted by their bytes; hidden folders are
/// left out.
Expected<std::vector<std::string>, std::string> scenario_files(const std::string& path);

}  // namespace horizon::cli
