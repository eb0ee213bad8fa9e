#include "base/os/atomic_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <filesystem>
#include <fstream>

#include "support/process.hpp"

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
