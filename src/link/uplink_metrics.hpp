#pragma once

#include <array>
#include <string>

#include "base/metrics.hpp"
#include "link/send_gate.hpp"
#include "link/traffic_meter.hpp"
#include "telemetry/tier.hpp"

namespace wayside::link {

/// What the uplink shows at /metrics.
struct UplinkMetrics {
  explicit UplinkMetrics(Metrics& registry);

  struct PerTier {
    Counter* bytes;
    Counter* record_bytes;
    Counter* frames;
    Counter* records;
    Counter* rewinds;
    Gauge* window_bytes;
    Gauge* catching_up;
    std::array<Gauge*, waits.size()> waits_for;  ///< none's is null
  };
  std::array<PerTier, telemetry::tier_count> tiers;
  TrafficMeter traffic;
  Counter& acks;
  Counter& acks_malformed;
  Counter& acks_wrong_epoch;
  Counter& acks_ahead;
  Counter& inbox_overruns;
  Gauge& connected;
  Gauge& hub_online;
  Gauge& hub_window;
  Gauge& pace_window;
  Gauge& budget_spent;
};

}  // namespace wayside::link
