#pragma once

#include <string>

#include "node/agent_config.hpp"
#include "train/replay.hpp"

namespace wayside::cli {

/// What of an agent.yaml the features commands read: its kinds and assets. A variable that is not
/// set is no mistake here, unless a kind or an asset needs it.
struct FeaturesConfig {
  node::AgentConfig agent;     ///< its kinds and assets alone
  train::ReplaySchema schema;  ///< the same, for the replay
};

/// Every mistake on standard error; then the command ends with status 1.
[[nodiscard]] FeaturesConfig load_features_config(const std::string& path);

/// Ends the command where `kind` is none of the configuration's, or has no features; empty: any.
void check_kind(const FeaturesConfig& config, const std::string& kind);

}  // namespace wayside::cli
