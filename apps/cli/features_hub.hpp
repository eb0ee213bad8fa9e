#pragma once

#include <string>
#include <vector>

#include "features_config.hpp"
#include "hub_client.hpp"
#include "train/hub_replay.hpp"

namespace CLI {
class App;
}

namespace wayside::cli {

/// Whose samples a features command takes from a hub.
struct HubPeriod {
  std::string hub = default_hub;
  std::string kind;                 ///< empty: every one with features
  std::vector<std::string> assets;  ///< empty: all of the kind
  std::string from;
  std::string to = "now";

  /// The options but `--hub` and `--kind`, whose meaning differs.
  void add_to(CLI::App& command);
};

/// The same, resolved: a replay for each kind. Ends the command where something is not there.
struct HubPlan {
  train::HubApi hub;
  Time from;
  Time to;
  std::vector<train::HubReplayRequest> kinds;
};
[[nodiscard]] HubPlan resolve(const FeaturesConfig& config, const HubPeriod& period);

/// A line for people: samples, what was left out, ticks.
[[nodiscard]] std::string describe(const train::HubReplayCounters& counters);

}  // namespace wayside::cli
