#pragma once

#include "base/config/reader.hpp"
#include "link/uplink.hpp"
#include "node/agent_config.hpp"

namespace wayside::node {

/// `hub`, `tiers`, `spool` and `timezone` of agent.yaml, whose map is `reader`'s.
void parse_delivery(config::MapReader& reader, AgentConfig& config,
                    config::Diagnostics& diagnostics);

/// How the uplink sends what the configuration says; without a probe of the link's kind.
[[nodiscard]] link::UplinkOptions uplink_options(const AgentConfig& config);

}  // namespace wayside::node
