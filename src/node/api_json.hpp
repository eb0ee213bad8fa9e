#pragma once

#include <nlohmann/json.hpp>

#include "node/agent_view.hpp"

/// The objects of docs/api.md, as this node knows them.
namespace wayside::node {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json json_time(Time time);
[[nodiscard]] Json json_time(std::optional<Time> time);
[[nodiscard]] Json status_json(const AgentView& agent);
/// One line of `nodes`.
[[nodiscard]] Json node_json(const AgentView& agent);
[[nodiscard]] Json asset_json(const AgentView& agent, AssetId asset);
[[nodiscard]] Json decision_json(const AgentView& agent, const telemetry::Decision& decision);
[[nodiscard]] Json event_json(const AgentView& agent, const RecentHistory::StoredEvent& event);
[[nodiscard]] Json ledger_json(const AgentView& agent);
/// What was dropped and the hub does not know of yet, at most `max` ranges.
[[nodiscard]] Json gaps_json(const AgentView& agent, std::size_t max);
[[nodiscard]] std::string dump(const Json& json);

}  // namespace wayside::node
