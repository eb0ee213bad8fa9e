#pragma once

#include <span>

#include "node/agent_config.hpp"
#include "node/open_alerts.hpp"
#include "node/record_sink.hpp"
#include "telemetry/record.hpp"

namespace wayside::node {

/// Beyond this many inputs a decision names only those with the largest shares.
inline constexpr std::size_t decision_inputs_max = 32;

/// Label: `anomaly` or `normal` by the manifest's threshold of the score, empty without one.
/// Confidence: the score's distance from that threshold relative to the room on its side of it, 0
/// to 1, where scores run from 0 to 1; else 0.
[[nodiscard]] telemetry::Decision make_decision(const AgentConfig& config, const DecisionRow& row,
                                                std::span<const double> inputs,
                                                std::span<const double> outputs,
                                                std::span<const double> contributions);

[[nodiscard]] telemetry::Event make_alert(const AgentConfig& config, const AlertRow& row);

/// Clears an alert of an earlier run whose asset or rule is no longer configured.
[[nodiscard]] telemetry::Event make_orphan_clear(const OpenAlert& alert, Time now);

[[nodiscard]] telemetry::Event make_model_change(const AgentConfig& config,
                                                 const ModelChangeRow& row);

}  // namespace wayside::node
