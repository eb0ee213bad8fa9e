#pragma once

#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/os/process_stats.hpp"
#include "telemetry/record.hpp"

namespace wayside::spool {
class Spool;
}

namespace wayside::node {

/// The node's measurements of itself, for a health record every so often. Metrics: cpu_percent (of
/// one core, since the last), memory_bytes (PSS), uptime_s, samples_per_s, samples_dropped and
/// samples_rejected (since the start), queued_{critical,diagnostic,bulk} (records), spool_bytes.
class HealthReporter {
 public:
  static constexpr Duration every = seconds(10);

  /// `process` says what the process uses; it is asked for each record.
  HealthReporter(const spool::Spool& spool, Metrics& metrics, const Clock& clock,
                 std::function<os::ProcessStats()> process);

  /// A record if one is due. One thread.
  std::optional<telemetry::Health> step();
  [[nodiscard]] Duration until_due() const { return last_ + every - clock_.monotonic(); }

 private:
  [[nodiscard]] double total(const std::string& prefix) const;

  const spool::Spool& spool_;
  Metrics& metrics_;
  const Clock& clock_;
  std::function<os::ProcessStats()> process_;
  Gauge& memory_;
  Duration started_;
  Duration last_;
  os::ProcessStats last_stats_;
  double last_samples_ = 0;
};

}  // namespace wayside::node
