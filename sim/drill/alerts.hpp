#pragma once

#include <string>
#include <vector>

#include "sim/drill/outcome.hpp"

namespace wayside::drill {

/// Alerts of one rule on one asset belong together where they are open at the same time, or are
/// raised no further apart than this.
inline constexpr Duration alerts_match_within = minutes(1);

/// How the alerts of each rule differ from those of the clean run, and how both stand to the
/// machines' faults. An alert that is not cleared lasts until `end`.
[[nodiscard]] std::vector<RuleComparison> compare_alerts(const std::vector<std::string>& rules,
                                                         const std::vector<Alert>& clean,
                                                         const std::vector<Alert>& here,
                                                         const std::vector<Label>& labels,
                                                         Duration end);

}  // namespace wayside::drill
