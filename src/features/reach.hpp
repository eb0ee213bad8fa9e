#pragma once

#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/plan.hpp"

namespace wayside::features {

/// How far before a tick lie the samples that its values depend on: the longest window or lag. The
/// value that a lag reads may be older still; see `lagged_signals`.
[[nodiscard]] Duration reach_of(const Plan& plan);

/// Signals of which a value counts however old it is, because a lag reads it.
[[nodiscard]] std::vector<SignalId> lagged_signals(const Plan& plan);

/// The longest time by which a tick may follow the newest sample that it waits for: for lateness
/// and for signals that pause.
[[nodiscard]] Duration patience_of(const Plan& plan);

}  // namespace wayside::features
