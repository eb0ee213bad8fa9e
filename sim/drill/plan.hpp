#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/drill/script.hpp"

namespace wayside::drill {

/// An entry of the timeline as one run has it: what it leaves to chance is drawn.
struct PlannedFault {
  std::size_t entry = 0;  ///< index into Script::timeline
  Duration from;
  std::optional<Duration> to;      ///< absent: over at once, or never
  std::vector<std::size_t> nodes;  ///< that it is about; empty for hub and broker
  std::uint64_t stream = 0;        ///< for what it draws itself, unlike any other's
};

/// All faults of a run in the order of their onsets. Every entry draws from a generator of its own.
/// Onsets at or after the end of the drill are left out, and what is beyond `onsets_max`.
[[nodiscard]] std::vector<PlannedFault> plan_faults(const Script& script, std::uint64_t seed);

/// "link down", "agent killed", "coolant_leak of machine": for reports.
[[nodiscard]] std::string describe(const Action& action);
/// "all nodes", "node 2", "nodes 1 and 3", "hub", "broker".
[[nodiscard]] std::string describe_targets(const Script& script, const PlannedFault& fault);

}  // namespace wayside::drill
