#include "spool/spool_metrics.hpp"

namespace wayside::spool {

SpoolMetrics::SpoolMetrics(Metrics& registry)
    : commit_seconds(registry.histogram(
          "wayside_spool_commit_seconds", "Time a commit of the spool took, with its fsync",
          {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10})),
      errors(registry.counter("wayside_spool_errors_total",
                              "Commits and reads of the spool that failed")),
      resets(registry.counter("wayside_spool_resets_total",
                              "Times a damaged spool was set aside and begun anew")),
      bytes_used(registry.gauge("wayside_spool_bytes_used",
                                "What the spool's records take of the room there is for them")),
      bytes_max(registry.gauge("wayside_spool_bytes_max",
                               "The room for records, less where the disk gives less")),
      file_bytes(registry.gauge("wayside_spool_file_bytes",
                                "What the spool's files take on the disk, all together")) {
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    PerTier& per_tier = tiers[static_cast<std::size_t>(tier)];
    const std::string name(to_string(tier));
    per_tier.appended = &registry.counter("wayside_spool_appended_total",
                                          "Records given to the spool", {{"tier", name}});
    per_tier.queued =
        &registry.gauge("wayside_spool_queued", "Records that wait for the hub", {{"tier", name}});
    per_tier.queued_bytes = &registry.gauge("wayside_spool_queued_bytes",
                                            "Bytes that wait for the hub", {{"tier", name}});
    per_tier.kept_bytes =
        &registry.gauge("wayside_spool_kept_bytes",
                        "Bytes that the hub has acknowledged and the node keeps for its next start",
                        {{"tier", name}});
    for (const char* reason : {"spool_full", "thinned", "expired", "corrupt", "disk_full",
                               "disk_error", "overrun", "several", "other"})
      per_tier.dropped[reason] =
          &registry.counter("wayside_spool_dropped_total", "Records dropped, by reason",
                            {{"tier", name}, {"reason", reason}});
  }
}

void SpoolMetrics::dropped(telemetry::Tier tier, const std::string& reason, std::uint64_t records) {
  auto& by_reason = tiers[static_cast<std::size_t>(tier)].dropped;
  const auto it = by_reason.find(reason);
  (it != by_reason.end() ? it : by_reason.find("other"))->second->add(records);
}

}  // namespace wayside::spool
