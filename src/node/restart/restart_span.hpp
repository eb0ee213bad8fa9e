#pragma once

#include <cstddef>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "node/kind_config.hpp"

namespace wayside::node {

/// How much of an asset's past decides what comes next, in event time before its newest sample.
struct RestartSpan {
  Duration windows;  ///< what the ticks within `judging` and the histories of models read
  Duration judging;  ///< what rules that wait and models that fail remember

  [[nodiscard]] Duration total() const { return windows + judging; }
};

/// `history`: ticks that the kind's models read, at least 1. Zero where nothing is computed.
[[nodiscard]] RestartSpan restart_span(const KindConfig& kind, std::size_t history);

/// Signals whose newest good value counts however old it is: because a lag reads it, or a rule that
/// is evaluated at samples. Ascending.
[[nodiscard]] std::vector<SignalId> remembered_signals(const KindConfig& kind);

}  // namespace wayside::node
