#pragma once

#include <vector>

#include "link/node_state.hpp"
#include "node/agent_config.hpp"
#include "node/model_watcher.hpp"

namespace wayside::node {

/// What the node says of itself to the hub: its kinds with their models as they stand, and its
/// assets.
[[nodiscard]] link::NodeState describe_node(const AgentConfig& config, std::uint64_t epoch,
                                            Time time, const std::vector<ModelStatus>& models);

}  // namespace wayside::node
