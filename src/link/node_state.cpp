#include "link/node_state.hpp"

#include <cmath>

#include "link/topics.hpp"
#include "telemetry/protobuf.hpp"
#include "telemetry/utf8.hpp"
#include "wayside/v1/wire.pb.h"

namespace wayside::link {
namespace {

using telemetry::well_formed_utf8;

constexpr std::size_t hub_state_bytes_max = 64;

double limit_to_wire(double limit) {
  return std::isfinite(limit) ? limit : std::numeric_limits<double>::quiet_NaN();
}

double limit_from_wire(double limit, double unlimited) {
  return std::isfinite(limit) ? limit : unlimited;
}

void write(const NodeState::Kind& kind, v1::NodeState::Kind& out) {
  out.set_name(well_formed_utf8(kind.name));
  for (const auto& signal : kind.signals) {
    auto& to = *out.add_signals();
    to.set_name(well_formed_utf8(signal.name));
    to.set_unit(well_formed_utf8(signal.unit));
    to.set_version(signal.version);
    to.set_min(limit_to_wire(signal.min));
    to.set_max(limit_to_wire(signal.max));
  }
  for (const auto& feature : kind.features) {
    auto& to = *out.add_features();
    to.set_name(well_formed_utf8(feature.name));
    to.set_expression(well_formed_utf8(feature.expression));
    to.set_unit(well_formed_utf8(feature.unit));
    to.set_digest(well_formed_utf8(feature.digest));
  }
  for (const auto& model : kind.models) {
    auto& to = *out.add_models();
    to.set_name(well_formed_utf8(model.name));
    for (const auto& input : model.inputs) to.add_inputs(well_formed_utf8(input));
    for (const auto& output : model.outputs) to.add_outputs(well_formed_utf8(output));
  }
  for (const auto& rule : kind.rules) {
    auto& to = *out.add_rules();
    to.set_name(well_formed_utf8(rule.name));
    to.set_when(well_formed_utf8(rule.when));
    to.set_tier(static_cast<v1::Tier>(rule.tier));
  }
  out.set_features_digest(well_formed_utf8(kind.features_digest));
}

Result<NodeState::Kind> read(const v1::NodeState::Kind& from) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  NodeState::Kind kind;
  kind.name = from.name();
  kind.features_digest = from.features_digest();
  for (const auto& signal : from.signals())
    kind.signals.push_back({signal.name(), signal.unit(), signal.version(),
                            limit_from_wire(signal.min(), -infinity),
                            limit_from_wire(signal.max(), infinity)});
  for (const auto& feature : from.features())
    kind.features.push_back(
        {feature.name(), feature.expression(), feature.unit(), feature.digest()});
  for (const auto& model : from.models())
    kind.models.push_back({model.name(),
                           {model.inputs().begin(), model.inputs().end()},
                           {model.outputs().begin(), model.outputs().end()}});
  for (const auto& rule : from.rules()) {
    if (!v1::Tier_IsValid(rule.tier())) return fail(Errc::corrupt, "node state: unknown tier");
    kind.rules.push_back({rule.name(), rule.when(), static_cast<telemetry::Tier>(rule.tier())});
  }
  return kind;
}

}  // namespace

std::string encode_node_state(const NodeState& state) {
  v1::NodeState message;
  message.set_node(state.node);
  message.set_site(well_formed_utf8(state.site));
  message.set_online(state.online);
  message.set_version(state.version);
  message.set_epoch(state.epoch);
  message.set_time(state.time.ns);
  for (const auto& kind : state.kinds) write(kind, *message.add_kinds());
  for (const auto& asset : state.assets) {
    auto& to = *message.add_assets();
    to.set_name(well_formed_utf8(asset.name));
    to.set_kind(well_formed_utf8(asset.kind));
    for (const auto& [key, value] : asset.tags) {
      auto& tag = *to.add_tags();
      tag.set_key(well_formed_utf8(key));
      tag.set_value(well_formed_utf8(value));
    }
  }
  return message.SerializeAsString();
}

Result<NodeState> decode_node_state(std::string_view payload) {
  if (payload.size() > NodeState::bytes_max)
    return fail(Errc::corrupt, "node state: {} bytes, at most {} may be", payload.size(),
                NodeState::bytes_max);
  v1::NodeState message;
  if (const auto parsed = telemetry::parse_protobuf(payload, message); !parsed)
    return fail_in("node state", parsed.error());
  if (!valid_node_name(message.node()))
    return fail(Errc::corrupt, "node state: the node's name is not valid");
  NodeState state;
  state.node = message.node();
  state.site = message.site();
  state.online = message.online();
  state.version = message.version();
  state.epoch = message.epoch();
  state.time = {message.time()};
  for (const auto& from : message.kinds()) {
    auto kind = read(from);
    if (!kind) return tl::make_unexpected(kind.error());
    state.kinds.push_back(std::move(*kind));
  }
  for (const auto& from : message.assets()) {
    auto& asset = state.assets.emplace_back(NodeState::Asset{from.name(), from.kind(), {}});
    for (const auto& tag : from.tags()) asset.tags[tag.key()] = tag.value();
  }
  return state;
}

std::string encode_hub_state(bool online, Time time) {
  v1::HubState message;
  message.set_online(online);
  message.set_time(time.ns);
  return message.SerializeAsString();
}

Result<bool> decode_hub_state(std::string_view payload) {
  v1::HubState message;
  if (payload.size() > hub_state_bytes_max)
    return fail(Errc::corrupt, "hub state: {} bytes, at most {} may be", payload.size(),
                hub_state_bytes_max);
  if (const auto parsed = telemetry::parse_protobuf(payload, message); !parsed)
    return fail_in("hub state", parsed.error());
  return message.online();
}

}  // namespace wayside::link
