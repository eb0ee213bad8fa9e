#include "train/atomic_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <fstream>

#include "train/testing.hpp"

namespace wayside::train {
namespace {

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(AtomicFile, WritesReplacesAndMakesFolders) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "a/b/model.onnx";
  ASSERT_TRUE(write_file_atomically(path, "first"));
  ASSERT_TRUE(write_file_atomically(path, std::string("second\0x", 8)));
  EXPECT_EQ(content(path), std::string("second\0x", 8));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0644U);
  const std::filesystem::directory_iterator inside(folder / "a/b");
  EXPECT_EQ(std::distance(begin(inside), end(inside)), 1);
}

TEST(AtomicFile, AFailureLeavesNothingBehind) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "taken/inside");
  const Status over_folder = write_file_atomically(folder / "taken", "x");
  ASSERT_FALSE(over_folder);
  EXPECT_EQ(over_folder.error().code, Errc::io);
  EXPECT_THAT(over_folder.error().message, ::testing::HasSubstr("taken: cannot be replaced"));
  EXPECT_EQ(folder.entries(), 1);

  ASSERT_TRUE(write_file_atomically(folder / "file", "x"));
  EXPECT_EQ(write_file_atomically(folder / "file/below", "x").error().code, Errc::io);
}

}  // namespace
}  // namespace wayside::train
