#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "telemetry/tier.hpp"

namespace wayside::link {

/// Topic names of protocol version 1; `node` is [A-Za-z0-9_.-]{1,64} and not `hub`.
[[nodiscard]] std::string up_topic(std::string_view node, telemetry::Tier tier);
[[nodiscard]] std::string ack_topic(std::string_view node);
[[nodiscard]] std::string state_topic(std::string_view node);
inline constexpr const char* hub_state_topic = "wayside/v1/hub/state";
inline constexpr const char* up_pattern = "wayside/v1/+/up/+";
inline constexpr const char* state_pattern = "wayside/v1/+/state";

struct UpTopic {
  std::string node;
  telemetry::Tier tier;
};
[[nodiscard]] std::optional<UpTopic> parse_up_topic(std::string_view topic);
[[nodiscard]] std::optional<std::string> parse_state_topic(std::string_view topic);
/// MQTT 5, section 4.7: `+` stands for one level, a final `#` for any number.
[[nodiscard]] bool topic_matches(std::string_view pattern, std::string_view topic);
[[nodiscard]] bool valid_node_name(std::string_view node);

}  // namespace wayside::link
