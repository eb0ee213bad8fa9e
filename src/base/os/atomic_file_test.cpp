#include "base/os/atomic_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <vector>

#include "support/process.hpp"

namespace {

/// What was synced, while somebody listens.
std::vector<std::string>* synced = nullptr;

}  // namespace

/// Stands before the library's in this program, and tells what it is called with.
extern "C" int fsync(int fd) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd), error);
  if (synced != nullptr) synced->push_back(path);
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace wayside::os {
namespace {

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(AtomicFile, WritesReplacesAndMakesFolders) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a/b/model.onnx");
  ASSERT_TRUE(write_file_atomically(path, "first"));
  ASSERT_TRUE(write_file_atomically(path, std::string("second\0x", 8)));
  EXPECT_EQ(content(path), std::string("second\0x", 8));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0644U);
  const std::filesystem::directory_iterator inside(folder.file("a/b"));
  EXPECT_EQ(std::distance(begin(inside), end(inside)), 1);
}

/// A folder that was made is an entry of the one above, which a power cut takes where only the
/// folder itself was synced.
TEST(AtomicFile, SyncsWhatItMadeUpToWhatWasThere) {
  const test::TemporaryFolder folder;
  const std::string top = std::filesystem::canonical(folder.path());
  std::vector<std::string> told;
  synced = &told;
  const Status written = write_file_atomically(top + "/a/b/file", "x");
  const Status again = write_file_atomically(top + "/a/b/file", "y");
  synced = nullptr;
  ASSERT_TRUE(written && again);
  EXPECT_THAT(told, testing::Contains(top).Times(1));
  EXPECT_THAT(told, testing::Contains(top + "/a").Times(1));
  EXPECT_THAT(told, testing::Contains(top + "/a/b").Times(2));
}

TEST(AtomicFile, AFailureLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("taken/inside"));
  const Status over_folder = write_file_atomically(folder.file("taken"), "x");
  ASSERT_FALSE(over_folder);
  EXPECT_EQ(over_folder.error().code, Errc::io);
  EXPECT_THAT(over_folder.error().message, ::testing::HasSubstr("taken: cannot be replaced"));
  const std::filesystem::directory_iterator inside(folder.path());
  EXPECT_EQ(std::distance(begin(inside), end(inside)), 1);

  ASSERT_TRUE(write_file_atomically(folder.file("file"), "x"));
  EXPECT_EQ(write_file_atomically(folder.file("file/below"), "x").error().code, Errc::io);
}

TEST(AtomicFile, ADeviceIsNotReplaced) {
  EXPECT_EQ(write_file_atomically("/dev/null", "x").error().code, Errc::invalid);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFile, WhatIsNotPutInPlaceIsRemoved) {
  const test::TemporaryFolder folder;
  {
    auto file = AtomicFile::create(folder.file("table.csv"));
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE(file->write("half"));
    EXPECT_EQ(content(file->temporary()), "half");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace wayside::os
