#include "features/parser.hpp"

#include <gtest/gtest.h>

namespace wayside::features {
namespace {

std::string canonical(std::string_view text) {
  const auto ast = parse(text);
  return ast ? ast->canonical() : ast.error().message;
}

TEST(Parser, BindsAndAssociates) {
  EXPECT_EQ(canonical("a+b*c-d"), "((a + (b * c)) - d)");
  EXPECT_EQ(canonical("-a*b"), "((- a) * b)");
  EXPECT_EQ(canonical("a or not b and c<d+1"), "(a or ((not b) and (c < (d + 1))))");
  EXPECT_EQ(canonical("not not a"), "(not (not a))");
  EXPECT_EQ(canonical("a-(b-c)"), "(a - (b - c))");
  EXPECT_EQ(canonical("if(a,b , c)+f()"), "(if(a, b, c) + f())");
}

TEST(Parser, ReadsLiterals) {
  EXPECT_EQ(canonical("mean(x, 60s)"), "mean(x, 1min)");
  EXPECT_EQ(canonical("1.50"), "1.5");
  EXPECT_EQ(canonical("0.1e-2"), "0.001");
  EXPECT_EQ(canonical("9007199254740993"), "9007199254740992");
  EXPECT_EQ(canonical("model.score_2"), "model.score_2");
  EXPECT_EQ(canonical("andy or nothing"), "(andy or nothing)");
}

TEST(Parser, PutsArgumentsBeforeWhatUsesThem) {
  const auto ast = parse("f(a, -b) + 2 * g(c)");
  for (std::size_t i = 0; i < ast->nodes.size(); ++i)
    for (const std::uint32_t arg : ast->nodes[i].args) EXPECT_LT(arg, i);
  EXPECT_EQ(ast->root().op, Op::add);
  EXPECT_EQ(ast->root().offset, 9u);
  EXPECT_EQ(ast->root().begin, 0u);
}

TEST(Parser, RefusesNamesThatEndInADot) {
  EXPECT_EQ(parse("a. + 1").error().offset, 1u);
  EXPECT_EQ(parse("a.").error().message, "unexpected character '.'");
}

}  // namespace
}  // namespace wayside::features
