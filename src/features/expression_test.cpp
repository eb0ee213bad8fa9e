#include "features/expression.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <array>
#include <cmath>

namespace wayside::features {
namespace {

using ::testing::ElementsAre;
using ::testing::NanSensitiveDoubleEq;

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
const std::vector<std::string> names{"x", "y", "model.score", "gap"};
constexpr std::array<double, 4> slots{2, 3, 0.5, nan_value};

std::optional<ScalarExpression> compile(std::string_view text, config::Diagnostics& diagnostics) {
  const auto resolve = [](std::string_view name) -> std::optional<std::size_t> {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
  };
  return ScalarExpression::compile(text, {"rules.yaml", 3, 10}, resolve, names, diagnostics);
}

double value(std::string_view text) {
  config::Diagnostics diagnostics;
  const auto expression = compile(text, diagnostics);
  EXPECT_TRUE(expression) << diagnostics.format();
  return expression ? expression->evaluate(slots) : nan_value;
}

std::string mistake(std::string_view text) {
  config::Diagnostics diagnostics;
  EXPECT_FALSE(compile(text, diagnostics)) << text;
  std::string all;
  for (const auto& [at, message] : diagnostics.errors())
    all += fmt::format("{}{}:{}: {}", all.empty() ? "" : "\n", at.line, at.column, message);
  return all;
}

TEST(ScalarExpression, BindsAsInArithmetic) {
  EXPECT_EQ(value("1 + 2 * 3"), 7);
  EXPECT_EQ(value("(1 + 2) * 3"), 9);
  EXPECT_EQ(value("10 - 4 - 3"), 3);
  EXPECT_EQ(value("16 / 4 / 2"), 2);
  EXPECT_EQ(value("-x * y"), -6);
  EXPECT_EQ(value("2 - -x"), 4);
  EXPECT_EQ(value("1.5e1 + .5"), 15.5);
  EXPECT_EQ(value("x + 1 > y and y < 4"), 0);
  EXPECT_EQ(value("not x > 3"), 1);
  EXPECT_EQ(value("1 or 0 and 0"), 1);
  EXPECT_EQ(value("not 0 and 0"), 0);
}

TEST(ScalarExpression, ComparesAndDecides) {
  EXPECT_EQ(value("x < 2"), 0);
  EXPECT_EQ(value("x <= 2"), 1);
  EXPECT_EQ(value("x >= 2"), 1);
  EXPECT_EQ(value("x == 2"), 1);
  EXPECT_EQ(value("x != 2"), 0);
  EXPECT_EQ(value("model.score > 0.4 and x > 1"), 1);
  EXPECT_EQ(value("if(x > 1, 10, 20)"), 10);
  EXPECT_EQ(value("if(x > 5, 10, 20)"), 20);
}

TEST(ScalarExpression, Functions) {
  EXPECT_EQ(value("min(x, y, 1)"), 1);
  EXPECT_EQ(value("max(x, y, 1)"), 3);
  EXPECT_EQ(value("abs(x - y)"), 1);
  EXPECT_EQ(value("sqrt(16)"), 4);
  EXPECT_EQ(value("log(exp(1))"), 1);
  EXPECT_EQ(value("clamp(9, x, y)"), 3);
  EXPECT_EQ(value("clamp(-9, x, y)"), 2);
  EXPECT_EQ(value("clamp(2.5, x, y)"), 2.5);
}

TEST(ScalarExpression, NanSpreadsThroughNumbersAndIsNeverTrue) {
  for (const char* text : {"gap + 1", "-gap", "abs(gap)", "min(1, gap)", "min(gap, 1)",
                           "max(1, gap, 2)", "clamp(gap, 0, 1)", "clamp(1, gap, 2)",
                           "clamp(1, 0, gap)", "0 / 0", "log(-1)", "if(1, gap, 0)"})
    EXPECT_THAT(value(text), NanSensitiveDoubleEq(nan_value)) << text;
  for (const char* text : {"gap < 1", "gap <= 1", "gap > 1", "gap >= 1", "gap == gap", "gap != gap",
                           "gap and 1", "gap or 0", "if(gap, 1, 0)"})
    EXPECT_EQ(value(text), 0) << text;
  EXPECT_EQ(value("not gap"), 1);
}

TEST(ScalarExpression, HoldsAndNamesItsSlots) {
  config::Diagnostics diagnostics;
  const auto expression = compile("y > 1 and (model.score > 0 or y > 9)", diagnostics);
  EXPECT_TRUE(expression->holds(slots));
  EXPECT_THAT(expression->slots(), ElementsAre(1, 2));
}

TEST(ScalarExpression, MistakesPointIntoTheExpression) {
  EXPECT_EQ(mistake("x + z1"), "3:14: unknown name 'z1'");
  EXPECT_EQ(mistake("model.scor > 1"),
            "3:10: unknown name 'model.scor' (did you mean model.score?)");
  EXPECT_EQ(mistake("1 + sqr(x)"), "3:14: unknown function 'sqr' (did you mean sqrt?)");
  EXPECT_EQ(mistake("x && y"), "3:12: '&&' is not an operator here, write 'and'");
  EXPECT_EQ(mistake("x = y"), "3:12: '=' is not an operator here, write '=='");
  EXPECT_EQ(mistake("!x"), "3:10: '!' is not an operator here, write 'not'");
  EXPECT_EQ(mistake("x < y < 3"), "3:16: comparisons do not chain, join them with 'and'");
  EXPECT_EQ(mistake("(x + y"), "3:16: expected ')' for '(' at position 1, found the end");
  EXPECT_EQ(mistake("max(x y)"), "3:16: expected ')' for 'max(' at position 4, found 'y'");
  EXPECT_EQ(mistake("x y"), "3:12: expected an operator before 'y'");
  EXPECT_EQ(mistake("x + "), "3:14: expected a number, a name or '(', found the end");
  EXPECT_EQ(mistake("x )"), "3:12: expected the end, found ')'");
  EXPECT_EQ(mistake(""), "3:10: expected an expression, found nothing");
  EXPECT_EQ(mistake("x + $"), "3:14: unexpected character '$'");
  EXPECT_EQ(mistake("x + \xc3\xa9"), "3:14: unexpected byte 0xc3");
  EXPECT_EQ(mistake("1e999"), "3:10: number '1e999' is out of range");
  EXPECT_EQ(mistake("abs(x, y)"), "3:10: 'abs' takes abs(x), found 2 arguments");
  EXPECT_EQ(mistake("min(x)"), "3:10: 'min' takes min(a, b, …), found 1 argument");
  EXPECT_EQ(mistake("abs()"), "3:10: 'abs' takes abs(x), found 0 arguments");
  EXPECT_EQ(mistake("x > 10s"),
            "3:14: the duration 10s stands outside a window function, where a number is expected");
  EXPECT_EQ(mistake("mean(x, 10s) > 1"),
            "3:10: the window function 'mean' cannot stand here: define a feature with it and name "
            "the feature");
}

TEST(ScalarExpression, ReportsAllMistakesTogether) {
  EXPECT_EQ(mistake("foo + bar(x) > 1 and qux"),
            "3:10: unknown name 'foo'\n3:16: unknown function 'bar'\n3:31: unknown name 'qux'");
}

TEST(ScalarExpression, BoundsItsDepthLengthAndStack) {
  EXPECT_EQ(value(std::string(64, '(') + "1" + std::string(64, ')')), 1);
  EXPECT_EQ(mistake(std::string(65, '(') + "1" + std::string(65, ')')),
            "3:74: nested more than 64 deep");
  EXPECT_EQ(mistake(std::string(5000, '-') + "1"),
            "3:4106: expression is longer than 4096 characters");
  std::string chain = "1";
  while (chain.size() + 4 < 4096) chain += " + 1";
  const std::size_t terms = (chain.size() + 3) / 4;
  EXPECT_EQ(value(chain), static_cast<double>(terms));
  std::string wide = "0";
  for (int i = 0; i < 40; ++i) wide.insert(0, "min(1, 2, 3, 4, 5, 6, 7, ").append(")");
  EXPECT_THAT(mistake(wide), ::testing::HasSubstr("needs more than 256 intermediate values"));
}

}  // namespace
}  // namespace wayside::features
