#pragma once

#include <array>
#include <string>

#include "base/metrics.hpp"
#include "telemetry/tier.hpp"

namespace wayside::link {

/// What the uplink shows at /metrics.
struct UplinkMetrics {
  explicit UplinkMetrics(Metrics& registry);

  struct PerTier {
    Counter* bytes;
    Counter* frames;
    Counter* records;
    Counter* rewinds;
    Gauge* window_bytes;
  };
  std::array<PerTier, telemetry::tier_count> tiers;
  Counter& acks;
  Counter& acks_malformed;
  Counter& acks_wrong_epoch;
  Counter& acks_ahead;
  Counter& inbox_overruns;
  Gauge& connected;
  Gauge& hub_online;
};

}  // namespace wayside::link
