#include "base/config/reader.hpp"

#include <gtest/gtest.h>

namespace wayside::config {
namespace {

Environment environment(std::string name, std::string value) {
  return [=](const std::string& asked) -> std::optional<std::string> {
    if (asked == name) return value;
    return std::nullopt;
  };
}

Node parse(std::string_view text, Diagnostics& diagnostics) {
  return parse_yaml(text, "a.yaml", environment("HOME_BROKER", "10.0.0.1"), diagnostics);
}

TEST(ParseYaml, KnowsWhereEverythingStands) {
  Diagnostics diagnostics;
  const Node root = parse("node: a\ntiers:\n  bulk: {keep: 14d}\n", diagnostics);
  ASSERT_TRUE(diagnostics.ok()) << diagnostics.format();
  const Node* keep = root.find("tiers")->find("bulk")->find("keep");
  EXPECT_EQ(keep->scalar, "14d");
  EXPECT_EQ(keep->at.line, 3);
  EXPECT_EQ(keep->at.column, 16);
}

TEST(ParseYaml, ExpandsVariables) {
  Diagnostics diagnostics;
  const Node root =
      parse("a: mqtt://${HOME_BROKER}:1883\nb: ${ABSENT:x:y}\nc: $${HOME_BROKER}\n", diagnostics);
  ASSERT_TRUE(diagnostics.ok()) << diagnostics.format();
  EXPECT_EQ(root.find("a")->scalar, "mqtt://10.0.0.1:1883");
  EXPECT_EQ(root.find("b")->scalar, "x:y");
  EXPECT_EQ(root.find("c")->scalar, "${HOME_BROKER}");
}

TEST(ParseYaml, ReportsItsMistakesWithTheirPlace) {
  struct Case {
    std::string text;
    std::string report;
  };
  const std::vector<Case> cases{
      {"a: 1\na: 2\n", "a.yaml:2:1: error: 'a' stands twice in this map\n"},
      {"a: ${ABSENT}\n",
       "a.yaml:1:4: error: the environment variable ABSENT is not set and has no default "
       "(${ABSENT:default})\n"},
  };
  for (const Case& c : cases) {
    Diagnostics diagnostics;
    (void)parse(c.text, diagnostics);
    EXPECT_EQ(diagnostics.format(), c.report);
  }
}

TEST(ParseYaml, RefusesSyntaxErrorsAndBombs) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += '[';
  const std::string aliases =
      "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
      "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
      "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
  for (const std::string& text : {std::string("a: [1, 2\nb: 3"), deep, aliases}) {
    Diagnostics diagnostics;
    (void)parse(text, diagnostics);
    EXPECT_FALSE(diagnostics.ok());
  }
}

TEST(MapReader, ReportsAllMistakesAtOnce) {
  Diagnostics diagnostics;
  const Node root =
      parse("every: soon\nlimit: 12 parsecs\nlateness: 1s\nmode: fast\nevrey: 1s\n", diagnostics);
  MapReader map(root, "the file", diagnostics);
  EXPECT_EQ(map.duration("every", seconds(1)), seconds(1));
  EXPECT_EQ(map.size("limit", 7), 7u);
  EXPECT_EQ(map.duration("lateness", seconds(9)), seconds(1));
  EXPECT_EQ(map.choice("mode", {"slow", "idle"}, 1), 1u);
  EXPECT_EQ(map.required_string("name"), "");
  map.finish();
  EXPECT_EQ(diagnostics.format(),
            "a.yaml:1:1: error: the file needs 'name'\n"
            "a.yaml:1:8: error: expected a duration such as 500ms, 10s, 5min, 2h or 7d, found "
            "'soon'\n"
            "a.yaml:2:8: error: expected a size such as 512KiB, 64MiB or 2GiB, found '12 parsecs'\n"
            "a.yaml:4:7: error: expected one of slow, idle, found 'fast'\n"
            "a.yaml:5:1: error: the file has no 'evrey' (did you mean 'every'?)\n");
}

TEST(Scalars, AreReadStrictly) {
  Diagnostics diagnostics;
  const Node root = parse("a: 5\nb: '5'\nc: 2 kHz\nd: 2GiB\ne: 1.5\n", diagnostics);
  EXPECT_EQ(as_number(*root.find("a"), diagnostics), 5);
  EXPECT_FALSE(as_number(*root.find("b"), diagnostics));
  EXPECT_EQ(as_frequency(*root.find("c"), diagnostics), 2000);
  EXPECT_EQ(as_size(*root.find("d"), diagnostics), 2ull << 30);
  EXPECT_FALSE(as_integer(*root.find("e"), diagnostics, 0, 10));
}

TEST(Nearest, FindsTypingMistakesOnly) {
  const std::vector<std::string> names{"coolant_temp", "oil_pressure"};
  EXPECT_EQ(nearest("coolant_tmep", names), "coolant_temp");
  EXPECT_EQ(nearest("speed", names), "");
}

}  // namespace
}  // namespace wayside::config
