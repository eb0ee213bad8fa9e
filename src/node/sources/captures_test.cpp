#include "node/sources/captures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wayside::node::sources {
namespace {

using ::testing::ElementsAre;

std::vector<std::string_view> captured(const std::string& filter, std::string_view topic) {
  std::vector<std::string_view> out;
  EXPECT_TRUE(TopicPattern(filter).match(topic, out)) << filter << " " << topic;
  return out;
}
bool matches(const std::string& filter, std::string_view topic) {
  std::vector<std::string_view> out;
  return TopicPattern(filter).match(topic, out);
}

TEST(TopicPatternTest, CapturesLevels) {
  EXPECT_THAT(captured("plant/+/engine", "plant/a/engine"), ElementsAre("a"));
  EXPECT_THAT(captured("+/+", "a/"), ElementsAre("a", ""));
  EXPECT_THAT(captured("a/#", "a/b/c"), ElementsAre("b/c"));
  EXPECT_THAT(captured("+/b/#", "a/b"), ElementsAre("a", "")) << "# fits the parent as well";
  EXPECT_THAT(captured("#", "a/b"), ElementsAre("a/b"));
  EXPECT_FALSE(matches("plant/+/engine", "plant/a/b/engine"));
  EXPECT_FALSE(matches("plant/+", "plant"));
  EXPECT_FALSE(matches("plant", "plant/a"));
  EXPECT_FALSE(matches("plant/a", "plant"));
}

TEST(TopicPatternTest, KnowsMistakes) {
  for (const char* good : {"a", "a/+/b", "#", "+", "a/#", "/", "a//b"})
    EXPECT_EQ(TopicPattern(good).mistake(), "") << good;
  for (const char* bad : {"", "a+", "a/#/b", "#a", "a/b#", "+/+/+/+/+/+/+/+/+/+"})
    EXPECT_NE(TopicPattern(bad).mistake(), "") << bad;
}

TEST(NameTemplateTest, PutsCapturesIn) {
  EXPECT_EQ(NameTemplate("engine-$1").expand({"7"}), "engine-7");
  EXPECT_EQ(NameTemplate("$2.$1.$2").expand({"a", "b"}), "b.a.b");
  EXPECT_EQ(NameTemplate("$3$").expand({"a"}), "$");
  EXPECT_EQ(NameTemplate("cost$0").expand({"a"}), "cost$0");
  EXPECT_EQ(NameTemplate("$1x$4").captures(), 4u);
  EXPECT_EQ(NameTemplate("plain").captures(), 0u);
}

}  // namespace
}  // namespace wayside::node::sources
