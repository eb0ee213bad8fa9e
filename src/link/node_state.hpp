#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/tier.hpp"

namespace wayside::link {

/// What a node says of itself, retained at the broker: who it is and what its assets measure. On
/// the wire an unlimited `min` or `max` is a NaN; here it is minus or plus infinity.
struct NodeState {
  static constexpr std::size_t bytes_max = 1u << 20;
  struct Signal {
    std::string name, unit;
    std::uint32_t version = 1;
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
  };
  struct Feature {
    std::string name, expression, unit;
    std::string digest = {};  ///< of its definition, with all that it is made of
  };
  struct Model {
    std::string name;
    std::vector<std::string> inputs, outputs;
  };
  struct Rule {
    std::string name, when;
    telemetry::Tier tier = telemetry::Tier::critical;
  };
  struct Kind {
    std::string name;
    std::vector<Signal> signals;
    std::vector<Feature> features;
    std::vector<Model> models;
    std::vector<Rule> rules;
    std::string features_digest = {};  ///< of all features together
  };
  struct Asset {
    std::string name, kind;
    std::map<std::string, std::string> tags = {};
  };
  std::string node, site;
  bool online = false;
  std::string version;
  std::uint64_t epoch = 0;
  Time time;
  std::vector<Kind> kinds;
  std::vector<Asset> assets;
};

[[nodiscard]] std::string encode_node_state(const NodeState& state);
/// Errors: `corrupt`, also where `node` is not a valid name.
[[nodiscard]] Result<NodeState> decode_node_state(std::string_view payload);
[[nodiscard]] std::string encode_hub_state(bool online, Time time);
/// True when the hub says it is online. Errors: `corrupt`.
[[nodiscard]] Result<bool> decode_hub_state(std::string_view payload);

}  // namespace wayside::link
