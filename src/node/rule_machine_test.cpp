#include "node/rule_machine.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <vector>

namespace wayside::node {
namespace {

Time t(std::int64_t s) {
  return Time{} + seconds(s);
}

TEST(RuleMachine, RaisesAtOnceAndClearsOnce) {
  RuleState state;
  EXPECT_EQ(step_rule(state, false, true, t(0), Duration{0}), Transition::none);
  EXPECT_EQ(step_rule(state, true, false, t(1), Duration{0}), Transition::raised);
  EXPECT_EQ(step_rule(state, true, false, t(2), Duration{0}), Transition::none);
  EXPECT_EQ(state.raised_at, t(1));
  EXPECT_EQ(step_rule(state, false, true, t(3), Duration{0}), Transition::cleared);
  EXPECT_EQ(step_rule(state, false, true, t(4), Duration{0}), Transition::none);
}

TEST(RuleMachine, WaitsUntilTheConditionHasHeldLongEnough) {
  RuleState state;
  EXPECT_EQ(step_rule(state, true, false, t(0), seconds(10)), Transition::none);
  EXPECT_EQ(step_rule(state, true, false, t(9), seconds(10)), Transition::none);
  EXPECT_EQ(step_rule(state, false, true, t(9), seconds(10)), Transition::none);
  EXPECT_EQ(step_rule(state, true, false, t(11), seconds(10)), Transition::none);
  EXPECT_EQ(step_rule(state, true, false, t(20), seconds(10)), Transition::none);
  EXPECT_EQ(step_rule(state, true, false, t(21), seconds(10)), Transition::raised);
}

TEST(RuleMachine, BetweenTheThresholdsItStaysRaised) {
  RuleState state;
  EXPECT_EQ(step_rule(state, true, false, t(0), Duration{0}), Transition::raised);
  EXPECT_EQ(step_rule(state, false, false, t(1), Duration{0}), Transition::none);
  EXPECT_TRUE(state.raised);
  EXPECT_EQ(step_rule(state, true, true, t(2), Duration{0}), Transition::cleared);
}

RC_GTEST_PROP(RuleMachine, TransitionsAlternateAndRaisingNeedsAnUnbrokenRun,
              (const std::vector<std::pair<bool, bool>>& inputs)) {
  const auto hold = seconds(*rc::gen::inRange<std::int64_t>(0, 6));
  RuleState state;
  bool raised = false;
  std::size_t run_start = 0;  // first index of the present run of `met` since the last transition
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto [met, clear] = inputs[i];
    const bool before = raised;
    const auto transition = step_rule(state, met, clear, t(static_cast<std::int64_t>(i)), hold);
    if (transition == Transition::raised) {
      RC_ASSERT(!raised);
      raised = true;
    }
    if (transition == Transition::cleared) {
      RC_ASSERT(raised && clear);
      raised = false;
    }
    RC_ASSERT(state.raised == raised);
    if (before || !met) run_start = i + 1;
    const bool long_enough =
        !before && met && seconds(static_cast<std::int64_t>(i - run_start)) >= hold;
    RC_ASSERT((transition == Transition::raised) == long_enough);
  }
}

}  // namespace
}  // namespace wayside::node
