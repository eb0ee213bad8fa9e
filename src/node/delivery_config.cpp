#include "node/delivery_config.hpp"

#include <fmt/format.h>
#include <charconv>

#include "base/tz/load_time_zone.hpp"
#include "link/broker_url.hpp"

namespace wayside::node {
namespace {

constexpr std::uint32_t thin_step_max = 1'000;

using config::Diagnostics;
using config::MapReader;
using config::Node;

/// A size and what it is per: `1MiB/s`, `500MiB/day`. 0 after an error.
std::uint64_t parse_size_per(const Node& node, const std::string& per, const char* example,
                             Diagnostics& diagnostics) {
  Node size = node;
  std::optional<std::uint64_t> bytes;
  if (node.type == Node::Type::scalar && node.scalar.ends_with(per)) {
    size.scalar.resize(size.scalar.size() - per.size());
    Diagnostics unlocated;
    bytes = config::as_size(size, unlocated);
  }
  if (bytes.value_or(0) == 0)
    diagnostics.error(node.at, fmt::format("expected {}, found {}", example, node.describe()));
  return bytes.value_or(0);
}

void parse_hub(const Node& node, AgentConfig& config, Diagnostics& diagnostics) {
  MapReader reader(node, "the hub", diagnostics);
  if (const Node* budget = reader.optional("budget"))
    config.day_budget_bytes =
        parse_size_per(*budget, "/day", "a size a day such as 500MiB/day", diagnostics);
  if (const Node* catch_up = reader.optional("catch_up"))
    config.catch_up_rate =
        parse_size_per(*catch_up, "/s", "a size a second such as 1MiB/s", diagnostics);
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

/// `now`, `every 5s`, or `22:00-05:00`.
void parse_send(const Node& node, TierConfig& out, Diagnostics& diagnostics) {
  const std::string every = "every ";
  if (node.scalar == "now") {
    out.every = Duration{0};
  } else if (node.scalar.starts_with(every)) {
    const auto pause = parse_duration(node.scalar.substr(every.size()));
    if (!pause)
      diagnostics.error(node.at, fmt::format("expected 'every' with a duration such as 'every 5s', "
                                             "found {}",
                                             node.describe()));
    out.every = pause.value_or(out.every);
  } else if (const auto window = link::parse_day_window(node.scalar)) {
    out.window = *window;
  } else {
    diagnostics.error(node.at, fmt::format("expected 'now', 'every' with a duration such as 'every "
                                           "5s', or a part of the day such as \"22:00-05:00\", "
                                           "found {}",
                                           node.describe()));
  }
}

void parse_when(const Node& node, TierConfig& out, Diagnostics& diagnostics) {
  const auto text = config::as_string(node, diagnostics);
  if (!text) return;
  auto condition = link::SendCondition::parse(*text);
  if (condition)
    out.when = std::move(*condition);
  else
    diagnostics.error(diagnostics.inside(node.at, *text, condition.error().offset),
                      condition.error().message);
}

void parse_timezone(const Node* node, AgentConfig& config, Diagnostics& diagnostics) {
  if (node != nullptr) config.timezone = config::as_string(*node, diagnostics).value_or("");
  auto zone = load_time_zone(config.timezone);
  if (zone)
    config.zone = std::move(*zone);
  else
    diagnostics.error(node->at, fmt::format("expected a time zone such as Europe/Berlin or UTC, "
                                            "found '{}'",
                                            config.timezone));
}

void parse_tier(const Node& node, telemetry::Tier tier, AgentConfig& config,
                Diagnostics& diagnostics) {
  TierConfig& out = config.tiers[static_cast<std::size_t>(tier)];
  MapReader reader(node, "a tier", diagnostics);
  out.keep = reader.duration("keep", out.keep);
  if (out.keep.ns <= 0) diagnostics.error(node.find("keep")->at, "'keep' must be longer than 0");
  if (const Node* full = reader.optional("when_full"))
    parse_when_full(*full, tier, out, diagnostics);
  if (const Node* rate = reader.optional("rate"))
    out.rate = parse_size_per(*rate, "/s", "a size a second such as 1MiB/s", diagnostics);
  if (const Node* when = reader.optional("when")) parse_when(*when, out, diagnostics);
  if (const Node* send = reader.optional("send")) parse_send(*send, out, diagnostics);
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
  parse_timezone(reader.optional("timezone"), config, diagnostics);
  if (const Node* hub = reader.optional("hub")) parse_hub(*hub, config, diagnostics);
  if (const Node* tiers = reader.optional("tiers")) parse_tiers(*tiers, config, diagnostics);
  if (const Node* spool = reader.optional("spool")) parse_spool(*spool, config, diagnostics);
}

link::UplinkOptions uplink_options(const AgentConfig& config) {
  link::UplinkOptions options;
  options.node = config.node;
  for (std::size_t t = 0; t < telemetry::tier_count; ++t) {
    const TierConfig& tier = config.tiers[t];
    options.gate.tiers[t] = {tier.every, tier.window, tier.when, tier.rate};
  }
  options.gate.day_budget_bytes = config.day_budget_bytes;
  options.gate.zone = config.zone;
  options.catch_up_rate = config.catch_up_rate;
  return options;
}

}  // namespace wayside::node
