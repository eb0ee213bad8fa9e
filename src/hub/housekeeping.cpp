#include "hub/housekeeping.hpp"

#include <algorithm>
#include <chrono>
#include <map>

namespace wayside::hub {
namespace {

/// Nothing is asked for that a store might not be able to do.
bool keeps_all(const KeepingPolicy& policy) {
  const auto for_good = [](const KeepingPolicy::ByTier& times) {
    return std::none_of(times.begin(), times.end(), [](const auto& t) { return t.has_value(); });
  };
  return !policy.archive_after && std::all_of(policy.keep.begin(), policy.keep.end(), for_good);
}

}  // namespace

Housekeeping::Housekeeping(TelemetryStore& store, KeepingPolicy policy, const Clock& clock,
                           Metrics& metrics, Log log, std::function<void()> changed)
    : store_(store),
      policy_(std::move(policy)),
      clock_(clock),
      metrics_(metrics),
      log_(std::move(log)),
      changed_(std::move(changed)),
      removed_(
          metrics.counter("wayside_hub_rows_removed_total", "Rows that were kept long enough")),
      archived_(metrics.counter("wayside_hub_rows_archived_total", "Samples moved to files")),
      failures_(metrics.counter("wayside_hub_maintenance_failures_total",
                                "Rounds of maintenance that failed")) {}

void Housekeeping::start() {
  thread_ = std::thread([this] { run(); });
}

void Housekeeping::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Housekeeping::pause(Duration time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, std::chrono::nanoseconds(time.ns), [this] { return stopping_; });
}

void Housekeeping::run() {
  Duration wait{0};
  while (pause(wait)) {
    const Status done = round();
    wait = done ? round_every : retry_after;
    if (!done) {
      failures_.add();
      log_.error("maintenance of the store failed, it is tried again: {}", done.error().message);
    }
    {
      const std::scoped_lock lock(mutex_);
      problem_ = done ? "" : "maintenance of the store fails: " + done.error().message;
    }
    const Duration now = clock_.monotonic();
    if (done && (!usage_at_ || now >= *usage_at_)) {
      show_usage();
      usage_at_ = now + usage_every;
    }
  }
}

Status Housekeeping::round() {
  std::uint64_t removed = 0, archived = 0;
  Status status;
  for (bool more = true; more;) {
    const auto step = store_.maintain(policy_, clock_.now());
    if (!step) {
      const bool needless = step.error().code == Errc::unavailable && keeps_all(policy_);
      if (!needless) status = tl::make_unexpected(step.error());
      break;
    }
    removed += step->removed;
    archived += step->archived;
    removed_.add(step->removed);
    archived_.add(step->archived);
    more = step->more && pause(step_pause);
  }
  if (removed + archived > 0)
    log_.info("{} rows were kept long enough and are gone, {} samples moved to the archive",
              removed, archived);
  if (removed > 0) changed_();
  return status;
}

void Housekeeping::show_usage() {
  const auto usage = store_.usage();
  if (!usage) return;  // not every store can tell
  std::map<std::pair<RecordKind, telemetry::Tier>, std::pair<double, double>> sums;
  for (const UsageLine& line : usage->lines) {
    auto& [rows, bytes] = sums[{line.kind, line.tier}];
    rows += static_cast<double>(line.rows + line.archived_rows);
    bytes += static_cast<double>(line.bytes + line.archived_bytes);
  }
  for (const RecordKind kind : all_record_kinds) {
    for (const telemetry::Tier tier : telemetry::all_tiers) {
      const Labels labels{{"kind", std::string(to_string(kind))},
                          {"tier", std::string(telemetry::to_string(tier))}};
      const auto& [rows, bytes] = sums[{kind, tier}];
      metrics_.gauge("wayside_hub_stored_rows", "Rows held, the archive's included", labels)
          .set(rows);
      metrics_
          .gauge("wayside_hub_stored_bytes", "A share by rows of what they take on disk", labels)
          .set(bytes);
    }
  }
  metrics_.gauge("wayside_hub_store_bytes", "The store on disk")
      .set(static_cast<double>(usage->store_bytes));
  metrics_.gauge("wayside_hub_archive_bytes", "The archive's files")
      .set(static_cast<double>(usage->archive_bytes));
}

std::vector<std::string> Housekeeping::problems() const {
  std::vector<std::string> all = store_.problems();
  const std::scoped_lock lock(mutex_);
  if (!problem_.empty()) all.push_back(problem_);
  return all;
}

}  // namespace wayside::hub
