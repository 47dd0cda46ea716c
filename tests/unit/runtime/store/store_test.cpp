#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/store/file_store.hpp"
#include "runtime/store/hash.hpp"
#include "runtime/store/manifest.hpp"

namespace horizon::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Files = std::vector<std::pair<std::string, std::string>>;

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "horizon_store_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root = name;
  }
  void TearDown() override { fs::remove_all(root); }

  std::string read(const fs::path& path) const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  std::vector<std::string> names(const fs::path& folder) const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }
  fs::path root;
};

using OutputFolderTest = Folder;

TEST_F(OutputFolderTest, AppearsAsAWhole) {
  const fs::path target = root / "a" / "b" / "results";
  {
    auto folder = OutputFolder::open(target);
    ASSERT_TRUE(folder);
    EXPECT_FALSE(fs::exists(target));
    EXPECT_EQ(folder->commit({{"x", "one"}, {"y", ""}}), std::nullopt);
  }
  EXPECT_EQ(read(target / "x"), "one");
  EXPECT_EQ(names(target), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(names(target.parent_path()), std::vector<std::string>{"results"});
}

TEST_F(OutputFolderTest, LeavesNothingBehindWhenNotCommitted) {
  { ASSERT_TRUE(OutputFolder::open(root / "a" / "b" / "results")); }
  EXPECT_TRUE(fs::is_empty(root));
}

TEST_F(OutputFolderTest, ReplacesAPreviousResultAsAWhole) {
  const fs::path target = root / "results";
  write(target / "x", "old");
  write(target / "y", "old");
  write(target / "more" / "stale", "old");
  {
    auto folder = OutputFolder::open(target);
    ASSERT_TRUE(folder);
    EXPECT_EQ(read(target / "x"), "old");
    EXPECT_EQ(folder->commit({{"x", "new"}, {"y", "new"}}), std::nullopt);
  }
  EXPECT_EQ(read(target / "x"), "new");
  EXPECT_EQ(names(target), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(names(root), std::vector<std::string>{"results"});
}

TEST_F(OutputFolderTest, KeepsTheFilesOfAFolderThatIsNoResult) {
  const fs::path target = root / "documents";
  write(target / "x", "old");
  write(target / "notes" / "mine.txt", "precious");
  {
    auto folder = OutputFolder::open(target);
    ASSERT_TRUE(folder);
    EXPECT_EQ(folder->commit({{"x", "new"}, {"y", "new"}}), std::nullopt);
  }
  EXPECT_EQ(read(target / "x"), "new");
  EXPECT_EQ(read(target / "notes" / "mine.txt"), "precious");
  EXPECT_EQ(names(root), std::vector<std::string>{"documents"});
}

TEST_F(OutputFolderTest, FollowsALink) {
  fs::create_directory(root / "real");
  fs::create_directory_symlink(root / "real", root / "link");
  auto folder = OutputFolder::open(root / "link");
  ASSERT_TRUE(folder);
  EXPECT_EQ(folder->commit({{"x", "1"}}), std::nullopt);
  EXPECT_TRUE(fs::is_symlink(root / "link"));
  EXPECT_EQ(read(root / "real" / "x"), "1");
}

TEST_F(OutputFolderTest, RefusesAFile) {
  write(root / "results", "a file");
  const auto folder = OutputFolder::open(root / "results");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error(), HasSubstr("is a file"));
  EXPECT_EQ(read(root / "results"), "a file");
}

TEST_F(OutputFolderTest, RefusesAPathThroughAFile) {
  write(root / "file", "a file");
  const auto folder = OutputFolder::open(root / "file" / "results");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error(), HasSubstr("not a folder"));
}

TEST_F(OutputFolderTest, RefusesTheCurrentFolder) {
  const auto folder = OutputFolder::open(".");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error(), HasSubstr("current folder"));
}

TEST_F(OutputFolderTest, RefusesWhereNothingCanBeMade) {  // holds for root, too
  const auto folder = OutputFolder::open("/proc/self/results");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error(), HasSubstr("cannot write"));
}

TEST_F(OutputFolderTest, RefusesAReadOnlyFolder) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  fs::create_directory(root / "locked");
  fs::permissions(root / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  for (const fs::path& target : {root / "locked", root / "locked" / "results"}) {
    const auto folder = OutputFolder::open(target);
    ASSERT_FALSE(folder);
    EXPECT_THAT(folder.error(), HasSubstr("no permission"));
  }
  fs::permissions(root / "locked", fs::perms::owner_all);
}

TEST_F(OutputFolderTest, AWriteThatFailsHalfWayLeavesThePreviousResult) {
  const fs::path target = root / "results";
  write(target / "x", "old");
  // A limit on the size of files fails in the middle of a write, as a full disk does.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    auto folder = OutputFolder::open(target);
    ASSERT_TRUE(folder);
    rlimit tight = before;
    tight.rlim_cur = 100'000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto what = folder->commit({{"x", "new"}, {"y", std::string(1'000'000, 'y')}});
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_TRUE(what);
    EXPECT_THAT(*what, HasSubstr("larger than this system allows"));
  }
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(read(target / "x"), "old");
  EXPECT_EQ(names(root), std::vector<std::string>{"results"});
  EXPECT_EQ(names(target), std::vector<std::string>{"x"});
}

TEST(Sha256, KnownAnswers) {  // FIPS 180-4, NIST examples
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

ResultSet small_results() {
  ResultSet r;
  r.report.scenario = "scen";
  r.futures = 8;
  r.seed = 18446744073709551615u;
  r.threads = 3;
  return r;
}

TEST(Manifest, SaysWhatWasRun) {
  RunRecord record;
  record.program_version = "9.8.7";
  record.engine = "jit";
  record.cpu = "x86-64-v3";
  record.inputs = {{"å.hzn", 3, sha256_hex("abc")}};
  record.seconds = {{"parse", 0.25}};
  record.started = std::chrono::system_clock::from_time_t(1'700'000'000);
  record.finished = record.started + std::chrono::milliseconds(1500);
  const std::string json = manifest_json(small_results(), record, {{"forecast.csv", "abc"}});
  for (const char* part :
       {R"("horizon": "9.8.7")", R"("language": 1)", R"("seed": 18446744073709551615)", R"("futures": 8)",
        R"("threads": 3)", R"("cpu": "x86-64-v3")", R"("path": "å.hzn")", "ba7816bf8f01cfea",
        R"("started": "2023-11-14T22:13:20Z")", R"("parse": 0.25)", R"("in_all": 1.5)"}) {
    EXPECT_THAT(json, HasSubstr(part));
  }
}

}  // namespace
}  // namespace horizon::store
