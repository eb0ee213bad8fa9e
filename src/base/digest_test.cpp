#include "base/digest.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace wayside {
namespace {

/// FIPS 180-4's own examples.
TEST(Sha256, GivesTheStandardsDigests) {
  Sha256 empty;
  EXPECT_EQ(empty.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 pieces;
  pieces.add("a");
  pieces.add("bc");
  EXPECT_EQ(pieces.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, ReadsFiles) {
  const std::string path =
      std::filesystem::temp_directory_path() / fmt::format("wayside-digest-{}", ::getpid());
  std::ofstream(path) << "abc";
  EXPECT_EQ(file_sha256(path).value(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  std::filesystem::remove(path);
  EXPECT_EQ(file_sha256(path).error().code, Errc::not_found);
}

}  // namespace
}  // namespace wayside
