#pragma once

#include <array>
#include <map>
#include <string>

#include "base/metrics.hpp"
#include "telemetry/tier.hpp"

namespace wayside::spool {

/// What the spool shows at /metrics.
struct SpoolMetrics {
  explicit SpoolMetrics(Metrics& registry);
  void dropped(telemetry::Tier tier, const std::string& reason, std::uint64_t records);

  struct PerTier {
    Counter* appended;
    Gauge* queued;
    Gauge* queued_bytes;
    Gauge* kept_bytes;
    std::map<std::string, Counter*> dropped;  ///< by reason, the last is "other"
  };
  std::array<PerTier, telemetry::tier_count> tiers;
  Histogram& commit_seconds;
  Counter& errors;
  Counter& resets;
  Gauge& bytes_used;
  Gauge& bytes_max;
  Gauge& file_bytes;
};

}  // namespace wayside::spool
