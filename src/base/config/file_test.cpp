#include "base/config/file.hpp"

#include <gmock/gmock.h>
#include <unistd.h>
#include <fstream>

namespace wayside::config {
namespace {

TEST(LoadYaml, ReadsAFileAndSaysWhyItCannot) {
  const std::string path = testing::TempDir() + "wayside-load-" + std::to_string(::getpid());
  Diagnostics missing;
  EXPECT_EQ(load_yaml(path, process_environment(), missing).type, Node::Type::null);
  EXPECT_THAT(missing.format(), testing::HasSubstr("No such file"));

  std::ofstream(path) << "a: 1\n";
  Diagnostics good;
  const Node node = load_yaml(path, process_environment(), good);
  EXPECT_TRUE(good.ok());
  ASSERT_NE(node.find("a"), nullptr);
  EXPECT_EQ(node.find("a")->at.file, path);
  ::unlink(path.c_str());

  Diagnostics endless;
  EXPECT_EQ(load_yaml("/dev/zero", process_environment(), endless).type, Node::Type::null);
  EXPECT_FALSE(endless.ok());

  Diagnostics folder;
  EXPECT_EQ(load_yaml(testing::TempDir(), process_environment(), folder).type, Node::Type::null);
  EXPECT_THAT(folder.format(), testing::HasSubstr("found a folder"));
}

}  // namespace
}  // namespace wayside::config
