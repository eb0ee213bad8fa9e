#include "link/send_condition.hpp"

#include <gtest/gtest.h>

namespace wayside::link {
namespace {

bool holds(const std::string& text, LinkKind kind) {
  const auto condition = SendCondition::parse(text);
  EXPECT_TRUE(condition) << text;
  return condition && condition->holds({kind});
}

TEST(SendCondition, AsksForTheKindOfLink) {
  EXPECT_TRUE(holds("link.kind == wifi", LinkKind::wifi));
  EXPECT_FALSE(holds("link.kind == wifi", LinkKind::unknown));
  EXPECT_TRUE(holds("link.kind != cellular", LinkKind::ethernet));
  EXPECT_TRUE(holds("link.kind==unknown", LinkKind::unknown));
}

TEST(SendCondition, AndBindsBeforeOrAndNotBeforeBoth) {
  const std::string text = "link.kind == wifi or link.kind != wifi and link.kind == local";
  EXPECT_TRUE(holds(text, LinkKind::wifi));
  EXPECT_TRUE(holds(text, LinkKind::local));
  EXPECT_FALSE(holds(text, LinkKind::ethernet));
  EXPECT_FALSE(
      holds("(link.kind == wifi or link.kind == local) and link.kind == local", LinkKind::wifi));
  EXPECT_TRUE(holds("not link.kind == wifi and not (link.kind == local)", LinkKind::ethernet));
  EXPECT_TRUE(holds("not not link.kind == wifi", LinkKind::wifi));
}

TEST(SendCondition, SaysWhereItIsWrong) {
  const auto mistake = [](const std::string& text) {
    const auto condition = SendCondition::parse(text);
    EXPECT_FALSE(condition) << text;
    return condition ? std::string()
                     : std::to_string(condition.error().offset) + " " + condition.error().message;
  };
  EXPECT_EQ(mistake(""), "0 expected link.kind, found the end");
  EXPECT_EQ(mistake("power == mains"), "0 expected link.kind, found 'power'");
  EXPECT_EQ(mistake("link.kind = wifi"), "10 expected '==' or '!=', found '='");
  EXPECT_EQ(mistake("link.kind == wlan"),
            "13 expected ethernet, wifi, cellular, local or unknown, found 'wlan'");
  EXPECT_EQ(mistake("(link.kind == wifi"), "18 expected ')', found the end");
  EXPECT_EQ(mistake("link.kind == wifi or"), "20 expected link.kind, found the end");
  EXPECT_EQ(mistake("link.kind == wifi link.kind"),
            "18 expected 'and', 'or' or the end, found 'link.kind'");
  EXPECT_NE(mistake(std::string(200, '(')).find("fewer brackets"), std::string::npos);
  EXPECT_NE(mistake(std::string(2'000, ' ')).find("2000 bytes"), std::string::npos);
}

}  // namespace
}  // namespace wayside::link
