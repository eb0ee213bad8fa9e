#include "node/health_reporter.hpp"

#include <algorithm>

#include "spool/spool.hpp"

namespace wayside::node {

HealthReporter::HealthReporter(const spool::Spool& spool, Metrics& metrics, const Clock& clock,
                               std::function<os::ProcessStats()> process)
    : spool_(spool),
      metrics_(metrics),
      clock_(clock),
      process_(std::move(process)),
      memory_(metrics.gauge("wayside_memory_pss_bytes",
                            "Memory of this process, shared pages in proportion")),
      started_(clock.monotonic()),
      last_(started_),
      last_stats_(process_()) {}

double HealthReporter::total(const std::string& prefix) const {
  double sum = 0;
  for (const Metrics::Value& value : metrics_.values(prefix)) sum += value.value;
  return sum;
}

std::optional<telemetry::Health> HealthReporter::step() {
  const Duration now = clock_.monotonic();
  const double elapsed = (now - last_).seconds();
  if (now - last_ < every) return std::nullopt;
  const os::ProcessStats stats = process_();
  const double samples = total("wayside_samples_total");
  memory_.set(static_cast<double>(stats.pss_bytes));

  telemetry::Health health;
  health.time = clock_.now();
  const auto put = [&](std::string name, double value) {
    health.metrics.push_back(std::move(name));
    health.values.push_back(value);
  };
  put("cpu_percent", (stats.cpu - last_stats_.cpu).seconds() / elapsed * 100);
  put("memory_bytes", static_cast<double>(stats.pss_bytes));
  put("uptime_s", (now - started_).seconds());
  put("samples_per_s", (samples - last_samples_) / elapsed);
  put("samples_dropped",
      total("wayside_samples_dropped_total") + total("wayside_overrun_samples_total"));
  put("samples_rejected", total("wayside_source_rejected_total"));
  double bytes = 0;
  const auto ledger = spool_.ledger();
  for (const telemetry::Tier tier : telemetry::all_tiers) {
    const spool::LedgerLine& line = ledger[static_cast<std::size_t>(tier)];
    put("queued_" + std::string(telemetry::to_string(tier)), static_cast<double>(line.queued));
    bytes += static_cast<double>(line.queued_bytes);
  }
  put("spool_bytes", bytes);
  last_ = now;
  last_stats_ = stats;
  last_samples_ = samples;
  return health;
}

}  // namespace wayside::node
