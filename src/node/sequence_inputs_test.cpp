#include "node/sequence_inputs.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>
#include <cmath>
#include <limits>
#include <map>

namespace wayside::node {
namespace {

using infer::Missing;
using infer::Sequence;
using testing::ElementsAre;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Time tick(std::int64_t s) {
  return Time{} + seconds(1'700'000'000 + s);
}

struct Bench {
  explicit Bench(Sequence sequence, std::size_t assets = 1)
      : masked(!sequence.mask.empty()),
        inputs(sequence, 2, assets, seconds(1)),
        values(sequence.history * 2),
        mask(masked ? values.size() : 0) {}

  void push(std::int64_t s, double a, double b, std::size_t asset = 0) {
    const auto row = inputs.next_row(asset, tick(s));
    row[0] = a;
    row[1] = b;
  }
  std::optional<std::size_t> assemble(std::size_t asset = 0) {
    return inputs.assemble(asset, values, mask);
  }

  bool masked;
  SequenceInputs inputs;
  std::vector<double> values;
  std::vector<double> mask;
};

TEST(SequenceInputs, GivesTheTicksOldestFirst) {
  Bench b({.history = 3});
  for (int s = 0; s < 5; ++s) b.push(s, s, 10 + s);
  EXPECT_FALSE(b.assemble());
  EXPECT_THAT(b.values, ElementsAre(2, 12, 3, 13, 4, 14));
}

TEST(SequenceInputs, RefusesUntilAllIsThere) {
  Bench b({.history = 3});
  b.push(0, 1, 1);
  b.push(1, 1, 1);
  EXPECT_TRUE(b.assemble());
  b.push(2, 1, 1);
  EXPECT_FALSE(b.assemble());
  b.push(3, 1, nan);
  EXPECT_EQ(b.assemble(), 1u);
  b.push(4, 1, 1);
  b.push(5, 1, 1);
  EXPECT_EQ(b.assemble(), 1u);
  b.push(6, 1, 1);
  EXPECT_FALSE(b.assemble());
}

TEST(SequenceInputs, TicksThatWereLeftOutHaveNoValues) {
  Bench b({.history = 4, .missing = Missing::fill, .fill = {-1}, .mask = "m"});
  b.push(0, 1, 2);
  b.push(3, 5, 6);
  EXPECT_FALSE(b.assemble());
  EXPECT_THAT(b.values, ElementsAre(1, 2, -1, -1, -1, -1, 5, 6));
  EXPECT_THAT(b.mask, ElementsAre(1, 1, 0, 0, 0, 0, 1, 1));
  b.push(1'000'000, 7, 8);
  EXPECT_FALSE(b.assemble());
  EXPECT_THAT(b.values, ElementsAre(-1, -1, -1, -1, -1, -1, 7, 8));
}

TEST(SequenceInputs, FillsEachInputWithItsOwn) {
  Bench b({.history = 2, .missing = Missing::fill, .fill = {20, 30}});
  b.push(0, nan, 1);
  EXPECT_FALSE(b.assemble());
  EXPECT_THAT(b.values, ElementsAre(20, 30, 20, 1));
  b.push(1, nan, nan);  // nothing new at all
  EXPECT_TRUE(b.assemble());
}

TEST(SequenceInputs, HoldsTheLastAndBeforeTheFirstTheFirst) {
  Bench b({.history = 4, .missing = Missing::hold, .fill = {}, .mask = "m"});
  b.push(0, nan, 3);
  b.push(1, 5, nan);
  b.push(2, nan, nan);
  b.push(3, nan, 4);
  EXPECT_FALSE(b.assemble());
  EXPECT_THAT(b.values, ElementsAre(5, 3, 5, 3, 5, 3, 5, 4));
  EXPECT_THAT(b.mask, ElementsAre(0, 1, 1, 0, 0, 0, 0, 1));
  b.push(4, nan, 4);
  EXPECT_FALSE(b.assemble());
  b.push(5, nan, 4);  // the only value of input 0 is too old
  EXPECT_EQ(b.assemble(), 0u);
}

TEST(SequenceInputs, AssetsAreApart) {
  Bench b({.history = 2}, 2);
  b.push(0, 1, 1, 0);
  b.push(0, 2, 2, 1);
  b.push(1, 3, 3, 0);
  b.push(1, 4, 4, 1);
  EXPECT_FALSE(b.assemble(0));
  EXPECT_THAT(b.values, ElementsAre(1, 1, 3, 3));
  EXPECT_FALSE(b.assemble(1));
  EXPECT_THAT(b.values, ElementsAre(2, 2, 4, 4));
}

TEST(SequenceInputs, ANewModelGoesOnWithTheTicksOfTheOld) {
  Bench old({.history = 4});
  for (int s = 0; s < 6; ++s) old.push(s, s, 10 + s);
  // Another order, and one input that the old model did not have.
  Bench b({.history = 3, .missing = Missing::fill, .fill = {-1}});
  b.inputs.take_over(old.inputs, std::vector<std::optional<std::size_t>>{1, std::nullopt});
  b.push(6, 16, 26);
  EXPECT_FALSE(b.assemble());
  EXPECT_THAT(b.values, ElementsAre(14, -1, 15, -1, 16, 26));
  // A longer history has to fill up.
  Bench longer({.history = 6});
  longer.inputs.take_over(old.inputs, std::vector<std::optional<std::size_t>>{0, 1});
  longer.push(6, 6, 16);
  EXPECT_TRUE(longer.assemble());
  longer.push(7, 7, 17);
  EXPECT_FALSE(longer.assemble());
  EXPECT_THAT(longer.values, ElementsAre(2, 12, 3, 13, 4, 14, 5, 15, 6, 16, 7, 17));
}

RC_GTEST_PROP(SequenceInputs, IsAFunctionOfTheLastTicks, ()) {
  const auto history = *rc::gen::inRange<std::size_t>(1, 8);
  const Missing missing = history == 1
                              ? Missing::refuse
                              : *rc::gen::element(Missing::refuse, Missing::hold, Missing::fill);
  Sequence sequence{.history = history, .missing = missing};
  if (missing == Missing::fill) sequence.fill = {0.5};
  if (missing != Missing::refuse) sequence.mask = "m";
  Bench whole(sequence);
  // Another that starts somewhere on the way, but a history before the end.
  Bench late(sequence);
  const auto steps = *rc::gen::container<std::vector<int>>(40, rc::gen::inRange(1, 4));
  const auto present = *rc::gen::container<std::vector<int>>(80, rc::gen::inRange(0, 3));
  const auto start = *rc::gen::inRange<std::size_t>(0, 40 - history + 1);
  std::map<std::int64_t, std::pair<double, double>> ticks;
  std::int64_t s = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    s += steps[i];
    const double a = present[2 * i] > 0 ? static_cast<double>(i) : nan;
    const double b = present[2 * i + 1] > 0 ? static_cast<double>(i) : nan;
    ticks[s] = {a, b};
    whole.push(s, a, b);
    if (i >= start) late.push(s, a, b);
  }
  const auto missing_whole = whole.assemble();
  RC_ASSERT(late.assemble() == missing_whole);
  for (std::size_t age = 0; age < history; ++age) {
    const auto found = ticks.find(s - static_cast<std::int64_t>(age));
    const bool there = found != ticks.end() && std::isfinite(found->second.first);
    const std::size_t at = (history - 1 - age) * 2;
    if (missing_whole) break;
    RC_ASSERT(late.values[at] == whole.values[at]);
    if (there) RC_ASSERT(whole.values[at] == found->second.first);
    if (whole.masked) RC_ASSERT((whole.mask[at] == 1) == there);
  }
}

}  // namespace
}  // namespace wayside::node
