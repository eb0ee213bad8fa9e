#pragma once

#include "base/time.hpp"

namespace wayside::node {

/// Where one rule stands for one asset.
struct RuleState {
  bool raised = false;
  bool waiting = false;  ///< the condition holds, but not yet for long enough
  Time since;            ///< since when it holds without a break
  Time raised_at;
};

enum class Transition { none, raised, cleared };

/// One evaluation at event time `t`: raised once `met` has held for `hold_for` without a break,
/// cleared once `clear` holds; each transition is given once. While raised only `clear` counts.
Transition step_rule(RuleState& state, bool met, bool clear, Time t, Duration hold_for);

}  // namespace wayside::node
