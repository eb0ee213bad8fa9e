#include "link/uplink_metrics.hpp"

namespace wayside::link {
namespace {

Counter& refused(Metrics& registry, const char* reason) {
  return registry.counter("wayside_uplink_acks_refused_total", "Acknowledgements that were refused",
                          {{"reason", reason}});
}

UplinkMetrics::PerTier tier_metrics(Metrics& registry, telemetry::Tier tier) {
  const Labels labels{{"tier", std::string(to_string(tier))}};
  UplinkMetrics::PerTier out{};
  out.bytes = &registry.counter("wayside_uplink_bytes_sent_total",
                                "Bytes of frames given to the link", labels);
  out.record_bytes =
      &registry.counter("wayside_uplink_record_bytes_sent_total",
                        "Bytes of the records in these frames, before compression", labels);
  out.frames =
      &registry.counter("wayside_uplink_frames_sent_total", "Frames given to the link", labels);
  out.records = &registry.counter("wayside_uplink_records_sent_total",
                                  "Records given to the link, repeats included", labels);
  out.rewinds = &registry.counter("wayside_uplink_rewinds_total",
                                  "Times sending began again at the watermark", labels);
  out.window_bytes = &registry.gauge("wayside_uplink_window_bytes",
                                     "Bytes of records sent and not acknowledged", labels);
  out.catching_up = &registry.gauge("wayside_uplink_catching_up",
                                    "1 while new records go ahead of those that waited", labels);
  for (const Wait wait : waits) {
    if (wait == Wait::none) continue;
    Labels both = labels;
    both["for"] = std::string(to_string(wait));
    out.waits_for[static_cast<std::size_t>(wait)] = &registry.gauge(
        "wayside_uplink_waits", "1 while the tier has something to send and waits for this", both);
  }
  return out;
}

}  // namespace

UplinkMetrics::UplinkMetrics(Metrics& registry)
    : traffic(registry, "wayside_uplink_wire_bytes_total",
              "Bytes of MQTT packets sent, by what was in them"),
      acks(registry.counter("wayside_uplink_acks_total", "Watermarks taken from the hub")),
      acks_malformed(refused(registry, "malformed")),
      acks_wrong_epoch(refused(registry, "wrong_epoch")),
      acks_ahead(refused(registry, "ahead")),
      inbox_overruns(registry.counter("wayside_uplink_inbox_overruns_total",
                                      "Acknowledgements dropped because too many waited")),
      connected(registry.gauge("wayside_uplink_connected", "1 while the broker is connected")),
      hub_online(registry.gauge("wayside_uplink_hub_online", "1 while the hub says it is there")),
      hub_window(registry.gauge("wayside_uplink_hub_window_bytes",
                                "Bytes the hub has room for in each stream; 0: no word")),
      pace_window(registry.gauge("wayside_uplink_backlog_window_bytes",
                                 "Bytes of what can wait that may be under way")),
      budget_spent(registry.gauge("wayside_uplink_budget_spent_bytes",
                                  "Bytes of today's budget that are spent")) {
  for (const telemetry::Tier tier : telemetry::all_tiers)
    tiers[static_cast<std::size_t>(tier)] = tier_metrics(registry, tier);
}

}  // namespace wayside::link
