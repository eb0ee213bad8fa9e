#include "base/config/diagnostics.hpp"

#include <gtest/gtest.h>

#include "base/config/node.hpp"

namespace wayside::config {
namespace {

TEST(Diagnostics, ReportShowsTheLineAndACaret) {
  Diagnostics diagnostics;
  diagnostics.add_source("a.yaml", "first: 1\n\tsecond: °x + y\n");
  diagnostics.error({"a.yaml", 2, 15}, "no y");
  diagnostics.error({"a.yaml", 1, 1}, "no first");
  diagnostics.warn({"b.yaml", 7, 1}, "another file");
  diagnostics.error({"a.yaml", 0, 0}, "the whole");
  diagnostics.error({"a.yaml", 99, 1}, "beyond");
  EXPECT_EQ(diagnostics.report(),
            "a.yaml: error: the whole\n"
            "a.yaml:1:1: error: no first\n"
            " 1 | first: 1\n"
            "   | ^\n"
            "a.yaml:2:15: error: no y\n"
            " 2 | \tsecond: °x + y\n"
            "   | \t            ^\n"
            "b.yaml:7:1: warning: another file\n"
            "a.yaml:99:1: error: beyond\n");
}

TEST(Diagnostics, ReportCutsLongLinesAndHidesControlBytes) {
  Diagnostics diagnostics;
  diagnostics.add_source("a.yaml", std::string(500, 'a') + "\x1b[2J" + std::string(500, 'b'));
  diagnostics.error({"a.yaml", 1, 501}, "here");
  EXPECT_EQ(diagnostics.report(), "a.yaml:1:501: error: here\n 1 | " + std::string(80, 'a') +
                                      "?[2J" + std::string(36, 'b') + "\n   | " +
                                      std::string(80, ' ') + "^\n");
}

/// "line:column" of the byte `offset` of the scalar `x:` in `text`.
std::string place(const std::string& text, std::size_t offset) {
  Diagnostics diagnostics;
  const Node root = parse_yaml(text, "a.yaml", process_environment(), diagnostics);
  const Node& node = *root.find("x");
  const Location at = diagnostics.inside(node.at.right(node.quoted ? 1 : 0), node.scalar, offset);
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

TEST(Diagnostics, FindsAPlaceInsideAScalarHoweverItIsWritten) {
  EXPECT_EQ(place("x: one + two\n", 6), "1:10");
  EXPECT_EQ(place("x: 'one + two'\n", 6), "1:11");
  EXPECT_EQ(place("x: one +\n   two\n", 6), "2:4");
  EXPECT_EQ(place("x: >\n  one\n  + two\n", 6), "3:5");
  EXPECT_EQ(place("y: 0\nx: |\n  one\n  + two\n", 6), "4:5");
  EXPECT_EQ(place("x: \"one +\n   two\"\n", 6), "2:4");
  EXPECT_EQ(place("x: one +  two\n", 7), "1:11");
  EXPECT_EQ(place("x: one + two\n", 9), "1:13");
  // The file says something else: the scalar's begin.
  EXPECT_EQ(place("x: ${NOT_SET:one} + two\n", 6), "1:4");
  EXPECT_EQ(place("x: \"\\x6fne + two\"\n", 6), "1:5");
}

}  // namespace
}  // namespace wayside::config
