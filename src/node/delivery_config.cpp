#include "node/delivery_config.hpp"

#include <fmt/format.h>
#include <charconv>

#include "link/broker_url.hpp"

namespace wayside::node {
namespace {

constexpr std::uint32_t thin_step_max = 1'000;

using config::Diagnostics;
using config::MapReader;
using config::Node;

void parse_hub(const Node& node, AgentConfig& config, Diagnostics& diagnostics) {
  MapReader reader(node, "the hub", diagnostics);
  const Node* broker = reader.required("broker");
  if (broker == nullptr) return;
  config.broker = config::as_string(*broker, diagnostics).value_or("");
  if (const auto address = link::parse_broker_url(config.broker); !address)
    diagnostics.error(broker->at, address.error().message);
}

/// `oldest`, or `thin N`.
void parse_when_full(const Node& node, telemetry::Tier tier, TierConfig& out,
                     Diagnostics& diagnostics) {
  const std::string thin = "thin ";
  if (node.scalar == "oldest") return;
  std::uint32_t step = 0;
  const std::string_view number =
      std::string_view(node.scalar)
          .substr(node.scalar.starts_with(thin) ? thin.size() : node.scalar.size());
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), step);
  if (code != std::errc() || end != number.data() + number.size() || step < 2 ||
      step > thin_step_max) {
    diagnostics.error(node.at, fmt::format("expected 'oldest' or 'thin' with a number from 2 to {} "
                                           "such as 'thin 10', found {}",
                                           thin_step_max, node.describe()));
  } else if (tier == telemetry::Tier::critical) {
    diagnostics.error(node.at, "critical records are not thinned");
  } else {
    out.thin = step;
  }
}

void parse_tier(const Node& node, telemetry::Tier tier, AgentConfig& config,
                Diagnostics& diagnostics) {
  TierConfig& out = config.tiers[static_cast<std::size_t>(tier)];
  MapReader reader(node, "a tier", diagnostics);
  out.keep = reader.duration("keep", out.keep);
  if (out.keep.ns <= 0) diagnostics.error(node.find("keep")->at, "'keep' must be longer than 0");
  if (const Node* full = reader.optional("when_full"))
    parse_when_full(*full, tier, out, diagnostics);
  const Node* send = reader.optional("send");
  if (send == nullptr) return;
  const std::string every = "every ";
  if (send->scalar == "now") {
    out.every = Duration{0};
  } else if (const auto pause = send->scalar.starts_with(every)
                                    ? parse_duration(send->scalar.substr(every.size()))
                                    : fail(Errc::invalid, "no duration")) {
    out.every = *pause;
  } else {
    diagnostics.error(send->at, fmt::format("expected 'now' or 'every' with a duration such as "
                                            "'every 5s', found {}",
                                            send->describe()));
  }
}

void parse_tiers(const Node& node, AgentConfig& config, Diagnostics& diagnostics) {
  MapReader reader(node, "the tiers", diagnostics);
  for (const telemetry::Tier tier : telemetry::all_tiers)
    if (const Node* entry = reader.optional(telemetry::to_string(tier)))
      parse_tier(*entry, tier, config, diagnostics);
}

void parse_spool(const Node& node, AgentConfig& config, Diagnostics& diagnostics) {
  MapReader reader(node, "the spool", diagnostics);
  config.spool_bytes_max = reader.size("limit", config.spool_bytes_max);
  if (config.spool_bytes_max < spool_bytes_min)
    diagnostics.error(node.find("limit")->at, "the spool's limit must be at least 1MiB");
  const Node* reserve = reader.optional("reserve");
  if (reserve == nullptr) return;
  config.spool_reserve_bytes = config::as_size(*reserve, diagnostics);
  if (config.spool_reserve_bytes.value_or(0) > config.spool_bytes_max / 2)
    diagnostics.error(reserve->at,
                      fmt::format("the reserve for critical records must be at most half of the "
                                  "spool's limit of {} bytes, found {}",
                                  config.spool_bytes_max, reserve->describe()));
}

}  // namespace

void parse_delivery(MapReader& reader, AgentConfig& config, Diagnostics& diagnostics) {
  if (const Node* hub = reader.optional("hub")) parse_hub(*hub, config, diagnostics);
  if (const Node* tiers = reader.optional("tiers")) parse_tiers(*tiers, config, diagnostics);
  if (const Node* spool = reader.optional("spool")) parse_spool(*spool, config, diagnostics);
}

link::UplinkOptions uplink_options(const AgentConfig& config) {
  link::UplinkOptions options;
  options.node = config.node;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t)
    options.gate.tiers[t].every = config.tiers[t].every;
  return options;
}

}  // namespace wayside::node
