#include "tools/cli/cache.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

namespace horizon::cli {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

std::optional<store::FileCache> object_cache() {
  const std::string wanted = variable("HORIZON_CACHE");
  if (wanted == "off") return std::nullopt;
  if (!wanted.empty()) return store::FileCache(wanted);
  // A relative path there is to be ignored: XDG Base Directory Specification 0.8.
  if (const fs::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) return store::FileCache(cache / "horizon");
  const fs::path home = variable("HOME");
  std::error_code error;
  if (!home.is_absolute() || !fs::is_directory(home, error)) return std::nullopt;   // services often have none
  return store::FileCache(home / ".cache" / "horizon");
}

codegen::ObjectStore object_store() {
  auto found = object_cache();
  if (!found) return {};
  const auto cache = std::make_shared<const store::FileCache>(std::move(*found));
  return {[cache](const std::string& key) { return cache->read(key); },
          [cache](const std::string& key, const std::string& object) { cache->write(key, object); }};
}

}  // namespace horizon::cli
