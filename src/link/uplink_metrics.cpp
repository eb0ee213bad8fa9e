#include "link/uplink_metrics.hpp"

namespace wayside::link {
namespace {

Counter& refused(Metrics& registry, const char* reason) {
  return registry.counter("wayside_uplink_acks_refused_total", "Acknowledgements that were refused",
                          {{"reason", reason}});
}

}  // namespace

UplinkMetrics::UplinkMetrics(Metrics& registry)
    : acks(registry.counter("wayside_uplink_acks_total", "Watermarks taken from the hub")),
      acks_malformed(refused(registry, "malformed")),
      acks_wrong_epoch(refused(registry, "wrong_epoch")),
      acks_ahead(refused(registry, "ahead")),
      inbox_overruns(registry.counter("wayside_uplink_inbox_overruns_total",
                                      "Acknowledgements dropped because too many waited")),
      connected(registry.gauge("wayside_uplink_connected", "1 while the broker is connected")),
      hub_online(registry.gauge("wayside_uplink_hub_online", "1 while the hub says it is there")) {
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    PerTier& per_tier = tiers[static_cast<std::size_t>(tier)];
    const Labels labels{{"tier", std::string(to_string(tier))}};
    per_tier.bytes = &registry.counter("wayside_uplink_bytes_sent_total",
                                       "Bytes of frames given to the link", labels);
    per_tier.frames =
        &registry.counter("wayside_uplink_frames_sent_total", "Frames given to the link", labels);
    per_tier.records = &registry.counter("wayside_uplink_records_sent_total",
                                         "Records given to the link, repeats included", labels);
    per_tier.rewinds = &registry.counter("wayside_uplink_rewinds_total",
                                         "Times sending began again at the watermark", labels);
    per_tier.window_bytes =
        &registry.gauge("wayside_uplink_window_bytes", "Bytes sent and not acknowledged", labels);
  }
}

}  // namespace wayside::link
