#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/cli/cache.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/exit_code.hpp"

namespace horizon::cli {
namespace {

std::string text_of(const store::FileCache& cache, const store::FileCache::Contents& contents, bool cleared) {
  const char* const noun = contents.entries == 1 ? "entry" : "entries";
  if (cleared)
    return fmt::format("Cleared {}: {} {}, {} bytes\n", cache.folder().string(), contents.entries, noun, contents.bytes);
  return fmt::format("Folder   {}\nEntries  {}\nBytes    {} of at most {}\n", cache.folder().string(), contents.entries,
                     contents.bytes, store::FileCache::usual_limit);
}

std::string json_of(const store::FileCache& cache, const store::FileCache::Contents& contents, bool cleared) {
  const nlohmann::ordered_json json = {{"type", "cache"},
                                       {"path", cache.folder().string()},
                                       {"cleared", cleared},
                                       {"entries", contents.entries},
                                       {"bytes", contents.bytes}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

int cache_command(const CacheCommand& command) {
  const auto cache = object_cache();
  if (!cache) {
    const bool json = command.format == MessageFormat::Json;
    return print(json ? "{\"type\":\"cache\",\"path\":null}\n" : "Machine code is not kept: HORIZON_CACHE=off, or there is no home folder\n")
               ? exit_good
               : exit_outside;
  }
  const auto contents = command.clear ? cache->clear() : cache->contents();
  if (!contents) {
    show_failure(command.format, "outside", contents.error());
    return exit_outside;
  }
  const std::string text = command.format == MessageFormat::Json ? json_of(*cache, *contents, command.clear)
                                                                 : text_of(*cache, *contents, command.clear);
  return print(text) ? exit_good : exit_outside;
}

}  // namespace horizon::cli
