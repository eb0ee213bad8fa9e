#include <fmt/format.h>

#include "base/config/reader.hpp"
#include "sim/drill/parse.hpp"
#include "sim/drill/values.hpp"

namespace wayside::drill {
namespace {

using config::MapReader;
using config::Node;

std::optional<LossLimit> as_loss(const Node& node, config::Diagnostics& diagnostics) {
  if (node.scalar == "none") return LossLimit{0};
  if (const auto share = as_share(node, diagnostics)) return LossLimit{*share};
  return std::nullopt;
}

/// One value for all tiers, or a map from tiers to values.
template <class T, class Read>
Expectations::PerTier<T> parse_tiers(const Node& node, const char* what,
                                     config::Diagnostics& diagnostics, Read read) {
  Expectations::PerTier<T> out;
  if (node.type != Node::Type::map) {
    out.fill(read(node, diagnostics));
    return out;
  }
  MapReader reader(node, what, diagnostics);
  for (const telemetry::Tier tier : telemetry::all_tiers)
    if (const Node* value = reader.optional(telemetry::to_string(tier)))
      out[static_cast<std::size_t>(tier)] = read(*value, diagnostics);
  return out;
}

void parse_latency(const Node& node, Expectations& out, config::Diagnostics& diagnostics) {
  MapReader reader(node, "the critical latency", diagnostics);
  if (const Node* worst = reader.optional("worst"))
    out.critical_worst = config::as_duration(*worst, diagnostics);
  if (const Node* p99 = reader.optional("p99"))
    out.critical_p99 = config::as_duration(*p99, diagnostics);
  if (const Node* live = reader.optional("live"))
    out.critical_live = config::as_duration(*live, diagnostics);
}

void parse_alerts(const Node& node, Expectations& out, config::Diagnostics& diagnostics) {
  MapReader reader(node, "the alerts", diagnostics);
  const auto count = [&](const char* key) -> std::optional<std::uint64_t> {
    if (reader.optional(key) == nullptr) return std::nullopt;
    return static_cast<std::uint64_t>(reader.integer(key, 0, 0));
  };
  out.alerts_missed = count("missed");
  out.alerts_false = count("false");
  if (const Node* delay = reader.optional("delay"))
    out.alert_delay = config::as_duration(*delay, diagnostics);
}

}  // namespace

Expectations parse_expectations(const Node& node, config::Diagnostics& diagnostics) {
  Expectations out;
  MapReader reader(node, "what is expected", diagnostics);
  if (const Node* loss = reader.optional("loss"))
    out.loss = parse_tiers<LossLimit>(*loss, "the loss", diagnostics, as_loss);
  if (const Node* point = reader.optional("recovery_point"))
    out.recovery_point =
        parse_tiers<Duration>(*point, "the recovery point", diagnostics, config::as_duration);
  if (const Node* drain = reader.optional("drain"))
    out.drain = config::as_duration(*drain, diagnostics);
  if (const Node* latency = reader.optional("critical_latency"))
    parse_latency(*latency, out, diagnostics);
  if (const Node* wire = reader.optional("wire_per_day"))
    out.wire_bytes_per_day = config::as_size(*wire, diagnostics);
  if (const Node* disk = reader.optional("disk"))
    out.disk_bytes = config::as_size(*disk, diagnostics);
  if (const Node* alerts = reader.optional("alerts")) parse_alerts(*alerts, out, diagnostics);
  return out;
}

}  // namespace wayside::drill
