#include "node/state_directory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace wayside::node {
namespace {

struct StateDirectoryTest : testing::Test {
  std::string folder = testing::TempDir() + "wayside-state-" + std::to_string(::getpid());
  ~StateDirectoryTest() override { std::filesystem::remove_all(folder); }
};

TEST_F(StateDirectoryTest, IsHeldByOneAgentAtATime) {
  {
    const auto first = StateDirectory::open(folder + "/deep/state");
    ASSERT_TRUE(first) << first.error().message;
    const auto second = StateDirectory::open(folder + "/deep/state");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::conflict);
    EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())),
              std::string::npos)
        << second.error().message;
  }
  EXPECT_TRUE(StateDirectory::open(folder + "/deep/state"));
}

TEST_F(StateDirectoryTest, AFileInItsPlaceIsAnError) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/file") << "x";
  const auto opened = StateDirectory::open(folder + "/file");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
}

}  // namespace
}  // namespace wayside::node
