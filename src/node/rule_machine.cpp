#include "node/rule_machine.hpp"

namespace wayside::node {

Transition step_rule(RuleState& state, bool met, bool clear, Time t, Duration hold_for) {
  if (state.raised) {
    if (!clear) return Transition::none;
    state.raised = false;
    state.waiting = false;
    return Transition::cleared;
  }
  if (!met) {
    state.waiting = false;
    return Transition::none;
  }
  if (!state.waiting) {
    state.waiting = true;
    state.since = t;
  }
  if (t - state.since < hold_for) return Transition::none;
  state.waiting = false;
  state.raised = true;
  state.raised_at = t;
  return Transition::raised;
}

}  // namespace wayside::node
