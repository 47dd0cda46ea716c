#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "runtime/store/file_cache.hpp"

namespace horizon {
namespace {

namespace fs = std::filesystem;

class FileCache : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "horizon-cache-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    folder_ = root_ / "deep" / "cache";
  }
  void TearDown() override { fs::remove_all(root_); }

  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
    return found;
  }
  static std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }
  static void put(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

  fs::path root_, folder_;
};

const std::string content = std::string("an object\0with any bytes\n", 25);

TEST_F(FileCache, GivesBackWhatWasWritten) {
  const store::FileCache cache(folder_);
  EXPECT_FALSE(cache.read("key").has_value());
  EXPECT_EQ(cache.contents()->entries, 0u);
  cache.write("key", content);
  EXPECT_EQ(cache.read("key"), content);
  EXPECT_FALSE(cache.read("key2").has_value());
  cache.write("key", "newer");
  EXPECT_EQ(cache.read("key"), "newer");
  cache.write("empty", "");
  EXPECT_EQ(cache.read("empty"), "");
  EXPECT_EQ(cache.contents()->entries, 2u);
  struct stat status {};
  ASSERT_EQ(::stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(FileCache, ADamagedFileIsNotThere) {
  const store::FileCache cache(folder_);
  cache.write("key", content);
  const fs::path file = files().front();
  const std::string good = bytes_of(file);
  for (std::size_t at = 0; at < good.size(); ++at) {
    if (at == 80) continue;   // the line end behind the checksum is for people
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    put(file, bad);
    EXPECT_FALSE(cache.read("key").has_value()) << at;
    put(file, good.substr(0, at));
    EXPECT_FALSE(cache.read("key").has_value()) << at;
  }
  put(file, good + "x");
  EXPECT_FALSE(cache.read("key").has_value());
  cache.write("key", content);
  EXPECT_EQ(cache.read("key"), content);
}

TEST_F(FileCache, AnEntryUnderAnothersNameIsNotThere) {
  const store::FileCache cache(folder_);
  cache.write("key", content);
  const fs::path file = files().front();
  cache.write("other key", "other content");
  for (const fs::path& other : files()) {
    if (other != file) fs::copy_file(other, file, fs::copy_options::overwrite_existing);
  }
  EXPECT_FALSE(cache.read("key").has_value());
  EXPECT_EQ(cache.read("other key"), "other content");
}

TEST_F(FileCache, WhatOthersMayWriteIsNotTrusted) {
  const store::FileCache cache(folder_);
  cache.write("key", content);
  const fs::path file = files().front();
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  EXPECT_FALSE(cache.read("key").has_value());
  fs::permissions(file, fs::perms::others_write, fs::perm_options::remove);
  EXPECT_TRUE(cache.read("key").has_value());
  fs::rename(file, root_ / "elsewhere");
  fs::create_symlink(root_ / "elsewhere", file);
  EXPECT_FALSE(cache.read("key").has_value());
}

TEST_F(FileCache, TheOldestGoesWhenThereIsNoRoom) {
  const store::FileCache cache(folder_, 3500);
  const std::string large(1000, 'x');
  const auto age = [&](int hours) {   // all files that there are
    for (const auto& file : files()) fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(hours));
  };
  for (const char* key : {"a", "b", "c"}) {
    cache.write(key, large);
    age(1);
  }
  EXPECT_TRUE(cache.read("a").has_value());   // used just now: the oldest is b
  cache.write("d", large);
  EXPECT_TRUE(cache.read("a").has_value());
  EXPECT_FALSE(cache.read("b").has_value());
  EXPECT_TRUE(cache.read("c").has_value());
  EXPECT_TRUE(cache.read("d").has_value());
  EXPECT_LE(cache.contents()->bytes, 3500u);
  cache.write("too large", std::string(4000, 'y'));
  EXPECT_FALSE(cache.read("too large").has_value());
  EXPECT_EQ(cache.contents()->entries, 3u);
}

TEST_F(FileCache, ClearRemovesWhatIsItsOwn) {
  const store::FileCache cache(folder_);
  cache.write("a", content);
  cache.write("b", content);
  put(folder_ / "letter.txt", "a user's file");
  put(folder_ / "1-2-3.part", "left by a program that was killed");
  const auto gone = cache.clear();
  ASSERT_TRUE(gone.has_value());
  EXPECT_EQ(gone->entries, 2u);
  EXPECT_EQ(cache.contents()->entries, 0u);
  ASSERT_EQ(files().size(), 1u);
  EXPECT_EQ(files().front().filename(), "letter.txt");
}

TEST_F(FileCache, AFolderThatCannotBeMadeCostsNothing) {
  put(root_ / "file", "");
  const store::FileCache cache(root_ / "file" / "cache");
  cache.write("key", content);
  EXPECT_FALSE(cache.read("key").has_value());
}

TEST_F(FileCache, ManyAtATimeSeeWholeEntriesOnly) {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const store::FileCache cache(folder_, 40'000);   // room for some of the eight
      for (int i = 0; i < 100; ++i) {
        const std::string key = std::to_string(i % 8), value(4000 + static_cast<std::size_t>(i % 8), static_cast<char>('a' + i % 8));
        cache.write(key, value);
        const auto back = cache.read(key);
        if (back && *back != value) ++wrong[static_cast<std::size_t>(t)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
  const store::FileCache cache(folder_);
  EXPECT_LE(cache.contents()->entries, 9u);
}

}  // namespace
}  // namespace horizon
